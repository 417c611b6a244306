//! Carrying out: step by step in their order, each with the booking as it is at that moment, until nothing is left that
//! could be done now.

use std::{collections::HashSet, time::Duration};

use platform::{
    Hub, Result,
    id::{AccountId, OrganizationId},
    jobs::{self, Job, NewJob},
    later,
};

use super::{
    CARRY_OUT, CarryOut, Step, StepKind, StepState, calendar,
    lease::Lease,
    mails, meeting,
    scene::Scene,
    store,
    trouble::{self, Stop},
};
use crate::booking::BookingId;

/// When somebody else is at it.
const SOON: Duration = Duration::from_secs(2);
/// So long mails wait for the link to an online meeting; then they say that it follows.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so many attempts they wait no longer either.
const ATTEMPTS: i64 = 2;
/// More steps than any booking has, with every change that comes in between.
const MOST_STEPS: usize = 200;

/// Job: carries out what a booking's steps still lack.
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let CarryOut { booking } = job.payload()?;
    let Some(lease) = Lease::take(&hub, job.organization, booking).await? else {
        return Err(later(hub.now().after(SOON), "Somebody else carries out this booking."));
    };
    // Large, with every provider in it: on the heap.
    Box::pin(lease.hold(&hub, carry_out(&hub, job.organization, booking))).await
}

/// Regularly: queues the bookings whose steps could be tried now. It needs no order, so it loses none: a failure's next
/// attempt, a server that died, and a connection that works again all look the same to it.
pub(crate) async fn carry_on(hub: Hub) -> Result<()> {
    let due = store::with_due_steps(&hub).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = hub.db().begin().await?;
    for (organization, booking) in due {
        let job = NewJob {
            organization,
            kind: CARRY_OUT,
            dedupe: Some(booking.to_string()),
            payload: jobs::payload(&CarryOut { booking }),
            run_at: hub.now(),
        };
        jobs::enqueue(&hub, &mut tx, job).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

async fn carry_out(hub: &Hub, organization: OrganizationId, id: BookingId) -> Result<()> {
    // A step is tried once for every wish; what fails has a time for its next attempt.
    let mut tried: HashSet<(i64, StepKind, AccountId)> = HashSet::new();
    for _ in 0..MOST_STEPS {
        let Some(scene) = Scene::load(hub, organization, id).await? else { return Ok(()) };
        let wish = scene.booking.wish;
        let is_next = |step: &&Step| {
            step.is_due(&scene.booking, hub.now())
                && !tried.contains(&(wish, step.kind, step.account_id))
                && may_go(hub, &scene, step)
        };
        let Some(step) = scene.steps.iter().find(is_next) else { return Ok(()) };
        tried.insert((wish, step.kind, step.account_id));
        one(hub, &scene, step).await?;
    }
    Ok(())
}

async fn one(hub: &Hub, scene: &Scene, step: &Step) -> Result<()> {
    store::begin(hub, &scene.booking, step).await?;
    let ended = match step.kind {
        StepKind::Meeting => meeting::carry_out(hub, scene, step).await,
        StepKind::Calendar => calendar::carry_out(hub, scene, step).await,
        StepKind::VisitorMail => mails::to_visitor(hub, scene, step).await.map_err(Stop::from),
        StepKind::HostMail => mails::to_host(hub, scene, step).await.map_err(Stop::from),
    };
    match ended {
        Ok(()) => Ok(()),
        Err(stop) => trouble::write_down(hub, scene, step, stop).await,
    }
}

/// Mails wait a moment for the meeting they speak of, and not longer: a meeting that needs a person, or much time,
/// holds up nobody.
fn may_go(hub: &Hub, scene: &Scene, step: &Step) -> bool {
    if !matches!(step.kind, StepKind::VisitorMail | StepKind::HostMail) || !scene.booking.is_confirmed() {
        return true;
    }
    let Some(meeting) = scene.meeting_step() else { return true };
    let until = step.updated_at.after(PATIENCE);
    meeting.state != StepState::Waiting
        || meeting.attempts >= ATTEMPTS
        || meeting.next_attempt_at.is_some_and(|at| at > until)
        || hub.now() >= until
}
