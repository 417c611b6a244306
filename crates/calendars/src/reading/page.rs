//! One page of a round: what it says of each event, in the owner's zone, and which entries of ours it casts doubt on.

use std::collections::BTreeSet;

use connections::CallError;
use futures_util::{StreamExt, TryStreamExt, stream};
use microsoft::graph::{
    CalendarItem, DeltaItem, Graph, ItemKind, MOST_AT_ONCE_PER_MAILBOX, Span, is_item_gone,
};
use platform::{Error, Hub, Result, conflict, db::Tx};

use super::{
    round::Round,
    store::{self, Item},
};
use crate::{
    entries::{self, Seen},
    mailbox::{self, Mailbox},
};

/// One place at the mailbox is left to others.
const MASTERS_AT_ONCE: usize = MOST_AT_ONCE_PER_MAILBOX - 1;

/// A page in our own terms.
#[derive(Default)]
pub(super) struct Rows {
    items: Vec<Item>,
    gone: Vec<String>,
    /// Series with what their bare occurrences inherit.
    series: Vec<(String, bool)>,
}

/// Reads a page; masters that it does not bring along are fetched.
pub(super) async fn understand(round: &mut Round<'_>, found: Vec<DeltaItem>) -> Result<Rows, CallError> {
    let mut rows = Rows::default();
    for item in &found {
        if let DeltaItem::Changed(item) = item
            && item.kind == ItemKind::SeriesMaster
        {
            round.masters.insert(item.id.clone(), Some(item.as_ref().clone()));
            rows.series.push((item.id.clone(), gives_busy(item)));
        }
    }
    fetch_masters(round, &found).await?;
    for item in found {
        match item {
            // The last word about an event holds, also within a page.
            DeltaItem::Removed { id } => {
                rows.items.retain(|item| item.event_id != id);
                rows.gone.push(id);
            }
            DeltaItem::Changed(item) if item.kind == ItemKind::SeriesMaster => {}
            DeltaItem::Changed(item) => place(round, *item, &mut rows)?,
        }
    }
    Ok(rows)
}

/// Whether occurrences that say nothing of their own make busy.
fn gives_busy(master: &CalendarItem) -> bool {
    let mut occurrence = master.clone();
    occurrence.kind = ItemKind::Occurrence;
    occurrence.blocks()
}

/// Fetches the series of bare occurrences, some at a time: a page of a calendar full of series needs many.
async fn fetch_masters(round: &mut Round<'_>, found: &[DeltaItem]) -> Result<(), CallError> {
    let series = |item: &DeltaItem| match item {
        DeltaItem::Changed(item) if item.is_bare() => item.series_master_id.clone(),
        _ => None,
    };
    let missing: BTreeSet<String> =
        found.iter().filter_map(series).filter(|id| !round.masters.contains_key(id)).collect();
    let (hub, mailbox) = (round.hub, &round.mailbox);
    let fetched: Vec<(String, Option<CalendarItem>)> = stream::iter(missing)
        .map(|id| fetch(hub, mailbox, id))
        .buffer_unordered(MASTERS_AT_ONCE)
        .try_collect()
        .await?;
    round.masters.extend(fetched);
    Ok(())
}

/// A series; none when Microsoft no longer has it.
async fn fetch(
    hub: &Hub,
    mailbox: &Mailbox,
    id: String,
) -> Result<(String, Option<CalendarItem>), CallError> {
    let series = id.as_str();
    let work = |graph: Graph, token| async move { graph.calendar_item(&token, series).await };
    match mailbox::ask(hub, mailbox, work).await {
        Ok(master) => Ok((id, Some(master))),
        Err(error) if error.api().is_some_and(is_item_gone) => Ok((id, None)),
        Err(error) => Err(error),
    }
}

fn place(round: &Round<'_>, item: CalendarItem, rows: &mut Rows) -> Result<(), CallError> {
    let is_bare = item.is_bare();
    let series = item.series_master_id.as_ref().filter(|_| is_bare);
    let item = match series.and_then(|id| round.masters.get(id)?.clone()) {
        Some(master) => item.completed_by(&master),
        // Without its series it counts as busy; where the series was deleted, Microsoft takes it away by itself.
        None => item,
    };
    let span = item.span();
    if let Some(doubt) = span.as_ref().and_then(Span::doubt) {
        tracing::info!(link = %round.link.id, doubt, "an event may be shorter than it is taken for");
    }
    let Some((start, end)) = span.and_then(|span| span.instants(&round.home)) else {
        if item.blocks() {
            return Err(unreadable().into());
        }
        rows.gone.push(item.id);
        return Ok(());
    };
    rows.gone.retain(|id| *id != item.id);
    rows.items.push(Item {
        blocks: item.blocks(),
        event_id: item.id,
        series_id: item.series_master_id,
        is_bare,
        starts_at: start.into(),
        ends_at: end.into(),
    });
    Ok(())
}

/// Nobody knows when the entry is, so no time of the calendar is surely free.
fn unreadable() -> Error {
    conflict(
        "An entry in this calendar makes busy, but Microsoft does not say when. Its owner finds it in Outlook: give it \
         other times, or delete it.",
    )
}

/// Writes a page's rows, and has entries of ours looked at that are not where we left them.
pub(super) async fn write(round: &Round<'_>, tx: &mut Tx, rows: Rows) -> Result<()> {
    let (link, generation) = (&round.link, round.generation());
    let mut seen: Vec<Seen> = rows.gone.iter().map(|id| Seen { event_id: id.clone(), span: None }).collect();
    store::drop_items(tx, link, generation, &rows.gone).await?;
    for (series, blocks) in &rows.series {
        store::inherit(tx, link, generation, (series, *blocks)).await?;
    }
    for item in rows.items {
        seen.push(Seen { event_id: item.event_id.clone(), span: Some((item.starts_at, item.ends_at)) });
        store::put(tx, link, generation, item).await?;
    }
    entries::compare(round.hub, tx, link.organization_id, &seen).await
}

/// Entries of ours that a full round should have found and did not are looked at too.
pub(super) async fn suspect_the_missing(round: &Round<'_>, tx: &mut Tx) -> Result<()> {
    let hub: &Hub = round.hub;
    entries::suspect_the_missing(hub, tx, &round.link, round.generation()).await
}
