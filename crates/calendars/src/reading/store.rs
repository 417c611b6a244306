//! Rows of what is read: leases, rounds and items.

use platform::{
    Hub, Instant, Result,
    db::{Tx, built},
    id::OrganizationId,
};

use super::LEASE;
use crate::{CalendarLink, CalendarLinkId, store::places};

/// Takes the calendar for one reader; false while somebody else has it.
pub(super) async fn take(hub: &Hub, link: &CalendarLink) -> Result<bool> {
    let now = hub.now();
    let taken = hub
        .db()
        .sql(
            "UPDATE calendar_link SET reading_until = $3 WHERE organization_id = $1 AND id = $2 \
             AND (reading_until IS NULL OR reading_until < $4)",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(now.after(LEASE))
        .bind(now)
        .execute(hub.db())
        .await?;
    Ok(taken == 1)
}

/// Has a calendar asked then.
pub(super) async fn ask_at(
    hub: &Hub,
    organization: OrganizationId,
    link: CalendarLinkId,
    at: Instant,
) -> Result<()> {
    hub.db()
        .sql("UPDATE calendar_link SET due_at = $3 WHERE organization_id = $1 AND id = $2 AND due_at IS NOT NULL")
        .bind(organization)
        .bind(link)
        .bind(at)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Nobody can read this calendar until its mailbox is connected again; what is known of it stays.
pub(super) async fn leave(hub: &Hub, link: &CalendarLink) -> Result<()> {
    hub.db()
        .sql("UPDATE calendar_link SET due_at = NULL WHERE organization_id = $1 AND id = $2 AND connection_id = $3")
        .bind(link.organization_id)
        .bind(link.id)
        .bind(link.connection_id)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Nobody needs this calendar: it is not asked any more, and what was known of it goes.
pub(super) async fn rest(hub: &Hub, link: &CalendarLink) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "UPDATE calendar_link SET due_at = NULL, read_at = NULL, delta_link = NULL, next_link = NULL, next_from = NULL, \
         next_until = NULL, window_from = NULL, window_until = NULL, anchored_at = NULL, trouble = NULL, \
         trouble_since = NULL, told_at = NULL, failures = 0 \
         WHERE organization_id = $1 AND id = $2 AND NOT makes_busy AND NOT receives",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .execute(&mut tx)
    .await?;
    tx.sql(
        "DELETE FROM calendar_item WHERE organization_id = $1 AND link_id = $2 AND NOT EXISTS (SELECT 1 FROM \
         calendar_link link WHERE link.organization_id = $1 AND link.id = $2 AND (link.makes_busy OR link.receives))",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a full round over a new window: what an unfinished one left behind goes, what is known stays. False when
/// somebody else reads the calendar now; then nothing was changed.
pub(super) async fn begin(hub: &Hub, link: &CalendarLink, from: Instant, until: Instant) -> Result<bool> {
    let mut tx = hub.db().begin().await?;
    tx.sql("DELETE FROM calendar_item WHERE organization_id = $1 AND link_id = $2 AND generation <> $3")
        .bind(link.organization_id)
        .bind(link.id)
        .bind(link.generation)
        .execute(&mut tx)
        .await?;
    let begun = tx
        .sql(
            "UPDATE calendar_link SET next_from = $3, next_until = $4, next_link = NULL, delta_link = NULL \
             WHERE organization_id = $1 AND id = $2 AND reading_until = $5",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(from)
        .bind(until)
        .bind(link.reading_until)
        .execute(&mut tx)
        .await?;
    if begun == 1 {
        tx.commit().await?;
    }
    Ok(begun == 1)
}

/// Where the round goes on: a full one at its next page, one of changes at the page after. False when the lease is
/// somebody else's by now, who reads the same page: then the page is not to be committed.
pub(super) async fn go_on_at(tx: &mut Tx, link: &CalendarLink, next: &str, is_full: bool) -> Result<bool> {
    let text = if is_full {
        "UPDATE calendar_link SET next_link = $3 WHERE organization_id = $1 AND id = $2 AND generation = $4 \
         AND reading_until = $5"
    } else {
        "UPDATE calendar_link SET delta_link = $3 WHERE organization_id = $1 AND id = $2 AND generation = $4 \
         AND reading_until = $5"
    };
    let statement = tx.sql(text).bind(link.organization_id).bind(link.id).bind(next.to_owned());
    Ok(statement.bind(link.generation).bind(link.reading_until).execute(tx).await? == 1)
}

/// The full round is complete: from now on its rows count, and the older ones go. False as with [`go_on_at`].
pub(super) async fn complete(
    tx: &mut Tx,
    link: &CalendarLink,
    delta_link: Option<&str>,
    now: Instant,
) -> Result<bool> {
    let completed = tx.sql(
        "UPDATE calendar_link SET generation = $3 + 1, window_from = next_from, window_until = next_until, \
         anchored_at = $4, delta_link = $5, next_from = NULL, next_until = NULL, next_link = NULL \
         WHERE organization_id = $1 AND id = $2 AND generation = $3 AND reading_until = $6",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(link.generation)
    .bind(now)
    .bind(delta_link.map(str::to_owned))
    .bind(link.reading_until)
    .execute(&mut *tx)
    .await?;
    tx.sql("DELETE FROM calendar_item WHERE organization_id = $1 AND link_id = $2 AND generation <= $3")
        .bind(link.organization_id)
        .bind(link.id)
        .bind(link.generation)
        .execute(tx)
        .await?;
    Ok(completed == 1)
}

/// A row of what was read.
pub(super) struct Item {
    pub(super) event_id: String,
    pub(super) series_id: Option<String>,
    /// Whether what makes it busy was taken from its series.
    pub(super) is_bare: bool,
    pub(super) starts_at: Instant,
    pub(super) ends_at: Instant,
    pub(super) blocks: bool,
}

/// Writes a row of this round; the last word about an event holds.
pub(super) async fn put(tx: &mut Tx, link: &CalendarLink, generation: i64, item: Item) -> Result<()> {
    tx.sql(
        "INSERT INTO calendar_item (organization_id, link_id, generation, event_id, series_id, is_bare, starts_at, ends_at, \
         blocks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (organization_id, link_id, generation, event_id) DO UPDATE SET series_id = $5, is_bare = $6, \
         starts_at = $7, ends_at = $8, blocks = $9",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(generation)
    .bind(item.event_id)
    .bind(item.series_id)
    .bind(item.is_bare)
    .bind(item.starts_at)
    .bind(item.ends_at)
    .bind(item.blocks)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets events in this round.
pub(super) async fn drop_items(
    tx: &mut Tx,
    link: &CalendarLink,
    generation: i64,
    ids: &[String],
) -> Result<()> {
    for some in ids.chunks(500) {
        let text = format!(
            "DELETE FROM calendar_item WHERE organization_id = $1 AND link_id = $2 AND generation = $3 \
             AND event_id IN ({})",
            places(4, some.len())
        );
        let mut statement = tx.sql(built(text)).bind(link.organization_id).bind(link.id).bind(generation);
        for id in some {
            statement = statement.bind(id.clone());
        }
        statement.execute(&mut *tx).await?;
    }
    Ok(())
}

/// A series shows otherwise now, and so do those of its occurrences that say nothing of their own.
pub(super) async fn inherit(
    tx: &mut Tx,
    link: &CalendarLink,
    generation: i64,
    (series, blocks): (&str, bool),
) -> Result<()> {
    tx.sql(
        "UPDATE calendar_item SET blocks = $5 WHERE organization_id = $1 AND link_id = $2 AND generation = $3 \
         AND series_id = $4 AND is_bare",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(generation)
    .bind(series.to_owned())
    .bind(blocks)
    .execute(tx)
    .await?;
    Ok(())
}
