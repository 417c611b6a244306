//! Writing an entry: the wish is stored, the calendar is looked at and made equal to it, and that is stored. Stopped
//! anywhere, it begins again and finds its own traces: the event's id, or the mark that every event of ours carries.

use std::time::Duration;

use connections::CallError;
use microsoft::graph::{Event, EventBody, EventChange, Graph, NewEvent, Sensitivity, ShowAs, is_item_gone};
use oauth::ApiKind;
use platform::{
    Hub, Instant, Result,
    error::invalid_field,
    id::{AccountId, OrganizationId},
    later,
    random::fingerprint,
};

use super::{
    Change, Entry, Written, changes, find,
    store::{self, Row, State, Wish},
    target::{self, OUT_OF_REACH, Reach, explained},
};
use crate::mailbox;

/// In characters; Outlook takes no longer ones.
const LONGEST_SUBJECT: usize = 255;
/// When two writers of one entry meet, one comes back a little later.
const SOON: Duration = Duration::from_secs(2);
/// When Microsoft says that it has made an event which it does not show.
const UNTIL_FOUND: Duration = Duration::from_secs(30);
/// After this time such an event counts as deleted before we ever saw it, and is made anew.
const PATIENCE: Duration = Duration::from_secs(600);

const DELETED: &str =
    "The entry was deleted in Outlook. It is written again when the booking changes or its host asks for it.";

/// Writes the entry `key` into the calendar that receives this host's bookings, or makes the one that is there equal to
/// it. The same key is always the same entry, however often and from wherever this is called. For jobs: it asks
/// Microsoft.
///
/// An entry stays in the calendar where it was first written. When a person has moved or deleted it, that is reported
/// ([`super::ENTRY_CHANGED`]) by the call that notices, and nothing is written. Once the report has been dealt with, a
/// call writes it again, or puts it back.
pub async fn write_entry(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
    entry: &Entry,
) -> Result<Written> {
    check(entry)?;
    let (row, history) = match store_wish(hub, (organization, account, entry.key.as_str()), entry).await? {
        Ok(stored) => stored,
        Err(skipped) => return Ok(Written { skipped: Some(skipped), ..Written::default() }),
    };
    let skipped = |why: &str| Written {
        calendar: Some(row.link_id),
        skipped: Some(why.to_owned()),
        ..Written::default()
    };
    let Some(reach) = target::reach_of(hub, &row).await? else { return Ok(skipped(OUT_OF_REACH)) };
    let join_url = |event: &Event| event.join_url().filter(|_| entry.online_meeting).map(str::to_owned);
    match make_equal(hub, &reach, (&row, history), entry).await? {
        Found::Equal(event) if store::written(hub, &row, &event.id).await? => {
            Ok(Written { calendar: Some(row.link_id), join_url: join_url(&event), ..Written::default() })
        }
        Found::Deleted if changes::report(hub, &row, Change::Deleted).await? => Ok(skipped(DELETED)),
        Found::Moved { event, span: (start, end), is_told }
            if is_told || changes::report(hub, &row, Change::Moved { start, end }).await? =>
        {
            let calendar = Some(row.link_id);
            Ok(Written { calendar, join_url: join_url(&event), moved: true, ..Written::default() })
        }
        _ => Err(met_another(hub)),
    }
}

/// What may have been asked of Microsoft for this generation of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum History {
    /// Nothing yet: this call begins it.
    New,
    /// Perhaps something, and perhaps for another wish.
    Tried,
}

/// How an entry was found, or made.
enum Found {
    Equal(Event),
    /// A person has deleted it.
    Deleted,
    /// A person has moved it, and the room above has not answered that yet.
    Moved {
        event: Event,
        span: (Instant, Instant),
        /// Whether a report of it is on its way.
        is_told: bool,
    },
}

fn check(entry: &Entry) -> Result<()> {
    if entry.end <= entry.start {
        return Err(invalid_field("end", "An entry ends after it starts."));
    }
    if entry.key.is_empty() || entry.key.len() > 200 {
        return Err(invalid_field("key", "An entry's key has 1 to 200 characters."));
    }
    Ok(())
}

fn met_another(hub: &Hub) -> platform::Error {
    later(hub.now().after(SOON), "Somebody else is writing this entry at the moment.")
}

/// Stores what is wished for before anything is asked; in words why nothing can be.
async fn store_wish(
    hub: &Hub,
    place: (OrganizationId, AccountId, &str),
    entry: &Entry,
) -> Result<Result<(Row, History), String>> {
    let wish = wish_of(entry);
    let mut history = History::Tried;
    let stored = match store::find(hub, hub.db(), place).await? {
        Some(row) if row.state == State::Unwanted && target::reach_of(hub, &row).await?.is_none() => {
            return Ok(Err(OUT_OF_REACH.to_owned()));
        }
        Some(row) if row.state == State::Unwanted => return Err(met_another(hub)),
        // The same wish again is no news: what was reported of the entry since stays true.
        Some(row) if is_there(&row) && row.wish == wish.fingerprint => return Ok(Ok((row, history))),
        Some(row) if is_there(&row) => store::wish_otherwise(hub, &row, &wish).await?,
        before => match target::of(hub, place.0, place.1).await? {
            Err(why) => return Ok(Err(why)),
            Ok(target) if entry.online_meeting && !target.link.allows_teams => {
                return Ok(Err(target.refuses_teams()));
            }
            Ok(target) => {
                history = History::New;
                store::wish_anew(hub, place, before.as_ref(), &target, &wish).await?
            }
        },
    };
    let row = if stored { store::find(hub, hub.db(), place).await? } else { None };
    row.map(|row| Ok((row, history))).ok_or_else(|| met_another(hub))
}

fn is_there(row: &Row) -> bool {
    matches!(row.state, State::Wanted | State::Written)
}

fn wish_of(entry: &Entry) -> Wish {
    let everything = serde_json::to_string(entry).unwrap_or_default();
    Wish { fingerprint: fingerprint(&everything), start: whole(entry.start), end: whole(entry.end) }
}

/// Graph keeps whole seconds of what we send.
fn whole(at: Instant) -> Instant {
    Instant::from_micros(at.seconds().saturating_mul(1_000_000))
}

/// Makes the event equal to the wish, unless a person has done something with it that the room above does not know.
async fn make_equal(
    hub: &Hub,
    reach: &Reach,
    (row, history): (&Row, History),
    entry: &Entry,
) -> Result<Found> {
    let Some(event) = find::look_up(hub, reach, row).await? else {
        return match row.event_id {
            Some(_) => Ok(Found::Deleted),
            None => make(hub, reach, (row, history), entry).await.map(Found::Equal),
        };
    };
    store::keep_id(hub, row, &event.id).await?;
    let span = changes::span_of(hub, row, &event).await?;
    let is_in_place = span == Some((row.starts_at, row.ends_at));
    if is_in_place && row.written.as_deref() == Some(row.wish.as_str()) {
        return Ok(Found::Equal(event));
    }
    // What was never surely written may stand at any of our own earlier wishes.
    if let Some(span) = span.filter(|_| !is_in_place && row.written.is_some()) {
        let is_known = span == (row.seen_start, row.seen_end);
        let is_told = is_known && changes::is_on_its_way(hub, row).await?;
        if !is_known || is_told {
            return Ok(Found::Moved { event, span, is_told });
        }
    }
    update(hub, reach, &event, entry).await.map(Found::Equal)
}

/// Makes the event. Microsoft answers a transaction id that it knows with the event that it made then; where that may
/// have been for an earlier wish, the answer is made equal to this one.
async fn make(hub: &Hub, reach: &Reach, (row, history): (&Row, History), entry: &Entry) -> Result<Event> {
    let event = create(hub, reach, row, entry).await?;
    if history == History::New {
        return Ok(event);
    }
    store::keep_id(hub, row, &event.id).await?;
    update(hub, reach, &event, entry).await
}

async fn create(hub: &Hub, reach: &Reach, row: &Row, entry: &Entry) -> Result<Event> {
    let (mark, subject) = (find::mark(row), subject(entry));
    let span = (row.starts_at.timestamp(), row.ends_at.timestamp());
    let event = NewEvent {
        body: Some(EventBody::Html(&entry.body_html)),
        location: entry.location.as_deref(),
        sensitivity: sensitivity(entry),
        online_meeting: entry.online_meeting,
        ..NewEvent::new(&subject, span, &mark)
    };
    let (event, calendar) = (&event, row.calendar_id.as_str());
    let work = |graph: Graph, token| async move { graph.create_event(&token, Some(calendar), event).await };
    let is_conflict = |error: &CallError| error.api().is_some_and(|error| error.kind == ApiKind::Conflict);
    match mailbox::ask(hub, &reach.mailbox, work).await {
        Ok(event) => Ok(event),
        // Microsoft knows the transaction id, so the event was made: by another writer, or before an answer was lost.
        Err(error) if is_conflict(&error) => {
            match find::marked(hub, reach, row).await.map_err(explained(hub))?.into_iter().next() {
                Some(event) => Ok(event),
                None => Err(not_shown(hub, row).await?),
            }
        }
        Err(error) => Err(explained(hub)(error)),
    }
}

/// Microsoft says that it made the event, and does not show it: it lags, or a person was quicker than we. Nothing is
/// concluded from that; after a while the entry is made anew under another mark.
async fn not_shown(hub: &Hub, row: &Row) -> Result<platform::Error> {
    if hub.now().since(row.wished_at) >= PATIENCE {
        let mut tx = hub.db().begin().await?;
        store::turn(&mut tx, row, State::Removed).await?;
        tx.commit().await?;
    }
    Ok(later(
        hub.now().after(UNTIL_FOUND),
        "Microsoft says that it made the entry, but does not show it yet.",
    ))
}

async fn update(hub: &Hub, reach: &Reach, seen: &Event, entry: &Entry) -> Result<Event> {
    let id = seen.id.as_str();
    let subject = subject(entry);
    let change = EventChange {
        subject: Some(&subject),
        span: Some((whole(entry.start).timestamp(), whole(entry.end).timestamp())),
        body: Some(EventBody::Html(&entry.body_html)),
        location: Some(entry.location.as_deref().unwrap_or_default()),
        show_as: Some(ShowAs::Busy),
        sensitivity: Some(sensitivity(entry)),
        make_online: entry.online_meeting,
        // What a person does between our look and our change is not lost.
        if_match: seen.etag.as_deref(),
        ..EventChange::default()
    };
    let change = &change;
    let work = |graph: Graph, token, calendar| async move {
        graph.update_event(&token, (calendar, id), change).await
    };
    match find::at_event(hub, reach, work).await {
        Ok(event) => Ok(event),
        // Somebody changed or deleted it between our look and our change: look again.
        Err(error)
            if error.api().is_some_and(|error| error.kind == ApiKind::Conflict || is_item_gone(error)) =>
        {
            Err(met_another(hub))
        }
        Err(error) => Err(explained(hub)(error)),
    }
}

/// One line that Outlook takes.
fn subject(entry: &Entry) -> String {
    let one_line = entry.subject.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    one_line.take(LONGEST_SUBJECT).collect()
}

fn sensitivity(entry: &Entry) -> Sensitivity {
    if entry.private { Sensitivity::Private } else { Sensitivity::Normal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(subject: &str) -> Entry {
        Entry {
            key: "booking:1".into(),
            start: Instant::from_micros(1_500_000),
            end: Instant::from_micros(9_500_000),
            subject: subject.into(),
            body_html: String::new(),
            location: None,
            online_meeting: false,
            private: true,
        }
    }

    #[test]
    fn a_subject_is_one_line_that_outlook_takes() {
        assert_eq!(subject(&entry("A\r\nB\u{0}")), "A  B ");
        assert_eq!(subject(&entry(&"ü".repeat(999))).chars().count(), LONGEST_SUBJECT);
    }

    #[test]
    fn every_difference_is_another_wish() {
        let one = wish_of(&entry("A"));
        assert_eq!(one.fingerprint, wish_of(&entry("A")).fingerprint);
        assert_ne!(one.fingerprint, wish_of(&entry("B")).fingerprint);
        assert_eq!((one.start.micros(), one.end.micros()), (1_000_000, 9_000_000));
    }
}
