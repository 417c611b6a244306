//! What the pages of plans ask the database beyond what the room's verbs know.

use platform::{Hub, Result, id::OrganizationId, record};

use crate::{planning::PlanId, runs::RunId};

record! {
    /// A run of a plan.
    struct Found {
        id: RunId,
    }
}

/// The run that carries this plan out, or did.
pub(super) async fn run_of(hub: &Hub, organization: OrganizationId, plan: PlanId) -> Result<Option<RunId>> {
    let text =
        "SELECT id FROM directory_run WHERE organization_id = $1 AND plan_id = $2 ORDER BY id DESC LIMIT 1";
    let found: Option<Found> = hub.db().sql(text).bind(organization).bind(plan).maybe(hub.db()).await?;
    Ok(found.map(|run| run.id))
}
