//! App registrations and their secrets (Graph "application: addPassword").

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::{Ask, Body, Paging, with_context};
use super::failure::Failure;
use crate::apps::{App, Provider, Secret};
use crate::entra::base;
use crate::random::stable_uuid;
use crate::world::{Shared, World};

const READ: [&str; 4] = [
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    "Directory.Read.All",
];

/// Two years, what a new secret gets when nothing is said.
const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
const MOST_SECRETS: usize = 100;

/// GET /applications
pub(super) async fn list_applications(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let applications = visible(&world, &ask)?.iter().map(application).collect();
    ask.collection(&world, &Paging::directory("applications"), applications)
}

/// GET /servicePrincipals
pub(super) async fn list_service_principals(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let tenant = world.core().organization.id();
    let principal = |app: &App| {
        json!({
            "id": stable_uuid("entra service principal", &app.client_id),
            "appId": app.client_id,
            "displayName": app.name,
            "appDisplayName": app.name,
            "accountEnabled": !app.disabled,
            "appOwnerOrganizationId": tenant,
            "servicePrincipalType": "Application",
            "signInAudience": audience(app),
        })
    };
    let principals = visible(&world, &ask)?.iter().map(principal).collect();
    ask.collection(&world, &Paging::directory("servicePrincipals"), principals)
}

/// GET /applications/{id}
pub(super) async fn get_application(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    one(&world, &ask, ask.param("id"))
}

/// GET /applications(appId='…'), the other way to name an application
pub(super) async fn get_keyed(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    match keyed(ask.param("rest")) {
        Some((id, "")) => one(&world, &ask, id),
        _ => Err(Failure::no_such_path(ask.param("rest"))),
    }
}

/// POST /applications(appId='…')/addPassword and …/removePassword
pub(super) async fn change_keyed(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    match keyed(ask.param("rest")) {
        Some((id, "addPassword")) => add(&world, &ask, id, &body),
        Some((id, "removePassword")) => remove(&world, &ask, id, &body),
        _ => Err(Failure::no_such_path(ask.param("rest"))),
    }
}

fn one(world: &World, ask: &Ask, id: &str) -> Result<Response, Failure> {
    let app = visible(world, ask)?.into_iter().find(|app| is(app, id));
    let app = app.ok_or_else(|| Failure::resource_not_found(id))?;
    Ok(ask.one(StatusCode::OK, with_context(world, "applications/$entity", application(&app))))
}

/// The client id in `applications(appId='…')` and the action behind it.
fn keyed(path: &str) -> Option<(&str, &str)> {
    let (inside, rest) = path.strip_prefix("applications(")?.split_once(')')?;
    let (name, value) = inside.split_once('=')?;
    name.eq_ignore_ascii_case("appId").then(|| (value.trim_matches('\''), rest.trim_start_matches('/')))
}

/// The applications a token may read; an app may always read itself.
fn visible(world: &World, ask: &Ask) -> Result<Vec<App>, Failure> {
    let all = ask.has_any(&READ);
    if !all && !ask.is_app_only() {
        return Err(Failure::request_denied());
    }
    let own =
        |app: &&App| app.provider == Provider::Microsoft && (all || app.client_id == ask.bearer.client_id);
    Ok(world.core().apps.iter().filter(own).cloned().collect())
}

fn object_id(app: &App) -> Uuid {
    stable_uuid("entra application", &app.client_id)
}

/// By object id, or by client id where the path was `(appId='…')`.
fn is(app: &App, id: &str) -> bool {
    app.client_id.eq_ignore_ascii_case(id) || object_id(app).to_string().eq_ignore_ascii_case(id)
}

fn audience(app: &App) -> &'static str {
    if app.single_tenant { "AzureADMyOrg" } else { "AzureADMultipleOrgs" }
}

fn application(app: &App) -> Value {
    json!({
        "id": object_id(app),
        "appId": app.client_id,
        "displayName": app.name,
        "signInAudience": audience(app),
        "createdDateTime": app.registered_at,
        "identifierUris": [],
        "keyCredentials": [],
        "passwordCredentials": app.secrets.iter().map(credential).collect::<Vec<_>>(),
        "web": {"redirectUris": app.redirect_uris},
    })
}

/// A secret without its value; the hint is its first three characters.
fn credential(secret: &Secret) -> Value {
    json!({
        "keyId": secret.id,
        "displayName": secret.name,
        "hint": secret.value.chars().take(3).collect::<String>(),
        "startDateTime": secret.created_at,
        "endDateTime": secret.expires_at,
        "secretText": null,
        "customKeyIdentifier": null,
    })
}

/// POST /applications/{id}/addPassword
pub(super) async fn add_password(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    add(&world, &ask, ask.param("id"), &body)
}

fn add(world: &World, ask: &Ask, id: &str, body: &Body) -> Result<Response, Failure> {
    let now = world.clock.now();
    let wish = body.get("passwordCredential");
    let hex = world.random.hex();
    let secret = Secret {
        id: world.random.uuid(),
        name: wish["displayName"].as_str().map(str::to_owned),
        value: format!("{}8Q~{}", &hex[..3], &hex[3..37]),
        created_at: Some(time(wish, "startDateTime")?.unwrap_or(now)),
        expires_at: Some(match time(wish, "endDateTime")? {
            Some(end) => end,
            None => now.saturating_add(DEFAULT_LIFE).unwrap_or(now),
        }),
        propagation_seconds: 0,
    };
    let mut answer = credential(&secret);
    answer["secretText"] = secret.value.clone().into();
    change(world, ask, id, |app| {
        if app.secrets.len() >= MOST_SECRETS {
            return Err(Failure::invalid("Request_BadRequest", "The application has too many secrets."));
        }
        // A new secret takes as long to be known as its app did.
        app.secrets.push(Secret { propagation_seconds: app.propagation_seconds, ..secret });
        Ok(())
    })?;
    let context = format!("{}/v1.0/$metadata#microsoft.graph.passwordCredential", base(&world.base_url));
    answer["@odata.context"] = context.into();
    Ok(Json(answer).into_response())
}

fn time(wish: &Value, name: &str) -> Result<Option<Timestamp>, Failure> {
    let wrong =
        || Failure::invalid("Request_BadRequest", format!("The value of '{name}' is not an instant."));
    match &wish[name] {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// POST /applications/{id}/removePassword
pub(super) async fn remove_password(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    remove(&world, &ask, ask.param("id"), &body)
}

fn remove(world: &World, ask: &Ask, id: &str, body: &Body) -> Result<Response, Failure> {
    let key = body.get("keyId").as_str().and_then(|key| key.parse::<Uuid>().ok());
    change(world, ask, id, |app| {
        let before = app.secrets.len();
        app.secrets.retain(|secret| Some(secret.id) != key);
        if app.secrets.len() == before {
            return Err(Failure::invalid("Request_BadRequest", "No password credential found with keyId."));
        }
        Ok(())
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Changes an application, if the token may: an app with OwnedBy owns itself and nothing else.
fn change(
    world: &World,
    ask: &Ask,
    id: &str,
    change: impl FnOnce(&mut App) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut core = world.core();
    let mut apps = core.apps.iter_mut().filter(|app| app.provider == Provider::Microsoft);
    let app = apps.find(|app| is(app, id)).ok_or_else(|| Failure::resource_not_found(id))?;
    let owner = ask.is_app_only() && app.client_id == ask.bearer.client_id;
    let allowed = ask.has_any(&["Application.ReadWrite.All"])
        || (owner && ask.has_any(&["Application.ReadWrite.OwnedBy"]));
    if allowed { change(app) } else { Err(Failure::request_denied()) }
}
