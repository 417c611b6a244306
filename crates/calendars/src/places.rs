//! The places at one mailbox among several servers: rows of the shared database, each held for one request. A process
//! that has the database for itself needs none of them.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use microsoft::graph::MOST_AT_ONCE_PER_MAILBOX;
use platform::{Hub, Instant, Result, error::later, new_id};

use crate::mailbox::Mailbox;

/// Longer than any request takes. A place whose holder has died is free after it.
const LEASE: Duration = Duration::from_secs(2 * 60);
/// Between two looks for a free place.
const PAUSE: Duration = Duration::from_millis(50);
/// So many looks: half a minute.
const MOST_LOOKS: u32 = 600;

/// A mailbox's places as this process knows them.
#[derive(Default)]
pub(crate) struct Places {
    are_written: AtomicBool,
}

/// A place that is held.
pub(crate) struct Place {
    number: i64,
    holder: String,
}

impl Places {
    /// Waits for a free place; nothing where no other server can be there.
    ///
    /// # Errors
    /// `Later` when other servers kept all of them for half a minute.
    pub(crate) async fn take(&self, hub: &Hub, mailbox: &Mailbox) -> Result<Option<Place>> {
        if !hub.db().is_shared() {
            return Ok(None);
        }
        self.write(hub, mailbox).await?;
        for _ in 0..MOST_LOOKS {
            let place = free(hub, mailbox).await?;
            if place.is_some() {
                return Ok(place);
            }
            tokio::time::sleep(PAUSE.mul_f64(hub.random().jitter())).await;
        }
        let say = "Other servers are busy with this mailbox. It is asked again by itself.";
        Err(later(hub.now().after(LEASE), say))
    }

    /// Once for each mailbox and process.
    async fn write(&self, hub: &Hub, mailbox: &Mailbox) -> Result<()> {
        if self.are_written.load(Ordering::Relaxed) {
            return Ok(());
        }
        for number in (1_i64..).take(MOST_AT_ONCE_PER_MAILBOX) {
            let text = "INSERT INTO mailbox_place (organization_id, mailbox, place) VALUES ($1, $2, $3) \
                        ON CONFLICT DO NOTHING";
            let row = hub.db().sql(text).bind(mailbox.organization).bind(mailbox.id.clone());
            row.bind(number).execute(hub.db()).await?;
        }
        self.are_written.store(true, Ordering::Relaxed);
        Ok(())
    }
}

async fn free(hub: &Hub, mailbox: &Mailbox) -> Result<Option<Place>> {
    // PostgreSQL's own words: nobody else has this database.
    let text = "UPDATE mailbox_place SET holder = $3, taken_until = $4 WHERE organization_id = $1 AND mailbox = $2 \
                AND place = (SELECT place FROM mailbox_place WHERE organization_id = $1 AND mailbox = $2 \
                AND (taken_until IS NULL OR taken_until < $5) ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED) \
                RETURNING place";
    let now: Instant = hub.now();
    let holder = new_id(hub.clock(), hub.random()).to_string();
    let statement = hub.db().sql(text).bind(mailbox.organization).bind(mailbox.id.clone());
    let statement = statement.bind(holder.clone()).bind(now.after(LEASE)).bind(now);
    let found: Option<(i64,)> = statement.returning(hub.db()).await?;
    Ok(found.map(|(number,)| Place { number, holder }))
}

impl Place {
    /// Gives it back. What cannot be written is free after the lease.
    pub(crate) async fn give_back(self, hub: &Hub, mailbox: &Mailbox) {
        let text = "UPDATE mailbox_place SET holder = NULL, taken_until = NULL \
                    WHERE organization_id = $1 AND mailbox = $2 AND place = $3 AND holder = $4";
        let statement = hub.db().sql(text).bind(mailbox.organization).bind(mailbox.id.clone());
        if let Err(error) = statement.bind(self.number).bind(self.holder).execute(hub.db()).await {
            tracing::warn!(?error, "a place at a mailbox could not be given back; it is free in two minutes");
        }
    }
}
