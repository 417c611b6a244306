//! Tokens without clicking, revocation, seed, clock, faults and switches.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::apps::Provider;
use crate::control::{Problem, parsed};
use crate::faults::Rule;
use crate::seed::Seed;
use crate::switches::Switches;
use crate::world::{Revocation, Shared, World, lock};
use crate::{entra, webex};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    provider: Provider,
    email: String,
    #[serde(default)]
    scopes: Vec<String>,
}

pub(super) async fn issue_token(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let TokenRequest { provider, email, scopes } = parsed(&body)?;
    let issued = match provider {
        Provider::Webex => webex::issue_token(&world, &email, &scopes),
        Provider::Microsoft => entra::issue_token(&world, &email, &scopes),
    };
    issued.map(Json).ok_or_else(|| Problem::missing("There is no such account, or a scope is unknown."))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeRequest {
    provider: Provider,
    email: String,
    #[serde(default)]
    reason: Revocation,
}

pub(super) async fn revoke(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let RevokeRequest { provider, email, reason } = parsed(&body)?;
    let found = match provider {
        Provider::Webex => webex::revoke(&world, &email, reason),
        Provider::Microsoft => {
            let known = world.person(&email).is_some_and(|person| person.microsoft.is_some());
            if known {
                entra::revoke(&world, &email, reason);
            }
            known
        }
    };
    if found {
        Ok(Json(json!({"revoked": email})))
    } else {
        Err(Problem::missing("There is no such account."))
    }
}

/// Starts again from the seed in the body; from the believable organization when there is none. Where `people` is a number,
/// the believable organization gets so many Webex people, and the body's other fields replace the seed's.
pub(super) async fn seed(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let mut wanted: Map<String, Value> = parsed(&body)?;
    let number = wanted.get("people").and_then(Value::as_u64);
    let seed = if wanted.is_empty() {
        Seed::believable()
    } else if let Some(number) = number {
        wanted.remove("people");
        wanted.insert("webex_people".to_owned(), json!(number));
        overlaid(wanted)?
    } else {
        parsed(&body)?
    };
    world.reset(&seed).map_err(Problem::bad)?;
    let webex_people = lock(&world.webex).accounts.len();
    Ok(Json(json!({
        "organization": seed.organization.name,
        "people": seed.people.len(),
        "webex_people": webex_people,
    })))
}

fn overlaid(changes: Map<String, Value>) -> Result<Seed, Problem> {
    let mut seed = serde_json::to_value(Seed::believable()).map_err(Problem::bad)?;
    for (name, value) in changes {
        seed[name] = value;
    }
    serde_json::from_value(seed).map_err(Problem::bad)
}

/// The clock as the control interface shows it.
#[derive(Serialize)]
pub(super) struct ClockBody {
    pub(super) now: Timestamp,
    fixed: bool,
    offset_seconds: i64,
}

impl ClockBody {
    pub(super) fn of(world: &World) -> Self {
        let (fixed, offset_seconds) = world.clock.setting();
        Self { now: world.clock.now(), fixed, offset_seconds }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    /// Moves the clock; may be negative.
    advance_seconds: Option<i64>,
    /// Lets the clock stand still at an instant.
    fixed_at: Option<Timestamp>,
    /// Lets the clock run with the machine again.
    #[serde(default)]
    run: bool,
}

pub(super) async fn clock(State(world): State<Shared>) -> Json<ClockBody> {
    Json(ClockBody::of(&world))
}

pub(super) async fn move_clock(State(world): State<Shared>, body: Bytes) -> Result<Json<ClockBody>, Problem> {
    let request: ClockRequest = parsed(&body)?;
    if request.run || request.fixed_at.is_some() {
        world.clock.set(request.fixed_at);
    }
    if let Some(seconds) = request.advance_seconds {
        world.clock.advance(seconds);
    }
    Ok(Json(ClockBody::of(&world)))
}

pub(super) async fn faults(State(world): State<Shared>) -> Json<Value> {
    Json(json!({"faults": world.faults.all()}))
}

pub(super) async fn add_fault(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let rule: Rule = parsed(&body)?;
    let id = world
        .faults
        .add(rule)
        .ok_or_else(|| Problem::bad("There are too many faults; remove some first."))?;
    Ok(Json(json!({"id": id})))
}

/// DELETE /_sandbox/faults removes all, `?id=` one.
pub(super) async fn remove_faults(
    State(world): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let query = query.unwrap_or_default();
    let id = url::form_urlencoded::parse(query.as_bytes()).find(|pair| pair.0 == "id");
    let id =
        id.map(|pair| pair.1.parse().map_err(|_| Problem::bad("The id must be a number."))).transpose()?;
    world.faults.remove(id);
    Ok(Json(json!({"faults": world.faults.all()})))
}

pub(super) async fn switches(State(world): State<Shared>) -> Json<Switches> {
    Json(world.switches())
}

pub(super) async fn turn_switches(
    State(world): State<Shared>,
    body: Bytes,
) -> Result<Json<Switches>, Problem> {
    let changes: Map<String, Value> = parsed(&body)?;
    let mut core = world.core();
    core.switches = core.switches.with(changes).map_err(Problem::bad)?;
    Ok(Json(core.switches.clone()))
}
