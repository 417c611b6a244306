//! /meetingInvitees: list, add, read and remove one.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::Caller;
use crate::webex::input::{Input, Params};
use crate::webex::meetings::rules::Invited;
use crate::webex::meetings::write::owned;
use crate::webex::meetings::{Invitee, notices, rules, series_id};
use crate::webex::people::link;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const MOST_INVITEES: usize = 1_000;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/v1/meetingInvitees", list_invitees)
        .post("/v1/meetingInvitees", create_invitee)
        .get("/v1/meetingInvitees/{id}", get_invitee)
        .delete("/v1/meetingInvitees/{id}", delete_invitee)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewInvitee {
    meeting_id: String,
    send_email: Option<bool>,
    #[serde(flatten)]
    invited: Invited,
}

async fn list_invitees(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Response, Refusal> {
    caller.needs(&["meeting:schedules_read", "meeting:admin_schedule_read"])?;
    let id = params.text("meetingId").ok_or_else(|| Refusal::malformed("'meetingId' cannot be empty"))?;
    let max = params.max(10, 100)?;
    let state = lock(&world.webex);
    let meeting = owned(&state, &caller, id)?;
    let mut all: Vec<&Invitee> = meeting.invitees.iter().collect();
    all.sort_by(|a, b| (&a.email, &a.id).cmp(&(&b.email, &b.id)));
    let skipped = match params.text("after") {
        None => 0,
        Some(cursor) => all.iter().position(|invitee| invitee.id == cursor).map_or(all.len(), |at| at + 1),
    };
    let page: Vec<&Invitee> = all[skipped..].iter().take(max).copied().collect();
    let items: Vec<Value> = page.iter().map(|invitee| body(invitee, &meeting.id)).collect();
    let mut response = Json(json!({"items": items})).into_response();
    if let Some(last) = page.last().filter(|_| all.len() > skipped + max) {
        link(&world, &mut response, &format!("/v1/meetingInvitees?{}", params.with("after", &last.id)));
    }
    Ok(response)
}

async fn create_invitee(
    State(world): State<Shared>,
    caller: Caller,
    Input(input): Input<NewInvitee>,
) -> Result<Json<Value>, Refusal> {
    needs_write(&caller)?;
    rules::address(&input.invited.email)?;
    let mut guard = lock(&world.webex);
    let state = &mut *guard;
    let meeting = owned(state, &caller, &input.meeting_id)?;
    let id = meeting.id.clone();
    if meeting.invitees.len() >= MOST_INVITEES {
        return Err(Refusal::invalid("The number of invitees must not exceed 1000."));
    }
    if meeting.invitees.iter().any(|known| known.email.eq_ignore_ascii_case(&input.invited.email)) {
        return Err(Refusal::conflict("User is already a meeting invitee."));
    }
    let invitee = state.meetings.invitee(&id, input.invited);
    let answer = body(&invitee, &id);
    if let Some(meeting) = state.meetings.by_id.get_mut(&id) {
        if input.send_email.unwrap_or(true) {
            notices::invited_one(&world, meeting, &invitee.email);
        }
        meeting.invitees.push(invitee);
    }
    Ok(Json(answer))
}

async fn get_invitee(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    caller.needs(&["meeting:schedules_read", "meeting:admin_schedule_read"])?;
    let state = lock(&world.webex);
    let invitee = find(&state, &caller, &id)?;
    Ok(Json(body(invitee, series_id(&id))))
}

async fn delete_invitee(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<StatusCode, Refusal> {
    needs_write(&caller)?;
    let send = params.flag("sendEmail", true)?;
    let mut state = lock(&world.webex);
    let email = find(&state, &caller, &id)?.email.clone();
    if let Some(meeting) = state.meetings.by_id.get_mut(series_id(&id)) {
        meeting.invitees.retain(|invitee| invitee.id != id);
        if send {
            notices::uninvited(&world, meeting, &email);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn needs_write(caller: &Caller) -> Result<(), Refusal> {
    caller.needs(&["meeting:schedules_write", "meeting:admin_schedule_write"])
}

fn find<'a>(state: &'a Webex, caller: &Caller, id: &str) -> Result<&'a Invitee, Refusal> {
    let missing = || Refusal::not_found("The meeting invitee is not found.");
    let meeting = owned(state, caller, series_id(id)).map_err(|_| missing())?;
    meeting.invitees.iter().find(|invitee| invitee.id == id).ok_or_else(missing)
}

fn body(invitee: &Invitee, meeting: &str) -> Value {
    json!({
        "id": invitee.id,
        "email": invitee.email,
        "displayName": invitee.display_name,
        "coHost": invitee.co_host,
        "panelist": invitee.panelist,
        "meetingId": meeting,
    })
}
