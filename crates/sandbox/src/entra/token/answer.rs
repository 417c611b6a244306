//! The token endpoint's good answers.

use std::collections::BTreeSet;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Call;
use super::access::{AccessToken, Subject};
use crate::entra::scope::{self, GRAPH_RESOURCE};
use crate::entra::signing::SigningKey;
use crate::entra::state::NINETY_DAYS;
use crate::entra::tenant::base;
use crate::entra::{account_id, client_info, subject};
use crate::seed::Person;
use crate::switches::EntraScope;
use crate::world::lock;

/// ID tokens live one hour (Microsoft "Configurable token lifetimes").
const ID_TOKEN_SECONDS: i64 = 3_600;

/// What a grant turned out to be worth.
pub(super) struct Granted {
    pub(super) person: Person,
    /// The OpenID Connect scopes of the first request.
    pub(super) oidc: Vec<String>,
    /// All that was consented to; an access token carries all of it.
    pub(super) consented: BTreeSet<String>,
    pub(super) nonce: Option<String>,
    pub(super) refresh_token: Option<String>,
}

/// The answer for a person.
pub(super) fn of(call: &Call, granted: &Granted) -> Response {
    let names: Vec<String> = granted
        .oidc
        .iter()
        .filter(|name| *name != "offline_access")
        .chain(granted.consented.iter().filter(|name| scope::find(name).is_some()))
        .cloned()
        .collect();
    let access = AccessToken::new(call.world, &call.app, call.proof);
    let Some(token) = access.sign(&Subject::Person(&granted.person, &names)) else { return unavailable() };
    let switches = call.world.switches();
    let mut answer = Map::new();
    answer.insert("token_type".to_owned(), "Bearer".into());
    answer.insert("scope".to_owned(), spelled(&names, switches.entra_scope).into());
    answer.insert("expires_in".to_owned(), access.expires_in.into());
    answer.insert("ext_expires_in".to_owned(), access.expires_in.into());
    answer.insert("access_token".to_owned(), token.into());
    if granted.oidc.iter().any(|name| name == "openid") {
        answer.insert("id_token".to_owned(), id_token(call, granted).into());
    }
    if let Some(refresh_token) = &granted.refresh_token {
        answer.insert("refresh_token".to_owned(), refresh_token.clone().into());
        if switches.entra_refresh_expires {
            answer.insert("refresh_token_expires_in".to_owned(), NINETY_DAYS.as_secs().into());
        }
    }
    if call.params.get("client_info") == Some("1") {
        answer.insert("client_info".to_owned(), client_info(&account_id(call.world, &granted.person)).into());
    }
    answer.retain(|name, _| !switches.entra_drop_token_fields.contains(name));
    Json(Value::Object(answer)).into_response()
}

/// The answer for an app alone: no scope, no refresh token.
pub(super) fn app_only(call: &Call) -> Response {
    let roles: Vec<String> =
        lock(&call.world.entra).tenant_consent(&call.app.client_id).roles.into_iter().collect();
    let access = AccessToken::new(call.world, &call.app, call.proof);
    let Some(token) = access.sign(&Subject::App(&roles)) else { return unavailable() };
    let mut answer = json!({
        "token_type": "Bearer",
        "expires_in": access.expires_in,
        "ext_expires_in": access.expires_in,
        "access_token": token,
    });
    let dropped = call.world.switches().entra_drop_token_fields;
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|name, _| !dropped.contains(name));
    }
    Json(answer).into_response()
}

/// Scopes as Entra spells them: Graph's with or without the resource, OpenID Connect's always short.
fn spelled(names: &[String], form: EntraScope) -> String {
    let spell = |name: &String| match form {
        EntraScope::Full if scope::find(name).is_some() => format!("{GRAPH_RESOURCE}/{name}"),
        _ => name.clone(),
    };
    names.iter().map(spell).collect::<Vec<_>>().join(" ")
}

/// The ID token's claims (Microsoft "ID token claims reference").
fn id_token(call: &Call, granted: &Granted) -> Option<String> {
    let account = account_id(call.world, &granted.person);
    let now = call.world.clock.now().as_second();
    let mut claims = json!({
        "aud": call.app.client_id,
        "iss": format!("{}/{}/v2.0", base(&call.world.base_url), account.tid),
        "iat": now,
        "nbf": now,
        "exp": now + ID_TOKEN_SECONDS,
        "sub": subject(&call.app.client_id, &granted.person),
        "tid": account.tid,
        "uti": call.world.random.token()[..22],
        "rh": "1.AXA.",
        "ver": "2.0",
    });
    let has = |scope: &str| granted.oidc.iter().any(|name| name == scope);
    if has("profile") {
        claims["oid"] = json!(account.oid);
        claims["name"] = granted.person.display_name().into();
        claims["preferred_username"] = granted.person.email.clone().into();
    }
    if has("email") {
        claims["email"] = granted.person.email.clone().into();
    }
    if let Some(nonce) = &granted.nonce {
        claims["nonce"] = nonce.clone().into();
    }
    SigningKey::shared()?.sign(&claims)
}

fn unavailable() -> Response {
    http::StatusCode::SERVICE_UNAVAILABLE.into_response()
}
