//! What the rooms above do at a provider: which connection serves a host, and a call with a token that is valid
//! now, tried once more with a fresh one when the provider rejects it.

use std::{collections::HashSet, fmt, future::Future, time::Duration};

use oauth::{ApiError, ApiKind};
use platform::{
    Error, Fault, Hub, Result, bug,
    id::{AccountId, OrganizationId},
    later, record,
};
use secrecy::SecretString;

use crate::{
    Connection, ConnectionId, Integration, IntegrationId, Provider, Purpose, State, connection, integrations,
    purpose::PurposeScopes, tokens,
};

/// A passing failure without a time of its own is tried again after this long.
const PAUSE: Duration = Duration::from_secs(15);

/// Why a call at a provider did not succeed.
#[derive(Debug)]
pub enum CallError {
    /// The provider answered, or failed to.
    Provider(ApiError),
    /// There was no token to ask it with.
    Own(Error),
}

impl CallError {
    /// What the provider answered, if it was asked at all.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Provider(error) => Some(error),
            Self::Own(_) => None,
        }
    }

    /// Whether the provider says that the thing is not there (or no longer).
    pub fn is_not_found(&self) -> bool {
        self.api().is_some_and(|error| error.kind == ApiKind::NotFound)
    }

    /// For jobs and pages: whether to try again and when, who must act, and in which words.
    pub fn explain(self, hub: &Hub) -> Error {
        let error = match self {
            Self::Own(error) => return error,
            Self::Provider(error) => error,
        };
        let said = error.to_string();
        match error.kind {
            ApiKind::Passing { retry_after } => later(
                hub.now().after(retry_after.unwrap_or(PAUSE)),
                format!("The provider did not answer as it should; it is tried again by itself. It said: {said}"),
            ),
            ApiKind::TokenRejected => Error::new(
                Fault::AskPerson,
                format!("The provider no longer accepts this connection. Authorize again under Connections. It said: {said}"),
            ),
            ApiKind::Forbidden => Error::new(
                Fault::AskPerson,
                format!("The provider refuses this: a permission or a licence is missing. It said: {said}"),
            ),
            ApiKind::NotFound => Error::new(Fault::NotFound, format!("The provider no longer has it. It said: {said}")),
            ApiKind::Conflict => Error::new(Fault::Conflict, format!("The provider sees a contradiction. It said: {said}")),
            ApiKind::Invalid => Error::new(
                Fault::Conflict,
                format!("The provider does not accept what was asked of it. It said: {said}"),
            ),
            ApiKind::Bug => bug(format!("a provider's answer could not be used: {said}")),
        }
        .because(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::Own(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

impl From<ApiError> for CallError {
    fn from(error: ApiError) -> Self {
        Self::Provider(error)
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

/// Does `work` with a valid access token of this connection. A token that the provider rejects before its time is
/// renewed once, which also finds out whether the whole authorization was withdrawn.
pub async fn call<T, F, W>(
    hub: &Hub,
    organization: OrganizationId,
    connection: ConnectionId,
    work: W,
) -> Result<T, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let token = tokens::for_background(hub, organization, connection).await?;
    match work(token.value).await {
        Err(error) if error.kind == ApiKind::TokenRejected => {}
        done => return Ok(done?),
    }
    tokens::distrust(hub, organization, connection).await?;
    let token = tokens::for_background(hub, organization, connection).await?;
    Ok(work(token.value).await?)
}

/// Whether a provider can serve a purpose for somebody now.
#[derive(Clone, Debug)]
pub enum Serving {
    Ready(Box<Connection>),
    NotReady {
        /// The connection that would serve if it worked.
        connection: Option<ConnectionId>,
        /// For people: what is missing and what to do.
        why: String,
    },
}

impl Serving {
    pub fn ready(&self) -> Option<&Connection> {
        match self {
            Self::Ready(connection) => Some(connection),
            Self::NotReady { .. } => None,
        }
    }
}

/// The account's connection through which `provider` serves `purpose`, or in words why none does.
///
/// Passing trouble does not count against a connection: it is over soon.
pub async fn serving(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
    provider: Provider,
    purpose: Purpose,
) -> Result<Serving> {
    let mut all = serving_each(hub, organization, &[account], provider, purpose).await?;
    Ok(all.pop().unwrap_or_else(|| not_ready(provider, None)))
}

/// The same for several accounts at once, in their order.
pub async fn serving_each(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
    provider: Provider,
    purpose: Purpose,
) -> Result<Vec<Serving>> {
    let integrations = integrations::list(hub, organization).await?;
    let connections = connection::of_accounts(hub, organization, accounts).await?;
    let of = |account: &AccountId| {
        let mut reason = None;
        for connection in connections.iter().filter(|it| it.account_id == *account && it.provider == provider)
        {
            let integration = integrations.iter().find(|it| it.id == connection.integration_id);
            let Some(integration) = integration.filter(|it| it.purposes.serves(purpose)) else { continue };
            match unusable(connection, integration) {
                None => return Serving::Ready(Box::new(connection.clone())),
                Some(why) => reason = reason.or(Some((connection.id, why))),
            }
        }
        not_ready(provider, reason)
    };
    Ok(accounts.iter().map(of).collect())
}

fn not_ready(provider: Provider, reason: Option<(ConnectionId, String)>) -> Serving {
    let (connection, why) = reason.map_or_else(
        || (None, format!("{} is not connected. Connect it under Connections.", provider.title())),
        |(connection, why)| (Some(connection), why),
    );
    Serving::NotReady { connection, why }
}

/// The account's living connections at `provider` whose integration is for `purpose`, oldest first, in whatever
/// state.
pub async fn of_account(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
    provider: Provider,
    purpose: Purpose,
) -> Result<Vec<Connection>> {
    let filter = connection::ConnectionFilter { account: Some(account), limit: 100, ..Default::default() };
    let mut serving = Vec::new();
    for connection in connection::list(hub, organization, &filter).await? {
        if connection.provider != provider {
            continue;
        }
        let integration = integrations::get(hub, organization, connection.integration_id).await?;
        if integration.purposes.serves(purpose) {
            serving.push(connection);
        }
    }
    Ok(serving)
}

record! {
    struct Served {
        organization_id: OrganizationId,
        id: IntegrationId,
        purposes: PurposeScopes,
    }
}

/// Every living connection at `provider` whose integration is for `purpose`, of all organizations, oldest first, in
/// whatever state. For regular rounds: it asks the database twice, however many there are.
pub async fn of_everybody(hub: &Hub, provider: Provider, purpose: Purpose) -> Result<Vec<Connection>> {
    const TEXT: &str = concat!(
        "SELECT ",
        connection::columns!(),
        " FROM connection WHERE provider = $1 AND removed_at IS NULL ORDER BY organization_id, id"
    );
    let text = "SELECT organization_id, id, purposes FROM integration WHERE provider = $1";
    let integrations: Vec<Served> = hub.db().sql(text).bind(provider).all(hub.db()).await?;
    let serving: HashSet<(OrganizationId, IntegrationId)> = integrations
        .into_iter()
        .filter(|integration| integration.purposes.serves(purpose))
        .map(|integration| (integration.organization_id, integration.id))
        .collect();
    let mut all: Vec<Connection> = hub.db().sql(TEXT).bind(provider).all(hub.db()).await?;
    all.retain(|connection| serving.contains(&(connection.organization_id, connection.integration_id)));
    Ok(all)
}

/// A connection that may act for everybody: its integration is for this purpose, its granted scopes hold `scope` (of
/// administrators), and it works.
pub async fn with_scope(
    hub: &Hub,
    organization: OrganizationId,
    provider: Provider,
    (purpose, scope): (Purpose, &str),
) -> Result<Option<Connection>> {
    let integrations = integrations::list(hub, organization).await?;
    let found = connection::with_scope(hub, organization, provider, scope).await?;
    Ok(found.into_iter().find(|connection| {
        let integration = integrations.iter().find(|it| it.id == connection.integration_id);
        integration.is_some_and(|integration| {
            integration.purposes.serves(purpose) && unusable(connection, integration).is_none()
        })
    }))
}

/// The connection with this id, removed or not.
pub async fn find_connection(
    hub: &Hub,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<Connection>> {
    connection::find(hub, hub.db(), organization, id).await
}

/// Why nothing can be done with a connection until somebody acts.
fn unusable(connection: &Connection, integration: &Integration) -> Option<String> {
    let name = connection.provider.title();
    if !integration.enabled {
        return Some(format!("The {name} integration is switched off. An administrator can switch it on."));
    }
    if let Some(trouble) = &integration.trouble {
        return Some(format!("The {name} integration does not work: {}", trouble.text()));
    }
    let reason = connection.reason.as_ref().map(crate::trouble::Trouble::text);
    (connection.state == State::Attention)
        .then(|| reason.unwrap_or_else(|| format!("{name} needs to be authorized again under Connections.")))
}
