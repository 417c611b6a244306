//! GET /{tenant}/oauth2/v2.0/authorize and the pages a person clicks through.

mod reply;
mod request;
mod step;

use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use axum_extra::extract::Form;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde::Deserialize;

pub(super) use reply::{Mode, Reply};
pub(super) use request::{AuthorizeRequest, Params, redirect_allowed};
pub(super) use step::may_grant_for_all;

use self::request::Prompt;
use self::step::{Granted, Step, next_step};
use super::adminconsent::{self, AdminConsentRequest};
use super::refusal::Refusal;
use super::state::Code;
use super::tenant::{Tenant, base};
use super::{account_id, client_info, find_app, pages, trace};
use crate::apps::{App, Provider};
use crate::requests::RequestId;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

/// A sign-in under way, known to the browser by its id only.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(super) started: Timestamp,
    /// The tenant part of the path it began on.
    pub(super) tenant: String,
    /// Who signed in, once somebody has.
    pub(super) email: Option<String>,
    /// Whether the consent page was accepted in this flow.
    pub(super) accepted: bool,
    pub(super) purpose: Purpose,
}

impl Flow {
    /// The address the client suggested for signing in.
    pub(super) fn login_hint(&self) -> Option<&str> {
        match &self.purpose {
            Purpose::Code(request) => request.login_hint.as_deref(),
            Purpose::AdminConsent(_) => None,
        }
    }
}

/// What a sign-in is for.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    Code(AuthorizeRequest),
    AdminConsent(AdminConsentRequest),
}

/// Why an authorization does not begin.
pub(super) enum Stop {
    /// The redirect URI is not to be trusted: the person stays here.
    OnPage(Refusal),
    /// The client is told at its redirect URI.
    AtRedirect(Reply, Refusal),
}

/// GET /{tenant}/oauth2/v2.0/authorize
pub(super) async fn authorize(
    State(world): State<Shared>,
    Path(tenant): Path<String>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    world.requests.amend(id, |entry| entry.client_id = params.owned("client_id"));
    match read(&world, &tenant, &params) {
        Ok(request) => {
            let email = session(&world, &headers, &request);
            begin(&world, id, tenant, email, Purpose::Code(request))
        }
        Err(Stop::OnPage(refusal)) => pages::failure(&refusal, &trace(&world, Some(&headers))),
        Err(Stop::AtRedirect(reply, refusal)) => reply.refuse(&refusal, &trace(&world, Some(&headers))),
    }
}

/// The app, the redirect URI and the rest of a request, checked in that order.
fn read(world: &World, tenant: &str, params: &Params) -> Result<AuthorizeRequest, Stop> {
    let (app, reply) = addressed(world, tenant, params).map_err(Stop::OnPage)?;
    AuthorizeRequest::read(params, reply.clone(), &app, base(&world.base_url))
        .map_err(|refusal| Stop::AtRedirect(reply, refusal))
}

/// The app that asks and the place to answer; a refusal here must never travel to the redirect URI.
pub(super) fn addressed(world: &World, tenant: &str, params: &Params) -> Result<(App, Reply), Refusal> {
    let found = Tenant::find(tenant, &world.core().organization)?;
    let app = find_app(world, params.need("client_id")?)?;
    found.admits(&app)?;
    let redirect_uri = params.need("redirect_uri")?.to_owned();
    if !redirect_allowed(&app, &redirect_uri) {
        return Err(Refusal::RedirectMismatch { redirect_uri, client_id: app.client_id });
    }
    let mode = params.get("response_mode").and_then(Mode::parse).unwrap_or(Mode::Query);
    Ok((app, Reply { redirect_uri, mode, state: params.owned("state") }))
}

/// Who is signed in already, unless the request wants a fresh sign-in or names somebody else.
fn session(world: &World, headers: &HeaderMap, request: &AuthorizeRequest) -> Option<String> {
    if request.prompt == Prompt::SignIn {
        return None;
    }
    let email = world.signed_in(Provider::Microsoft, headers)?.email;
    let hint = request.login_hint.as_deref().unwrap_or(&email);
    hint.eq_ignore_ascii_case(&email).then_some(email)
}

/// Starts a sign-in and shows its first page, or answers at once.
pub(super) fn begin(
    world: &World,
    id: RequestId,
    tenant: String,
    email: Option<String>,
    purpose: Purpose,
) -> Response {
    let flow = Flow { started: world.clock.now(), tenant, email, accepted: false, purpose };
    proceed(world, id, &world.random.token(), &flow)
}

/// Does the next thing and keeps the flow for the page that follows.
fn proceed(world: &World, id: RequestId, flow_id: &str, flow: &Flow) -> Response {
    let email = flow.email.as_deref();
    world.requests.amend(id, |entry| entry.account = email.map(str::to_owned));
    let disabled = email.is_some_and(|email| lock(&world.entra).is_disabled(email));
    let person = email.and_then(|email| world.person(email));
    lock(&world.entra).keep_flow(flow_id.to_owned(), flow.clone());
    if disabled {
        return pages::failure(&Refusal::UserDisabled, &trace(world, None));
    }
    match &flow.purpose {
        Purpose::Code(request) => code_step(world, flow_id, flow, request, person.as_ref()),
        Purpose::AdminConsent(request) => adminconsent::step(world, flow_id, flow, request, person.as_ref()),
    }
}

fn code_step(
    world: &World,
    flow_id: &str,
    flow: &Flow,
    request: &AuthorizeRequest,
    person: Option<&Person>,
) -> Response {
    let app = match find_app(world, &request.client_id) {
        Ok(app) => app,
        Err(refusal) => return pages::failure(&refusal, &trace(world, None)),
    };
    match decide(world, flow, request, &app, person) {
        Step::SignIn => pages::sign_in(world, flow_id, flow, None),
        Step::Consent(scopes) => pages::consent(flow_id, flow, &app, person, &scopes),
        Step::Approval => pages::approval(flow_id, flow, &app, &trace(world, None)),
        Step::Refuse(refusal) => request.reply.refuse(&refusal, &trace(world, None)),
        Step::Issue => match person {
            Some(person) => issue(world, flow, request, person),
            None => pages::sign_in(world, flow_id, flow, None),
        },
    }
}

fn decide(
    world: &World,
    flow: &Flow,
    request: &AuthorizeRequest,
    app: &App,
    person: Option<&Person>,
) -> Step {
    let granted = {
        let state = lock(&world.entra);
        let for_all = state.tenant_consent(&app.client_id).delegated;
        let all =
            person.map_or_else(|| for_all.clone(), |person| state.granted(&app.client_id, &person.email));
        Granted { all, for_all }
    };
    next_step(request, app, person, &granted, flow.accepted)
}

/// Issues a code and sends the person back to the app.
fn issue(world: &World, flow: &Flow, request: &AuthorizeRequest, person: &Person) -> Response {
    let code = format!("1.AX{}{}", world.random.token(), world.random.token());
    let grant = Code {
        tenant: flow.tenant.to_ascii_lowercase(),
        client_id: request.client_id.clone(),
        redirect_uri: request.reply.redirect_uri.clone(),
        email: person.email.clone(),
        asked: request.asked.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        issued: world.clock.now(),
        redeemed: false,
    };
    lock(&world.entra).codes.insert(code.clone(), grant);
    let mut fields = vec![("code", code)];
    if request.client_info {
        fields.push(("client_info", client_info(&account_id(world, person))));
    }
    fields.push(("session_state", world.random.uuid().to_string()));
    request.reply.send(fields)
}

/// The sign-in page's form; without an address it only shows the page again.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    flow: String,
    #[serde(default)]
    email: String,
}

/// POST /{tenant}/login
pub(super) async fn login(
    State(world): State<Shared>,
    Extension(id): Extension<RequestId>,
    Form(form): Form<SignInForm>,
) -> Response {
    let Some(mut flow) = lock(&world.entra).flow(&form.flow, world.clock.now()) else {
        return pages::lost();
    };
    let email = form.email.trim();
    if email.is_empty() {
        return pages::sign_in(&world, &form.flow, &flow, None);
    }
    let Some(person) = world.person(email).filter(|person| person.microsoft.is_some()) else {
        return pages::sign_in(&world, &form.flow, &flow, Some(email));
    };
    flow.email = Some(person.email.clone());
    let mut response = proceed(&world, id, &form.flow, &flow);
    if let Ok(cookie) = HeaderValue::from_str(&world.sign_in(Provider::Microsoft, &person.email)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The consent page's form.
#[derive(Deserialize)]
pub(super) struct ConsentForm {
    flow: String,
    decision: String,
    /// "on" when an administrator consents for everybody.
    #[serde(default)]
    for_all: String,
}

/// POST /{tenant}/consent
pub(super) async fn consent(
    State(world): State<Shared>,
    Extension(id): Extension<RequestId>,
    Form(form): Form<ConsentForm>,
) -> Response {
    let Some(mut flow) = lock(&world.entra).flow(&form.flow, world.clock.now()) else {
        return pages::lost();
    };
    let accepts = form.decision == "accept";
    let person = flow.email.as_deref().and_then(|email| world.person(email));
    let Some(person) = person else { return proceed(&world, id, &form.flow, &flow) };
    match flow.purpose.clone() {
        Purpose::AdminConsent(request) => adminconsent::decided(&world, &request, &person, accepts),
        Purpose::Code(request) if !accepts => {
            request.reply.refuse(&Refusal::ConsentDeclined, &trace(&world, None))
        }
        Purpose::Code(request) => {
            flow.accepted = accept(&world, &flow, &request, &person, form.for_all == "on");
            proceed(&world, id, &form.flow, &flow)
        }
    }
}

/// Writes a consent down, if the person was really asked for it.
fn accept(world: &World, flow: &Flow, request: &AuthorizeRequest, person: &Person, for_all: bool) -> bool {
    let Ok(app) = find_app(world, &request.client_id) else { return false };
    let Step::Consent(scopes) = decide(world, flow, request, &app, Some(person)) else { return false };
    let mut state = lock(&world.entra);
    if for_all && may_grant_for_all(person, false) {
        state.grant_for_all(&app.client_id, &scopes, &[]);
    }
    state.grant(&app.client_id, &person.email, &scopes);
    true
}
