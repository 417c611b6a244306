//! Calendars whose mailbox is no longer connected: the connection was removed, or its integration lost its purpose. One
//! that is used stays, with what was known of it and the trouble in words, because a host whose calendar cannot be read
//! must not look free. It goes on when the mailbox is connected again, and goes when its owner takes its ticks away.

use std::collections::HashMap;

use connections::{Connection, ConnectionId};
use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
};

use crate::{CalendarLink, link::columns, store, subscriptions};

/// Why such a calendar cannot be read, and what to do.
const NOT_CONNECTED: &str = "Its Microsoft account is no longer connected for calendars. Connect it again under My \
    account → Connections, or take this calendar's ticks away under My account → Calendars.";

/// Whether a calendar waits for its mailbox to be connected again.
pub(crate) fn is_lost(link: &CalendarLink) -> bool {
    link.trouble.as_deref() == Some(NOT_CONNECTED)
}

/// A regular round, after the mailboxes that are gone were forgotten: gives calendars without one to a living connection
/// to the same mailbox, or keeps or forgets them.
pub(crate) async fn look_after(hub: &Hub, living: &[Connection]) -> Result<()> {
    // Of several to one mailbox, the oldest.
    let reaching: HashMap<_, ConnectionId> =
        living.iter().rev().map(|connection| (reached(connection), connection.id)).collect();
    for link in without_mailbox(hub).await? {
        let other = reaching.get(&(link.organization_id, link.account_id, link.mailbox.as_str()));
        let mut tx = hub.db().begin().await?;
        match other {
            Some(other) => hand_over(&mut tx, &link, *other, hub.now()).await?,
            None if is_lost(&link) && link.is_used() => {}
            // Its end at Microsoft comes first; that it is due is seen from the missing mailbox.
            None if !link.is_used() && subscriptions::is_standing(&mut tx, &link).await? => {}
            None if !link.is_used() => store::forget(&mut tx, &link).await?,
            None => lose(&mut tx, &link, hub.now()).await?,
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The mailbox that a connection reaches, and for whom.
fn reached(connection: &Connection) -> (OrganizationId, AccountId, &str) {
    (connection.organization_id, connection.account_id, connection.provider_account_id.as_str())
}

async fn without_mailbox(hub: &Hub) -> Result<Vec<CalendarLink>> {
    const TEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM calendar_link WHERE trouble = $1 OR NOT EXISTS (SELECT 1 FROM calendar_mailbox \
         WHERE calendar_mailbox.organization_id = calendar_link.organization_id \
         AND calendar_mailbox.connection_id = calendar_link.connection_id) ORDER BY organization_id, id"
    );
    Ok(hub.db().sql(TEXT).bind(NOT_CONNECTED.to_owned()).all(hub.db()).await?)
}

/// A living connection reaches the calendar again: it is read soon.
pub(crate) async fn hand_over(
    tx: &mut Tx,
    link: &CalendarLink,
    to: ConnectionId,
    now: Instant,
) -> Result<()> {
    tx.sql(
        "UPDATE calendar_link SET connection_id = $3, trouble = NULL, trouble_since = NULL, told_at = NULL, failures = 0, \
         by_connection = $5, due_at = CASE WHEN makes_busy OR receives THEN $4 ELSE due_at END \
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(to)
    .bind(now)
    .bind(false)
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps a calendar that nobody can read any more. When it was read last stays, so that its policy closes it in time.
async fn lose(tx: &mut Tx, link: &CalendarLink, now: Instant) -> Result<()> {
    tx.sql(
        "UPDATE calendar_link SET trouble = $3, trouble_since = COALESCE(trouble_since, $4), by_connection = $5, \
         held_until = NULL, due_at = NULL WHERE organization_id = $1 AND id = $2 AND (makes_busy OR receives)",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(NOT_CONNECTED.to_owned())
    .bind(now)
    .bind(false)
    .execute(tx)
    .await?;
    Ok(())
}
