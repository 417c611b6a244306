//! How many meetings Webex lets be created in 24 hours (Webex Meetings API, "Create a Meeting"): 100 by a person for
//! themselves; by an administrator 800 for one person and 3,000 in all. Refused ones count, so the limit is kept before
//! it is hit, and nobody asks while Webex says that it is used up.

use std::time::Duration;

use connections::ConnectionId;
use platform::{
    Hub, Instant, Result,
    id::{AccountId, OrganizationId},
    new_id, record,
};

use super::connection::Through;
use crate::steps::trouble::Stop;

const DAY: Duration = Duration::from_secs(86_400);
/// Meetings that a host's own connection may create in 24 hours.
pub(super) const OF_A_PERSON: i64 = 100;
const FOR_A_PERSON: i64 = 800;
const OF_AN_ADMINISTRATOR: i64 = 3_000;

record! {
    struct Created {
        count: i64,
        first: Option<Instant>,
        held_until: Option<Instant>,
    }
}

/// What a host has used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// Meetings asked for in the last 24 hours, refused ones too.
    pub(crate) count: i64,
    pub(crate) limit: i64,
    /// Whether Webex takes no more for now.
    pub(crate) is_full: bool,
}

/// What a host has used of the quota through the connection that was asked last; nothing where none was.
pub(crate) async fn used(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<Used>> {
    let text = "SELECT connection_id FROM meeting_creation WHERE organization_id = $1 AND account_id = $2 \
                AND created_at > $3 ORDER BY created_at DESC LIMIT 1";
    let statement = hub.db().sql(text).bind(organization).bind(account).bind(hub.now().before(DAY));
    let last: Option<(ConnectionId,)> = statement.maybe(hub.db()).await?;
    let Some((id,)) = last else { return Ok(None) };
    let connection = connections::find_connection(hub, organization, id).await?;
    let is_own = connection.is_some_and(|connection| connection.account_id == account);
    let limit = if is_own { OF_A_PERSON } else { FOR_A_PERSON };
    let created = created(hub, (organization, id), Some(account)).await?;
    let is_held = created.held_until.is_some_and(|until| until > hub.now());
    Ok(Some(Used { count: created.count, limit, is_full: is_held || created.count >= limit }))
}

/// Counts a meeting that is about to be asked for, unless Webex would refuse it; answers the entry's id.
pub(super) async fn admit(hub: &Hub, through: &Through, account: AccountId) -> Result<String, Stop> {
    let key = (through.organization, through.connection);
    let is_own = through.host.is_none();
    let limit = if is_own { OF_A_PERSON } else { FOR_A_PERSON };
    let of_host = created(hub, key, Some(account)).await?;
    if let Some(until) = of_host.held_until.filter(|until| *until > hub.now()) {
        return Err(Stop::Until(until, full(limit, "for one host")));
    }
    if let Some(first) = of_host.first.filter(|_| of_host.count >= limit) {
        return Err(Stop::Until(first.after(DAY), full(limit, "for one host")));
    }
    if !is_own {
        let all = created(hub, key, None).await?;
        if let Some(first) = all.first.filter(|_| all.count >= OF_AN_ADMINISTRATOR) {
            return Err(Stop::Until(
                first.after(DAY),
                full(OF_AN_ADMINISTRATOR, "through one administrator"),
            ));
        }
    }
    Ok(insert(hub, through, account, None).await?)
}

/// Takes an entry back: Webex was not asked.
pub(super) async fn take_back(hub: &Hub, through: &Through, id: &str) -> Result<()> {
    let text = "DELETE FROM meeting_creation WHERE organization_id = $1 AND id = $2";
    hub.db().sql(text).bind(through.organization).bind(id.to_owned()).execute(hub.db()).await?;
    Ok(())
}

/// Notes that Webex said itself that the meetings of a day are used up, and until when nobody needs to ask.
pub(super) async fn hold(hub: &Hub, through: &Through, account: AccountId, until: Instant) -> Result<()> {
    insert(hub, through, account, Some(until)).await.map(drop)
}

fn full(limit: i64, whom: &str) -> String {
    format!(
        "Webex lets {limit} meetings be created {whom} in 24 hours, and so many have been asked for. The next one is made \
         as soon as Webex takes it."
    )
}

/// What was created through a connection in the last 24 hours, for one host or for all.
async fn created(
    hub: &Hub,
    (organization, connection): (OrganizationId, ConnectionId),
    account: Option<AccountId>,
) -> Result<Created> {
    let text = "SELECT COUNT(CASE WHEN held_until IS NULL THEN 1 END) AS count, \
                MIN(CASE WHEN held_until IS NULL THEN created_at END) AS first, MAX(held_until) AS held_until \
                FROM meeting_creation WHERE organization_id = $1 AND connection_id = $2 \
                AND (CAST($3 AS TEXT) IS NULL OR account_id = $3) AND created_at > $4";
    let statement = hub.db().sql(text).bind(organization).bind(connection).bind(account);
    Ok(statement.bind(hub.now().before(DAY)).one(hub.db()).await?)
}

async fn insert(hub: &Hub, through: &Through, account: AccountId, until: Option<Instant>) -> Result<String> {
    let now = hub.now();
    let id = new_id(hub.clock(), hub.random()).to_string();
    let mut tx = hub.db().begin().await?;
    tx.sql("DELETE FROM meeting_creation WHERE organization_id = $1 AND account_id = $2 AND created_at < $3")
        .bind(through.organization)
        .bind(account)
        .bind(now.before(DAY * 2))
        .execute(&mut tx)
        .await?;
    tx.sql(
        "INSERT INTO meeting_creation (organization_id, id, account_id, connection_id, created_at, held_until) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(through.organization)
    .bind(id.clone())
    .bind(account)
    .bind(through.connection)
    .bind(now)
    .bind(until)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(id)
}
