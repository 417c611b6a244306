//! What people do with our entries in Outlook. Reading a calendar only raises suspicion: changes may lag, come twice,
//! or speak of "removed" for what merely left the window. So the event itself is looked at before anything is said.

use std::{collections::HashMap, time::Duration};

use microsoft::graph::{Event, Span};
use platform::{
    Error, Fault, Hub, Instant, Result,
    db::{Tx, built},
    id::{AccountId, OrganizationId},
    jobs::{self, Job, NewJob},
    later, record,
};
use serde::{Deserialize, Serialize};

use super::{
    Change, ENTRY_CHANGED, EntryChanged, find,
    store::{self, Row, State},
    target,
};
use crate::{CalendarLink, reading, store::places};

/// Job: look at an entry that may have been changed.
pub(crate) const VERIFY_JOB: &str = "calendars.verify_entry";

const SOON: Duration = Duration::from_secs(2);
/// What could not be looked at is looked at again after this long, until the entry is over.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// What a reading says of an event.
pub(crate) struct Seen {
    pub(crate) event_id: String,
    /// Its times; none when it is said to be removed.
    pub(crate) span: Option<(Instant, Instant)>,
}

record! {
    struct Ours {
        account_id: AccountId,
        key: String,
        event_id: String,
        starts_at: Instant,
        ends_at: Instant,
        seen_start: Instant,
        seen_end: Instant,
    }
}

const OURS: &str = "SELECT account_id, key, event_id, starts_at, ends_at, seen_start, seen_end FROM calendar_entry \
                    WHERE organization_id = $1 AND state IN ('wanted', 'written') AND seen_end > $2 AND ";

/// Has every entry of ours looked at that is not where it was left.
pub(crate) async fn compare(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    seen: &[Seen],
) -> Result<()> {
    for some in seen.chunks(500) {
        let text = format!("{OURS} event_id IN ({})", places(3, some.len()));
        let mut statement = tx.sql(built(text)).bind(organization).bind(hub.now());
        for one in some {
            statement = statement.bind(one.event_id.clone());
        }
        let ours: Vec<Ours> = statement.all(&mut *tx).await?;
        let spans: HashMap<&str, Option<(Instant, Instant)>> =
            some.iter().map(|seen| (seen.event_id.as_str(), seen.span)).collect();
        for entry in ours {
            let expected = [(entry.starts_at, entry.ends_at), (entry.seen_start, entry.seen_end)];
            let found = spans.get(entry.event_id.as_str()).copied().flatten();
            if found.is_none_or(|span| !expected.contains(&span)) {
                suspect(hub, tx, organization, &entry).await?;
            }
        }
    }
    Ok(())
}

/// Has every entry looked at that lies in the window of a full round and was not found by it.
pub(crate) async fn suspect_the_missing(
    hub: &Hub,
    tx: &mut Tx,
    link: &CalendarLink,
    generation: i64,
) -> Result<()> {
    let (Some(from), Some(until)) = (link.next_from, link.next_until) else { return Ok(()) };
    let text = format!(
        "{OURS} link_id = $3 AND event_id IS NOT NULL AND seen_end > $4 AND seen_start < $5 AND NOT EXISTS ( \
         SELECT 1 FROM calendar_item item WHERE item.organization_id = $1 AND item.link_id = $3 \
         AND item.generation = $6 AND item.event_id = calendar_entry.event_id)"
    );
    let statement = tx.sql(built(text)).bind(link.organization_id).bind(hub.now()).bind(link.id).bind(from);
    let missing: Vec<Ours> = statement.bind(until).bind(generation).all(&mut *tx).await?;
    for entry in missing {
        suspect(hub, tx, link.organization_id, &entry).await?;
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
struct Payload {
    account: AccountId,
    key: String,
}

async fn suspect(hub: &Hub, tx: &mut Tx, organization: OrganizationId, entry: &Ours) -> Result<()> {
    let job = NewJob {
        organization,
        kind: VERIFY_JOB,
        dedupe: Some(format!("{}/{}", entry.account_id, entry.key)),
        payload: jobs::payload(&Payload { account: entry.account_id, key: entry.key.clone() }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// Where the event is now, whole days read in its owner's zone; none where nobody can tell.
pub(super) async fn span_of(hub: &Hub, row: &Row, event: &Event) -> Result<Option<(Instant, Instant)>> {
    let span = match event.span() {
        None | Some(Span::Unsure { .. }) => return Ok(None),
        Some(Span::Instants { start, end }) => Some((start, end)),
        Some(days) => days.instants(&reading::home(hub, row.organization_id, row.account_id).await?),
    };
    Ok(span.map(|(start, end)| (start.into(), end.into())))
}

/// Job: looks at the event itself, and says what a person did with it.
pub(crate) async fn verify(hub: Hub, job: Job) -> Result<()> {
    let Payload { account, key } = job.payload()?;
    let row = store::find(&hub, hub.db(), (job.organization, account, key.as_str())).await?;
    let is_watched = |row: &Row| {
        matches!(row.state, State::Wanted | State::Written)
            && row.event_id.is_some()
            && row.seen_end > hub.now()
    };
    let Some(row) = row.filter(is_watched) else { return Ok(()) };
    let Some(reach) = target::reach_of(&hub, &row).await? else { return Ok(()) };
    let found = find::look_up(&hub, &reach, &row).await.map_err(|error| not_known_yet(&hub, error))?;
    let reported = match found {
        None => report(&hub, &row, Change::Deleted).await?,
        Some(event) => {
            store::keep_id(&hub, &row, &event.id).await?;
            match span_of(&hub, &row, &event).await? {
                Some(span) => compare_one(&hub, &row, span).await?,
                None => true,
            }
        }
    };
    if reported {
        return Ok(());
    }
    Err(later(hub.now().after(SOON), "The entry is being written at the moment."))
}

/// A suspicion outlives whatever keeps us from looking: a withdrawn authorization, a missing licence, a calendar that is
/// not shared at the moment.
fn not_known_yet(hub: &Hub, error: Error) -> Error {
    match error.fault {
        Fault::Later(_) | Fault::TooMany(_) | Fault::Storage | Fault::Bug => error,
        _ => later(hub.now().after(LOOK_AGAIN), error.say.clone()).because(error),
    }
}

async fn compare_one(hub: &Hub, row: &Row, span: (Instant, Instant)) -> Result<bool> {
    // Nobody knows which of our own wishes the calendar has got; the next write finds that out.
    let is_unsure = row.written.is_none();
    if is_unsure || [(row.starts_at, row.ends_at), (row.seen_start, row.seen_end)].contains(&span) {
        return Ok(true);
    }
    report(hub, row, Change::Moved { start: span.0, end: span.1 }).await
}

/// Tells the room above of a change, once: what is told is noted with it. False when the entry was written meanwhile, so
/// that the picture is no longer true.
pub(super) async fn report(hub: &Hub, row: &Row, change: Change) -> Result<bool> {
    let mut tx = hub.db().begin().await?;
    let noted = match &change {
        Change::Moved { start, end } => store::moved(&mut tx, row, (*start, *end)).await?,
        Change::Deleted => store::turn(&mut tx, row, State::Deleted).await?,
    };
    if !noted {
        return Ok(false);
    }
    let job = NewJob {
        organization: row.organization_id,
        kind: ENTRY_CHANGED,
        dedupe: None,
        payload: jobs::payload(&EntryChanged {
            account: row.account_id,
            key: row.key.clone(),
            change,
            at: hub.now(),
            version: row.version + 1,
        }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, &mut tx, job).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(true)
}

/// Whether the room above has yet to hear of something that a person did with this entry: until then nobody has decided
/// about it, and nothing is written over it.
pub(super) async fn is_on_its_way(hub: &Hub, row: &Row) -> Result<bool> {
    let waiting: Vec<(String,)> = hub
        .db()
        .sql("SELECT payload FROM job WHERE organization_id = $1 AND kind = $2 AND done_at IS NULL AND dead_at IS NULL")
        .bind(row.organization_id)
        .bind(ENTRY_CHANGED.to_owned())
        .all(hub.db())
        .await?;
    let is_of_row = |(payload,): &(String,)| {
        let report = serde_json::from_str::<EntryChanged>(payload);
        report.is_ok_and(|report| report.account == row.account_id && report.key == row.key)
    };
    Ok(waiting.iter().any(is_of_row))
}
