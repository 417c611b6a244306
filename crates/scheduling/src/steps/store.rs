//! The statements about steps.

use platform::{
    Hub, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
};

use super::{Step, StepKind};
use crate::booking::{Booking, BookingId};

/// A booking's steps in the order in which they are carried out.
pub(crate) async fn of_booking(
    hub: &Hub,
    organization: OrganizationId,
    booking: BookingId,
) -> Result<Vec<Step>> {
    let text = "SELECT booking_id, step AS kind, account_id, state, done_wish, attempts, last_error, next_attempt_at, detail, \
                updated_at FROM booking_step WHERE organization_id = $1 AND booking_id = $2";
    let mut steps: Vec<Step> = hub.db().sql(text).bind(organization).bind(booking).all(hub.db()).await?;
    steps.sort_by_key(|step| (step.kind, step.account_id));
    Ok(steps)
}

/// Makes a step wait (again).
pub(super) async fn reopen(
    hub: &Hub,
    tx: &mut Tx,
    booking: &Booking,
    (step, account): (StepKind, AccountId),
) -> Result<()> {
    let text = "INSERT INTO booking_step (organization_id, booking_id, step, account_id, state, done_wish, attempts, \
                updated_at) VALUES ($1, $2, $3, $4, 'waiting', 0, 0, $5) \
                ON CONFLICT (organization_id, booking_id, step, account_id) DO UPDATE SET state = 'waiting', \
                attempts = 0, last_error = NULL, next_attempt_at = NULL, updated_at = excluded.updated_at";
    let statement = tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(step).bind(account);
    statement.bind(hub.now()).execute(&mut *tx).await?;
    Ok(())
}
