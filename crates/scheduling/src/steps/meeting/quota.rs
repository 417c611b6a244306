//! How many meetings Webex lets be created in 24 hours (Webex Meetings API, "Create a Meeting"): 100 by a person for
//! themselves; by an administrator 800 for one person and 3,000 in all. Refused ones count, so the limit is kept before
//! it is hit, and nobody asks while Webex says that it is used up.

use std::time::Duration;

use platform::{
    Hub, Instant, Result,
    id::{AccountId, OrganizationId},
    new_id, record,
};

use super::connection::Through;
use crate::steps::trouble::Stop;

const DAY: Duration = Duration::from_secs(86_400);
/// Meetings that a host's own connection may create in 24 hours.
pub(crate) const OF_A_PERSON: i64 = 100;
const FOR_A_PERSON: i64 = 800;
const OF_AN_ADMINISTRATOR: i64 = 3_000;

record! {
    struct Created {
        count: i64,
        first: Option<Instant>,
        held_until: Option<Instant>,
    }
}

/// Meetings created for a host in the last 24 hours, refused ones too.
pub(crate) async fn used(hub: &Hub, organization: OrganizationId, account: AccountId) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM meeting_creation WHERE organization_id = $1 AND account_id = $2 \
                AND created_at > $3 AND held_until IS NULL";
    let statement = hub.db().sql(text).bind(organization).bind(account).bind(hub.now().before(DAY));
    let (count,): (i64,) = statement.one(hub.db()).await?;
    Ok(count)
}

/// Counts a meeting that is about to be asked for, unless Webex would refuse it.
pub(super) async fn admit(hub: &Hub, through: &Through, account: AccountId) -> Result<(), Stop> {
    let of_host = created(hub, through, Some(account)).await?;
    let mut limits = vec![(of_host, if through.host.is_some() { FOR_A_PERSON } else { OF_A_PERSON })];
    if through.host.is_some() {
        limits.push((created(hub, through, None).await?, OF_AN_ADMINISTRATOR));
    }
    for (created, limit) in limits {
        if let Some(until) = created.held_until.filter(|until| *until > hub.now()) {
            return Err(Stop::NotYet(until, full(limit)));
        }
        if let Some(first) = created.first.filter(|_| created.count >= limit) {
            return Err(Stop::NotYet(first.after(DAY), full(limit)));
        }
    }
    insert(hub, through, account, None).await?;
    Ok(())
}

/// Notes that Webex said itself that the meetings of a day are used up, and until when nobody needs to ask.
pub(super) async fn hold(hub: &Hub, through: &Through, account: AccountId, until: Instant) -> Result<()> {
    insert(hub, through, account, Some(until)).await
}

fn full(limit: i64) -> String {
    format!(
        "Webex lets {limit} meetings be created for this host in 24 hours, and so many have been asked for. The next one \
         is made as soon as Webex takes it."
    )
}

/// What was created through a connection in the last 24 hours, for one host or for all.
async fn created(hub: &Hub, through: &Through, account: Option<AccountId>) -> Result<Created> {
    let text = "SELECT COUNT(CASE WHEN held_until IS NULL THEN 1 END) AS count, \
                MIN(CASE WHEN held_until IS NULL THEN created_at END) AS first, MAX(held_until) AS held_until \
                FROM meeting_creation WHERE organization_id = $1 AND connection_id = $2 \
                AND (CAST($3 AS TEXT) IS NULL OR account_id = $3) AND created_at > $4";
    let statement = hub.db().sql(text).bind(through.organization).bind(through.connection).bind(account);
    Ok(statement.bind(hub.now().before(DAY)).one(hub.db()).await?)
}

async fn insert(hub: &Hub, through: &Through, account: AccountId, until: Option<Instant>) -> Result<()> {
    let now = hub.now();
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
    .bind(new_id(hub.clock(), hub.random()).to_string())
    .bind(account)
    .bind(through.connection)
    .bind(now)
    .bind(until)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
