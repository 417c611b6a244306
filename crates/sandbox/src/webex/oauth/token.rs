//! POST /v1/access_token and the identity broker's revoke endpoint.

use std::collections::HashMap;

use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::apps::{App, Provider, SecretVerdict};
use crate::random::sha256;
use crate::requests::RequestId;
use crate::routes::Routes;
use crate::switches::{Switches, WebexRefresh, WebexTokenErrors};
use crate::webex::grants::{Challenge, Code, Grant, RefreshToken};
use crate::webex::oauth::{access_token, token_value};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, World, later, lock};

pub(super) fn routes() -> Routes {
    Routes::new().post("/v1/access_token", token).post("/idb/oauth2/v1/revoke", revoke)
}

/// A refusal of the token endpoint (RFC 6749 §5.2), to be written in the dialect of the switch.
struct Refused {
    status: StatusCode,
    error: &'static str,
    text: &'static str,
    retry_after: Option<u64>,
}

type Fields = HashMap<String, String>;

fn refused(error: &'static str, text: &'static str) -> Refused {
    let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    Refused { status, error, text, retry_after: None }
}

impl Refused {
    fn written(self, dialect: WebexTokenErrors) -> Response {
        if let Some(seconds) = self.retry_after {
            return Refusal::too_many(Some(seconds)).into_response();
        }
        match dialect {
            WebexTokenErrors::Webex => {
                Refusal::new(self.status, self.text, &format!("{}: {}", self.error, self.text))
                    .into_response()
            }
            WebexTokenErrors::Rfc => {
                (self.status, Json(json!({"error": self.error, "error_description": self.text})))
                    .into_response()
            }
        }
    }
}

async fn token(
    State(world): State<Shared>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields: Fields = url::form_urlencoded::parse(&body).into_owned().collect();
    let switches = world.switches();
    world.requests.amend(id, |entry| entry.detail = fields.get("grant_type").cloned());
    match answer(&world, id, &headers, &fields, &switches) {
        Ok(body) => {
            ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
        }
        Err(refused) => refused.written(switches.webex_token_errors),
    }
}

fn answer(
    world: &World,
    id: RequestId,
    headers: &HeaderMap,
    fields: &Fields,
    switches: &Switches,
) -> Result<Value, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(refused("invalid_request", "The body must be application/x-www-form-urlencoded."));
    }
    let app = client(world, headers, fields)?;
    world.requests.amend(id, |entry| entry.client_id = Some(app.client_id.clone()));
    world.charge(&app.client_id).map_err(|seconds| Refused {
        retry_after: Some(seconds),
        ..refused("temporarily_unavailable", "Too many requests.")
    })?;
    let (grant, answer) = match field(fields, "grant_type") {
        "authorization_code" => exchange(world, &app, fields, switches)?,
        "refresh_token" => refresh(world, &app, fields, switches)?,
        "" => return Err(refused("invalid_request", "The grant_type is missing.")),
        _ => return Err(refused("unsupported_grant_type", "The grant_type is not supported.")),
    };
    world.requests.amend(id, |entry| entry.account = Some(grant.email));
    Ok(answer)
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// The app behind client_id and client_secret, in the body or in HTTP Basic.
fn client(world: &World, headers: &HeaderMap, fields: &Fields) -> Result<App, Refused> {
    let (id, secret) = basic(headers).unwrap_or_else(|| {
        (field(fields, "client_id").to_owned(), field(fields, "client_secret").to_owned())
    });
    let now = world.clock.now();
    let app = world.app(Provider::Webex, &id).filter(|app| app.known(now) && !app.disabled);
    let app = app.filter(|app| app.check_secret(&secret, now) == SecretVerdict::Accepted);
    app.ok_or_else(|| refused("invalid_client", "The client_id or client_secret is not valid."))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let text = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
    let plain =
        |part: &str| url::form_urlencoded::parse(part.as_bytes()).next().map(|pair| pair.0.into_owned());
    Some((plain(id)?, plain(secret).unwrap_or_default()))
}

fn exchange(
    world: &World,
    app: &App,
    fields: &Fields,
    switches: &Switches,
) -> Result<(Grant, Value), Refused> {
    let redirect_uri = field(fields, "redirect_uri");
    if !app.allows_redirect(redirect_uri) {
        return Err(refused("invalid_request", "The redirect_uri is not registered for this integration."));
    }
    let now = world.clock.now();
    let code = lock(&world.webex).grants.take_code(field(fields, "code"), now);
    let code = code.filter(|code| code.client_id == app.client_id);
    let code =
        code.ok_or_else(|| refused("invalid_grant", "The code is invalid, expired or was used before."))?;
    if code.redirect_uri != redirect_uri {
        return Err(refused("invalid_grant", "The redirect_uri differs from the one that got the code."));
    }
    if !verified(&code, field(fields, "code_verifier")) {
        return Err(refused("invalid_grant", "The code_verifier does not match the code_challenge."));
    }
    let refresh = RefreshToken {
        value: token_value(world),
        expires_at: later(now, switches.webex_refresh_token_seconds),
    };
    let grant = Grant {
        id: world.random.uuid(),
        client_id: code.client_id,
        email: code.email,
        scopes: code.scopes,
        created_at: now,
        access: vec![access_token(world, switches.webex_access_token_seconds)],
        refresh: Some(refresh),
    };
    let answer = answer_body(&grant, switches);
    lock(&world.webex).grants.insert(grant.clone());
    Ok((grant, answer))
}

/// RFC 7636 §4.6.
fn verified(code: &Code, verifier: &str) -> bool {
    match &code.challenge {
        None => true,
        Some(Challenge::Plain(challenge)) => challenge == verifier,
        Some(Challenge::Sha256(challenge)) => {
            *challenge == URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()))
        }
    }
}

fn refresh(
    world: &World,
    app: &App,
    fields: &Fields,
    switches: &Switches,
) -> Result<(Grant, Value), Refused> {
    let now = world.clock.now();
    let presented = field(fields, "refresh_token");
    let access = access_token(world, switches.webex_access_token_seconds);
    let fresh = token_value(world);
    let mut state = lock(&world.webex);
    let known =
        state.grants.by_refresh_token(presented, now).filter(|grant| grant.client_id == app.client_id);
    let enabled =
        |grant: &&Grant| state.accounts.by_email(&grant.email).is_some_and(|account| account.login_enabled);
    let grant = known.filter(enabled).filter(|_| !app.blocked).cloned();
    let mut grant =
        grant.ok_or_else(|| refused("invalid_grant", "The refresh token is expired or was revoked."))?;
    let value = if switches.webex_refresh == WebexRefresh::Rotate { fresh } else { presented.to_owned() };
    let refresh = RefreshToken { value, expires_at: later(now, switches.webex_refresh_token_seconds) };
    state.grants.renew(grant.id, access.clone(), refresh.clone());
    grant.access.push(access);
    grant.refresh = Some(refresh);
    let mut answer = answer_body(&grant, switches);
    if let (WebexRefresh::Omitted, Some(answer)) = (switches.webex_refresh, answer.as_object_mut()) {
        answer.remove("refresh_token");
    }
    Ok((grant, answer))
}

fn answer_body(grant: &Grant, switches: &Switches) -> Value {
    let mut body = json!({
        "access_token": grant.access.last().map(|access| access.value.clone()),
        "expires_in": switches.webex_access_token_seconds,
        "refresh_token": grant.refresh.as_ref().map(|refresh| refresh.value.clone()),
        "refresh_token_expires_in": switches.webex_refresh_token_seconds,
        "token_type": "Bearer",
        "scope": grant.scopes.join(" "),
    });
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| !switches.webex_drop_token_fields.contains(name));
    }
    body
}

/// RFC 7009: unknown tokens are no error; the client must say who it is by HTTP Basic.
async fn revoke(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let fields: Fields = url::form_urlencoded::parse(&body).into_owned().collect();
    let known = if basic(&headers).is_some() { client(&world, &headers, &fields).ok() } else { None };
    let Some(app) = known else {
        let refusal = refused("invalid_client", "The client must authenticate by HTTP Basic.");
        return refusal.written(WebexTokenErrors::Rfc);
    };
    let token = field(&fields, "token");
    if token.is_empty() {
        return refused("invalid_request", "The token is missing.").written(WebexTokenErrors::Rfc);
    }
    lock(&world.webex).grants.revoke_token_of(&app.client_id, token);
    StatusCode::OK.into_response()
}
