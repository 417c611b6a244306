//! GET /meetings and /meetings/{meetingId}.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::Params;
use crate::webex::meetings::{Meeting, Shape, Viewer, rules};
use crate::webex::people::link;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const SCOPES: [&str; 2] = ["meeting:schedules_read", "meeting:admin_schedule_read"];
const ADMIN: [&str; 1] = ["meeting:admin_schedule_read"];
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(super) fn routes() -> Routes {
    Routes::new().get("/v1/meetings", list_meetings).get("/v1/meetings/{id}", get_meeting)
}

async fn get_meeting(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs(&SCOPES)?;
    let state = lock(&world.webex);
    let person = on_behalf(&state, &caller, &params)?;
    let found =
        state.meetings.find(&id).filter(|meeting| meeting.concerns(person.0, &person.1) || admin(&caller));
    let meeting = found.ok_or_else(|| Refusal::not_found("The meeting is not found."))?;
    let zone = zone(&headers)?;
    let viewer = viewer(&caller, meeting, person.0, world.clock.now(), &zone);
    let shape = if id == meeting.id { Shape::Series } else { Shape::Occurrence };
    Ok(Json(meeting.body(shape, &viewer)))
}

async fn list_meetings(
    State(world): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Refusal> {
    caller.needs(&SCOPES)?;
    let zone = zone(&headers)?;
    let now = world.clock.now();
    let max = params.max(10, 100)?;
    let filter = Filter::read(&params, &zone, now)?;
    let state = lock(&world.webex);
    let person = on_behalf(&state, &caller, &params)?;
    let shown =
        |meeting: &&Meeting| meeting.concerns(person.0, &person.1) && filter.fits(meeting, &caller, now);
    let mut found: Vec<&Meeting> = state.meetings.by_id.values().filter(shown).collect();
    found.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    let skipped = match params.text("after") {
        None => 0,
        Some(cursor) => {
            found.iter().position(|meeting| meeting.id == cursor).map_or(found.len(), |at| at + 1)
        }
    };
    let rest = &found[skipped..];
    let page = &rest[..rest.len().min(max)];
    let body =
        |meeting: &&Meeting| meeting.body(filter.shape, &viewer(&caller, meeting, person.0, now, &zone));
    let items: Vec<Value> = page.iter().map(body).collect();
    let mut response = Json(json!({"items": items})).into_response();
    if let Some(last) = page.last().filter(|_| rest.len() > max) {
        link(&world, &mut response, &format!("/v1/meetings?{}", params.with("after", &last.id)));
    }
    Ok(response)
}

fn admin(caller: &Caller) -> bool {
    caller.is_admin(&ADMIN, &[FULL])
}

/// The person whose meetings are meant: the caller, or for administrators the one named by hostEmail.
fn on_behalf(state: &Webex, caller: &Caller, params: &Params) -> Result<(Uuid, String), Refusal> {
    match params.text("hostEmail") {
        Some(email) if !email.eq_ignore_ascii_case(&caller.email) => {
            caller.needs_admin(&ADMIN, &[FULL])?;
            let account = state.accounts.by_email(email).ok_or_else(|| rules::invalid("hostEmail"))?;
            Ok((account.id, account.email.clone()))
        }
        _ => Ok((caller.id, caller.email.clone())),
    }
}

fn viewer<'a>(
    caller: &'a Caller,
    meeting: &Meeting,
    person: Uuid,
    now: Timestamp,
    zone: &'a TimeZone,
) -> Viewer<'a> {
    Viewer { client_id: &caller.client_id, trusted: meeting.host == person || admin(caller), now, zone }
}

/// The zone of the answer's times: the header `timezone`, UTC without it.
fn zone(headers: &HeaderMap) -> Result<TimeZone, Refusal> {
    match headers.get("timezone").map(|value| value.to_str().unwrap_or_default()) {
        None | Some("UTC") => Ok(TimeZone::UTC),
        Some(name) => rules::zone(name),
    }
}

/// The query of a list.
struct Filter {
    number: Option<String>,
    web_link: Option<String>,
    series: Option<String>,
    from: Timestamp,
    to: Timestamp,
    shape: Shape,
    /// Ended and running instances exist only once somebody joined, which nobody does here.
    instances: bool,
    state: Option<String>,
    scheduled_type: Option<String>,
    site: Option<String>,
    tag: Option<String>,
}

impl Filter {
    fn read(params: &Params, zone: &TimeZone, now: Timestamp) -> Result<Self, Refusal> {
        let own = |name: &str| params.text(name).map(str::to_owned);
        let exclusive = ["meetingNumber", "webLink", "roomId"];
        if exclusive.iter().filter(|name| params.text(name).is_some()).count() > 1 {
            return Err(Refusal::malformed("Only one of meetingNumber, webLink and roomId may be given."));
        }
        let kind = params.text("meetingType").unwrap_or("meetingSeries");
        let (shape, instances) = match kind {
            "meetingSeries" => (Shape::Item, false),
            "scheduledMeeting" => (Shape::Occurrence, false),
            "meeting" => (Shape::Occurrence, true),
            _ => return Err(rules::invalid("meetingType")),
        };
        let (from, to) = window(params, zone, now, instances)?;
        Ok(Self {
            number: own("meetingNumber").map(|number| number.replace(' ', "")),
            web_link: own("webLink"),
            series: own("meetingSeriesId"),
            from,
            to,
            shape,
            instances,
            state: own("state"),
            scheduled_type: own("scheduledType"),
            site: own("siteUrl"),
            tag: own("integrationTag"),
        })
    }

    fn fits(&self, meeting: &Meeting, caller: &Caller, now: Timestamp) -> bool {
        if self.instances {
            return false;
        }
        if self.number.is_some() || self.web_link.is_some() {
            return self.number.as_ref().is_none_or(|number| *number == meeting.number)
                && self.web_link.as_ref().is_none_or(|link| *link == meeting.web_link());
        }
        let overlaps = meeting.start < self.to && meeting.end > self.from;
        let in_state = self.state.as_ref().is_none_or(|state| state == meeting.state(self.shape, now));
        if let Some(series) = &self.series {
            return *series == meeting.id && overlaps && in_state;
        }
        let kind = meeting.options.get("scheduledType").and_then(Value::as_str).unwrap_or("meeting");
        overlaps
            && in_state
            && self.scheduled_type.as_ref().is_none_or(|wanted| wanted == kind)
            && self.site.as_ref().is_none_or(|site| *site == meeting.site)
            && self.tag.as_ref().is_none_or(|tag| {
                meeting.client_id == caller.client_id && meeting.integration_tags.contains(tag)
            })
    }
}

/// The next seven days without bounds (the last seven for instances); one bound puts the other seven days away.
fn window(
    params: &Params,
    zone: &TimeZone,
    now: Timestamp,
    instances: bool,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let bound =
        |name: &str| params.text(name).map(|text| rules::instant(&date(text), zone, name)).transpose();
    let week_after = |at: Timestamp| at.saturating_add(WEEK).unwrap_or(at);
    let week_before = |at: Timestamp| at.saturating_sub(WEEK).unwrap_or(at);
    let (from, to) = match (bound("from")?, bound("to")?) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, week_after(from)),
        (None, Some(to)) => (week_before(to), to),
        (None, None) if instances => (week_before(now), now),
        (None, None) => (now, week_after(now)),
    };
    if from >= to {
        return Err(Refusal::malformed("'from' must be before 'to'."));
    }
    Ok((from, to))
}

/// A bare date means its midnight.
fn date(text: &str) -> String {
    if text.len() == 10 { format!("{text}T00:00:00") } else { text.to_owned() }
}

impl Meeting {
    /// Whether a person hosts the meeting or is invited.
    pub(super) fn concerns(&self, id: Uuid, email: &str) -> bool {
        self.host == id || self.invitees.iter().any(|invitee| invitee.email.eq_ignore_ascii_case(email))
    }
}
