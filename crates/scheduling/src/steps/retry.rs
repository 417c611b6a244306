//! Retry now: a person has mended something, or does not want to wait.

use platform::{
    Actor, Hub, Result, Role, audit, audit::Act, conflict, db::Tx, id::OrganizationId, not_found,
};
use serde_json::json;

use super::{Step, StepState, queue, store, store::Since};
use crate::booking::{self, Booking, BookingId};

/// Tries every step of a booking again that is not done: waiting, failed, or not needed when it was looked at last.
pub(crate) async fn retry(
    hub: &Hub,
    actor: &Actor,
    (organization, id): (OrganizationId, BookingId),
) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let booking = booking::lock(hub, &mut tx, organization, id).await?;
    check_may_decide(actor, &booking)?;
    let steps = store::of_booking_on(hub, &mut tx, organization, id).await?;
    let again: Vec<&Step> = steps.iter().filter(|step| step.state != StepState::Done).collect();
    let mails = send_again(hub, &mut tx, organization, &steps).await?;
    if again.is_empty() && mails.is_empty() {
        return Err(conflict("Every step is done; there is nothing to try again."));
    }
    for step in &again {
        store::redo(hub, &mut tx, &booking, (step.kind, step.account_id), Since::Before).await?;
    }
    queue(hub, &mut tx, &booking, hub.now()).await?;
    let kinds: Vec<&str> = again.iter().chain(&mails).map(|step| step.kind.as_str()).collect();
    let act = Act {
        action: "booking.retried",
        subject: "booking",
        subject_id: id.to_string(),
        details: json!({ "steps": kinds }),
    };
    audit::record_for(hub, &mut tx, organization, actor, act).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Has the mails that did not leave tried at once.
async fn send_again<'a>(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    steps: &'a [Step],
) -> Result<Vec<&'a Step>> {
    let mut again = Vec::new();
    for step in steps.iter().filter(|step| step.state == StepState::Done) {
        if let Some(mail) = step.memo.as_ref().and_then(|memo| memo.mail)
            && notifications::try_again(hub, tx, organization, mail).await?
        {
            again.push(step);
        }
    }
    Ok(again)
}

/// A booking is decided about by those who host it, and by administrators and programs. To others it is not there.
pub(super) fn check_may_decide(actor: &Actor, booking: &Booking) -> Result<()> {
    let is_own = actor.organization() == Some(booking.organization_id);
    let may = match actor.person() {
        Some(person) => booking.hosts.0.contains(&person.account) || actor.has_role(Role::Administrator),
        None => true,
    };
    if is_own && may { Ok(()) } else { Err(not_found("booking")) }
}
