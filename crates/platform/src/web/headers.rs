//! Headers that every answer carries: what a browser may load, and that nobody may frame us, unless a page says
//! that it may be framed.

use std::sync::OnceLock;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};

use crate::Hub;

/// Put into an answer's extensions, lets any site show the page in a frame. Only for pages that do the same for
/// everybody who has the address: whoever frames them can trick nobody into using rights that come from a cookie.
#[derive(Clone, Copy, Debug)]
pub struct Framable;

/// Adds the security headers; pages are not stored by browsers or proxies.
pub async fn secure(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_framable = response.extensions().get::<Framable>().is_some();
    let headers = response.headers_mut();
    let mut set = |name, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    if !is_framable {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    set(header::CACHE_CONTROL, "no-store");
    set(http::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(http::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if hub.settings().is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if let Some(policy) = hub.memory::<Policies>().of(&hub, is_framable) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    response
}

/// The policies of this process, made once: its settings do not change.
#[derive(Default)]
struct Policies {
    usual: OnceLock<Option<HeaderValue>>,
    framable: OnceLock<Option<HeaderValue>>,
}

impl Policies {
    fn of(&self, hub: &Hub, is_framable: bool) -> Option<HeaderValue> {
        let (policy, ancestors) = if is_framable { (&self.framable, "*") } else { (&self.usual, "'none'") };
        let make =
            || HeaderValue::try_from(content_security_policy(&hub.settings().form_targets, ancestors)).ok();
        policy.get_or_init(make).clone()
    }
}

/// Everything comes from this server; forms may end at a provider, because authorizing redirects there and
/// browsers hold redirects of a form against `form-action`.
fn content_security_policy(form_targets: &[String], ancestors: &str) -> String {
    let mut targets = String::from("'self'");
    for target in form_targets {
        targets.push(' ');
        targets.push_str(target);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action {targets}; base-uri 'none'; frame-ancestors {ancestors}"
    )
}
