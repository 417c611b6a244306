//! Delivery: a mail is handed to the mail server at least once, under one Message-ID, until it takes or refuses it.

use std::time::Duration;

use lettre::{
    AsyncTransport, Message,
    message::{Mailbox, MultiPart},
    transport::smtp,
};
use platform::{Error, Fault, Hub, Result, bug, jobs::Job, jobs::Jobs, later};

use crate::{
    body::Body,
    outbox::{self, DELIVER, Deliver, Mail, MailId, Outcome},
    settings::{Mailer, Transport},
};

/// A mail that no server took for so long is given up; its links are dead by then.
const KEEP_TRYING: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long mails stay listed.
const KEEP_LISTED: Duration = Duration::from_secs(30 * 24 * 3600);

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
    let waiting = outbox::unsent(&hub, 500).await?;
    let mut tx = hub.db().begin().await?;
    for (organization, mail) in waiting {
        outbox::enqueue(&hub, &mut tx, organization, mail).await?;
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
    if mail.sent_at.is_some() || mail.given_up_at.is_some() {
        return Ok(());
    }
    let Some(sealed) = mail.body.clone() else { return Ok(()) };
    let body = Body::open(&hub, job.organization, id, sealed).await?;
    let outcome = match compose(&hub, transport, (id, &mail), body) {
        Ok(message) => sort(transport.smtp.send(message).await, hub.now().since(mail.created_at)),
        Err(error) => Outcome::GivenUp(error.say),
    };
    let again = matches!(outcome, Outcome::TryAgain(_));
    outbox::write_outcome(&hub, job.organization, id, outcome).await?;
    if again {
        let pause = back_off(mail.attempts, hub.random().jitter());
        return Err(later(hub.now().after(pause), "The mail server did not take the mail yet."));
    }
    Ok(())
}

fn compose(hub: &Hub, transport: &Transport, (id, mail): (MailId, &Mail), body: Body) -> Result<Message> {
    let to: Mailbox = mail.recipient.parse().map_err(|_| bug("a mail's recipient"))?;
    let host = hub.settings().public_url.host_str().unwrap_or("localhost").to_owned();
    Message::builder()
        .from(transport.from.clone())
        .to(to)
        .subject(mail.subject.clone())
        // The same id at every attempt: a mail that arrives twice is shown once.
        .message_id(Some(format!("<{id}@{host}>")))
        .date(
            std::time::UNIX_EPOCH
                + Duration::from_micros(u64::try_from(mail.created_at.micros()).unwrap_or(0)),
        )
        .multipart(MultiPart::alternative_plain_html(body.text, body.html))
        .map_err(|error| {
            Error::new(Fault::Invalid(Vec::new()), "The mail could not be put together.").because(error)
        })
}

/// A permanent reply (5xx, RFC 5321 §4.2.1) ends it; everything else may pass.
fn sort(sent: Result<smtp::response::Response, smtp::Error>, age: Duration) -> Outcome {
    match sent {
        Ok(_) => Outcome::Sent,
        Err(error) if error.is_permanent() || age > KEEP_TRYING => Outcome::GivenUp(in_short(&error)),
        Err(error) => Outcome::TryAgain(in_short(&error)),
    }
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
