//! Headers that every answer carries: what a browser may load, and that nobody may frame us.

use std::sync::OnceLock;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};

use crate::Hub;

/// Adds the security headers; pages are not stored by browsers or proxies.
pub async fn secure(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CACHE_CONTROL, "no-store");
    set(http::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(http::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if hub.settings().is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if let Some(policy) = hub.memory::<Policy>().of(&hub) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    response
}

/// The policy of this process, made once: its settings do not change.
#[derive(Default)]
struct Policy(OnceLock<Option<HeaderValue>>);

impl Policy {
    fn of(&self, hub: &Hub) -> Option<HeaderValue> {
        let make = || HeaderValue::try_from(content_security_policy(&hub.settings().form_targets)).ok();
        self.0.get_or_init(make).clone()
    }
}

/// Everything comes from this server; forms may end at a provider, because authorizing redirects there and
/// browsers hold redirects of a form against `form-action`.
fn content_security_policy(form_targets: &[String]) -> String {
    let mut targets = String::from("'self'");
    for target in form_targets {
        targets.push(' ');
        targets.push_str(target);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
}
