//! What became of the mails that steps have queued. A step is done once its mail is in the outbox; whether that mail left
//! is known there, and people are shown that.

use notifications::{GivenUp, Letter, Link, MailState};
use platform::{Hub, Result, id::OrganizationId, jobs::Job};

use super::{Step, StepKind, StepState, mails, scene::Scene, store};
use crate::booking::BookingId;

/// Why a mail waits where none can leave.
const NO_SERVER: &str = "No mail server is configured, so the mail waits. An administrator can name one in the \
                         configuration, section mail; then it is sent.";

/// A booking's steps in their order, as people see them: a mail that does not leave waits, and one that was given up has
/// failed.
pub(crate) async fn of_booking(
    hub: &Hub,
    organization: OrganizationId,
    booking: BookingId,
) -> Result<Vec<Step>> {
    let mut steps = store::of_booking(hub, organization, booking).await?;
    for step in &mut steps {
        look_up(hub, organization, step).await?;
    }
    Ok(steps)
}

async fn look_up(hub: &Hub, organization: OrganizationId, step: &mut Step) -> Result<()> {
    let mail = step.memo.as_ref().and_then(|memo| memo.mail).filter(|_| step.state == StepState::Done);
    let Some(mail) = mail else { return Ok(()) };
    let Some(mail) = notifications::summary(hub, organization, mail).await? else { return Ok(()) };
    let state = mail.state(&hub.now());
    if state == MailState::Waiting && !notifications::has_server(hub) {
        step.state = StepState::Waiting;
        step.next_attempt_at = None;
        step.last_error = Some(NO_SERVER.to_owned());
        return Ok(());
    }
    (step.state, step.next_attempt_at) = match state {
        MailState::Failing => (StepState::Waiting, mail.due_at),
        MailState::GivenUp => (StepState::Failed, None),
        _ => return Ok(()),
    };
    step.attempts = mail.attempts;
    step.last_error = mail.last_error;
    Ok(())
}

/// Job: a mail was given up. If the visitor should have read it, the organizer is told.
pub(crate) async fn given_up(hub: Hub, job: Job) -> Result<()> {
    let mail: GivenUp = job.payload()?;
    let mut about = mail.about.split(':');
    let (Some("booking"), Some(id), kind) = (about.next(), about.next(), about.next()) else { return Ok(()) };
    if kind == Some(StepKind::HostMail.as_str()) {
        return Ok(());
    }
    let Ok(id) = id.parse::<BookingId>() else { return Ok(()) };
    let Some(scene) = Scene::load(&hub, job.organization, id).await? else { return Ok(()) };
    if scene.booking.ends_at <= hub.now() {
        return Ok(());
    }
    let Some(host) = scene.organizer() else { return Ok(()) };
    let visitor = &scene.booking.visitor;
    let reach = match &visitor.phone {
        Some(phone) => format!("The visitor may not know of it. Their telephone number is {phone}."),
        None => "The visitor may not know of it, and left no telephone number.".to_owned(),
    };
    let again = kind.map(|_| "Retry now, on the appointment's page, sends it once more.".to_owned());
    let mut paragraphs = vec![
        mails::in_short(&scene, host),
        format!("The mail “{}” to {} could not be delivered: {}", mail.subject, mail.recipient, mail.why),
        reach,
    ];
    paragraphs.extend(again);
    let letter = Letter {
        subject: notifications::one_line(&format!("Mail not delivered: {}", mails::title(&scene))),
        name: host.name.clone(),
        paragraphs,
        link: Some(Link {
            label: "Open the appointment".into(),
            url: mails::host_page(&hub, &scene.booking),
        }),
    };
    let dedupe = format!("{}:undelivered:{}", scene.booking.key(), mail.mail);
    let letter = letter.addressed(&hub, job.organization, host.email.as_str(), Some(dedupe))?;
    let mut tx = hub.db().begin().await?;
    notifications::send(&hub, &mut tx, letter).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}
