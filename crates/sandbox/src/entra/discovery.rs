//! What a client learns before it signs anybody in: endpoints, keys, and that this host is an authority.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::signing::SigningKey;
use super::tenant::{Tenant, base};
use super::trace;
use crate::world::Shared;

/// GET /{tenant}/v2.0/.well-known/openid-configuration
pub(super) async fn configuration(State(world): State<Shared>, Path(name): Path<String>) -> Response {
    let found = Tenant::find(&name, &world.core().organization);
    let tenant = match found {
        Ok(tenant) => tenant,
        Err(refusal) => return refusal.answer(&trace(&world, None), base(&world.base_url)),
    };
    let base = base(&world.base_url);
    Json(json!({
        "token_endpoint": format!("{base}/{name}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/{name}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": tenant.issuer(&world.base_url),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{base}/oidc/userinfo"),
        "authorization_endpoint": format!("{base}/{name}/oauth2/v2.0/authorize"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/{name}/oauth2/v2.0/logout"),
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nbf", "nonce", "preferred_username", "name", "tid", "oid", "ver",
            "email"
        ],
        "tenant_region_scope": null,
        "cloud_instance_name": host(&world),
        "cloud_graph_host_name": host(&world),
        "msgraph_host": host(&world),
    }))
    .into_response()
}

/// GET /{tenant}/discovery/v2.0/keys
pub(super) async fn keys(State(world): State<Shared>, Path(name): Path<String>) -> Response {
    let found = Tenant::find(&name, &world.core().organization);
    match (found, SigningKey::shared()) {
        (Ok(_), Some(key)) => Json(key.key_set()).into_response(),
        (Ok(_), None) => Json(json!({"keys": []})).into_response(),
        (Err(refusal), _) => refusal.answer(&trace(&world, None), base(&world.base_url)),
    }
}

/// GET /common/discovery/instance, which MSAL asks whether an authority is a Microsoft cloud.
pub(super) async fn instance(State(world): State<Shared>) -> Response {
    let base = base(&world.base_url);
    let host = host(&world);
    Json(json!({
        "tenant_discovery_endpoint": format!("{base}/common/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }))
    .into_response()
}

fn host(world: &Shared) -> String {
    let host = world.base_url.host_str().unwrap_or("localhost");
    world.base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
