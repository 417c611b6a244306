//! The outbox: mails are written with the act that causes them and listed until they are gone.

use lettre::Address;
use platform::{Hub, Instant, Result, db::Tx, error::invalid_field, id::OrganizationId, ids, jobs, record};
use serde::{Deserialize, Serialize};

use crate::{body::Body, settings::Mailer};

/// The longest subject, in bytes; mail servers refuse lines beyond 998 (RFC 5322 §2.1.1).
const LONGEST_SUBJECT: usize = 250;
const LONGEST_BODY: usize = 256 * 1024;

pub(crate) const DELIVER: &str = "notifications.deliver";

ids! {
    /// One mail.
    MailId,
}

/// A mail to be written; usually made by [`Letter::addressed`](crate::Letter::addressed).
#[derive(Clone, Debug)]
pub struct NewMail {
    pub organization: OrganizationId,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// A second mail of the organization with the same key is not written.
    pub dedupe: Option<String>,
}

/// The payload of a delivery job.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deliver {
    pub(crate) mail: MailId,
}

record! {
    /// A mail as listed for administrators, without its text.
    #[derive(Clone, Debug)]
    pub struct MailSummary {
        id: MailId,
        recipient: String,
        subject: String,
        created_at: Instant,
        attempts: i64,
        last_error: Option<String>,
        sent_at: Option<Instant>,
        given_up_at: Option<Instant>,
    }
}

record! {
    /// A mail with its sealed text.
    pub(crate) struct Mail {
        recipient: String,
        subject: String,
        /// Sealed; absent once the mail has been sent or given up.
        body: Option<String>,
        created_at: Instant,
        attempts: i64,
        sent_at: Option<Instant>,
        given_up_at: Option<Instant>,
    }
}

/// Writes the mail into `tx`; it leaves after the commit, or waits where no mail server is configured.
pub async fn send(hub: &Hub, tx: &mut Tx, mail: NewMail) -> Result<()> {
    check(&mail)?;
    let id = MailId::new(hub);
    let organization = mail.organization;
    let body = Body { text: mail.text, html: mail.html }.seal(hub, organization, id).await?;
    let written = tx
        .sql(
            "INSERT INTO mail (organization_id, id, recipient, subject, body, dedupe, created_at, attempts) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (organization_id, dedupe) DO NOTHING",
        )
        .bind(organization)
        .bind(id)
        .bind(mail.to)
        .bind(mail.subject)
        .bind(body)
        .bind(mail.dedupe)
        .bind(hub.now())
        .execute(&mut *tx)
        .await?;
    if written == 1 && hub.memory::<Mailer>().transport().is_some() {
        enqueue(hub, tx, organization, id).await?;
    }
    Ok(())
}

/// A header is one line: a line break in an address or subject would add headers of its own.
fn check(mail: &NewMail) -> Result<()> {
    if mail.to.parse::<Address>().is_err() {
        return Err(invalid_field("to", "Mail can only be sent to an e-mail address."));
    }
    if mail.subject.len() > LONGEST_SUBJECT || mail.subject.chars().any(char::is_control) {
        return Err(invalid_field("subject", "A subject is one line of at most 250 bytes."));
    }
    if mail.text.len() > LONGEST_BODY || mail.html.len() > LONGEST_BODY {
        return Err(invalid_field("text", "A mail has at most 256 KiB."));
    }
    Ok(())
}

pub(crate) async fn enqueue(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    mail: MailId,
) -> Result<()> {
    let job = jobs::NewJob {
        organization,
        kind: DELIVER,
        dedupe: Some(mail.to_string()),
        payload: jobs::payload(&Deliver { mail }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// The organization's latest mails, newest first.
pub async fn recent(hub: &Hub, organization: OrganizationId, limit: i64) -> Result<Vec<MailSummary>> {
    let rows = hub
        .db()
        .sql(
            "SELECT id, recipient, subject, created_at, attempts, last_error, sent_at, given_up_at FROM mail \
             WHERE organization_id = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(organization)
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

pub(crate) async fn find(hub: &Hub, organization: OrganizationId, mail: MailId) -> Result<Option<Mail>> {
    let row = hub
        .db()
        .sql(
            "SELECT recipient, subject, body, created_at, attempts, sent_at, given_up_at FROM mail \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(mail)
        .maybe(hub.db())
        .await?;
    Ok(row)
}

/// How many mails wait and have failed so far, and what the mail server said last.
pub(crate) async fn waiting(hub: &Hub, organization: OrganizationId) -> Result<(i64, i64, Option<String>)> {
    let row = hub
        .db()
        .sql(
            "SELECT COUNT(*), COUNT(CASE WHEN attempts >= 3 THEN 1 END), MAX(last_error) FROM mail \
             WHERE organization_id = $1 AND sent_at IS NULL AND given_up_at IS NULL",
        )
        .bind(organization)
        .one(hub.db())
        .await?;
    Ok(row)
}

/// Every mail that still has to leave, oldest first.
pub(crate) async fn unsent(hub: &Hub, limit: i64) -> Result<Vec<(OrganizationId, MailId)>> {
    let rows = hub
        .db()
        .sql(
            "SELECT organization_id, id FROM mail WHERE sent_at IS NULL AND given_up_at IS NULL \
             ORDER BY created_at LIMIT $1",
        )
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// How a delivery ended.
pub(crate) enum Outcome {
    Sent,
    TryAgain(String),
    GivenUp(String),
}

/// Writes down how a delivery ended; a mail that is sent keeps no text.
pub(crate) async fn write_outcome(
    hub: &Hub,
    organization: OrganizationId,
    mail: MailId,
    outcome: Outcome,
) -> Result<()> {
    let now = hub.now();
    let (sent_at, given_up_at, error) = match outcome {
        Outcome::Sent => (Some(now), None, None),
        Outcome::TryAgain(error) => (None, None, Some(error)),
        Outcome::GivenUp(error) => (None, Some(now), Some(error)),
    };
    hub.db()
        .sql(
            "UPDATE mail SET attempts = attempts + 1, last_error = $3, sent_at = $4, given_up_at = $5, \
             body = CASE WHEN $6 THEN NULL ELSE body END \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(mail)
        .bind(error)
        .bind(sent_at)
        .bind(given_up_at)
        .bind(sent_at.is_some() || given_up_at.is_some())
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Forgets mails older than `before`, and with them links that nobody can use any more.
pub(crate) async fn delete_older(hub: &Hub, before: Instant) -> Result<()> {
    hub.db().sql("DELETE FROM mail WHERE created_at < $1").bind(before).execute(hub.db()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str, subject: &str) -> NewMail {
        NewMail {
            organization: OrganizationId(uuid::Uuid::nil()),
            to: to.into(),
            subject: subject.into(),
            text: String::new(),
            html: String::new(),
            dedupe: None,
        }
    }

    #[test]
    fn nothing_can_add_a_header() {
        assert!(check(&mail("ada@library.example", "Grüße ✉")).is_ok());
        assert!(check(&mail("ada@library.example", "Hi\r\nBcc: all@library.example")).is_err());
        assert!(check(&mail("ada@library.example\nBcc: x@y.example", "Hi")).is_err());
        assert!(check(&mail("ada@library.example, eve@library.example", "Hi")).is_err());
    }
}
