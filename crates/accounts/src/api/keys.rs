//! API keys in the API.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result, Scope,
    api::{Cursor, Json, List, Problem},
    error::invalid_field,
    not_found,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::organization;
use crate::api_key::{self, ApiKey, NewApiKey};

/// An API key, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ApiKeyBody {
    id: String,
    name: String,
    /// The first characters of the secret, to tell keys apart.
    hint: String,
    scopes: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    created_by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Instant>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Instant>,
    /// Exact to ten minutes.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Instant>,
}

impl From<ApiKey> for ApiKeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            scopes: key.scopes().into_iter().map(Scope::as_str).collect(),
            name: key.name,
            hint: key.hint,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// The key to be made.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct NewApiKeyBody {
    name: String,
    /// Such as `tokens:read`; `GET /api/v1/me` tells a key its own.
    scopes: Vec<String>,
    /// Absent for a key without an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Instant>,
}

/// A new key with its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CreatedKeyBody {
    key: ApiKeyBody,
    /// Send it as `Authorization: Bearer …`; it is not shown again.
    secret: String,
}

#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "API keys", summary = "List API keys",
    description = "The organization's keys, newest first, also those that have ended. Needs the scope accounts:read.",
    params(Cursor),
    responses(
        (status = 200, body = List<ApiKeyBody>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:read"]))
)]
pub(crate) async fn list_api_keys(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<List<ApiKeyBody>>> {
    let rows = api_key::page(&hub, organization(&actor)?, cursor.after.clone(), cursor.limit() + 1).await?;
    let bodies = rows.into_iter().map(ApiKeyBody::from).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body| body.id.clone())))
}

#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "API keys", summary = "Create an API key",
    description = "Answers the secret, once. A key can only give scopes that it has itself. Needs the scope \
                   accounts:write.",
    request_body = NewApiKeyBody,
    responses(
        (status = 201, body = CreatedKeyBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn create_api_key(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(body): Json<NewApiKeyBody>,
) -> Result<Response> {
    let scopes: Result<Vec<Scope>, String> = body.scopes.iter().map(|scope| scope.parse()).collect();
    let scopes = scopes.map_err(|message| invalid_field("scopes", message))?;
    let new = NewApiKey { name: body.name, scopes, expires_at: body.expires_at };
    let created = api_key::create_api_key(&hub, &actor, new).await?;
    let body = CreatedKeyBody { key: created.key.into(), secret: created.secret.expose_secret().to_owned() };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = "API keys", summary = "Revoke an API key",
    description = "When this answers, the key no longer works anywhere. Its entry stays. Needs the scope accounts:write.",
    params(("id" = String, Path, description = "The key's id")),
    responses(
        (status = 200, body = ApiKeyBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn revoke_api_key(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<ApiKeyBody>> {
    let id = id.parse().map_err(|_| not_found("API key"))?;
    Ok(Json(api_key::revoke_api_key(&hub, &actor, id).await?.into()))
}
