//! Carrying out: step by step in their order, each with the booking as it is at that moment, until nothing is left that
//! could be done now.

use std::{collections::HashSet, time::Duration};

use platform::{
    Error, Fault, Hub, Result,
    id::{AccountId, OrganizationId},
    jobs::{self, Job, NewJob},
    later,
};

use super::{
    CARRY_OUT, CarryOut, Step, StepKind, StepState, calendar,
    lease::Lease,
    mails, meeting,
    scene::Scene,
    store::{self, Ended},
    trouble::{self, Stop},
};
use crate::booking::BookingId;

/// When somebody else is at it.
const SOON: Duration = Duration::from_secs(2);
/// So long mails wait for the link to an online meeting; then they say that it follows.
const PATIENCE: Duration = Duration::from_secs(20);
/// After so many attempts they wait no longer either.
const ATTEMPTS: i64 = 2;
/// So long one entry is waited for while mails wait behind it; then they go first.
const ENTRY: Duration = Duration::from_secs(15);
/// When a booking that cannot even be read is looked at again.
const UNREADABLE: Duration = Duration::from_secs(600);
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

/// Job: looks whether a booking has more meetings than its own, where that is in doubt. Where a person is needed first,
/// the next change of the booking looks again.
pub(crate) async fn check_meeting(hub: Hub, job: Job) -> Result<()> {
    let CarryOut { booking } = job.payload()?;
    let Some(lease) = Lease::take(&hub, job.organization, booking).await? else {
        return Err(later(hub.now().after(SOON), "Somebody else carries out this booking."));
    };
    let check = async {
        let Some(scene) = Scene::load(&hub, job.organization, booking).await? else { return Ok(()) };
        match meeting::check(&hub, &scene).await {
            Ok(()) | Err(Stop::NotReady(_)) => Ok(()),
            Err(Stop::Until(at, say) | Stop::NotYet(at, say)) => Err(later(at, say)),
            Err(Stop::Failed(error)) => Err(error),
        }
    };
    Box::pin(lease.hold(&hub, check)).await
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
    let mut round = Round::default();
    for _ in 0..MOST_STEPS {
        let scene = match Scene::load(hub, organization, id).await {
            Ok(Some(scene)) => scene,
            Ok(None) => return Ok(()),
            Err(error) => return unreadable(hub, (organization, id), error).await,
        };
        let Some(step) = round.next(hub, &scene) else { return Ok(()) };
        if lacks_its_host(&scene, step) {
            let ended = Ended::not_needed("The host's account is no longer there.");
            store::settle(hub, &scene.booking, step, ended).await?;
        } else {
            one(hub, &scene, step, &mut round).await?;
        }
    }
    Ok(())
}

/// What one round of carrying out has seen so far.
#[derive(Default)]
struct Round {
    /// A step is tried once for every wish; what fails has a time for its next attempt.
    tried: HashSet<(i64, StepKind, AccountId)>,
    /// A calendar did not answer in time.
    is_slow: bool,
}

impl Round {
    /// The next step: in their order, except that mails do not wait behind calendars that take long.
    fn next<'a>(&mut self, hub: &Hub, scene: &'a Scene) -> Option<&'a Step> {
        let wish = scene.booking.wish;
        let is_next = |step: &&Step| {
            step.is_due(&scene.booking, hub.now())
                && !self.tried.contains(&(wish, step.kind, step.account_id))
                && may_go(hub, scene, step)
        };
        let waits = |step: &&Step| self.is_slow && step.kind == StepKind::Calendar;
        let step = scene.steps.iter().filter(is_next).min_by_key(waits)?;
        self.tried.insert((wish, step.kind, step.account_id));
        Some(step)
    }
}

/// A booking that cannot be read would otherwise come back with every look. Trouble that passes is the job's to wait for.
async fn unreadable(hub: &Hub, booking: (OrganizationId, BookingId), error: Error) -> Result<()> {
    if matches!(error.fault, Fault::Storage | Fault::Later(_)) {
        return Err(error);
    }
    tracing::error!(?error, booking = %booking.1, "a booking cannot be carried out");
    store::postpone(hub, booking, hub.now().after(UNREADABLE), &error.say).await
}

/// Nothing can be made for, or told to, somebody who is no longer there. What was made is taken back all the same, and
/// the visitor is told.
fn lacks_its_host(scene: &Scene, step: &Step) -> bool {
    let needs_host = match step.kind {
        StepKind::VisitorMail => false,
        StepKind::HostMail => true,
        StepKind::Meeting | StepKind::Calendar => scene.booking.is_confirmed(),
    };
    needs_host && scene.host(step.account_id).is_none()
}

/// Writes an entry; while mails wait for their turn, not for long.
async fn entry(hub: &Hub, scene: &Scene, step: &Step, round: &mut Round) -> Result<(), Stop> {
    let writing = calendar::carry_out(hub, scene, step);
    let is_waiting = |step: &Step| is_mail(step) && step.is_due(&scene.booking, hub.now());
    if !scene.steps.iter().any(is_waiting) {
        return writing.await;
    }
    tokio::time::timeout(ENTRY, writing).await.unwrap_or_else(|_| {
        round.is_slow = true;
        Err(later(hub.now(), "Microsoft takes long to answer. It is tried again by itself.").into())
    })
}

fn is_mail(step: &Step) -> bool {
    matches!(step.kind, StepKind::VisitorMail | StepKind::HostMail)
}

async fn one(hub: &Hub, scene: &Scene, step: &Step, round: &mut Round) -> Result<()> {
    store::begin(hub, &scene.booking, step).await?;
    let ended = match step.kind {
        StepKind::Meeting => meeting::carry_out(hub, scene, step).await,
        StepKind::Calendar => entry(hub, scene, step, round).await,
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
    if !is_mail(step) || !scene.booking.is_confirmed() {
        return true;
    }
    let Some(meeting) = scene.meeting_step() else { return true };
    let until = step.updated_at.after(PATIENCE);
    meeting.state != StepState::Waiting
        || meeting.attempts >= ATTEMPTS
        || meeting.next_attempt_at.is_some_and(|at| at > until)
        || hub.now() >= until
}
