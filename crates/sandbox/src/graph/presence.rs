//! Presence of Teams users.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::ask::{Ask, Body, find_person, with_context};
use super::failure::Failure;
use crate::entra::base;
use crate::seed::Person;
use crate::world::Shared;

/// The most ids of one call (Graph "getPresencesByUserId").
const MOST_IDS: usize = 650;

/// GET /me/presence and /users/{id}/presence
pub(super) async fn get_presence(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = ask.person(&world);
    let own = !ask.is_app_only() && person.as_ref().is_ok_and(|person| ask.is_own(person));
    let enough: &[&str] = if own { &["Presence.Read", "Presence.Read.All"] } else { &["Presence.Read.All"] };
    if !ask.has_any(enough) {
        return Err(denied());
    }
    let person = person?;
    let context = format!("users('{}')/presence/$entity", person.entra_id());
    Ok(ask.one(StatusCode::OK, with_context(&world, &context, presence(&person))))
}

/// GET /communications/presences/{id}
pub(super) async fn get_presence_by_id(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    if !ask.has_any(&["Presence.Read.All"]) {
        return Err(denied());
    }
    let id = ask.param("id");
    let person = find_person(&world, id).ok_or_else(|| Failure::resource_not_found(id))?;
    Ok(ask.one(StatusCode::OK, with_context(&world, "communications/presences/$entity", presence(&person))))
}

/// POST /communications/getPresencesByUserId
pub(super) async fn get_presences(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    if !ask.has_any(&["Presence.Read.All"]) {
        return Err(denied());
    }
    let ids = body.get("ids").as_array().cloned().unwrap_or_default();
    if ids.is_empty() || ids.len() > MOST_IDS {
        let message = format!("The property 'ids' must hold between 1 and {MOST_IDS} user ids.");
        return Err(Failure::invalid("InvalidRequest", message));
    }
    // People who are not here are left out, as the real call does.
    let found: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|id| find_person(&world, id))
        .map(|person| presence(&person))
        .collect();
    let context = format!("{}/v1.0/$metadata#Collection(microsoft.graph.presence)", base(&world.base_url));
    Ok(Json(json!({"@odata.context": context, "value": found})).into_response())
}

fn presence(person: &Person) -> Value {
    let seeded = person.microsoft.as_ref().and_then(|account| account.availability.as_deref());
    let seeded = seeded.unwrap_or("PresenceUnknown");
    // A seed may name an activity; the availability behind it follows Graph's presence table.
    let availability = match seeded {
        "InAMeeting" | "InACall" | "InAConferenceCall" => "Busy",
        "Presenting" | "UrgentInterruptionsOnly" => "DoNotDisturb",
        "OutOfOffice" | "Inactive" => "Away",
        "OffWork" => "Offline",
        other => other,
    };
    json!({
        "id": person.entra_id(),
        "availability": availability,
        "activity": seeded,
        "statusMessage": null,
        "outOfOfficeSettings": {"message": null, "isOutOfOffice": seeded == "OutOfOffice"},
    })
}

fn denied() -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "Forbidden", "Missing role permissions on the request.")
}
