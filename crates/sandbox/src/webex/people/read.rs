//! GET /people, /people/me and /people/{personId}.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, READ_ONLY, USER};
use crate::webex::directory::role_by_id;
use crate::webex::ids;
use crate::webex::input::Params;
use crate::webex::people::{Account, View};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const SCOPES: [&str; 2] = ["spark:people_read", "spark-admin:people_read"];
const READERS: [&str; 3] = [FULL, READ_ONLY, USER];
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;
const MOST_IDS: usize = 85;
/// What only Webex Calling knows of people (Webex People API, `callingData`); extensions stand among the numbers too.
const OF_CALLING: [&str; 2] = ["extension", "locationId"];
const NUMBER_OF_CALLING: &str = "work_extension";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/v1/people", list_people)
        .get("/v1/people/me", get_me)
        .get("/v1/people/{id}", get_person)
}

async fn get_me(State(world): State<Shared>, caller: Caller, params: Params) -> Result<Json<Value>, Refusal> {
    caller.needs(&SCOPES)?;
    body(&world, &caller, caller.id, &params)
}

async fn get_person(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs(&SCOPES)?;
    body(&world, &caller, person_id(&id)?, &params)
}

fn body(world: &Shared, caller: &Caller, id: Uuid, params: &Params) -> Result<Json<Value>, Refusal> {
    let calling = wants_calling_data(params)?;
    let organization = world.core().organization.id();
    let state = lock(&world.webex);
    let account = state.accounts.by_id(id).ok_or_else(unknown)?;
    let body = account.body(organization, view(caller, id), world.clock.now());
    Ok(Json(if calling { body } else { without_calling_data(body) }))
}

fn wants_calling_data(params: &Params) -> Result<bool, Refusal> {
    params.flag("callingData", false)
}

fn without_calling_data(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.retain(|field, _| !OF_CALLING.contains(&field.as_str()));
        if let Some(numbers) = body.get_mut("phoneNumbers").and_then(Value::as_array_mut) {
            numbers.retain(|number| number["type"] != NUMBER_OF_CALLING);
        }
    }
    body
}

/// What the caller sees of a person; presence and administrative fields follow the caller's role.
pub(super) fn view(caller: &Caller, id: Uuid) -> View {
    if caller.is_admin(&["spark-admin:people_read"], &READERS) {
        View::Admin
    } else if caller.id == id {
        View::Own
    } else {
        View::Colleague
    }
}

pub(crate) fn person_id(text: &str) -> Result<Uuid, Refusal> {
    ids::decode("PEOPLE", text).and_then(|id| Uuid::parse_str(&id).ok()).ok_or_else(unknown)
}

pub(super) fn unknown() -> Refusal {
    Refusal::not_found("The person is not found.")
}

async fn list_people(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Response, Refusal> {
    caller.needs(&SCOPES)?;
    let admin = caller.is_admin(&["spark-admin:people_read"], &READERS);
    let organization = world.core().organization.id();
    let calling = wants_calling_data(&params)?;
    let whole = |body: Value| if calling { body } else { without_calling_data(body) };
    if let Some(list) = params.text("id") {
        return people_by_ids(&world, organization, list, whole);
    }
    let filtered = params.text("email").is_some() || params.text("displayName").is_some();
    if !admin && !filtered {
        return Err(Refusal::malformed("Either email or displayName must be given."));
    }
    if !admin && params.text("roles").is_some() {
        return Err(Refusal::forbidden());
    }
    let largest = largest_page(&params)?;
    let max = params.max(DEFAULT_PAGE.min(largest), largest)?;
    let now = world.clock.now();
    let state = lock(&world.webex);
    let mut page = page(&state, &params, max + 1)?;
    let more = page.len() > max;
    page.truncate(max);
    let show = |account: &&Account| {
        let mut body = whole(account.body(organization, view(&caller, account.id), now));
        if params.text("excludeStatus") == Some("true")
            && let Some(body) = body.as_object_mut()
        {
            body.remove("status");
            body.remove("lastActivity");
        }
        body
    };
    let items: Vec<Value> = page.iter().map(show).collect();
    let mut response = Json(json!({"items": items})).into_response();
    if let Some(last) = page.last().filter(|_| more) {
        let query = params.with("after", &ids::encode("CURSOR", &last.place.to_string()));
        link(&world, &mut response, &format!("/v1/people?{query}"));
    }
    Ok(response)
}

/// Adds the RFC 8288 next link, absolute as Webex prints it.
pub(crate) fn link(world: &Shared, response: &mut Response, target: &str) {
    let base = world.base_url.as_str().trim_end_matches('/');
    if let Ok(value) = HeaderValue::from_str(&format!("<{base}{target}>; rel=\"next\"")) {
        response.headers_mut().insert(header::LINK, value);
    }
}

fn people_by_ids(
    world: &Shared,
    organization: Uuid,
    list: &str,
    whole: impl Fn(Value) -> Value,
) -> Result<Response, Refusal> {
    let wanted: Vec<&str> = list.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if wanted.len() > MOST_IDS {
        return Err(Refusal::malformed("At most 85 ids may be given."));
    }
    let state = lock(&world.webex);
    let mut items = Vec::new();
    let mut missing = Vec::new();
    for id in wanted {
        match person_id(id).ok().and_then(|id| state.accounts.by_id(id)) {
            Some(account) => items.push(whole(account.body(organization, View::ByIds, world.clock.now()))),
            None => missing.push(id),
        }
    }
    Ok(Json(json!({"items": items, "notFoundIds": missing})).into_response())
}

/// Calling data and locations make pages smaller (Webex People API).
fn largest_page(params: &Params) -> Result<usize, Refusal> {
    Ok(match (params.text("locationId"), wants_calling_data(params)?) {
        (Some(_), _) => 50,
        (None, true) => 100,
        (None, false) => LARGEST_PAGE,
    })
}

/// The next people whom the query means, in the order of arrival.
fn page<'a>(state: &'a Webex, params: &Params, most: usize) -> Result<Vec<&'a Account>, Refusal> {
    let mut roles = Vec::new();
    for id in params.text("roles").into_iter().flat_map(|list| list.split(',')) {
        roles.push(role_by_id(id.trim()).ok_or_else(|| Refusal::malformed("A role id is not known."))?);
    }
    let after = cursor(params.text("after"))?;
    let email = params.text("email");
    let location = params.text("locationId");
    let fits = |account: &&Account| {
        account.place > after
            && email.is_none_or(|email| account.email.eq_ignore_ascii_case(email))
            && location.is_none_or(|location| account.profile.location_id.as_deref() == Some(location))
            && roles.iter().all(|role| account.roles.iter().any(|held| held == role))
    };
    Ok(match (email, params.text("displayName")) {
        (Some(email), None) => state.accounts.by_email(email).filter(fits).into_iter().collect(),
        (_, Some(prefix)) => state.accounts.named(prefix).into_iter().filter(fits).take(most).collect(),
        (None, None) => state.accounts.after(after).filter(fits).take(most).collect(),
    })
}

fn cursor(text: Option<&str>) -> Result<u64, Refusal> {
    let Some(text) = text else { return Ok(0) };
    let place = ids::decode("CURSOR", text).and_then(|place| place.parse().ok());
    place.ok_or_else(|| Refusal::malformed("The cursor is not valid."))
}
