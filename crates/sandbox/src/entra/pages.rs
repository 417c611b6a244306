//! The directory's pages: sign-in, consent, "Need admin approval", errors, and the form that posts itself.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::adminconsent::AdminConsentRequest;
use super::authorize::{Flow, may_grant_for_all};
use super::refusal::{Refusal, Trace};
use super::scope;
use crate::apps::App;
use crate::pages::page;
use crate::seed::Person;
use crate::world::World;

/// More people than this are not listed; the address can always be typed.
const MOST_LISTED: usize = 200;

#[derive(Template)]
#[template(path = "entra/sign_in.html")]
struct SignInPage<'a> {
    tenant: &'a str,
    flow: &'a str,
    unknown: Option<&'a str>,
    hint: &'a str,
    people: Vec<Listed>,
}

struct Listed {
    email: String,
    name: String,
    detail: String,
}

/// The people to sign in as; `unknown` is an address that nobody has.
pub(super) fn sign_in(world: &World, flow_id: &str, flow: &Flow, unknown: Option<&str>) -> Response {
    let listed = |person: &Person| {
        let roles = person.microsoft.as_ref().map(|account| account.roles.join(", ")).unwrap_or_default();
        let title = person.title.clone().unwrap_or_default();
        let detail =
            [title, roles].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        Listed { email: person.email.clone(), name: person.display_name(), detail }
    };
    let people = world
        .core()
        .people
        .iter()
        .filter(|person| person.microsoft.is_some())
        .take(MOST_LISTED)
        .map(listed)
        .collect();
    let hint = unknown.or(flow.login_hint()).unwrap_or_default();
    page(StatusCode::OK, &SignInPage { tenant: &flow.tenant, flow: flow_id, unknown, hint, people })
}

#[derive(Template)]
#[template(path = "entra/consent.html")]
struct ConsentPage<'a> {
    tenant: &'a str,
    flow: &'a str,
    app: &'a str,
    client_id: &'a str,
    person: String,
    permissions: Vec<Listing>,
    /// Whether the box "on behalf of your organization" is offered.
    offers_for_all: bool,
    /// Whether this is an admin consent, which is always for everybody.
    for_all: bool,
}

struct Listing {
    name: String,
    title: &'static str,
    reason: &'static str,
    application: bool,
}

/// The permissions an app asks a person for.
pub(super) fn consent(
    flow_id: &str,
    flow: &Flow,
    app: &App,
    person: Option<&Person>,
    scopes: &[String],
) -> Response {
    let content = ConsentPage {
        tenant: &flow.tenant,
        flow: flow_id,
        app: &app.name,
        client_id: &app.client_id,
        person: person.map(|person| person.email.clone()).unwrap_or_default(),
        permissions: scopes.iter().map(|name| listing(name, false)).collect(),
        offers_for_all: person.is_some_and(|person| may_grant_for_all(person, false)),
        for_all: false,
    };
    page(StatusCode::OK, &content)
}

/// The permissions an administrator grants for everybody.
pub(super) fn admin_consent(
    flow_id: &str,
    flow: &Flow,
    app: &App,
    person: &Person,
    request: &AdminConsentRequest,
) -> Response {
    let delegated = request.delegated.iter().map(|name| listing(name, false));
    let content = ConsentPage {
        tenant: &flow.tenant,
        flow: flow_id,
        app: &app.name,
        client_id: &app.client_id,
        person: person.email.clone(),
        permissions: delegated.chain(request.roles.iter().map(|name| listing(name, true))).collect(),
        offers_for_all: false,
        for_all: true,
    };
    page(StatusCode::OK, &content)
}

fn listing(name: &str, application: bool) -> Listing {
    let (title, reason) = match name {
        "openid" => ("Sign you in", "Learns who you are."),
        "profile" => ("View your basic profile", "Reads your name and picture."),
        "email" => ("View your email address", "Reads your primary address."),
        "offline_access" => {
            ("Maintain access to data you have given it access to", "Keeps working while you are away.")
        }
        name => scope::find(name).map_or((("Unknown permission"), ""), |known| (known.title, known.reason)),
    };
    Listing { name: name.to_owned(), title, reason, application }
}

#[derive(Template)]
#[template(path = "entra/approval.html")]
struct ApprovalPage<'a> {
    tenant: &'a str,
    flow: &'a str,
    app: &'a str,
    client_id: &'a str,
    message: String,
    trace: &'a Trace,
}

/// "Need admin approval": the person stays here and the app hears nothing (AADSTS90094).
pub(super) fn approval(flow_id: &str, flow: &Flow, app: &App, trace: &Trace) -> Response {
    let refusal = Refusal::AdminConsentNeeded { name: app.name.clone() };
    let content = ApprovalPage {
        tenant: &flow.tenant,
        flow: flow_id,
        app: &app.name,
        client_id: &app.client_id,
        message: refusal.headline(),
        trace,
    };
    page(StatusCode::OK, &content)
}

#[derive(Template)]
#[template(path = "entra/failure.html")]
struct FailurePage {
    headline: String,
    trace: Option<Trace>,
}

/// "Sorry, but we're having trouble signing you in", without a way back to the app.
pub(super) fn failure(refusal: &Refusal, trace: &Trace) -> Response {
    let content = FailurePage { headline: refusal.headline(), trace: Some(trace.clone()) };
    page(StatusCode::BAD_REQUEST, &content)
}

/// The page for a form whose sign-in is over or was never begun.
pub(super) fn lost() -> Response {
    let headline = "AADSTS165000: Invalid request. The sign-in took too long or was opened twice. \
                    Go back to the app and start again.";
    page(StatusCode::BAD_REQUEST, &FailurePage { headline: headline.to_owned(), trace: None })
}

#[derive(Template)]
#[template(path = "entra/form_post.html")]
struct FormPostPage<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// The answer as a form for the redirect URI (Form Post Response Mode); a press of the button sends it.
pub(super) fn form_post(action: &str, fields: &[(&'static str, String)]) -> Response {
    page(StatusCode::OK, &FormPostPage { action, fields })
}

#[derive(Template)]
#[template(path = "entra/signed_out.html")]
struct SignedOutPage;

pub(super) fn signed_out() -> Response {
    page(StatusCode::OK, &SignedOutPage)
}
