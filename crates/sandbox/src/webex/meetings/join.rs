//! POST /meetings/join: links that start or join a meeting without asking for its password.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use crate::routes::Routes;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::Input;
use crate::webex::meetings::{Meeting, rules};
use crate::webex::people::timestamp;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, later, lock};

pub(super) fn routes() -> Routes {
    Routes::new().post("/v1/meetings/join", join_meeting)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    meeting_id: Option<String>,
    meeting_number: Option<String>,
    web_link: Option<String>,
    #[serde(rename = "joinDirectly")]
    directly: Option<bool>,
    email: Option<String>,
    display_name: Option<String>,
    expiration_minutes: Option<i64>,
    host_email: Option<String>,
}

async fn join_meeting(
    State(world): State<Shared>,
    caller: Caller,
    Input(join): Input<Join>,
) -> Result<Response, Refusal> {
    caller.needs(&["meeting:schedules_read", "meeting:admin_schedule_read", "meeting:schedules_write"])?;
    let minutes = check(&caller, &join)?;
    let (join_link, start_link) = {
        let state = lock(&world.webex);
        let wanted = |meeting: &&Meeting| names(&join, meeting);
        let found = state.meetings.by_id.values().find(wanted);
        let meeting = found.ok_or_else(|| Refusal::not_found("The meeting is not found."))?;
        let path = format!(
            "https://{}/wbxmjs/joinservice/sites/sandbox/meeting/download/{}",
            meeting.site, meeting.id
        );
        let host =
            meeting.host == caller.id || join.host_email.as_deref() == Some(meeting.host_email.as_str());
        (format!("{path}?joinToken="), host.then(|| format!("{path}?startToken=")))
    };
    let join_link = format!("{join_link}{}", world.random.token());
    if join.directly.unwrap_or(true) {
        return Ok((StatusCode::FOUND, [(header::LOCATION, join_link)]).into_response());
    }
    let end = later(world.clock.now(), minutes * 60);
    let mut body = json!({"joinLink": join_link, "expiration": timestamp(end)});
    if let Some(link) = start_link {
        body["startLink"] = json!(format!("{link}{}", world.random.token()));
    }
    Ok(Json(body).into_response())
}

fn check(caller: &Caller, join: &Join) -> Result<i64, Refusal> {
    let named = [&join.meeting_id, &join.meeting_number, &join.web_link];
    if named.into_iter().flatten().count() != 1 {
        return Err(Refusal::invalid("Exactly one of meetingId, meetingNumber and webLink must be given."));
    }
    if join.display_name.is_some() && join.email.is_none() {
        return Err(Refusal::invalid("Parameter 'displayName' needs 'email'."));
    }
    if let Some(email) = &join.email {
        rules::address(email)?;
    }
    if join.host_email.as_deref().is_some_and(|email| !email.eq_ignore_ascii_case(&caller.email)) {
        caller.needs_admin(&["meeting:admin_schedule_read", "meeting:admin_schedule_write"], &[FULL])?;
    }
    match join.expiration_minutes.unwrap_or(15) {
        minutes @ 1..=60 => Ok(minutes),
        _ => Err(rules::invalid("expirationMinutes")),
    }
}

fn names(join: &Join, meeting: &Meeting) -> bool {
    join.meeting_id.as_ref().is_some_and(|id| *id == meeting.id || *id == meeting.occurrence_id())
        || join.meeting_number.as_ref().is_some_and(|number| number.replace(' ', "") == meeting.number)
        || join.web_link.as_ref().is_some_and(|link| *link == meeting.web_link())
}
