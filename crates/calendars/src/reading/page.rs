//! One page of a round: what it says of each event, in the owner's zone, and which entries of ours it casts doubt on.

use connections::CallError;
use microsoft::graph::{CalendarItem, DeltaItem, ItemKind};
use platform::{Hub, Result, db::Tx};

use super::{
    round::Round,
    store::{self, Item},
};
use crate::{
    entries::{self, Seen},
    mailbox,
};

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
    for item in found {
        match item {
            DeltaItem::Removed { id } => rows.gone.push(id),
            DeltaItem::Changed(item) if item.kind == ItemKind::SeriesMaster => {}
            DeltaItem::Changed(item) => place(round, *item, &mut rows).await?,
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

async fn place(round: &mut Round<'_>, item: CalendarItem, rows: &mut Rows) -> Result<(), CallError> {
    let is_bare = item.is_bare();
    let item = if is_bare {
        match completed(round, item).await? {
            Ok(item) => item,
            Err(id) => {
                rows.gone.push(id);
                return Ok(());
            }
        }
    } else {
        item
    };
    let Some(span) = item.span() else {
        tracing::warn!(link = %round.link.id, "an event without readable times was left out");
        rows.gone.push(item.id);
        return Ok(());
    };
    if let Some(doubt) = span.doubt() {
        tracing::info!(link = %round.link.id, doubt, "an event may be shorter than it is taken for");
    }
    let Some((start, end)) = span.instants(&round.home) else {
        rows.gone.push(item.id);
        return Ok(());
    };
    // The last word about an event holds, also within a page.
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

/// A bare occurrence with what its series says; its id when the series is gone.
async fn completed(
    round: &mut Round<'_>,
    item: CalendarItem,
) -> Result<Result<CalendarItem, String>, CallError> {
    let Some(series) = item.series_master_id.clone() else { return Ok(Ok(item)) };
    if !round.masters.contains_key(&series) {
        let id = series.as_str();
        let work =
            |graph: microsoft::graph::Graph, token| async move { graph.calendar_item(&token, id).await };
        let master = match mailbox::ask(round.hub, &round.mailbox, work).await {
            Ok(master) => Some(master),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        round.masters.insert(series.clone(), master);
    }
    Ok(match round.masters.get(&series).and_then(Option::as_ref) {
        Some(master) => Ok(item.completed_by(master)),
        None => Err(item.id),
    })
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
