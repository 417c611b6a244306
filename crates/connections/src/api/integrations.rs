//! Integrations and their secrets.

use std::collections::BTreeMap;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use oauth::ScopeSet;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, List, Problem},
    bug,
    id::OrganizationId,
    not_found,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Integration, IntegrationId, Provider, Purpose,
    integrations::{self, Edit, NewIntegration, NewSecret, Secret, SecretPlace, Verdict},
    purpose::{PurposeScopes, usual_scopes},
    trouble::Trouble,
};

const TAG: &str = "Integrations";

/// An integration as the API shows it; never with the values of its secrets.
#[derive(Serialize, ToSchema)]
pub(super) struct IntegrationBody {
    #[schema(value_type = String, format = Uuid)]
    id: IntegrationId,
    provider: Provider,
    name: String,
    client_id: String,
    /// Microsoft only: the directory (tenant) ID, a verified domain, or `organizations`.
    tenant: String,
    /// Each purpose with its scopes.
    purposes: BTreeMap<String, Vec<String>>,
    enabled: bool,
    /// Holds pasted personal tokens; for trials only.
    trial: bool,
    /// Send it back with an update, so that two editors notice each other.
    version: i64,
    /// What the newest check of the credentials found.
    verdict: Option<Verdict>,
    /// The app's own trouble, found while refreshing.
    trouble: Option<Trouble>,
    /// The redirect URL to register at the provider.
    redirect_url: String,
    secrets: Vec<SecretBody>,
}

/// A client secret without its value.
#[derive(Serialize, ToSchema)]
pub(super) struct SecretBody {
    #[schema(value_type = String, format = Uuid)]
    id: integrations::SecretId,
    place: SecretPlace,
    /// Its first three characters, by which Entra lists it too.
    hint: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_on: Option<Instant>,
    verdict: Option<Verdict>,
}

/// A client secret to be stored; it is never answered again.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewSecretBody {
    #[schema(value_type = String, format = Password)]
    value: SecretString,
    /// When it ends at the provider.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_on: Option<Instant>,
}

impl From<NewSecretBody> for NewSecret {
    fn from(body: NewSecretBody) -> Self {
        Self { value: body.value, expires_on: body.expires_on }
    }
}

/// A new integration.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewIntegrationBody {
    provider: Provider,
    name: String,
    client_id: String,
    #[serde(default)]
    tenant: String,
    client_secret: NewSecretBody,
    /// Purposes with their scopes; an empty list of scopes means the usual ones.
    purposes: BTreeMap<Purpose, Vec<String>>,
}

/// A changed integration.
#[derive(Deserialize, ToSchema)]
pub(super) struct EditBody {
    /// The version that was read.
    version: i64,
    name: String,
    client_id: String,
    #[serde(default)]
    tenant: String,
    purposes: BTreeMap<Purpose, Vec<String>>,
}

fn purposes(provider: Provider, body: &BTreeMap<Purpose, Vec<String>>) -> PurposeScopes {
    let scopes = |(purpose, scopes): (&Purpose, &Vec<String>)| {
        let chosen: ScopeSet = scopes.iter().map(String::as_str).collect();
        (*purpose, if chosen.is_empty() { usual_scopes(provider, *purpose) } else { chosen })
    };
    PurposeScopes(body.iter().map(scopes).collect())
}

async fn body(hub: &Hub, integration: Integration) -> Result<IntegrationBody> {
    let secrets = integrations::secrets(hub, integration.organization_id, integration.id).await?;
    let list = |scopes: &ScopeSet| scopes.iter().map(str::to_owned).collect();
    Ok(IntegrationBody {
        id: integration.id,
        provider: integration.provider,
        name: integration.name,
        client_id: integration.client_id,
        tenant: integration.tenant,
        purposes: integration
            .purposes
            .0
            .iter()
            .map(|(purpose, scopes)| (purpose.to_string(), list(scopes)))
            .collect(),
        enabled: integration.enabled,
        trial: integration.is_trial,
        version: integration.version,
        verdict: integration.verdict,
        trouble: integration.trouble,
        redirect_url: hub.settings().redirect_url(),
        secrets: secrets.into_iter().map(secret_body).collect(),
    })
}

fn secret_body(secret: Secret) -> SecretBody {
    SecretBody {
        id: secret.id,
        place: secret.place,
        hint: secret.hint,
        expires_on: secret.expires_on,
        verdict: secret.verdict,
    }
}

fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| bug("an API call without an organization"))
}

fn parse(id: &str) -> Result<IntegrationId> {
    id.parse().map_err(|_| not_found("integration"))
}

/// Lists the organization's integrations.
#[utoipa::path(get, path = "/api/v1/integrations", tag = TAG, operation_id = "list_integrations",
    security(("api_key" = ["integrations:read"])),
    responses((status = 200, body = List<IntegrationBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_integrations(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<List<IntegrationBody>>> {
    let mut items = Vec::new();
    for integration in integrations::list(&hub, organization(&actor)?).await? {
        items.push(body(&hub, integration).await?);
    }
    Ok(Json(List { items, next: None }))
}

/// Creates an integration and checks its credentials at once.
///
/// The answer's `verdict` says what the provider makes of them.
#[utoipa::path(post, path = "/api/v1/integrations", tag = TAG, operation_id = "create_integration",
    request_body = NewIntegrationBody, security(("api_key" = ["integrations:write"])),
    responses((status = 201, body = IntegrationBody), (status = "4XX", body = Problem)))]
pub(super) async fn create_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(new): Json<NewIntegrationBody>,
) -> Result<(StatusCode, Json<IntegrationBody>)> {
    let new = NewIntegration {
        provider: new.provider,
        purposes: purposes(new.provider, &new.purposes),
        name: new.name,
        client_id: new.client_id,
        tenant: new.tenant,
        secret: new.client_secret.into(),
    };
    let integration = integrations::create(&hub, &actor, new).await?;
    Ok((StatusCode::CREATED, Json(body(&hub, integration).await?)))
}

/// Reads one integration.
#[utoipa::path(get, path = "/api/v1/integrations/{id}", tag = TAG, operation_id = "get_integration",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), security(("api_key" = ["integrations:read"])),
    responses((status = 200, body = IntegrationBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<IntegrationBody>> {
    let integration = integrations::get(&hub, organization(&actor)?, parse(&id)?).await?;
    Ok(Json(body(&hub, integration).await?))
}

/// Changes an integration and checks its credentials again.
///
/// Answers 409 when somebody else changed it after `version` was read.
#[utoipa::path(put, path = "/api/v1/integrations/{id}", tag = TAG, operation_id = "update_integration",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), request_body = EditBody,
    security(("api_key" = ["integrations:write"])),
    responses((status = 200, body = IntegrationBody), (status = "4XX", body = Problem)))]
pub(super) async fn update_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(edit): Json<EditBody>,
) -> Result<Json<IntegrationBody>> {
    let id = parse(&id)?;
    let known = integrations::get(&hub, organization(&actor)?, id).await?;
    let edit = Edit {
        version: edit.version,
        purposes: purposes(known.provider, &edit.purposes),
        name: edit.name,
        client_id: edit.client_id,
        tenant: edit.tenant,
    };
    let integration = integrations::edit(&hub, &actor, id, edit).await?;
    Ok(Json(body(&hub, integration).await?))
}

/// Checks the credentials now.
#[utoipa::path(post, path = "/api/v1/integrations/{id}/check", tag = TAG, operation_id = "check_integration",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), security(("api_key" = ["integrations:write"])),
    responses((status = 200, body = IntegrationBody), (status = "4XX", body = Problem)))]
pub(super) async fn check_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<IntegrationBody>> {
    let integration = integrations::check_now(&hub, organization(&actor)?, parse(&id)?).await?;
    Ok(Json(body(&hub, integration).await?))
}

/// Switches an integration on.
#[utoipa::path(post, path = "/api/v1/integrations/{id}/enable", tag = TAG, operation_id = "enable_integration",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), security(("api_key" = ["integrations:write"])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(super) async fn enable_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    integrations::set_enabled(&hub, &actor, parse(&id)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches an integration off for everyone; tokens and everything made with them stay.
#[utoipa::path(post, path = "/api/v1/integrations/{id}/disable", tag = TAG, operation_id = "disable_integration",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), security(("api_key" = ["integrations:write"])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(super) async fn disable_integration(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    integrations::set_enabled(&hub, &actor, parse(&id)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a client secret: the first is the current one, the second the next one.
#[utoipa::path(post, path = "/api/v1/integrations/{id}/secrets", tag = TAG, operation_id = "add_secret",
    params(("id" = uuid::Uuid, Path, description = "the integration's id")), request_body = NewSecretBody,
    security(("api_key" = ["integrations:write"])),
    responses((status = 201, body = IntegrationBody), (status = "4XX", body = Problem)))]
pub(super) async fn add_secret(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(new): Json<NewSecretBody>,
) -> Result<(StatusCode, Json<IntegrationBody>)> {
    let integration = integrations::add_secret(&hub, &actor, parse(&id)?, new.into()).await?;
    Ok((StatusCode::CREATED, Json(body(&hub, integration).await?)))
}

/// Removes a client secret; the remaining one becomes current.
#[utoipa::path(delete, path = "/api/v1/integrations/{id}/secrets/{secret}", tag = TAG, operation_id = "remove_secret",
    params(("id" = uuid::Uuid, Path, description = "the integration's id"), ("secret" = uuid::Uuid, Path, description = "the secret's id")),
    security(("api_key" = ["integrations:write"])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(super) async fn remove_secret(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path((id, secret)): Path<(String, String)>,
) -> Result<StatusCode> {
    let secret = secret.parse().map_err(|_| not_found("secret"))?;
    integrations::remove_secret(&hub, &actor, parse(&id)?, secret).await?;
    Ok(StatusCode::NO_CONTENT)
}
