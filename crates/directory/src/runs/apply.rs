//! A plan becomes a run: rows, job and audit in one transaction, and only one run of an organization at a time.

use platform::{
    Actor, Error, Hub, Result,
    audit::{self, Act},
    conflict,
    db::{Tx, is_unique_violation},
    id::OrganizationId,
    sign_in,
};
use serde_json::json;

use super::{
    model::{RunId, RunState},
    work,
};
use crate::{
    planning::{self, Plan, PlanId, PlanState},
    settings,
};

/// Starts carrying a plan out.
///
/// # Errors
/// A conflict when the plan may not be applied (`planning::may_apply`) or another run of the organization is under way.
pub(crate) async fn apply(hub: &Hub, actor: &Actor, plan: PlanId) -> Result<RunId> {
    let organization = organization(actor)?;
    let plan = planning::get(hub, organization, plan).await?;
    if plan.state == PlanState::Applied {
        return Err(applied());
    }
    planning::may_apply(hub, &plan).await?;
    // Whoever has nobody connected is told so before anything is started.
    settings::administrator(hub, organization).await?;
    let id = RunId::new(hub);
    let mut tx = hub.db().begin().await?;
    let text = "UPDATE directory_plan SET state = 'applied' WHERE organization_id = $1 AND id = $2 AND state = 'ready'";
    if tx.sql(text).bind(organization).bind(plan.id).execute(&mut tx).await? == 0 {
        return Err(applied());
    }
    insert(hub, &mut tx, &plan, id, &planning::in_words(actor)).await?;
    let act = Act {
        action: "directory.plan_applied",
        subject: "run",
        subject_id: id.to_string(),
        details: json!({ "plan": plan.id, "name": plan.name }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    work::enqueue(hub, &mut tx, organization, id, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(id)
}

async fn insert(hub: &Hub, tx: &mut Tx, plan: &Plan, id: RunId, by: &str) -> Result<()> {
    let text = "INSERT INTO directory_run (organization_id, id, plan_id, state, started_by, created_at, worked, failures, \
                total, requests, refused) SELECT $1, $2, $3, $4, $5, $6, 0, 0, COUNT(*), 0, 0 FROM directory_plan_row \
                WHERE organization_id = $1 AND plan_id = $3 AND kind IN ('create', 'change') HAVING COUNT(*) > 0";
    let statement = tx.sql(text).bind(plan.organization_id).bind(id).bind(plan.id).bind(RunState::Running);
    let inserted = statement.bind(by.to_owned()).bind(hub.now()).execute(&mut *tx).await;
    if inserted.map_err(under_way)? == 0 {
        return Err(conflict("This plan changes nothing, so there is nothing to apply."));
    }
    is_alone(tx, plan.organization_id, id).await?;
    let text = "INSERT INTO directory_run_row (organization_id, run_id, number, state, person_id, done, attempts, failures) \
                SELECT organization_id, $3, number, 'open', person_id, '[]', 0, 0 FROM directory_plan_row \
                WHERE organization_id = $1 AND plan_id = $2 AND kind IN ('create', 'change')";
    tx.sql(text).bind(plan.organization_id).bind(plan.id).bind(id).execute(&mut *tx).await?;
    Ok(())
}

/// Rows that were under way when their run was stopped are still brought to their end: no other run begins before.
pub(super) async fn is_alone(tx: &mut Tx, organization: OrganizationId, run: RunId) -> Result<()> {
    let text =
        "SELECT id FROM directory_run WHERE organization_id = $1 AND id <> $2 AND ended_at IS NULL LIMIT 1";
    let other: Option<(RunId,)> = tx.sql(text).bind(organization).bind(run).maybe(&mut *tx).await?;
    if other.is_some() {
        return Err(conflict(
            "The last run was stopped, and its rows under way are not through yet. Wait until its page says that it has \
             ended, then try again.",
        ));
    }
    Ok(())
}

/// The database lets an organization have one run at a time.
pub(super) fn under_way(error: platform::db::Error) -> Error {
    if is_unique_violation(&error) {
        return conflict(
            "Another run is under way or paused. Let it end, or stop it, and then try again; two runs at once could undo \
             each other's changes.",
        );
    }
    error.into()
}

fn applied() -> Error {
    conflict(
        "This plan was applied already. Its run shows what became of it; for more changes make a new plan.",
    )
}

/// The organization of whoever asks.
pub(super) fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| sign_in("Sign in to see this."))
}
