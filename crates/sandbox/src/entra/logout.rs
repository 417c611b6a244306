//! GET /{tenant}/oauth2/v2.0/logout: ends the browser's session (OpenID Connect RP-Initiated Logout).

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::authorize::{Params, redirect_allowed};
use super::pages;
use crate::apps::Provider;
use crate::world::Shared;

pub(super) async fn logout(
    State(world): State<Shared>,
    Path(_tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(person) = world.signed_in(Provider::Microsoft, &headers) {
        world.sign_out(Provider::Microsoft, &person.email);
    }
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let registered = |uri: &&str| {
        let core = world.core();
        core.apps.iter().any(|app| app.provider == Provider::Microsoft && redirect_allowed(app, uri))
    };
    let mut response = pages::signed_out();
    let target = params.get("post_logout_redirect_uri").filter(registered);
    if let Some(location) = target.and_then(|uri| HeaderValue::from_str(uri).ok()) {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
