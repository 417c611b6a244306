//! Licences of which a plan gives out more than there are: the rows that come last go without, and say so. What the same
//! plan takes from others counts as free.

use std::collections::BTreeSet;

use platform::{Hub, Result};

use super::{
    estimate,
    model::{Plan, PlanRow},
    page::Desk,
    store, vain,
};
use crate::{
    people,
    plan::{Change, Field, Known, Refusal, RowKind, Setting, StockLine},
};

/// Refuses what there is no stock for. False when somebody else works on the plan by now.
pub(super) async fn refuse_excess(hub: &Hub, desk: &Desk, plan: &mut Plan) -> Result<bool> {
    let exceeded: BTreeSet<String> = plan.stock.exceeded().map(|line| line.id.clone()).collect();
    for licence in exceeded {
        let mut before = i64::MAX;
        while let Some(line) = plan.stock.0.get(&licence).filter(|line| line.short() > 0).cloned() {
            let rows = store::rows_about(hub, plan, &licence, before).await?;
            let Some(last) = rows.last().map(|row| row.number) else { break };
            if !refuse_some(hub, desk, plan, (&line, rows)).await? {
                return Ok(false);
            }
            before = last;
        }
    }
    Ok(true)
}

/// Refuses one licence to as many of these rows as there are too few of it.
async fn refuse_some(
    hub: &Hub,
    desk: &Desk,
    plan: &mut Plan,
    (line, rows): (&StockLine, Vec<PlanRow>),
) -> Result<bool> {
    let gives = |row: &PlanRow| row.changes.0.iter().any(|change| is_gift(change, &line.id));
    let short = usize::try_from(line.short()).unwrap_or(0);
    let mut changed = Vec::new();
    for mut row in rows.into_iter().filter(gives).take(short) {
        plan.counts.count(&estimate::of_row(&row, desk), -1);
        let known = known(hub, &row).await?;
        refuse(&mut row, line);
        // What was wished on its site goes with it.
        vain::refuse_without_licence(
            (&mut row.kind, &mut row.changes.0, &mut row.refused.0),
            known.as_ref(),
            desk,
        );
        plan.counts.count(&estimate::of_row(&row, desk), 1);
        plan.stock.uncount(&line.id);
        changed.push(row);
    }
    let mut tx = hub.db().begin().await?;
    for row in changed {
        store::change_row(&mut tx, &row).await?;
    }
    if !store::keep(&mut tx, plan).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// The person whom a row is about, as they were read; nothing for those who are created.
async fn known(hub: &Hub, row: &PlanRow) -> Result<Option<Known>> {
    let Some(id) = &row.person_id else { return Ok(None) };
    let Some(person) = people::find(hub, row.organization_id, id).await? else { return Ok(None) };
    Ok(Some(Known { record: people::from_stored(&person.record)?, ..Known::default() }))
}

fn is_gift(change: &Change, licence: &str) -> bool {
    change.then == Setting::Flag(true) && matches!(&change.field, Field::Licence { id } if id == licence)
}

fn refuse(row: &mut PlanRow, line: &StockLine) {
    row.changes.0.retain(|change| !is_gift(change, &line.id));
    let total = line.total.unwrap_or_default();
    let why = format!(
        "There are not enough: {total} in all, {} in use, and the rows before this one get what is left. Take it from \
         somebody or buy more, then make the plan again.",
        line.before
    );
    row.refused.0.push(Refusal { what: format!("Licence {}", line.name), why });
    if row.kind == RowKind::Change && row.changes.0.is_empty() {
        row.kind = RowKind::Refused;
    }
}
