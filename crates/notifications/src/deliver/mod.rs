//! Delivery: a mail is handed to the mail server at least once, under one Message-ID, until it takes or refuses it.

mod message;

use std::time::Duration;

use lettre::{AsyncTransport, transport::smtp};
use platform::{Fault, Hub, Instant, Result, jobs::Job, jobs::Jobs, later};

use crate::{
    body::Body,
    outbox::{self, DELIVER, Deliver, Mail, MailId, Outcome},
    settings::{Mailer, Transport},
};

/// A mail that no server took for so long is given up; its links are dead by then.
const KEEP_TRYING: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long mails stay listed.
const KEEP_LISTED: Duration = Duration::from_secs(30 * 24 * 3600);
/// A mail that is due for so long has lost its job, or was written while no mail server was configured.
const UNATTENDED: Duration = Duration::from_secs(60);

/// The room's work in the background: deliveries, mails that waited for a mail server, and forgetting old ones.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on(DELIVER, deliver)
        .every(Duration::from_secs(600), "notifications.outbox", enqueue_waiting)
        .every(Duration::from_secs(24 * 3600), "notifications.forget", |hub| async move {
            outbox::delete_older(&hub, hub.now().before(KEEP_LISTED)).await
        })
}

/// Mails written while no server was configured leave once there is one.
async fn enqueue_waiting(hub: Hub) -> Result<()> {
    if hub.memory::<Mailer>().transport().is_none() {
        return Ok(());
    }
    let now = hub.now();
    let waiting = outbox::unattended(&hub, now.before(UNATTENDED), 500).await?;
    let mut tx = hub.db().begin().await?;
    for mail in waiting {
        outbox::enqueue(&hub, &mut tx, mail, now).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

async fn deliver(hub: Hub, job: Job) -> Result<()> {
    let Deliver { mail: id } = job.payload()?;
    let Some(mail) = outbox::find(&hub, job.organization, id).await? else { return Ok(()) };
    let mailer = hub.memory::<Mailer>();
    let Some(transport) = mailer.transport() else { return Ok(()) };
    if !mail.is_waiting() {
        return Ok(());
    }
    if let Some(due_at) = mail.due_at.filter(|due_at| *due_at > hub.now()) {
        // Scheduled, or somebody else is at it: should that one fail, this job goes on.
        return Err(later(due_at, "The mail is not due yet."));
    }
    if !outbox::claim(&hub, job.organization, id).await? {
        return Err(later(hub.now().after(Duration::from_secs(60)), "Somebody else delivers the mail."));
    }
    let outcome = attempt(&hub, &job, transport, (id, &mail)).await?;
    let again = if let Outcome::TryAgain(_, at) = &outcome { Some(*at) } else { None };
    outbox::write_outcome(&hub, job.organization, (id, &mail), outcome).await?;
    again.map_or(Ok(()), |at| Err(later(at, "The mail server did not take the mail yet.")))
}

async fn attempt(
    hub: &Hub,
    job: &Job,
    transport: &Transport,
    (id, mail): (MailId, &Mail),
) -> Result<Outcome> {
    if mail.not_after.is_some_and(|not_after| not_after <= hub.now()) {
        return Ok(Outcome::Obsolete("It could not be sent in time and is of no use any more.".to_owned()));
    }
    // Read again with the right in hand: the mail may have been withdrawn in between.
    let Some(sealed) = outbox::find(hub, job.organization, id).await?.and_then(|mail| mail.body) else {
        return Ok(Outcome::Obsolete("Its text is gone.".to_owned()));
    };
    let body = match Body::open(hub, job.organization, id, sealed).await {
        Ok(body) => body,
        // The database, or a key that is being fetched, may answer the next time.
        Err(error) if matches!(error.fault, Fault::Storage | Fault::Later(_)) => return Err(error),
        Err(error) => {
            tracing::error!(?error, mail = %id, "a mail cannot be opened");
            return Ok(Outcome::GivenUp("Its text cannot be opened any more.".to_owned()));
        }
    };
    let message = match message::compose(hub, &transport.from, (id, mail), body) {
        Ok(message) => message,
        Err(error) => return Ok(Outcome::GivenUp(error.say)),
    };
    let sent = transport.smtp.send(message).await;
    let next = hub.now().after(back_off(mail.attempts, hub.random().jitter()));
    Ok(sort(sent, hub.now().since(mail.since()), next))
}

fn sort(sent: Result<smtp::response::Response, smtp::Error>, age: Duration, next: Instant) -> Outcome {
    match sent {
        Ok(_) => Outcome::Sent,
        Err(error) if is_final(&error) || age > KEEP_TRYING => Outcome::GivenUp(in_short(&error)),
        Err(error) => Outcome::TryAgain(in_short(&error), next),
    }
}

/// A permanent reply about this mail or its address (RFC 5321 §4.2.3: 55x, and 501 for an address that cannot be read)
/// ends it. Other permanent replies, such as a refused sign-in (535, RFC 4954 §6), are about our settings: they would
/// end every mail, and somebody can mend them.
fn is_final(error: &smtp::Error) -> bool {
    error.status().is_some_and(|code| {
        let code = u16::from(code);
        code == 501 || (550..560).contains(&code)
    })
}

/// The server's own words, shortened for a table; they name the address at most.
fn in_short(error: &smtp::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let text: String = format!("{error}{cause}").chars().filter(|c| !c.is_control()).collect();
    text.chars().take(300).collect()
}

/// One minute, then twice as long each time, at most an hour, spread by the jitter.
fn back_off(attempts: i64, jitter: f64) -> Duration {
    let exponent = u32::try_from(attempts.clamp(0, 6)).unwrap_or(0);
    (Duration::from_secs(60) * 2_u32.pow(exponent)).min(Duration::from_secs(3600)).mul_f64(jitter)
}

#[cfg(test)]
mod tests;
