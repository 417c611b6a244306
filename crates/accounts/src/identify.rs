//! Who is asking: the middleware that puts the [`Actor`] into every request, and where it came from.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, header, request::Parts};
use platform::{Actor, Hub, Origin, Result, actor::Who, web::present};

use crate::{
    api_key,
    network::{Network, client_address},
    session, settings,
};

/// Recognizes the session's cookie or the API key of the request. It belongs outside of `platform`'s `present`,
/// whose error pages want to know their reader.
pub async fn identify(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match recognize(&hub, &parts).await {
        Ok(actor) => {
            parts.extensions.insert(actor);
            next.run(Request::from_parts(parts, body)).await
        }
        // Going on as a stranger would ask a signed-in person to sign in again.
        Err(error) => {
            Box::pin(present::show(&hub, &Actor::default(), &error, &parts.method, &parts.uri)).await
        }
    }
}

async fn recognize(hub: &Hub, parts: &Parts) -> Result<Actor> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let ip = peer.map(|peer| address(peer, &parts.headers, &settings::settings(hub).trusted_proxies));
    if let Some(secret) = bearer(&parts.headers) {
        let who = api_key::recognize(hub, secret).await?.map_or(Who::Anyone, Who::Key);
        return Ok(Actor { who, origin: Origin { ip, user_agent: None } });
    }
    let user_agent =
        parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let who = match session::cookie_in(hub, &parts.headers) {
        // Assets are the same for everyone.
        Some(token) if !parts.uri.path().starts_with("/assets/") => {
            Box::pin(session::recognize(hub, token)).await?.map_or(Who::Anyone, Who::Person)
        }
        _ => Who::Anyone,
    };
    Ok(Actor { who, origin: Origin { ip, user_agent } })
}

fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    if trusted.is_empty() {
        return peer.to_canonical();
    }
    let forwarded: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    client_address(peer, &forwarded, trusted)
}

/// The credentials of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_bearer_credentials_are_keys() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(text).unwrap());
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer sb_x"), Some("sb_x".into()));
        assert_eq!(read("bearer  sb_x "), Some("sb_x".into()));
        assert_eq!(read("Basic c2I6eA=="), None);
        assert_eq!(read("Bearer"), None);
    }
}
