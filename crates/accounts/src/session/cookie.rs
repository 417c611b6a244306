//! The cookies that say which session, or which sign-in under way, a browser holds.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use platform::{Hub, web};

/// Browsers keep it as long as the longest session; when the session ends earlier, the server says so.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Over TLS the `__Host-` prefix ties the cookie to this host and to TLS (RFC 6265bis §4.1.3.2).
fn name(hub: &Hub) -> &'static str {
    if hub.settings().is_https() { "__Host-switchboard_session" } else { "switchboard_session" }
}

/// The session's token, if the browser sent one of a plausible shape.
pub(crate) fn cookie_in<'h>(hub: &Hub, headers: &'h HeaderMap) -> Option<&'h str> {
    web::cookie(headers, name(hub)).filter(|token| token.len() == 43)
}

/// The header that gives the browser its session.
pub(crate) fn set_cookie(hub: &Hub, token: &str) -> (header::HeaderName, HeaderValue) {
    cookie(hub, name(hub), token, LIFE)
}

/// The header that takes the session's cookie from the browser.
pub(crate) fn clear_cookie(hub: &Hub) -> (header::HeaderName, HeaderValue) {
    cookie(hub, name(hub), "", Duration::ZERO)
}

/// A cookie for the whole site that no script reads and no other site's form sends.
pub(crate) fn cookie(
    hub: &Hub,
    name: &str,
    value: &str,
    life: Duration,
) -> (header::HeaderName, HeaderValue) {
    let secure = if hub.settings().is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", life.as_secs());
    (header::SET_COOKIE, HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("")))
}
