//! The rows of entries: the wish, what was written last, and what a person was last known to have made of it.

use std::{fmt, str::FromStr};

use platform::{
    Hub, Instant, Result,
    db::{On, Tx},
    id::{AccountId, OrganizationId},
    record, text_column,
};

use super::target::Target;
use crate::{CalendarLink, CalendarLinkId};

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The wish is stored; whether the calendar knows it yet is not.
    Wanted,
    /// Nothing is on its way: the calendar was equal to the wish, or a person has moved the entry and the room above was
    /// told.
    Written,
    /// A person deleted it in Outlook, and the room above was told.
    Deleted,
    /// We are removing it.
    Unwanted,
    /// We removed it.
    Removed,
}

impl State {
    const ALL: [Self; 5] = [Self::Wanted, Self::Written, Self::Deleted, Self::Unwanted, Self::Removed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Written => "written",
            Self::Deleted => "deleted",
            Self::Unwanted => "unwanted",
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
            .ok_or_else(|| format!("unknown state of an entry {text:?}"))
    }
}

text_column!(State);

record! {
    /// An entry as stored.
    #[derive(Clone, Debug)]
    pub(super) struct Row {
        organization_id: OrganizationId,
        account_id: AccountId,
        key: String,
        /// Grows when the entry is made anew after it was gone, so that Microsoft does not take it for the old one.
        generation: i64,
        /// Grows with every write, so that nobody decides on an old picture.
        version: i64,
        state: State,
        link_id: CalendarLinkId,
        mailbox: String,
        /// Graph's id of the calendar.
        calendar_id: String,
        /// Graph's id of the event, once it is known.
        event_id: Option<String>,
        /// The times that are wished for.
        starts_at: Instant,
        ends_at: Instant,
        /// A fingerprint of everything that is wished for, and of what was written last.
        wish: String,
        written: Option<String>,
        /// The times as we wrote them last, or as the room above was told last.
        seen_start: Instant,
        seen_end: Instant,
        wished_at: Instant,
    }
}

macro_rules! columns {
    () => {
        "organization_id, account_id, key, generation, version, state, link_id, mailbox, calendar_id, event_id, \
         starts_at, ends_at, wish, written, seen_start, seen_end, wished_at"
    };
}

/// The entry of this key.
pub(super) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    (organization, account, key): (OrganizationId, AccountId, &str),
) -> Result<Option<Row>> {
    const TEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM calendar_entry WHERE organization_id = $1 AND account_id = $2 AND key = $3"
    );
    Ok(hub.db().sql(TEXT).bind(organization).bind(account).bind(key.to_owned()).maybe(on).await?)
}

/// A wish: its fingerprint and its times.
pub(super) struct Wish {
    pub(super) fingerprint: String,
    pub(super) start: Instant,
    pub(super) end: Instant,
}

/// Stores the wish for an entry that does not exist (any more): a new generation in the calendar that receives
/// bookings now. False when somebody else was quicker.
pub(super) async fn wish_anew(
    hub: &Hub,
    (organization, account, key): (OrganizationId, AccountId, &str),
    before: Option<&Row>,
    target: &Target,
    wish: &Wish,
) -> Result<bool> {
    let written = hub
        .db()
        .sql(
            "INSERT INTO calendar_entry (organization_id, account_id, key, generation, version, state, link_id, \
             connection_id, mailbox, calendar_id, event_id, starts_at, ends_at, wish, seen_start, seen_end, wished_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, $12, $13, $11, $12, $14) \
             ON CONFLICT (organization_id, account_id, key) DO UPDATE SET generation = $4, version = $5, state = $6, \
             link_id = $7, connection_id = $8, mailbox = $9, calendar_id = $10, event_id = NULL, starts_at = $11, \
             ends_at = $12, wish = $13, written = NULL, seen_start = $11, seen_end = $12, wished_at = $14 \
             WHERE calendar_entry.version = $5 - 1",
        )
        .bind(organization)
        .bind(account)
        .bind(key.to_owned())
        .bind(before.map_or(1, |row| row.generation + 1))
        .bind(before.map_or(1, |row| row.version + 1))
        .bind(State::Wanted)
        .bind(target.link.id)
        .bind(target.link.connection_id)
        .bind(target.link.mailbox.clone())
        .bind(target.link.provider_id.clone())
        .bind(wish.start)
        .bind(wish.end)
        .bind(wish.fingerprint.clone())
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(written == 1)
}

/// Stores another wish for an entry that exists, or may. False when somebody else was quicker. Where it is not known
/// whether the wish before it reached the calendar, its times are not taken for a person's doing: `written` is forgotten.
pub(super) async fn wish_otherwise(hub: &Hub, row: &Row, wish: &Wish) -> Result<bool> {
    let written = hub
        .db()
        .sql(
            "UPDATE calendar_entry SET version = version + 1, state = $5, starts_at = $6, ends_at = $7, wish = $8, \
             written = CASE WHEN state = $5 AND (starts_at <> $6 OR ends_at <> $7) THEN NULL ELSE written END, \
             wished_at = CASE WHEN wish = $8 THEN wished_at ELSE $9 END \
             WHERE organization_id = $1 AND account_id = $2 AND key = $3 AND version = $4",
        )
        .bind(row.organization_id)
        .bind(row.account_id)
        .bind(row.key.clone())
        .bind(row.version)
        .bind(State::Wanted)
        .bind(wish.start)
        .bind(wish.end)
        .bind(wish.fingerprint.clone())
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(written == 1)
}

/// The calendar is equal to the wish. False where somebody has wished otherwise meanwhile; at least the event's id is
/// kept then.
pub(super) async fn written(hub: &Hub, row: &Row, event_id: &str) -> Result<bool> {
    let kept = hub
        .db()
        .sql(
            "UPDATE calendar_entry SET version = version + 1, state = $5, event_id = $6, written = wish, \
             seen_start = starts_at, seen_end = ends_at, written_at = $7 \
             WHERE organization_id = $1 AND account_id = $2 AND key = $3 AND version = $4",
        )
        .bind(row.organization_id)
        .bind(row.account_id)
        .bind(row.key.clone())
        .bind(row.version)
        .bind(State::Written)
        .bind(event_id.to_owned())
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    if kept == 0 {
        keep_id(hub, row, event_id).await?;
    }
    Ok(kept == 1)
}

/// Keeps the event's id, whatever else has changed since.
pub(super) async fn keep_id(hub: &Hub, row: &Row, event_id: &str) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_entry SET event_id = $5 \
             WHERE organization_id = $1 AND account_id = $2 AND key = $3 AND generation = $4",
        )
        .bind(row.organization_id)
        .bind(row.account_id)
        .bind(row.key.clone())
        .bind(row.generation)
        .bind(event_id.to_owned())
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Moves an entry to another state. False when somebody else was quicker.
pub(super) async fn turn(tx: &mut Tx, row: &Row, state: State) -> Result<bool> {
    let turned = tx
        .sql(
            "UPDATE calendar_entry SET version = version + 1, state = $5 \
             WHERE organization_id = $1 AND account_id = $2 AND key = $3 AND version = $4",
        )
        .bind(row.organization_id)
        .bind(row.account_id)
        .bind(row.key.clone())
        .bind(row.version)
        .bind(state)
        .execute(tx)
        .await?;
    Ok(turned == 1)
}

/// Notes where a person put the entry, and that the room above is told. False when somebody else was quicker.
pub(super) async fn moved(tx: &mut Tx, row: &Row, (start, end): (Instant, Instant)) -> Result<bool> {
    let moved = tx
        .sql(
            "UPDATE calendar_entry SET version = version + 1, state = $7, seen_start = $5, seen_end = $6 \
             WHERE organization_id = $1 AND account_id = $2 AND key = $3 AND version = $4",
        )
        .bind(row.organization_id)
        .bind(row.account_id)
        .bind(row.key.clone())
        .bind(row.version)
        .bind(start)
        .bind(end)
        .bind(State::Written)
        .execute(tx)
        .await?;
    Ok(moved == 1)
}

/// Whether entries of ours in this calendar are not over yet.
pub(crate) async fn lie_ahead_in(hub: &Hub, link: &CalendarLink) -> Result<bool> {
    let found: Option<(String,)> = hub
        .db()
        .sql(
            "SELECT key FROM calendar_entry WHERE organization_id = $1 AND link_id = $2 AND seen_end > $3 \
             AND state IN ('wanted', 'written') LIMIT 1",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(hub.now())
        .maybe(hub.db())
        .await?;
    Ok(found.is_some())
}
