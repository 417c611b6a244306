//! Registering and changing apps, by JSON.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::apps::{App, Provider, Secret};
use crate::control::{Problem, parsed};
use crate::webex;
use crate::world::{Shared, World, later};

const MOST_APPS: usize = 10_000;

pub(super) async fn list(State(world): State<Shared>) -> Json<Value> {
    Json(json!({"apps": world.core().apps}))
}

/// Changes the app whose client_id the body names, field by field; registers a new one otherwise.
pub(super) async fn register(State(world): State<Shared>, body: Bytes) -> Result<Json<App>, Problem> {
    let mut changes: Map<String, Value> = parsed(&body)?;
    let provider = changes.get("provider").cloned().unwrap_or_default();
    let provider: Provider = serde_json::from_value(provider).map_err(Problem::bad)?;
    if let Some(secrets) = changes.get_mut("secrets").and_then(Value::as_array_mut) {
        for secret in secrets.iter_mut().filter_map(Value::as_object_mut) {
            complete(&world, provider, secret)?;
        }
    }
    let known = changes.get("client_id").and_then(Value::as_str).and_then(|id| world.app(provider, id));
    let old = known.unwrap_or_else(|| blank(&world, provider));
    let app = overlay(&old, changes)?;
    if app.blocked && provider == Provider::Webex {
        webex::revoke_app(&world, &app.client_id);
    }
    store(&world, app.clone())?;
    Ok(Json(app))
}

fn overlay(old: &App, changes: Map<String, Value>) -> Result<App, Problem> {
    let Value::Object(mut all) = serde_json::to_value(old).map_err(Problem::bad)? else {
        return Err(Problem::bad("An app must be an object."));
    };
    all.extend(changes);
    serde_json::from_value(Value::Object(all)).map_err(Problem::bad)
}

/// Puts an app into the world, in place of the one with its client id.
pub(super) fn store(world: &World, app: App) -> Result<(), Problem> {
    let mut core = world.core();
    let same = |known: &App| known.provider == app.provider && known.client_id == app.client_id;
    match core.apps.iter().position(same) {
        Some(position) => core.apps[position] = app,
        None if core.apps.len() >= MOST_APPS => return Err(Problem::bad("There are too many apps.")),
        None => core.apps.push(app),
    }
    Ok(())
}

/// An app that was registered this moment, with one secret.
pub(super) fn blank(world: &World, provider: Provider) -> App {
    let now = world.clock.now();
    let client_id = match provider {
        Provider::Webex => format!("C{}", world.random.hex()),
        Provider::Microsoft => world.random.uuid().to_string(),
    };
    App {
        provider,
        name: "Unnamed".to_owned(),
        client_id,
        redirect_uris: Vec::new(),
        scopes: Vec::new(),
        application_permissions: Vec::new(),
        secrets: vec![new_secret(world, provider, now)],
        registered_at: Some(now),
        propagation_seconds: 0,
        blocked: false,
        disabled: false,
        single_tenant: false,
        requests_per_minute: None,
    }
}

fn new_secret(world: &World, provider: Provider, now: Timestamp) -> Secret {
    let two_years = 2 * 365 * 86_400;
    Secret {
        id: world.random.uuid(),
        name: None,
        value: secret_value(world, provider),
        created_at: Some(now),
        // Webex secrets do not expire; Entra's are given two years at most.
        expires_at: (provider == Provider::Microsoft).then(|| later(now, two_years)),
        propagation_seconds: 0,
    }
}

/// 64 hexadecimal characters at Webex; at Microsoft about 40 characters with `Q~` in them.
pub(crate) fn secret_value(world: &World, provider: Provider) -> String {
    match provider {
        Provider::Webex => world.random.hex(),
        Provider::Microsoft => {
            let text = world.random.token().replace(['-', '_'], "x");
            format!("{}8Q~{}", &text[..3], &text[3..37])
        }
    }
}

/// Fills in what a secret of the body leaves out; `expires_in_seconds` counts from now.
fn complete(world: &World, provider: Provider, secret: &mut Map<String, Value>) -> Result<(), Problem> {
    let now = world.clock.now();
    if let Some(seconds) = secret.remove("expires_in_seconds") {
        let seconds = seconds.as_i64().ok_or_else(|| Problem::bad("expires_in_seconds must be a number."))?;
        secret.insert("expires_at".to_owned(), json!(later(now, seconds)));
    }
    secret.entry("id").or_insert_with(|| json!(world.random.uuid()));
    secret.entry("value").or_insert_with(|| json!(secret_value(world, provider)));
    secret.entry("created_at").or_insert_with(|| json!(now));
    Ok(())
}
