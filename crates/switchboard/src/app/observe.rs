//! One line and two numbers per request: method, route (never the query, which may hold a secret), status, time.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::Method;
use metrics::{Counter, Histogram};
use platform::{Actor, actor::Who};

/// The handles of what was counted before, by route: looking one up costs no allocation. Routes, methods and
/// statuses are few, so the table stays small.
static HANDLES: LazyLock<RwLock<HashMap<String, Vec<Handles>>>> = LazyLock::new(RwLock::default);

#[derive(Clone)]
struct Handles {
    method: &'static str,
    status: u16,
    requests: Counter,
    seconds: Histogram,
}

/// Counts and logs a request once it is answered.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let actor = request.extensions().get::<Actor>().map_or("anyone", kind);
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status(), started.elapsed());
    let handles = handles(route, method, status.as_u16());
    handles.requests.increment(1);
    handles.seconds.record(took);
    let ms = took.as_secs_f64() * 1000.0;
    if status.is_server_error() {
        tracing::warn!(method, route, status = status.as_u16(), ms, actor, "request");
    } else {
        tracing::debug!(method, route, status = status.as_u16(), ms, actor, "request");
    }
    response
}

fn handles(route: &str, method: &'static str, status: u16) -> Handles {
    let is_it = |handles: &&Handles| handles.status == status && handles.method == method;
    let known = HANDLES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(handles) = known.get(route).and_then(|all| all.iter().find(is_it)) {
        return handles.clone();
    }
    drop(known);
    let labels = [
        ("method", metrics::SharedString::const_str(method)),
        ("route", metrics::SharedString::from_owned(route.to_owned())),
        ("status", metrics::SharedString::from_owned(status.to_string())),
    ];
    let handles = Handles {
        method,
        status,
        requests: metrics::counter!("switchboard_http_requests_total", &labels),
        seconds: metrics::histogram!("switchboard_http_request_seconds", "route" => route.to_owned()),
    };
    let mut known = HANDLES.write().unwrap_or_else(PoisonError::into_inner);
    known.entry(route.to_owned()).or_default().push(handles.clone());
    handles
}

/// A method as a label; whatever a client makes up counts as one.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn kind(actor: &Actor) -> &'static str {
    match actor.who {
        Who::Anyone => "anyone",
        Who::Person(_) => "person",
        Who::Key(_) => "key",
        Who::System(_) => "system",
    }
}
