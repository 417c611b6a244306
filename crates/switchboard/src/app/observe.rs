//! One line and two numbers per request: method, route (never the query, which may hold a secret), status, time.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::Method;
use platform::{Actor, actor::Who};

/// Counts and logs a request once it is answered.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let actor = request.extensions().get::<Actor>().map_or("anyone", kind);
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status(), started.elapsed());
    let labels = [
        ("method", metrics::SharedString::const_str(method)),
        ("route", metrics::SharedString::from_owned(route.to_owned())),
        ("status", metrics::SharedString::from_owned(status.as_str().to_owned())),
    ];
    metrics::counter!("switchboard_http_requests_total", &labels).increment(1);
    metrics::histogram!("switchboard_http_request_seconds", "route" => route.to_owned()).record(took);
    let ms = took.as_secs_f64() * 1000.0;
    if status.is_server_error() {
        tracing::warn!(method, route, status = status.as_u16(), ms, actor, "request");
    } else {
        tracing::debug!(method, route, status = status.as_u16(), ms, actor, "request");
    }
    response
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
