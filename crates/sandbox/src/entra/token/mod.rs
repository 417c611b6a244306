//! POST /{tenant}/oauth2/v2.0/token.

pub(super) mod access;
mod answer;
mod client;
mod code;
mod refresh;

use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use self::answer::Granted;
use super::authorize::Params;
use super::refusal::Refusal;
use super::scope::Asked;
use super::state::RefreshToken;
use super::tenant::{Tenant, base};
use super::trace;
use crate::apps::App;
use crate::requests::RequestId;
use crate::world::{Shared, World, lock};

/// Client credentials that were accepted, and what they came with.
struct Call<'a> {
    world: &'a World,
    /// The tenant part of the path, lower case.
    path: String,
    tenant: Tenant,
    app: App,
    /// How the app proved itself: "0" not at all, "1" with a secret (claim `azpacr`).
    proof: &'static str,
    params: &'a Params,
}

impl Call<'_> {
    fn consent_missing(&self) -> Refusal {
        Refusal::ConsentMissing { client_id: self.app.client_id.clone(), name: self.app.name.clone() }
    }
}

pub(super) async fn token(
    State(world): State<Shared>,
    Path(tenant): Path<String>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let params = Params::parse(if is_form(&headers) { &body } else { b"" });
    world.requests.amend(id, |entry| entry.detail = params.owned("grant_type"));
    let mut response = match answer(&world, &tenant, id, &headers, &params) {
        Ok(response) => response,
        Err(refusal) => refusal.answer(&trace(&world, Some(&headers)), base(&world.base_url)),
    };
    // RFC 6749 §5.1: tokens must not be cached.
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    kept.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

fn answer(
    world: &World,
    tenant: &str,
    id: RequestId,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Response, Refusal> {
    let found = Tenant::find(tenant, &world.core().organization)?;
    let grant = params.need("grant_type")?;
    if !matches!(grant, "authorization_code" | "refresh_token" | "client_credentials") {
        return Err(Refusal::UnsupportedGrant { grant: grant.chars().take(100).collect() });
    }
    let (app, proof) = client::authenticate(world, headers, params, id)?;
    found.admits(&app)?;
    let call = Call { world, path: tenant.to_ascii_lowercase(), tenant: found, app, proof, params };
    let granted = match grant {
        "authorization_code" => code::redeem(&call)?,
        "refresh_token" => refresh::refresh(&call)?,
        _ => return client_credentials(&call),
    };
    world.requests.amend(id, |entry| entry.account = Some(granted.person.email.clone()));
    Ok(answer::of(&call, &granted))
}

/// App-only tokens: no person, no refresh token, permissions as `roles` (Microsoft "Client credentials flow").
fn client_credentials(call: &Call) -> Result<Response, Refusal> {
    if !matches!(call.tenant, Tenant::Own(_)) {
        return Err(Refusal::GrantNotOnCommon);
    }
    if call.proof == "0" {
        return Err(Refusal::NoCredential);
    }
    let scope = call.params.need("scope")?;
    let asked = Asked::parse(scope, base(&call.world.base_url))?;
    if !asked.default || scope.split_whitespace().count() != 1 {
        return Err(Refusal::BadScope { scope: scope.chars().take(300).collect() });
    }
    Ok(answer::app_only(call))
}

/// Keeps a new refresh token and returns its value.
fn keep_refresh_token(call: &Call, email: &str, asked: &Asked) -> String {
    let random = &call.world.random;
    let value = format!("1.AXA{}{}{}", random.token(), random.token(), random.token());
    let token = RefreshToken {
        client_id: call.app.client_id.clone(),
        email: email.to_owned(),
        asked: asked.clone(),
        issued: call.world.clock.now(),
        used: false,
        ended: None,
    };
    lock(&call.world.entra).refresh_tokens.insert(value.clone(), token);
    value
}

/// The scopes a request narrows itself to; what is not granted any more (or never was) needs consent.
fn narrowed(call: &Call, email: &str, first: &Asked) -> Result<Granted, Refusal> {
    let asked = match call.params.get("scope") {
        Some(scope) => Asked::parse(scope, base(&call.world.base_url))?,
        None => first.clone(),
    };
    let person = call.world.person(email).filter(|person| person.microsoft.is_some());
    let person = person.ok_or(Refusal::UserDisabled)?;
    let consented = lock(&call.world.entra).granted(&call.app.client_id, email);
    if consented.is_empty() || !asked.permissions.iter().all(|name| consented.contains(name)) {
        return Err(call.consent_missing());
    }
    Ok(Granted { person, oidc: first.oidc.clone(), consented, nonce: None, refresh_token: None })
}
