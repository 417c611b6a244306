//! POST, PUT, PATCH and DELETE /meetings.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::{Input, Params};
use crate::webex::meetings::rules::Invited;
use crate::webex::meetings::{Invitee, Meeting, Meetings, Shape, Viewer, notices, options, rules};
use crate::webex::people::Account;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, World, lock};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/v1/meetings", create_meeting)
        .put("/v1/meetings/{id}", update_meeting)
        .patch("/v1/meetings/{id}", update_meeting)
        .delete("/v1/meetings/{id}", delete_meeting)
}

type Body = Map<String, Value>;

async fn create_meeting(
    State(world): State<Shared>,
    caller: Caller,
    Input(body): Input<Body>,
) -> Result<Json<Value>, Refusal> {
    needs_write(&caller)?;
    let now = world.clock.now();
    let switches = world.switches();
    let admin = caller.is_admin(&["meeting:admin_schedule_write"], &[FULL]);
    let limit = if admin { switches.webex_admin_meetings_per_day } else { switches.webex_meetings_per_day };
    let mut guard = lock(&world.webex);
    let state = &mut *guard;
    // Refused requests count too (Meetings API, creation limits).
    state.meetings.count_creation(&caller.email, now, limit)?;
    let host = host(state, &caller, rules::text(&body, "hostEmail")?)?;
    let meeting = new_meeting(&world, state, &caller, &host, &body)?;
    let zone = rules::zone(&meeting.timezone)?;
    let viewer = Viewer { client_id: &caller.client_id, trusted: true, now, zone: &zone };
    let answer = meeting.body(Shape::Series, &viewer);
    if rules::flag(&body, "sendEmail", true)? {
        notices::invited(&world, &meeting);
    }
    state.meetings.by_id.insert(meeting.id.clone(), meeting);
    Ok(Json(answer))
}

fn needs_write(caller: &Caller) -> Result<(), Refusal> {
    caller.needs(&["meeting:schedules_write", "meeting:admin_schedule_write"])
}

/// The person whose meeting it becomes; somebody else only for an administrator of the organization's sites.
fn host(state: &Webex, caller: &Caller, email: Option<&str>) -> Result<Account, Refusal> {
    let account = match email {
        Some(email) if !email.eq_ignore_ascii_case(&caller.email) => {
            caller.needs_admin(&["meeting:admin_schedule_write"], &[FULL])?;
            state.accounts.by_email(email)
        }
        _ => state.accounts.by_id(caller.id),
    };
    account.cloned().ok_or_else(|| rules::invalid("hostEmail"))
}

fn new_meeting(
    world: &World,
    state: &mut Webex,
    caller: &Caller,
    host: &Account,
    body: &Body,
) -> Result<Meeting, Refusal> {
    let timezone = rules::text(body, "timezone")?.unwrap_or("UTC").to_owned();
    let zone = rules::zone(&timezone)?;
    let required = |name: &str| {
        let missing = || Refusal::invalid(&format!("Parameter '{name}' is required."));
        rules::text(body, name)?.ok_or_else(missing)
    };
    let start = rules::instant(required("start")?, &zone, "start")?;
    let end = rules::instant(required("end")?, &zone, "end")?;
    let (start, end) = rules::span(start, end, world.clock.now())?;
    let mut options = options::defaults();
    options::apply(&mut options, body)?;
    let id = world.random.hex()[..32].to_owned();
    let invited = rules::invitees(body.get("invitees"))?;
    Ok(Meeting {
        invitees: invited.into_iter().map(|invited| state.meetings.invitee(&id, invited)).collect(),
        id,
        number: format!("2{}", world.random.digits(10)),
        host: host.id,
        host_email: host.email.clone(),
        host_name: host.display_name().to_owned(),
        client_id: caller.client_id.clone(),
        title: rules::title(required("title")?)?,
        password: password(world, body)?,
        start,
        end,
        timezone,
        site: site(host, rules::text(body, "siteUrl")?)?,
        recurrence: rules::text(body, "recurrence")?.map(rules::recurrence).transpose()?,
        integration_tags: rules::tags(body.get("integrationTags"))?.unwrap_or_default(),
        options,
        phone_password: world.random.digits(8),
        host_key: world.random.digits(6),
        access_code: world.random.digits(11),
        link_token: world.random.hex()[..32].to_owned(),
    })
}

fn password(world: &World, body: &Body) -> Result<String, Refusal> {
    match rules::text(body, "password")? {
        Some(password) => rules::password(password),
        None => Ok(format!("Lb{}", world.random.digits(8))),
    }
}

fn site(host: &Account, wanted: Option<&str>) -> Result<String, Refusal> {
    let sites = host.sites();
    let chosen = match wanted {
        Some(wanted) => sites.into_iter().find(|site| site == wanted),
        None => sites.into_iter().next(),
    };
    match (chosen, wanted) {
        (Some(site), _) => Ok(site),
        (None, Some(_)) => Err(rules::invalid("siteUrl")),
        (None, None) => Err(Refusal::forbidden_because("The user has no meeting license on any site.")),
    }
}

async fn update_meeting(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Input(body): Input<Body>,
) -> Result<Json<Value>, Refusal> {
    needs_write(&caller)?;
    let now = world.clock.now();
    let mut guard = lock(&world.webex);
    let meeting = owned(&guard, &caller, &id)?;
    let changed = changed(meeting.clone(), &body, now)?;
    if rules::flag(&body, "sendEmail", true)? {
        notices::changed(&world, &changed);
    }
    let zone = rules::zone(&changed.timezone)?;
    let viewer = Viewer { client_id: &caller.client_id, trusted: true, now, zone: &zone };
    let answer = changed.body(Shape::Item, &viewer);
    guard.meetings.by_id.insert(changed.id.clone(), changed);
    Ok(Json(answer))
}

/// PUT and PATCH alike change what the body names; null takes agenda, recurrence and tracking codes away.
fn changed(mut meeting: Meeting, body: &Body, now: Timestamp) -> Result<Meeting, Refusal> {
    if let Some(title) = rules::text(body, "title")? {
        meeting.title = rules::title(title)?;
    }
    if let Some(password) = rules::text(body, "password")?.filter(|password| *password != meeting.password) {
        meeting.password = rules::password(password)?;
    }
    if let Some(timezone) = rules::text(body, "timezone")? {
        rules::zone(timezone)?;
        timezone.clone_into(&mut meeting.timezone);
    }
    let zone = rules::zone(&meeting.timezone)?;
    let times = (rules::text(body, "start")?, rules::text(body, "end")?);
    if times != (None, None) {
        let start = times.0.map_or(Ok(meeting.start), |text| rules::instant(text, &zone, "start"))?;
        let end = times.1.map_or(Ok(meeting.end), |text| rules::instant(text, &zone, "end"))?;
        (meeting.start, meeting.end) = rules::span(start, end, now)?;
    }
    if body.contains_key("recurrence") {
        meeting.recurrence = rules::text(body, "recurrence")?.map(rules::recurrence).transpose()?;
    }
    if let Some(tags) = rules::tags(body.get("integrationTags"))? {
        meeting.integration_tags = tags;
    }
    options::apply(&mut meeting.options, body)?;
    Ok(meeting)
}

async fn delete_meeting(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<StatusCode, Refusal> {
    needs_write(&caller)?;
    let send = params.flag("sendEmail", true)?;
    let mut state = lock(&world.webex);
    let id = owned(&state, &caller, &id)?.id.clone();
    if let Some(meeting) = state.meetings.by_id.remove(&id).filter(|_| send) {
        notices::cancelled(&world, &meeting);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A meeting that the caller may change: as its host, or as an administrator.
pub(super) fn owned<'a>(state: &'a Webex, caller: &Caller, id: &str) -> Result<&'a Meeting, Refusal> {
    if id.contains("_I_") {
        let text = format!("Meeting ID '{id}' is not allowed for this API.");
        return Err(Refusal::invalid(&text));
    }
    let admin = caller.is_admin(&["meeting:admin_schedule_write"], &[FULL]);
    let found = state.meetings.find(id).filter(|meeting| admin || meeting.host == caller.id);
    found.ok_or_else(|| Refusal::not_found("The meeting is not found."))
}

impl Meetings {
    fn count_creation(&mut self, email: &str, now: Timestamp, limit: u32) -> Result<(), Refusal> {
        let recent = self.creations.entry(email.to_owned()).or_default();
        recent.retain(|at| now.duration_since(*at) < DAY);
        if recent.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            let waited = recent.first().map_or(SignedDuration::ZERO, |first| now.duration_since(*first));
            let seconds = u64::try_from((DAY - waited).as_secs()).unwrap_or(1).max(1);
            return Err(Refusal::too_many(Some(seconds)));
        }
        recent.push(now);
        Ok(())
    }

    pub(super) fn invitee(&mut self, meeting: &str, invited: Invited) -> Invitee {
        self.invitee_counter += 1;
        Invitee {
            id: format!("{meeting}_{}", 2_600_000 + self.invitee_counter),
            display_name: invited.display_name.unwrap_or_else(|| invited.email.clone()),
            email: invited.email,
            co_host: invited.co_host,
            panelist: invited.panelist,
        }
    }
}
