//! Connections and the token endpoint.

use axum::{
    Extension,
    extract::{Path, Query, State as Hubbed},
};
use http::StatusCode;
use oauth::ScopeSet;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Cursor, Json, List, Problem},
    id::OrganizationId,
    not_found,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Connection, ConnectionId, Provider, State,
    connection::{self, ConnectionFilter},
    integrations, purpose, removal,
    testing::{self, ConnectionTest, Step, TestId},
    tokens,
    trouble::Trouble,
};

const TAG: &str = "Connections";

/// A connection as the API shows it; never with its tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionBody {
    #[schema(value_type = String, format = Uuid)]
    id: ConnectionId,
    #[schema(value_type = String, format = Uuid)]
    integration_id: crate::IntegrationId,
    #[schema(value_type = String, format = Uuid)]
    account_id: platform::id::AccountId,
    provider: Provider,
    /// The provider account's address.
    provider_account: String,
    /// Microsoft: the directory; Webex: the organization.
    provider_tenant: Option<String>,
    state: State,
    /// Why a person must act.
    reason: Option<Trouble>,
    /// The last failed refresh, if the newest one failed.
    last_error: Option<Trouble>,
    /// Granted scopes.
    scopes: Vec<String>,
    /// Needed scopes that were not granted.
    missing_scopes: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    authorized_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    refreshed_at: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<Instant>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Instant>,
    #[schema(value_type = Option<String>, format = DateTime)]
    removed_at: Option<Instant>,
    /// What became of the authorization at the provider after its removal.
    revocation: Option<String>,
}

impl ConnectionBody {
    fn new(connection: Connection, needed: &ScopeSet) -> Self {
        let missing = purpose::missing(connection.provider, needed, &connection.scopes.0);
        Self {
            id: connection.id,
            integration_id: connection.integration_id,
            account_id: connection.account_id,
            provider: connection.provider,
            provider_account: connection.provider_account,
            provider_tenant: connection.provider_tenant,
            state: connection.state,
            reason: connection.reason,
            last_error: connection.last_error,
            scopes: connection.scopes.0.iter().map(str::to_owned).collect(),
            missing_scopes: missing.iter().map(str::to_owned).collect(),
            authorized_at: connection.authorized_at,
            refreshed_at: connection.refreshed_at,
            valid_until: connection.access_expires_at,
            next_attempt_at: connection.next_care_at.filter(|_| connection.state == State::Waiting),
            removed_at: connection.removed_at,
            revocation: connection.revocation,
        }
    }
}

/// A token with what its user needs to know.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenBody {
    /// Send it as `Authorization: Bearer …`; do not keep it longer than `expires_at`.
    access_token: String,
    token_type: &'static str,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Instant,
    /// Seconds until then.
    expires_in: u64,
    /// Granted scopes, separated by spaces.
    scope: String,
    provider: Provider,
    provider_account: String,
}

/// A run of the connection test.
#[derive(Serialize, ToSchema)]
pub(super) struct TestBody {
    #[schema(value_type = String, format = Uuid)]
    id: TestId,
    #[schema(value_type = String, format = DateTime)]
    started_at: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Instant>,
    /// Absent while it runs.
    passed: Option<bool>,
    steps: Vec<Step>,
}

impl From<ConnectionTest> for TestBody {
    fn from(test: ConnectionTest) -> Self {
        let passed = test.passed();
        Self {
            id: test.id,
            started_at: test.started_at,
            finished_at: test.finished_at,
            passed,
            steps: test.steps.0,
        }
    }
}

/// Which connections are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only connections in this state.
    state: Option<State>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| not_found("connection"))
}

/// Lists the organization's connections.
///
/// Removed ones are listed only when asked for with `state=removed`.
#[utoipa::path(get, path = "/api/v1/connections", tag = TAG, operation_id = "list_connections", params(ListQuery),
    security(("api_key" = ["connections:read"])),
    responses((status = 200, body = List<ConnectionBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_connections(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<ConnectionBody>>> {
    let organization = organization(&actor)?;
    let cursor = Cursor { after: query.after, limit: query.limit };
    let filter = ConnectionFilter {
        state: query.state,
        after: cursor.after.clone(),
        limit: cursor.limit() + 1,
        ..Default::default()
    };
    let rows = connection::list(&hub, organization, &filter).await?;
    let known = integrations::list(&hub, organization).await?;
    let needed = |row: &Connection| {
        known
            .iter()
            .find(|known| known.id == row.integration_id)
            .map(integrations::Integration::needed_scopes)
            .unwrap_or_default()
    };
    let bodies = rows
        .into_iter()
        .map(|row| {
            let needed = needed(&row);
            ConnectionBody::new(row, &needed)
        })
        .collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body| body.id.to_string())))
}

/// Reads one connection.
#[utoipa::path(get, path = "/api/v1/connections/{id}", tag = TAG, operation_id = "get_connection",
    params(("id" = uuid::Uuid, Path, description = "the connection's id")), security(("api_key" = ["connections:read"])),
    responses((status = 200, body = ConnectionBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_connection(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<ConnectionBody>> {
    let connection = connection::get(&hub, organization(&actor)?, parse(&id)?).await?;
    let integration = integrations::get(&hub, connection.organization_id, connection.integration_id).await?;
    Ok(Json(ConnectionBody::new(connection, &integration.needed_scopes())))
}

/// Hands out an access token that is valid now.
///
/// It is refreshed first when needed. A removed connection answers 404, one that needs its owner 409 with the
/// problem `reauthorization_required`, one whose app is wrong 409 with `integration_unusable`, and passing trouble
/// at the provider 503 with `Retry-After`. Every reading program is in the audit trail.
#[utoipa::path(get, path = "/api/v1/connections/{id}/token", tag = TAG, operation_id = "get_token",
    params(("id" = uuid::Uuid, Path, description = "the connection's id")), security(("api_key" = ["tokens:read"])),
    responses((status = 200, body = TokenBody), (status = "4XX", body = Problem), (status = 503, body = Problem)))]
pub(super) async fn get_token(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<TokenBody>> {
    let token = tokens::token(&hub, &actor, parse(&id)?).await?;
    Ok(Json(TokenBody {
        access_token: token.value.expose_secret().to_owned(),
        token_type: "Bearer",
        expires_at: token.expires_at,
        expires_in: token.expires_at.since(hub.now()).as_secs(),
        scope: token.scopes,
        provider: token.provider,
        provider_account: token.provider_account,
    }))
}

/// Starts the connection test.
///
/// It runs in the background; follow it with `get_test`.
#[utoipa::path(post, path = "/api/v1/connections/{id}/tests", tag = TAG, operation_id = "start_test",
    params(("id" = uuid::Uuid, Path, description = "the connection's id")), security(("api_key" = ["connections:write"])),
    responses((status = 202, body = TestBody), (status = "4XX", body = Problem)))]
pub(super) async fn start_test(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<TestBody>)> {
    let connection = connection::get(&hub, organization(&actor)?, parse(&id)?).await?;
    let test = testing::start(&hub, &actor, &connection).await?;
    let test = testing::get(&hub, connection.organization_id, connection.id, test).await?;
    Ok((StatusCode::ACCEPTED, Json(test.into())))
}

/// Reads a run of the connection test.
#[utoipa::path(get, path = "/api/v1/connections/{id}/tests/{test}", tag = TAG, operation_id = "get_test",
    params(("id" = uuid::Uuid, Path, description = "the connection's id"), ("test" = uuid::Uuid, Path, description = "the run's id")),
    security(("api_key" = ["connections:read"])),
    responses((status = 200, body = TestBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_test(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path((id, test)): Path<(String, String)>,
) -> Result<Json<TestBody>> {
    let test = test.parse().map_err(|_| not_found("connection test"))?;
    Ok(Json(testing::get(&hub, organization(&actor)?, parse(&id)?, test).await?.into()))
}

/// Removes a connection.
///
/// When this answers, no server hands out its token any more; revoking at the provider follows in the background.
#[utoipa::path(delete, path = "/api/v1/connections/{id}", tag = TAG, operation_id = "remove_connection",
    params(("id" = uuid::Uuid, Path, description = "the connection's id")), security(("api_key" = ["connections:write"])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(super) async fn remove_connection(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    removal::remove(&hub, &actor, parse(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(id: &str) -> Result<ConnectionId> {
    id.parse().map_err(|_| not_found("connection"))
}
