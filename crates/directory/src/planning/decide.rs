//! What people decide about a plan that is ready: that its losses are meant, that it is right, that it is not wanted.

use std::time::Duration;

use platform::{
    Actor, Hub, Result, Role,
    audit::{self, Act},
    conflict, forbidden,
};
use serde_json::json;

use super::{
    ask::{in_words, organization_of},
    model::{Counts, Plan, PlanId, PlanState},
    store,
};
use crate::settings::{self, Directory};

/// A plan that is older says too little of what is there now.
const OLDEST: Duration = Duration::from_secs(7 * 86_400);
/// As few losses are never in question: lists of a handful of people would always be over the threshold.
const FEW_LOSSES: i64 = 3;
const NOT_READY: &str = "The plan is not ready, or somebody was faster. Load the page again.";

impl Counts {
    /// The people who are there and can be changed. Nobody else has anything to lose, so a long list of others makes no
    /// loss a small one.
    pub fn people_there(&self) -> i64 {
        self.change + self.unchanged
    }

    fn loses_more_than(&self, percent: i64) -> bool {
        let most = percent.saturating_mul(self.people_there());
        self.losses > FEW_LOSSES && self.losses.saturating_mul(100) > most
    }
}

impl Plan {
    /// Whether it takes so much away that somebody has to say that this is meant, and nobody has.
    pub fn needs_confirmation(&self) -> bool {
        self.takes_much() && self.confirmed_at.is_none()
    }

    /// Whether it takes something from more people than the threshold allows.
    pub fn takes_much(&self) -> bool {
        self.counts.loses_more_than(self.most_losses)
    }

    /// Whether it changes anything.
    pub fn does_something(&self) -> bool {
        self.counts.create + self.counts.change > 0
    }

    /// Whether it has grown too old to be applied.
    pub fn is_old(&self, now: platform::Instant) -> bool {
        now.since(self.ready_at.unwrap_or(self.created_at)) > OLDEST
    }

    /// Whether another organization is connected than when it was made.
    pub(crate) fn is_of_another(&self, directory: &Directory) -> bool {
        self.provider_org != directory.provider_org
    }

    /// Whether it is ready and yet cannot be applied any more, whatever anybody decides.
    pub(crate) fn is_expired(&self, directory: Option<&Directory>, now: platform::Instant) -> bool {
        let is_of_another = directory.is_some_and(|directory| self.is_of_another(directory));
        self.state == PlanState::Ready && (self.is_old(now) || is_of_another)
    }

    /// Whether an approval of it is missing: because plans needed one when it was made, or because they do now.
    pub(crate) fn lacks_approval(&self, directory: &Directory) -> bool {
        (self.needs_approval || directory.needs_approval) && self.approved_at.is_none()
    }
}

pub(super) async fn may_apply(hub: &Hub, plan: &Plan) -> Result<()> {
    let directory = settings::known(hub, plan.organization_id).await?;
    match plan.state {
        PlanState::Ready => {}
        PlanState::Working => {
            return Err(conflict("The plan is still being worked out. Wait until it is ready."));
        }
        PlanState::Failed => {
            return Err(conflict(
                "The plan could not be worked out, so there is nothing to apply. Make it again.",
            ));
        }
        PlanState::Applied => {
            return Err(conflict(
                "The plan was applied already. Look at its run: failed rows can be tried again there.",
            ));
        }
    }
    if !plan.does_something() {
        return Err(conflict("The plan changes nothing, so there is nothing to apply."));
    }
    if plan.is_old(hub.now()) {
        return Err(conflict(
            "The plan is older than seven days. Make it again, so that it shows what is there now.",
        ));
    }
    if plan.is_of_another(&directory) {
        return Err(conflict(
            "The plan is about another Webex organization than the one that is connected now. Make it again.",
        ));
    }
    if plan.needs_confirmation() {
        let counts = &plan.counts;
        return Err(conflict(format!(
            "The plan takes something away from {} of {} people, which is more than {} %. Look at these rows and \
             confirm that this is meant.",
            counts.losses,
            counts.people_there(),
            plan.most_losses
        )));
    }
    if plan.lacks_approval(&directory) {
        return Err(conflict(
            "The plan waits for a second administrator. Ask somebody other than the one who made it to approve it.",
        ));
    }
    Ok(())
}

pub(super) async fn confirm(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    let plan = store::get(hub, organization_of(actor)?, id).await?;
    if plan.confirmed_at.is_some() && plan.state == PlanState::Ready {
        return Ok(());
    }
    let who = in_words(actor);
    let mut tx = hub.db().begin().await?;
    if !store::confirm(&mut tx, &plan, &who, hub.now()).await? {
        return Err(conflict(NOT_READY));
    }
    let (losses, people) = (plan.counts.losses, plan.counts.people_there());
    let details = json!({ "plan": plan.name, "losses": losses, "people": people });
    record(hub, &mut tx, actor, ("plan.confirmed", &plan, details)).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn approve(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    let plan = store::get(hub, organization_of(actor)?, id).await?;
    let person = actor.person().filter(|_| actor.has_role(Role::Administrator));
    let Some(person) = person else {
        return Err(forbidden("Only an administrator who is signed in can approve a plan."));
    };
    if plan.created_account == Some(person.account) {
        return Err(forbidden(
            "You made this plan, or the API key that did. Ask another administrator to approve it.",
        ));
    }
    let mut tx = hub.db().begin().await?;
    if !store::approve(&mut tx, &plan, &person.name, hub.now()).await? {
        return Err(conflict(NOT_READY));
    }
    let details = json!({ "plan": plan.name, "made_by": plan.created_by });
    record(hub, &mut tx, actor, ("plan.approved", &plan, details)).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn delete(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    let plan = store::get(hub, organization_of(actor)?, id).await?;
    let mut tx = hub.db().begin().await?;
    if !store::delete(&mut tx, &plan).await? {
        return Err(conflict("The plan was applied, so it stays with the report of its run."));
    }
    let details = json!({ "plan": plan.name });
    record(hub, &mut tx, actor, ("plan.deleted", &plan, details)).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    hub: &Hub,
    tx: &mut platform::db::Tx,
    actor: &Actor,
    (action, plan, details): (&str, &Plan, serde_json::Value),
) -> Result<()> {
    audit::record(hub, tx, actor, Act { action, subject: "plan", subject_id: plan.id.to_string(), details })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_who_are_there_make_a_loss_small() {
        let counts = Counts { change: 90, unchanged: 10, losses: 90, ..Counts::default() };
        let others = Counts { create: 400, refused: 500, ..counts.clone() };
        for counts in [counts, others] {
            assert!(counts.loses_more_than(89) && !counts.loses_more_than(90), "{counts:?}");
        }
        let few = Counts { change: 3, losses: 3, ..Counts::default() };
        assert!(!few.loses_more_than(0));
    }
}
