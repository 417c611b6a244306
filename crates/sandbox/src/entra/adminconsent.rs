//! Admin consent: one administrator grants an app's permissions for everybody (Microsoft "Admin consent").

use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;

use super::authorize::{self, Flow, Mode, Params, Purpose, Reply, may_grant_for_all};
use super::refusal::Refusal;
use super::scope::{Asked, OIDC};
use super::tenant::base;
use super::{find_app, pages, trace};
use crate::apps::Provider;
use crate::requests::RequestId;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

/// A request for admin consent that can be answered at its redirect URI.
#[derive(Clone, Debug)]
pub(crate) struct AdminConsentRequest {
    pub(super) client_id: String,
    /// The scope parameter as it came; the older endpoint has none and asks for everything registered.
    pub(super) scope: Option<String>,
    pub(super) delegated: Vec<String>,
    pub(super) roles: Vec<String>,
    reply: Reply,
}

/// GET /{tenant}/v2.0/adminconsent
pub(super) async fn with_scopes(
    State(world): State<Shared>,
    Path(tenant): Path<String>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let scope = params.need("scope").map(|scope| Some(scope.to_owned()));
    match scope.and_then(|scope| read(&world, &tenant, &params, scope)) {
        Ok(request) => start(&world, id, tenant, &headers, request),
        Err(refusal) => pages::failure(&refusal, &trace(&world, Some(&headers))),
    }
}

/// GET /{tenant}/adminconsent
pub(super) async fn of_registration(
    State(world): State<Shared>,
    Path(tenant): Path<String>,
    Extension(id): Extension<RequestId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    match read(&world, &tenant, &params, None) {
        Ok(request) => start(&world, id, tenant, &headers, request),
        Err(refusal) => pages::failure(&refusal, &trace(&world, Some(&headers))),
    }
}

fn start(
    world: &World,
    id: RequestId,
    tenant: String,
    headers: &HeaderMap,
    request: AdminConsentRequest,
) -> Response {
    let email = world.signed_in(Provider::Microsoft, headers).map(|person| person.email);
    authorize::begin(world, id, tenant, email, Purpose::AdminConsent(request))
}

fn read(
    world: &World,
    tenant: &str,
    params: &Params,
    scope: Option<String>,
) -> Result<AdminConsentRequest, Refusal> {
    let (app, reply) = authorize::addressed(world, tenant, params)?;
    let asked = scope.as_deref().map(|scope| Asked::parse(scope, base(&world.base_url))).transpose()?;
    let (delegated, roles) = match asked {
        // Application permissions are granted only through `.default` or by the older endpoint.
        Some(asked) if !asked.default => (asked.permissions, Vec::new()),
        _ => (app.scopes, app.application_permissions),
    };
    let reply = Reply { mode: Mode::Query, ..reply };
    Ok(AdminConsentRequest { client_id: app.client_id, scope, delegated, roles, reply })
}

/// The next page of an admin consent.
pub(super) fn step(
    world: &World,
    flow_id: &str,
    flow: &Flow,
    request: &AdminConsentRequest,
    person: Option<&Person>,
) -> Response {
    let Some(person) = person else { return pages::sign_in(world, flow_id, flow, None) };
    match find_app(world, &request.client_id) {
        Err(refusal) => pages::failure(&refusal, &trace(world, None)),
        Ok(app) if may_grant_for_all(person, !request.roles.is_empty()) => {
            pages::admin_consent(flow_id, flow, &app, person, request)
        }
        Ok(app) => pages::approval(flow_id, flow, &app, &trace(world, None)),
    }
}

/// What an administrator answered. Mind that `admin_consent=True` is also sent with a failure.
pub(super) fn decided(
    world: &World,
    request: &AdminConsentRequest,
    person: &Person,
    accepts: bool,
) -> Response {
    if !may_grant_for_all(person, !request.roles.is_empty()) {
        let refusal = Refusal::AdminConsentNeeded { name: request.client_id.clone() };
        return pages::failure(&refusal, &trace(world, None));
    }
    if !accepts {
        return declined(world, request);
    }
    let mut delegated = request.delegated.clone();
    delegated.extend(OIDC.map(str::to_owned));
    lock(&world.entra).grant_for_all(&request.client_id, &delegated, &request.roles);
    let tenant = world.core().organization.id();
    let mut fields = vec![("admin_consent", "True".to_owned()), ("tenant", tenant.to_string())];
    if let Some(scope) = &request.scope {
        fields.push(("scope", scope.clone()));
    }
    request.reply.send(fields)
}

fn declined(world: &World, request: &AdminConsentRequest) -> Response {
    let description = Refusal::ConsentDeclined.description(&trace(world, None));
    if request.scope.is_none() {
        let error = ("error", "permission_denied".to_owned());
        return request.reply.send(vec![error, ("error_description", description)]);
    }
    request.reply.send(vec![
        ("admin_consent", "True".to_owned()),
        ("error", "consent_required".to_owned()),
        ("error_description", description),
    ])
}
