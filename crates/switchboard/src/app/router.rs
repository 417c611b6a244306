//! All routes behind the layers that every request passes.

use std::{future::ready, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_body_util::Limited;
use platform::{
    Hub, Role, Scope,
    keys::MasterKeySource,
    web::{Access, Route, Routes, assets, headers, present},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, timeout::TimeoutLayer};

use super::{finish, health, home, metrics, observe, openapi, overview};
use crate::{Config, Trouble};

/// No form and no call of the API is larger.
const LARGEST_BODY: usize = 1024 * 1024;
/// Lists of people are. Who takes them counts for itself and stops far earlier; of what is still sent after that, so
/// much is read and thrown away, because a browser whose sending is cut shows no answer.
const LARGEST_LIST: usize = 2 * 1024 * 1024 * 1024;
/// Longer than a check that asks a slow provider twice; a body that trickles in ends here too.
const LONGEST_REQUEST: Duration = Duration::from_secs(90);

/// Every declared route, in the order of the rooms.
pub fn declared() -> Vec<Route> {
    let (_, mut table, _) = rooms().into_parts();
    // Only the handlers differ with the key source, not the table.
    let source = MasterKeySource::File(std::path::PathBuf::new());
    let (_, own, _) = own(Arc::from(""), Arc::new(serde_json::Value::Null), source).into_parts();
    table.extend(own);
    table
}

pub(super) fn rooms() -> Routes {
    let below = accounts::routes().merge(notifications::routes()).merge(connections::routes());
    below.merge(calendars::routes()).merge(scheduling::routes()).merge(directory::routes())
}

fn own(document: Arc<str>, readable: Arc<serde_json::Value>, source: MasterKeySource) -> Routes {
    Routes::default()
        .get("/", Access::Public, home::home)
        .get("/admin", Access::Role(Role::Administrator), overview::overview)
        .get("/assets/{version}/{name}", Access::Public, assets::serve)
        .get("/favicon.ico", Access::Public, home::favicon)
        .get("/healthz", Access::Public, health::alive)
        .get("/readyz", Access::Public, move |state| health::ready(state, source.clone()))
        .get("/metrics", Access::KeyOnly(Scope::MetricsRead), metrics::render)
        .get("/api", Access::Public, move |shell| ready(openapi::page(shell, &readable)))
        .get("/api/v1/openapi.json", Access::Public, move || ready(openapi::serve(&document)))
}

/// The whole router with its layers, and the table of its routes.
pub(super) fn router(
    hub: &Hub,
    config: &Config,
    source: MasterKeySource,
) -> Result<(Router, Vec<Route>), Trouble> {
    metrics::install();
    let (rooms, mut table, _) = rooms().into_parts();
    let document = openapi::document();
    let text: Arc<str> = document.to_string().into();
    let (own, own_table, _) = own(text, Arc::new(document), source).into_parts();
    table.extend(own_table);
    // Outermost first. Errors are presented twice: by the inner layer, which knows who is asking, and by the
    // outer one where that could not be found out.
    let layers = ServiceBuilder::new()
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(hub.clone(), headers::secure))
        .layer(from_fn_with_state(hub.clone(), present::present))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_REQUEST))
        .layer(from_fn_with_state(hub.clone(), accounts::identify))
        .layer(from_fn(observe::observe))
        .layer(from_fn_with_state(hub.clone(), present::present))
        .layer(csrf(config)?)
        .layer(from_fn(finish::whatever_happens))
        .layer(from_fn(limit_body))
        .layer(CatchPanicLayer::new());
    Ok((rooms.merge(own).layer(layers).with_state(hub.clone()), table))
}

/// Refuses bodies that say how large they are, and ends those that only turn out to be too large.
async fn limit_body(request: Request, next: Next) -> Response {
    let takes_lists = directory::LISTS.contains(&request.uri().path());
    let limit = if takes_lists { LARGEST_LIST } else { LARGEST_BODY };
    if usize::try_from(request.body().size_hint().lower()).map_or(true, |size| size > limit) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}

/// Refuses forms sent from other sites. Programs send neither `Origin` nor `Sec-Fetch-Site` and pass.
fn csrf(config: &Config) -> Result<CsrfLayer, Trouble> {
    let origin = config.server.public_url()?.origin().ascii_serialization();
    CsrfLayer::new()
        .add_trusted_origin(&origin)
        .map_err(|error| Trouble::new(format!("server.public_url cannot be an origin: {error}")))
}
