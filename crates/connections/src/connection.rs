//! A connection: one authorization by one provider account, with its tokens and its state.

use std::{fmt, str::FromStr, time::Duration};

use oauth::ScopeSet;
use platform::{
    Hub, Instant, Result,
    db::On,
    id::{AccountId, OrganizationId},
    ids, not_found, record, text_column,
};
use serde::{Deserialize, Serialize};

use crate::{IntegrationId, Provider, trouble::Trouble};

ids! {
    /// One connection; it keeps this id when the person authorizes again.
    ConnectionId,
}

/// Where a connection stands. The app's own trouble belongs to the integration, never to its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    /// A person must act.
    Attention,
    /// Passing trouble; it is tried again by itself.
    Waiting,
    Removed,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Active, Self::Attention, Self::Waiting, Self::Removed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Attention => "attention",
            Self::Waiting => "waiting",
            Self::Removed => "removed",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Attention => "needs you",
            Self::Waiting => "waiting",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("unknown state {text:?}"))
    }
}

text_column!(State);

/// A list of granted scopes as one column: separated by spaces, as on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub ScopeSet);

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Scopes {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(ScopeSet::parse(text)))
    }
}

text_column!(Scopes);

record! {
    /// A connection as stored; its tokens stay sealed.
    #[derive(Clone, Debug)]
    pub struct Connection {
        organization_id: OrganizationId,
        id: ConnectionId,
        integration_id: IntegrationId,
        account_id: AccountId,
        provider: Provider,
        /// The provider's own id of the account, which never changes (Webex person id; Entra tenant and object id).
        provider_account_id: String,
        /// The address shown to people; it may change at the provider.
        provider_account: String,
        provider_tenant: Option<String>,
        state: State,
        reason: Option<Trouble>,
        state_since: Instant,
        access_token: Option<String>,
        access_expires_at: Option<Instant>,
        refresh_token: Option<String>,
        refresh_expires_at: Option<Instant>,
        scopes: Scopes,
        /// Grows with every new pair of tokens.
        token_version: i64,
        authorized_at: Instant,
        refreshed_at: Instant,
        last_attempt_at: Option<Instant>,
        last_error: Option<Trouble>,
        /// Passing failures in a row.
        failures: i64,
        next_care_at: Option<Instant>,
        refresh_attempt: Option<String>,
        refresh_until: Option<Instant>,
        /// How many times the owner was told that they must act.
        told: i64,
        removed_at: Option<Instant>,
        revocation: Option<String>,
    }
}

/// How close to its end a token is no longer handed out if a new one can be had: five minutes, or a tenth of
/// a shorter life.
pub(crate) const MARGIN: Duration = Duration::from_secs(300);

impl Connection {
    /// Whether the access token is good for a while yet.
    pub fn is_fresh(&self, now: Instant) -> bool {
        let lifetime = self.access_expires_at.map_or(Duration::ZERO, |end| end.since(self.refreshed_at));
        self.access_expires_at.is_some_and(|end| end > now.after(MARGIN.min(lifetime / 10)))
    }

    /// Whether the access token still works, if only for a moment.
    pub fn is_usable(&self, now: Instant) -> bool {
        self.access_token.is_some() && self.access_expires_at.is_some_and(|end| end > now)
    }

    pub fn is_removed(&self) -> bool {
        self.removed_at.is_some()
    }
}

/// Every column of [`Connection`], for SELECT and RETURNING.
macro_rules! columns {
    () => {
        "organization_id, id, integration_id, account_id, provider, provider_account_id, provider_account, \
         provider_tenant, state, reason, state_since, access_token, access_expires_at, refresh_token, \
         refresh_expires_at, scopes, token_version, authorized_at, refreshed_at, last_attempt_at, last_error, \
         failures, next_care_at, refresh_attempt, refresh_until, told, removed_at, revocation"
    };
}
pub(crate) use columns;

/// Which connections are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionFilter {
    pub account: Option<AccountId>,
    pub integration: Option<IntegrationId>,
    pub state: Option<State>,
    /// Removed ones are history and left out unless asked for.
    pub with_removed: bool,
    /// Only those after this id.
    pub after: Option<String>,
    pub limit: i64,
}

/// The connection with this id, removed or not.
pub(crate) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    let text = concat!("SELECT ", columns!(), " FROM connection WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(text).bind(organization).bind(id).maybe(on).await?)
}

/// The connection with this id, or a "not found" for the asker.
pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: ConnectionId) -> Result<Connection> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("connection"))
}

/// Connections in the order of their ids, which is the order in which they were made.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    filter: &ConnectionFilter,
) -> Result<Vec<Connection>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM connection WHERE organization_id = $1 \
         AND (CAST($2 AS TEXT) IS NULL OR account_id = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR integration_id = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR state = $4) \
         AND ($5 OR removed_at IS NULL) \
         AND (CAST($6 AS TEXT) IS NULL OR id > $6) ORDER BY id LIMIT $7"
    );
    let rows = hub
        .db()
        .sql(text)
        .bind(organization)
        .bind(filter.account)
        .bind(filter.integration)
        .bind(filter.state)
        .bind(filter.with_removed || filter.state == Some(State::Removed))
        .bind(filter.after.clone())
        .bind(filter.limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// The living connections of these accounts, oldest first.
pub(crate) async fn of_accounts(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<Connection>> {
    let text = hub.db().pick(
        concat!(
            "SELECT ",
            columns!(),
            " FROM connection WHERE organization_id = $1 AND removed_at IS NULL \
             AND account_id IN (SELECT value FROM json_each($2)) ORDER BY id"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM connection WHERE organization_id = $1 AND removed_at IS NULL \
             AND account_id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb))) ORDER BY id"
        ),
    );
    let accounts = serde_json::to_string(accounts).unwrap_or_default();
    Ok(hub.db().sql(text).bind(organization).bind(accounts).all(hub.db()).await?)
}

/// The living connections at `provider` to which `scope` was granted, oldest first.
pub(crate) async fn with_scope(
    hub: &Hub,
    organization: OrganizationId,
    provider: Provider,
    scope: &str,
) -> Result<Vec<Connection>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM connection WHERE organization_id = $1 AND provider = $2 AND removed_at IS NULL \
         AND ' ' || scopes || ' ' LIKE $3 ORDER BY id LIMIT 100"
    );
    let statement = hub.db().sql(text).bind(organization).bind(provider);
    Ok(statement.bind(format!("% {scope} %")).all(hub.db()).await?)
}

/// How many connections stand in each state.
pub(crate) async fn counts(hub: &Hub, organization: OrganizationId) -> Result<Vec<(State, i64)>> {
    let text = "SELECT state, COUNT(*) FROM connection WHERE organization_id = $1 GROUP BY state";
    Ok(hub.db().sql(text).bind(organization).all(hub.db()).await?)
}

/// The accounts that have a live connection.
pub(crate) async fn owners(hub: &Hub, organization: OrganizationId) -> Result<Vec<AccountId>> {
    let text = "SELECT DISTINCT account_id FROM connection WHERE organization_id = $1 AND removed_at IS NULL";
    let rows: Vec<(AccountId,)> = hub.db().sql(text).bind(organization).all(hub.db()).await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}
