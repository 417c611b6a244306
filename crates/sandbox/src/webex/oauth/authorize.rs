//! GET /v1/authorize and its pages: who are you, and do you accept?

use std::collections::BTreeSet;

use askama::Template;
use axum::Form;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use url::Url;

use crate::apps::{App, Provider};
use crate::pages::page;
use crate::routes::Routes;
use crate::webex::AccessRequest;
use crate::webex::grants::{Challenge, Code};
use crate::webex::oauth::scopes::describe;
use crate::webex::oauth::token_value;
use crate::world::{Shared, World, later, lock};

const MOST_ACCESS_REQUESTS: usize = 1_000;
const CODE_SECONDS: i64 = 600;
/// More people than this are not listed; their addresses can be typed.
const LISTED: usize = 200;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/v1/authorize", authorize)
        .post("/v1/authorize/sign-in", sign_in)
        .post("/v1/authorize/sign-out", sign_out)
        .post("/v1/authorize/consent", consent)
}

/// A request that passed every check that needs no person.
struct Asked {
    app: App,
    /// The query, normalized, for the forms to carry on.
    query: String,
    redirect: Url,
    /// The redirect URI as it was written, for the comparison at the token endpoint.
    redirect_uri: String,
    scopes: Vec<String>,
    state: Option<String>,
    challenge: Option<Challenge>,
}

#[derive(Template)]
#[template(path = "webex/problem.html")]
struct ProblemPage<'a> {
    title: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "webex/sign_in.html")]
struct SignInPage<'a> {
    app: &'a str,
    query: &'a str,
    unknown: bool,
    typed: &'a str,
    people: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "webex/consent.html")]
struct ConsentPage<'a> {
    app: &'a str,
    email: &'a str,
    query: &'a str,
    scopes: Vec<(&'a str, &'static str)>,
}

#[derive(Deserialize)]
struct SignInForm {
    request: String,
    #[serde(default)]
    email: String,
}

#[derive(Deserialize)]
struct ConsentForm {
    request: String,
    #[serde(default)]
    decision: String,
}

async fn authorize(State(world): State<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let asked = match examine(&world, &query.unwrap_or_default()) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    match world.signed_in_email(Provider::Webex, &headers) {
        None => sign_in_page(&world, &asked, None),
        Some(email) => ask_consent(&world, &asked, &email),
    }
}

async fn sign_in(State(world): State<Shared>, Form(form): Form<SignInForm>) -> Response {
    let asked = match examine(&world, &form.request) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let email = form.email.trim();
    let known = lock(&world.webex).accounts.by_email(email).filter(|account| account.login_enabled).cloned();
    let Some(account) = known else { return sign_in_page(&world, &asked, Some(email)) };
    let mut response = Redirect::to(&format!("/v1/authorize?{}", asked.query)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&world.sign_in(Provider::Webex, &account.email)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn sign_out(State(world): State<Shared>, headers: HeaderMap, Form(form): Form<SignInForm>) -> Response {
    if let Some(email) = world.signed_in_email(Provider::Webex, &headers) {
        world.sign_out(Provider::Webex, &email);
    }
    match examine(&world, &form.request) {
        Ok(asked) => Redirect::to(&format!("/v1/authorize?{}", asked.query)).into_response(),
        Err(refusal) => *refusal,
    }
}

async fn consent(State(world): State<Shared>, headers: HeaderMap, Form(form): Form<ConsentForm>) -> Response {
    let asked = match examine(&world, &form.request) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let Some(email) = world.signed_in_email(Provider::Webex, &headers) else {
        return sign_in_page(&world, &asked, None);
    };
    if asked.app.blocked {
        return denied(&world, &asked, &email);
    }
    if form.decision != "accept" {
        let error = [("error", "access_denied"), ("error_description", "The user declined the request.")];
        return back(&world, &asked.redirect, asked.state.as_deref(), &error);
    }
    let key = (asked.app.client_id.clone(), email.clone());
    lock(&world.webex).consents.entry(key).or_default().extend(asked.scopes.iter().cloned());
    hand_out_code(&world, &asked, &email)
}

fn ask_consent(world: &World, asked: &Asked, email: &str) -> Response {
    if asked.app.blocked {
        return denied(world, asked, email);
    }
    let key = (asked.app.client_id.clone(), email.to_owned());
    let accepted: BTreeSet<String> = lock(&world.webex).consents.get(&key).cloned().unwrap_or_default();
    if asked.scopes.iter().all(|scope| accepted.contains(scope)) {
        return hand_out_code(world, asked, email);
    }
    let scopes = asked.scopes.iter().map(|scope| (scope.as_str(), describe(scope))).collect();
    page(StatusCode::OK, &ConsentPage { app: &asked.app.name, email, query: &asked.query, scopes })
}

fn hand_out_code(world: &World, asked: &Asked, email: &str) -> Response {
    let now = world.clock.now();
    let value = token_value(world);
    let code = Code {
        client_id: asked.app.client_id.clone(),
        email: email.to_owned(),
        redirect_uri: asked.redirect_uri.clone(),
        scopes: asked.scopes.clone(),
        challenge: asked.challenge.clone(),
        expires_at: later(now, CODE_SECONDS),
    };
    lock(&world.webex).grants.add_code(value.clone(), code, now);
    back(world, &asked.redirect, asked.state.as_deref(), &[("code", &value)])
}

/// What a person of an organization that blocks the app sees; the app hears nothing (help.webex.com, igy96e).
fn denied(world: &World, asked: &Asked, email: &str) -> Response {
    let request = AccessRequest {
        at: world.clock.now(),
        email: email.to_owned(),
        client_id: asked.app.client_id.clone(),
    };
    let mut state = lock(&world.webex);
    if state.access_requests.len() < MOST_ACCESS_REQUESTS {
        state.access_requests.push(request);
    }
    drop(state);
    let text = "Your administrator has denied access to the integration you have chosen. \
                Your request has been recorded and your administrator will be notified.";
    page(StatusCode::FORBIDDEN, &ProblemPage { title: "Access denied", text })
}

fn sign_in_page(world: &World, asked: &Asked, refused: Option<&str>) -> Response {
    let people = {
        let state = lock(&world.webex);
        let entry = |account: &crate::webex::people::Account| {
            (account.email.clone(), account.display_name().to_owned())
        };
        state.accounts.all().filter(|account| account.login_enabled).take(LISTED).map(entry).collect()
    };
    let form = SignInPage {
        app: &asked.app.name,
        query: &asked.query,
        unknown: refused.is_some(),
        typed: refused.unwrap_or_default(),
        people,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, &form)
}

/// Checks everything that does not depend on the person. An unknown app or redirect URI is never redirected to.
fn examine(world: &World, query: &str) -> Result<Asked, Box<Response>> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
    let known = |app: &App| app.known(world.clock.now()) && !app.disabled;
    let Some(app) = get("client_id").and_then(|id| world.app(Provider::Webex, id)).filter(known) else {
        return Err(Box::new(problem("The client_id does not belong to an integration that Webex knows.")));
    };
    let written = get("redirect_uri").filter(|uri| app.allows_redirect(uri));
    let Some((redirect_uri, redirect)) =
        written.and_then(|uri| Some((uri.to_owned(), Url::parse(uri).ok()?)))
    else {
        return Err(Box::new(problem(
            "The redirect_uri is not one of those registered for this integration.",
        )));
    };
    let state = get("state").map(str::to_owned);
    let refuse = |error: &str, text: &str| {
        let pairs = [("error", error), ("error_description", text)];
        Err(Box::new(back(world, &redirect, state.as_deref(), &pairs)))
    };
    if get("response_type") != Some("code") {
        return refuse("unsupported_response_type", "The response_type must be code.");
    }
    let scopes: Vec<String> =
        get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !app.scopes.contains(scope)) {
        return refuse(
            "invalid_scope",
            "The requested scope is invalid, unknown, or not enabled on the integration.",
        );
    }
    let Ok(challenge) = challenge(get("code_challenge"), get("code_challenge_method")) else {
        return refuse("invalid_request", "The code_challenge or its method is not valid.");
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    Ok(Asked { app, query, redirect, redirect_uri, scopes, state, challenge })
}

fn problem(text: &str) -> Response {
    page(StatusCode::BAD_REQUEST, &ProblemPage { title: "Something is wrong with this request", text })
}

/// RFC 7636 §4.3: the method defaults to plain.
fn challenge(value: Option<&str>, method: Option<&str>) -> Result<Option<Challenge>, ()> {
    let Some(value) = value else { return Ok(None) };
    if !(43..=128).contains(&value.len()) {
        return Err(());
    }
    match method {
        None | Some("plain") => Ok(Some(Challenge::Plain(value.to_owned()))),
        Some("S256") => Ok(Some(Challenge::Sha256(value.to_owned()))),
        Some(_) => Err(()),
    }
}

fn back(world: &World, redirect: &Url, state: Option<&str>, pairs: &[(&str, &str)]) -> Response {
    let mut target = redirect.clone();
    target.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", state);
    }
    if world.switches().webex_iss {
        target.query_pairs_mut().append_pair("iss", world.base_url.as_str().trim_end_matches('/'));
    }
    (StatusCode::FOUND, [(header::LOCATION, target.as_str())]).into_response()
}
