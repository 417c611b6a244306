//! The Authorizations API: which apps hold tokens of a person, and taking them back (administrators).

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::caller::{Caller, DEVICE, FULL, USER};
use crate::webex::grants::Grant;
use crate::webex::ids;
use crate::webex::input::Params;
use crate::webex::people::timestamp;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const ADMINS: [&str; 3] = [FULL, USER, DEVICE];

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/authorizations", list_authorizations)
        .delete("/v1/authorizations", delete_authorizations_of_client)
        .get("/v1/authorizations/tokenExpiry", get_token_expiry)
        .delete("/v1/authorizations/{id}", delete_authorization)
}

async fn list_authorizations(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["identity:tokens_read", "identity:tokens_write"], &ADMINS)?;
    let apps = world.core().apps.clone();
    let state = lock(&world.webex);
    let account = match (params.text("personId"), params.text("personEmail")) {
        (Some(id), _) => ids::decode("PEOPLE", id)
            .and_then(|id| Uuid::parse_str(&id).ok())
            .and_then(|id| state.accounts.by_id(id)),
        (None, Some(email)) => state.accounts.by_email(email),
        (None, None) => return Err(Refusal::malformed("Either personId or personEmail must be given.")),
    };
    let account = account.ok_or_else(|| Refusal::not_found("The person is not found."))?;
    let name = |client_id: &str| {
        apps.iter().find(|app| app.client_id == client_id).map_or("Developer Portal", |app| app.name.as_str())
    };
    let mut own: Vec<&Grant> = state.grants.all().filter(|grant| grant.email == account.email).collect();
    own.sort_by_key(|grant| (grant.created_at, grant.id));
    let items: Vec<Value> =
        own.into_iter().flat_map(|grant| bodies(grant, account.id, name(&grant.client_id))).collect();
    Ok(Json(json!({"items": items})))
}

fn bodies(grant: &Grant, person: Uuid, name: &str) -> Vec<Value> {
    let body = |id: Uuid, created, kind: &str| {
        json!({
            "id": ids::encode("AUTHORIZATION", &id.to_string()),
            "applicationId": ids::encode("APPLICATION", &grant.client_id),
            "applicationName": name,
            "personId": ids::person(person),
            "clientId": grant.client_id,
            "created": timestamp(created),
            "type": kind,
        })
    };
    let refresh = grant.refresh.as_ref().map(|_| body(grant.id, grant.created_at, "refresh"));
    let access = grant.access.iter().map(|token| body(token.id, token.created_at, "access"));
    refresh.into_iter().chain(access).collect()
}

async fn delete_authorization(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.needs_admin(&["identity:tokens_write"], &ADMINS)?;
    let id = ids::decode("AUTHORIZATION", &id).and_then(|id| Uuid::parse_str(&id).ok());
    let mut state = lock(&world.webex);
    let found = id.and_then(|id| token_of(state.grants.all(), id));
    let value = found.ok_or_else(|| Refusal::not_found("The authorization is not found."))?;
    state.grants.revoke_token(&value);
    Ok(StatusCode::NO_CONTENT)
}

/// The refresh token of a whole grant, or one access token, by its authorization id.
fn token_of<'a>(mut grants: impl Iterator<Item = &'a Grant>, id: Uuid) -> Option<String> {
    grants.find_map(|grant| {
        let refresh = grant.refresh.as_ref().filter(|_| grant.id == id).map(|refresh| refresh.value.clone());
        refresh
            .or_else(|| grant.access.iter().find(|access| access.id == id).map(|access| access.value.clone()))
    })
}

async fn delete_authorizations_of_client(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<StatusCode, Refusal> {
    caller.needs_admin(&["identity:tokens_write"], &ADMINS)?;
    let client = params.text("clientId").ok_or_else(|| Refusal::malformed("'clientId' must be given."))?;
    match lock(&world.webex).grants.revoke_where(|grant| grant.client_id == client) {
        0 => Err(Refusal::not_found("The authorization is not found.")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

async fn get_token_expiry(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Refusal> {
    let state = lock(&world.webex);
    let grant = state.grants.by_access_token(&caller.token, world.clock.now());
    let token = grant.and_then(|grant| grant.access.iter().find(|access| access.value == caller.token));
    token
        .map(|token| Json(json!({"exp": token.expires_at.as_millisecond()})))
        .ok_or_else(Refusal::unauthorized)
}
