//! The rows of plans. Whoever works a plan out holds a lease, and its end is the mark by which their writes are told
//! from those of somebody who was overtaken.

use std::time::Duration;

use platform::{
    Hub, Instant, Result,
    db::{On, Tx, built},
    id::OrganizationId,
    not_found, record,
};

use super::model::{Plan, PlanId, PlanRow, PlanState, RowFilter};
use crate::plan::Wishes;

/// Every column of [`Plan`], for SELECT.
macro_rules! columns {
    () => {
        "organization_id, id, name, source, file_name, remarks, state, trouble, rules, created_by, created_account, \
         created_at, generation, wished, licences, planned, working_until, failures, gathering, provider_org, ready_at, counts, \
         stock, most_losses, needs_approval, confirmed_by, confirmed_at, approved_by, approved_at, origin_run"
    };
}

/// Every column of [`PlanRow`], for SELECT.
macro_rules! row_columns {
    () => {
        "organization_id, plan_id, number, file_row, person_id, email, name, kind, loses, changes, refused"
    };
}

/// How many rows one statement writes: far below the number of parameters that either database takes.
const BATCH: usize = 500;

record! {
    /// A person's wishes as stored.
    #[derive(Clone, Debug)]
    pub(super) struct Wished {
        number: i64,
        email_key: String,
        person_id: Option<String>,
        wishes: Wishes,
    }
}

record! {
    /// Somebody whom the wish of this number is about.
    pub(super) struct Found {
        number: i64,
        generation: i64,
        record: String,
    }
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many columns.
pub(super) fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

pub(super) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: PlanId,
) -> Result<Option<Plan>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM directory_plan WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(TEXT).bind(organization).bind(id).maybe(on).await?)
}

pub(super) async fn get(hub: &Hub, organization: OrganizationId, id: PlanId) -> Result<Plan> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("plan"))
}

pub(super) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    before: Option<PlanId>,
    limit: i64,
) -> Result<Vec<Plan>> {
    const TEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM directory_plan WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    );
    Ok(hub.db().sql(TEXT).bind(organization).bind(before).bind(limit).all(hub.db()).await?)
}

/// How many plans of the organization are being worked out.
pub(super) async fn under_way(hub: &Hub, organization: OrganizationId) -> Result<i64> {
    const TEXT: &str = "SELECT COUNT(*) FROM directory_plan WHERE organization_id = $1 AND state = $2";
    let (count,): (i64,) =
        hub.db().sql(TEXT).bind(organization).bind(PlanState::Working).one(hub.db()).await?;
    Ok(count)
}

pub(super) async fn insert(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let text = format!("INSERT INTO directory_plan ({}) VALUES {}", columns!(), places(1, 30));
    let plan = plan.clone();
    let row = tx.sql(built(text)).bind(plan.organization_id).bind(plan.id).bind(plan.name).bind(plan.source);
    let row =
        row.bind(plan.file_name).bind(plan.remarks).bind(plan.state).bind(plan.trouble).bind(plan.rules);
    let row =
        row.bind(plan.created_by).bind(plan.created_account).bind(plan.created_at).bind(plan.generation);
    let row = row.bind(plan.wished).bind(plan.licences).bind(plan.planned);
    let row = row.bind(plan.working_until).bind(plan.failures).bind(plan.gathering);
    let row = row.bind(plan.provider_org).bind(plan.ready_at).bind(plan.counts);
    let row = row.bind(plan.stock).bind(plan.most_losses).bind(plan.needs_approval);
    let row = row.bind(plan.confirmed_by).bind(plan.confirmed_at);
    row.bind(plan.approved_by).bind(plan.approved_at).bind(plan.origin_run).execute(tx).await?;
    Ok(())
}

/// Writes wishes, the first one under this number.
pub(super) async fn insert_wishes(
    tx: &mut Tx,
    (organization, plan): (OrganizationId, PlanId),
    first: i64,
    wished: &[(Option<String>, Wishes)],
) -> Result<()> {
    let mut number = first;
    for some in wished.chunks(BATCH) {
        let text = format!(
            "INSERT INTO directory_plan_wish (organization_id, plan_id, number, email_key, person_id, wishes) VALUES {}",
            places(some.len(), 6)
        );
        let mut statement = tx.sql(built(text));
        for (person, wishes) in some {
            statement = statement.bind(organization).bind(plan).bind(number);
            statement = statement.bind(wishes.email_key()).bind(person.clone()).bind(wishes.clone());
            number += 1;
        }
        statement.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Takes the lease of a plan that is to be worked out; nothing when somebody has it, or when there is nothing to do.
pub(super) async fn take(
    hub: &Hub,
    organization: OrganizationId,
    id: PlanId,
    lease: Duration,
) -> Result<Option<Plan>> {
    const TEXT: &str = concat!(
        "UPDATE directory_plan SET working_until = $4 WHERE organization_id = $1 AND id = $2 AND state = 'working' \
         AND (working_until IS NULL OR working_until < $3) RETURNING ",
        columns!()
    );
    let now = hub.now();
    let statement = hub.db().sql(TEXT).bind(organization).bind(id).bind(now).bind(now.after(lease));
    Ok(statement.returning(hub.db()).await?)
}

/// Stores how far a plan is, and that it can go on. False when somebody else works on it by now, or it is deleted: then
/// nothing of this may stay.
pub(super) async fn keep(tx: &mut Tx, plan: &Plan) -> Result<bool> {
    const TEXT: &str = "UPDATE directory_plan SET wished = $4, planned = $5, gathering = $6, counts = $7, stock = $8, \
                        generation = $9, failures = 0, trouble = NULL \
                        WHERE organization_id = $1 AND id = $2 AND state = 'working' AND working_until = $3";
    let row = tx.sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(plan.working_until);
    let row = row.bind(plan.wished).bind(plan.planned).bind(plan.gathering.clone()).bind(plan.counts.clone());
    Ok(row.bind(plan.stock.clone()).bind(plan.generation).execute(tx).await? == 1)
}

/// Ends the work on a plan, which can be looked at from now on.
pub(super) async fn complete(hub: &Hub, plan: &Plan) -> Result<()> {
    const TEXT: &str = "UPDATE directory_plan SET state = 'ready', ready_at = $4, counts = $5, working_until = NULL, \
                        failures = 0, trouble = NULL \
                        WHERE organization_id = $1 AND id = $2 AND state = 'working' AND working_until = $3";
    let row = hub.db().sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(plan.working_until);
    row.bind(hub.now()).bind(plan.counts.clone()).execute(hub.db()).await?;
    Ok(())
}

/// Gives the lease back. With trouble, it is noted; as the last straw, the plan has failed.
pub(super) async fn release(tx: &mut Tx, plan: &Plan, trouble: Option<&str>, failed: bool) -> Result<()> {
    const TEXT: &str = "UPDATE directory_plan SET working_until = NULL, trouble = COALESCE($4, trouble), \
                        failures = failures + $5, state = $6 \
                        WHERE organization_id = $1 AND id = $2 AND state = 'working' AND working_until = $3";
    let row = tx.sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(plan.working_until);
    let row = row.bind(trouble.map(str::to_owned)).bind(i64::from(trouble.is_some()));
    row.bind(if failed { PlanState::Failed } else { PlanState::Working }).execute(tx).await?;
    Ok(())
}

/// The next wishes of a plan that are not worked out.
pub(super) async fn wishes(hub: &Hub, plan: &Plan, limit: i64) -> Result<Vec<Wished>> {
    const TEXT: &str = "SELECT number, email_key, person_id, wishes FROM directory_plan_wish \
                        WHERE organization_id = $1 AND plan_id = $2 AND number > $3 ORDER BY number LIMIT $4";
    let statement =
        hub.db().sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(plan.planned).bind(limit);
    Ok(statement.all(hub.db()).await?)
}

/// Those whom the wishes up to this number are about that are not worked out yet; somebody may be there from two readings.
///
/// Joined rather than asked for by a list of keys: PostgreSQL finds the index then, whatever it knows of the table.
pub(super) async fn people(hub: &Hub, plan: &Plan, last: i64) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for same in ["p.id = w.person_id", "p.email_key = w.email_key AND w.person_id IS NULL"] {
        let text = format!(
            "SELECT w.number, p.generation, p.record FROM directory_plan_wish w \
             JOIN directory_person p ON p.organization_id = w.organization_id AND {same} \
             WHERE w.organization_id = $1 AND w.plan_id = $2 AND w.number > $3 AND w.number <= $4 AND p.generation >= $5"
        );
        let statement = hub.db().sql(built(text)).bind(plan.organization_id).bind(plan.id);
        let statement = statement.bind(plan.planned).bind(last).bind(plan.generation);
        all.extend(statement.all(hub.db()).await?);
    }
    Ok(all)
}

pub(super) async fn insert_rows(tx: &mut Tx, rows: Vec<PlanRow>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let text = format!(
        "INSERT INTO directory_plan_row ({}, search) VALUES {}",
        row_columns!(),
        places(rows.len(), 12)
    );
    let mut statement = tx.sql(built(text));
    for row in rows {
        // Lowered here: SQLite knows the capitals of ASCII only.
        let search = format!("{} {}", row.email, row.name).to_lowercase();
        statement = statement.bind(row.organization_id).bind(row.plan_id).bind(row.number).bind(row.file_row);
        statement =
            statement.bind(row.person_id).bind(row.email).bind(row.name).bind(row.kind).bind(row.loses);
        statement = statement.bind(row.changes).bind(row.refused).bind(search);
    }
    statement.execute(tx).await?;
    Ok(())
}

/// Stores what became of a row once stock was looked at.
pub(super) async fn change_row(tx: &mut Tx, row: &PlanRow) -> Result<()> {
    const TEXT: &str = "UPDATE directory_plan_row SET kind = $4, changes = $5, refused = $6, loses = $7 \
                        WHERE organization_id = $1 AND plan_id = $2 AND number = $3";
    let statement = tx.sql(TEXT).bind(row.organization_id).bind(row.plan_id).bind(row.number).bind(row.kind);
    let statement = statement.bind(row.changes.clone()).bind(row.refused.clone()).bind(row.loses);
    statement.execute(tx).await?;
    Ok(())
}

/// Rows that change this licence, the last ones first; those before this number.
pub(super) async fn rows_about(hub: &Hub, plan: &Plan, licence: &str, before: i64) -> Result<Vec<PlanRow>> {
    const TEXT: &str = concat!(
        "SELECT ",
        row_columns!(),
        " FROM directory_plan_row WHERE organization_id = $1 AND plan_id = $2 AND number < $3 AND changes LIKE $4 \
         ORDER BY number DESC LIMIT 500"
    );
    let statement = hub.db().sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(before);
    Ok(statement.bind(format!("%{licence}%")).all(hub.db()).await?)
}

pub(super) async fn rows(
    hub: &Hub,
    (organization, plan): (OrganizationId, PlanId),
    filter: RowFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<PlanRow>> {
    const TEXT: &str = concat!(
        "SELECT ",
        row_columns!(),
        " FROM directory_plan_row WHERE organization_id = $1 AND plan_id = $2 AND number > $3 \
         AND (CAST($4 AS TEXT) IS NULL OR kind = $4) AND (NOT $5 OR refused <> '[]') AND (NOT $6 OR loses) \
         AND (NOT $7 OR (kind IN ('create', 'change') AND refused <> '[]')) \
         AND (CAST($8 AS TEXT) IS NULL OR search LIKE $8 ESCAPE '!') \
         ORDER BY number LIMIT $9"
    );
    let search = filter.search.filter(|text| !text.trim().is_empty()).map(|text| like(&text));
    let statement = hub.db().sql(TEXT).bind(organization).bind(plan).bind(after).bind(filter.kind);
    let statement = statement.bind(filter.refused).bind(filter.losses).bind(filter.partly_refused);
    Ok(statement.bind(search).bind(limit).all(hub.db()).await?)
}

/// A pattern for everything that contains the text.
fn like(text: &str) -> String {
    let text = text.trim().to_lowercase();
    format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

/// Notes who confirmed the losses of a plan; false when it is not ready.
pub(super) async fn confirm(tx: &mut Tx, plan: &Plan, who: &str, now: Instant) -> Result<bool> {
    const TEXT: &str = "UPDATE directory_plan SET confirmed_by = $3, confirmed_at = $4 \
                        WHERE organization_id = $1 AND id = $2 AND state = 'ready' AND confirmed_at IS NULL";
    let row = tx.sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(who.to_owned()).bind(now);
    Ok(row.execute(tx).await? == 1)
}

/// Notes who approved a plan; false when it is not ready.
pub(super) async fn approve(tx: &mut Tx, plan: &Plan, who: &str, now: Instant) -> Result<bool> {
    const TEXT: &str = "UPDATE directory_plan SET approved_by = $3, approved_at = $4 \
                        WHERE organization_id = $1 AND id = $2 AND state = 'ready' AND approved_at IS NULL";
    let row = tx.sql(TEXT).bind(plan.organization_id).bind(plan.id).bind(who.to_owned()).bind(now);
    Ok(row.execute(tx).await? == 1)
}

/// Deletes a plan unless it was applied; false when it was.
pub(super) async fn delete(tx: &mut Tx, plan: &Plan) -> Result<bool> {
    const TEXT: &str =
        "DELETE FROM directory_plan WHERE organization_id = $1 AND id = $2 AND state <> 'applied'";
    if tx.sql(TEXT).bind(plan.organization_id).bind(plan.id).execute(&mut *tx).await? == 0 {
        return Ok(false);
    }
    let parts = [
        "DELETE FROM directory_plan_wish WHERE organization_id = $1 AND plan_id = $2",
        "DELETE FROM directory_plan_row WHERE organization_id = $1 AND plan_id = $2",
    ];
    for part in parts {
        tx.sql(part).bind(plan.organization_id).bind(plan.id).execute(&mut *tx).await?;
    }
    Ok(true)
}
