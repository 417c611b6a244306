//! The statements about steps.

use std::time::Duration;

use platform::{
    Hub, Instant, Result,
    db::{On, Tx},
    id::{AccountId, OrganizationId},
};

use super::{Memo, Step, StepKind, StepState};
use crate::booking::{self, Booking, BookingId};

/// Nothing is carried out any more this long after the appointment.
pub(super) const AFTERWARDS: Duration = Duration::from_secs(86_400);
/// How many bookings one look finds.
const MOST_AT_ONCE: i64 = 500;

/// A booking's steps in the order in which they are carried out.
pub(crate) async fn of_booking(
    hub: &Hub,
    organization: OrganizationId,
    booking: BookingId,
) -> Result<Vec<Step>> {
    of_booking_on(hub, hub.db(), organization, booking).await
}

/// The same, in a transaction where they must not change meanwhile.
pub(super) async fn of_booking_on(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    booking: BookingId,
) -> Result<Vec<Step>> {
    let text = "SELECT booking_id, step AS kind, account_id, state, done_wish, attempts, last_error, next_attempt_at, detail, \
                memo, updated_at FROM booking_step WHERE organization_id = $1 AND booking_id = $2";
    let mut steps: Vec<Step> = hub.db().sql(text).bind(organization).bind(booking).all(on).await?;
    steps.sort_by_key(|step| (step.kind, step.account_id));
    Ok(steps)
}

/// Since when a step that is opened again counts as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    Now,
    /// For entries whose appointment is what it was: what a host has done with one meanwhile is still news.
    Before,
}

/// Makes a step wait (again). What it remembers stays.
pub(super) async fn reopen(
    hub: &Hub,
    tx: &mut Tx,
    booking: &Booking,
    (step, account): (StepKind, AccountId),
    since: Since,
) -> Result<()> {
    let text = "INSERT INTO booking_step (organization_id, booking_id, step, account_id, state, done_wish, attempts, \
                updated_at) VALUES ($1, $2, $3, $4, 'waiting', 0, 0, $5) \
                ON CONFLICT (organization_id, booking_id, step, account_id) DO UPDATE SET state = 'waiting', \
                attempts = 0, last_error = NULL, next_attempt_at = NULL, \
                updated_at = CASE WHEN $6 THEN booking_step.updated_at ELSE excluded.updated_at END";
    let is_kept = since == Since::Before && step == StepKind::Calendar;
    let statement = tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(step).bind(account);
    statement.bind(hub.now()).bind(is_kept).execute(&mut *tx).await?;
    Ok(())
}

/// Has a step done once more although the booking's wish is the same.
pub(super) async fn redo(
    hub: &Hub,
    tx: &mut Tx,
    booking: &Booking,
    step: (StepKind, AccountId),
    since: Since,
) -> Result<()> {
    reopen(hub, tx, booking, step, since).await?;
    let text = "UPDATE booking_step SET done_wish = $5 WHERE organization_id = $1 AND booking_id = $2 AND step = $3 \
                AND account_id = $4 AND done_wish > $5";
    let statement = tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(step.0).bind(step.1);
    statement.bind(booking.wish - 1).execute(&mut *tx).await?;
    Ok(())
}

/// Counts an attempt before it is made.
pub(super) async fn begin(hub: &Hub, booking: &Booking, step: &Step) -> Result<()> {
    let text = "UPDATE booking_step SET attempts = attempts + 1 \
                WHERE organization_id = $1 AND booking_id = $2 AND step = $3 AND account_id = $4";
    let statement = hub.db().sql(text).bind(booking.organization_id).bind(booking.id).bind(step.kind);
    statement.bind(step.account_id).execute(hub.db()).await?;
    Ok(())
}

/// Writes down what a step must not forget, before it does it.
pub(super) async fn remember(
    hub: &Hub,
    on: impl Into<On<'_>>,
    booking: &Booking,
    step: &Step,
    memo: &Memo,
) -> Result<()> {
    let text = "UPDATE booking_step SET memo = $5 \
                WHERE organization_id = $1 AND booking_id = $2 AND step = $3 AND account_id = $4";
    let statement = hub.db().sql(text).bind(booking.organization_id).bind(booking.id).bind(step.kind);
    statement.bind(step.account_id).bind(memo.clone()).execute(on).await?;
    Ok(())
}

/// What became of a step.
pub(super) struct Ended {
    pub(super) state: StepState,
    pub(super) detail: Option<String>,
    /// None when it remembers what it did before.
    pub(super) memo: Option<Memo>,
}

impl Ended {
    pub(super) fn done() -> Self {
        Self { state: StepState::Done, detail: None, memo: None }
    }

    /// Nothing has to be done, for this reason.
    pub(super) fn not_needed(why: impl Into<String>) -> Self {
        Self { state: StepState::NotNeeded, detail: Some(why.into()), memo: None }
    }

    /// The entry was changed in Outlook, and its host has not decided yet; the decision opens the step again.
    pub(super) fn undecided() -> Self {
        Self::not_needed("The entry was moved or deleted in Outlook. It waits for your decision.")
    }
}

/// Holds the booking as it is now. What was made for another wish than the booking's must not count as done.
pub(super) async fn lock(hub: &Hub, tx: &mut Tx, seen: &Booking) -> Result<Booking> {
    booking::lock(hub, tx, seen.organization_id, seen.id).await
}

/// The step has made `wish` true. In the transaction of whatever goes with it, with the booking locked and its wish
/// compared.
pub(super) async fn finish(
    hub: &Hub,
    tx: &mut Tx,
    step: &Step,
    wish: (&Booking, i64),
    ended: Ended,
) -> Result<()> {
    let (booking, wish) = wish;
    let text = "UPDATE booking_step SET state = $5, done_wish = $6, last_error = NULL, next_attempt_at = NULL, \
                detail = $7, memo = COALESCE($8, memo), updated_at = $9 \
                WHERE organization_id = $1 AND booking_id = $2 AND step = $3 AND account_id = $4";
    let statement = tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(step.kind);
    let statement = statement.bind(step.account_id).bind(ended.state).bind(wish).bind(ended.detail);
    statement.bind(ended.memo).bind(hub.now()).execute(&mut *tx).await?;
    Ok(())
}

/// The same in a transaction of its own, unless the booking wishes otherwise by now.
pub(super) async fn settle(hub: &Hub, seen: &Booking, step: &Step, ended: Ended) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let now = lock(hub, &mut tx, seen).await?;
    if now.wish == seen.wish {
        finish(hub, &mut tx, step, (&now, now.wish), ended).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Lets the open steps of a booking that cannot be carried out at all wait.
pub(super) async fn postpone(
    hub: &Hub,
    (organization, booking): (OrganizationId, BookingId),
    until: Instant,
    say: &str,
) -> Result<()> {
    let text = "UPDATE booking_step SET next_attempt_at = $3, last_error = $4 \
                WHERE organization_id = $1 AND booking_id = $2 AND state IN ('waiting', 'failed') \
                AND (next_attempt_at IS NULL OR next_attempt_at <= $5)";
    let statement = hub.db().sql(text).bind(organization).bind(booking).bind(until).bind(say.to_owned());
    statement.bind(hub.now()).execute(hub.db()).await?;
    Ok(())
}

/// How an attempt failed.
pub(super) struct Failed<'a> {
    pub(super) state: StepState,
    /// For people.
    pub(super) say: &'a str,
    pub(super) next_attempt_at: Instant,
    /// Whether the provider was asked at all.
    pub(super) counts: bool,
}

/// Writes a failure down, unless the booking wishes otherwise by now.
pub(super) async fn fail(tx: &mut Tx, booking: &Booking, step: &Step, failed: &Failed<'_>) -> Result<bool> {
    let text = "UPDATE booking_step SET state = $5, last_error = $6, next_attempt_at = $7, attempts = attempts - $8 \
                WHERE organization_id = $1 AND booking_id = $2 AND step = $3 AND account_id = $4 AND EXISTS ( \
                SELECT 1 FROM booking WHERE organization_id = $1 AND id = $2 AND wish = $9)";
    let statement = tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(step.kind);
    let statement = statement.bind(step.account_id).bind(failed.state).bind(failed.say.to_owned());
    let statement = statement.bind(failed.next_attempt_at).bind(i64::from(!failed.counts)).bind(booking.wish);
    Ok(statement.execute(&mut *tx).await? == 1)
}

/// Makes what follows a booking follow once more: its wish grows, its times and SEQUENCE stay.
pub(super) async fn wish_again(tx: &mut Tx, booking: &mut Booking) -> Result<()> {
    booking.wish += 1;
    let text = "UPDATE booking SET wish = $3 WHERE organization_id = $1 AND id = $2";
    tx.sql(text).bind(booking.organization_id).bind(booking.id).bind(booking.wish).execute(&mut *tx).await?;
    Ok(())
}

/// Bookings with a step that could be tried now, those first that have waited longest.
pub(super) async fn with_due_steps(hub: &Hub) -> Result<Vec<(OrganizationId, BookingId)>> {
    let text = "SELECT step.organization_id, step.booking_id FROM booking_step step JOIN booking it \
                ON it.organization_id = step.organization_id AND it.id = step.booking_id \
                WHERE step.state IN ('waiting', 'failed') AND step.done_wish < it.wish \
                AND (step.next_attempt_at <= $1 OR (step.next_attempt_at IS NULL AND step.state = 'waiting')) \
                AND it.ends_at > $2 AND (it.work_until IS NULL OR it.work_until < $1) \
                GROUP BY step.organization_id, step.booking_id \
                ORDER BY MIN(COALESCE(step.next_attempt_at, step.updated_at)) LIMIT $3";
    let statement = hub.db().sql(text).bind(hub.now()).bind(hub.now().before(AFTERWARDS));
    Ok(statement.bind(MOST_AT_ONCE).all(hub.db()).await?)
}
