//! What becomes of a step that failed: the words, the next attempt, and a mail to the host when a person is needed.

use std::time::Duration;

use connections::CallError;
use notifications::{Letter, Link};
use platform::{Error, Fault, Hub, Instant, Result, db::Tx};

use super::{
    Step, StepKind, StepState, back_off, mails,
    scene::Scene,
    store::{self, Failed},
};

/// A connection that does not work is looked at again this often; that asks nobody outside.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// After so many failures in a row, about ten minutes, passing trouble is worth a word to the host.
const LASTING: i64 = 6;

/// Why a step stops.
pub(super) enum Stop {
    /// Nobody outside was asked: what is needed does not work, and a person must act.
    NotReady(String),
    /// It goes on then, and not earlier.
    Until(Instant, String),
    /// The same where nothing was attempted: it was looked, and waited for something else.
    NotYet(Instant, String),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A provider's refusal, or that there was no token to ask it with.
pub(super) fn stopped(hub: &Hub, error: CallError) -> Stop {
    match error {
        CallError::Own(error) if needs_a_person(&error.fault) => Stop::NotReady(error.say),
        error => Stop::Failed(error.explain(hub)),
    }
}

fn needs_a_person(fault: &Fault) -> bool {
    !matches!(fault, Fault::Later(_) | Fault::TooMany(_) | Fault::Storage | Fault::Bug)
}

/// Writes down how the attempt failed and when the next one is. Only trouble of the database is handed on.
pub(super) async fn write_down(hub: &Hub, scene: &Scene, step: &Step, stop: Stop) -> Result<()> {
    let attempts = step.attempts + 1;
    let jitter = hub.random().jitter();
    let passing = hub.now().after(back_off::while_it_passes(attempts, jitter));
    let (state, say, next_attempt_at, counts) = match stop {
        Stop::NotReady(say) => (StepState::Failed, say, hub.now().after(LOOK_AGAIN), false),
        Stop::Until(at, say) => (StepState::Waiting, say, at, true),
        Stop::NotYet(at, say) => (StepState::Waiting, say, at, false),
        Stop::Failed(error) => match error.fault {
            Fault::Storage => return Err(error),
            Fault::Later(at) | Fault::TooMany(at) => (StepState::Waiting, error.say, at.max(passing), true),
            Fault::Bug => {
                tracing::error!(?error, booking = %scene.booking.id, step = %step.kind, "a step failed");
                (StepState::Waiting, error.say, passing, true)
            }
            _ => {
                let wait = back_off::until_somebody_acts(attempts, jitter);
                (StepState::Failed, error.say, hub.now().after(wait), true)
            }
        },
    };
    let is_long = next_attempt_at > hub.now().after(LOOK_AGAIN * 60) || attempts >= LASTING;
    let failed = Failed { state, say: &say, next_attempt_at, counts };
    let mut tx = hub.db().begin().await?;
    if store::fail(&mut tx, &scene.booking, step, &failed).await?
        && matches!(step.kind, StepKind::Meeting | StepKind::Calendar)
        && (state == StepState::Failed || (is_long && counts))
    {
        tell_host(hub, &mut tx, scene, step, &failed).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Tells the host whose meeting or entry it is, once for every wish, that it waits for something.
async fn tell_host(hub: &Hub, tx: &mut Tx, scene: &Scene, step: &Step, failed: &Failed<'_>) -> Result<()> {
    let Some(host) = scene.host(step.account_id) else { return Ok(()) };
    let booking = &scene.booking;
    let (subject, what) = match (step.kind, booking.is_confirmed()) {
        (StepKind::Calendar, true) => (
            "Not in Outlook yet",
            "The appointment stands, but its entry in your Outlook calendar could not be written yet.",
        ),
        (StepKind::Calendar, false) => (
            "Still in Outlook",
            "The appointment was cancelled, but its entry could not be taken out of your Outlook calendar yet.",
        ),
        (_, true) => (
            "No meeting yet",
            "The appointment stands, but its online meeting could not be made yet. The visitor was told that the link \
             follows.",
        ),
        (_, false) => (
            "Still a meeting",
            "The appointment was cancelled, but its online meeting could not be deleted yet.",
        ),
    };
    let next = match failed.state {
        StepState::Failed => "As soon as this works again, it goes on by itself.".to_owned(),
        _ => format!(
            "It goes on by itself, next at {}.",
            failed.next_attempt_at.in_zone(&mails::zone_of(host))
        ),
    };
    let letter = Letter {
        subject: notifications::one_line(&format!("{subject}: {}", mails::title(scene))),
        name: host.name.clone(),
        paragraphs: vec![mails::in_short(scene, host), what.to_owned(), failed.say.to_owned(), next],
        link: Some(Link { label: "Open the appointment".into(), url: mails::host_page(hub, booking) }),
    };
    let dedupe = format!("{}:trouble:{}:{}:{}", booking.key(), step.kind, host.id, booking.wish);
    let mail = letter.addressed(hub, booking.organization_id, host.email.as_str(), Some(dedupe))?;
    notifications::send(hub, tx, mail).await
}
