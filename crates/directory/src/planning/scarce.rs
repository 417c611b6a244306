//! Licences of which a plan gives out more than there are: the rows that come last go without, and say so. What the same
//! plan takes from others counts as free, except from those who go without what they were to get for it.

use std::collections::BTreeMap;

use platform::{Hub, Result};

use super::{
    estimate,
    model::{Plan, PlanRow, RowFilter},
    page::Desk,
    store, swap, vain,
};
use crate::{
    people,
    plan::{Change, Claims, Field, Known, Refusal, RowKind, Setting, StockLine},
};

/// How many rows are written in one step.
const PAGE: i64 = 500;

/// Refuses what there is no stock for. False when somebody else works on the plan by now.
pub(super) async fn refuse_excess(hub: &Hub, desk: &Desk, plan: &mut Plan) -> Result<bool> {
    let mut without = claims(hub, plan).await?.without();
    // From the end: whoever goes on after an interruption then finds the same rows to be the last ones.
    while let Some((last, _)) = without.last_key_value() {
        let first = last - PAGE + 1;
        let some = without.split_off(&first);
        let key = (plan.organization_id, plan.id);
        let rows = store::rows(hub, key, RowFilter::default(), first - 1, PAGE).await?;
        if !refuse_some(hub, desk, plan, (rows, some)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Who is to get the licences that may run short, and who gives them up.
async fn claims(hub: &Hub, plan: &Plan) -> Result<Claims> {
    let mut claims = Claims::of(&plan.stock);
    let licences: Vec<String> = claims.licences().map(str::to_owned).collect();
    for (place, licence) in licences.iter().enumerate() {
        let mut before = i64::MAX;
        loop {
            let rows = store::rows_about(hub, plan, licence, before).await?;
            let Some(last) = rows.last() else { break };
            before = last.number;
            for row in &rows {
                claims.note(place, row.number, &row.changes.0);
            }
        }
    }
    Ok(claims)
}

/// Takes licences out of those of these rows that go without them.
async fn refuse_some(
    hub: &Hub,
    desk: &Desk,
    plan: &mut Plan,
    (rows, without): (Vec<PlanRow>, BTreeMap<i64, Vec<String>>),
) -> Result<bool> {
    let mut changed = Vec::new();
    for mut row in rows {
        let Some(licences) = without.get(&row.number) else { continue };
        let known = known(hub, &row).await?;
        go_without(&mut row, licences, known.as_ref(), desk, plan);
        changed.push(row);
    }
    let mut tx = hub.db().begin().await?;
    for row in &changed {
        store::change_row(&mut tx, row).await?;
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

/// Takes these licences out of a row, and what was to be given up for them; the plan counts it anew.
fn go_without(row: &mut PlanRow, licences: &[String], known: Option<&Known>, desk: &Desk, plan: &mut Plan) {
    plan.counts.count(&estimate::of_row(row, desk), -1);
    let before = row.changes.0.clone();
    let lines: Vec<&StockLine> = licences.iter().filter_map(|id| plan.stock.0.get(id)).collect();
    for line in &lines {
        refuse(row, line);
    }
    if let Some(first) = lines.first() {
        let parts = (&mut row.kind, &mut row.changes.0, &mut row.refused.0);
        swap::keep_licences(parts, &first.name, desk);
    }
    // What was wished on its site goes with it.
    let parts = (&mut row.kind, &mut row.changes.0, &mut row.refused.0);
    vain::refuse_without_licence(parts, known, desk);
    row.loses = row.changes.0.iter().any(Change::loses);
    plan.counts.count(&estimate::of_row(row, desk), 1);
    for change in before.iter().filter(|change| !row.changes.0.contains(change)) {
        plan.stock.uncount(change);
    }
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
