//! The outbox: mails are written with the act that causes them and listed until they are gone.

mod list;
mod new_mail;
mod outcome;

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId, ids, jobs, record};
use serde::{Deserialize, Serialize};

use crate::{body::Body, settings::Mailer};

pub(crate) use list::{Backlog, backlog, unattended};
pub use list::{MailState, MailSummary, recent, summary};
pub(crate) use new_mail::breaks_lines;
pub use new_mail::{CalendarPart, NewMail, one_line};
pub(crate) use outcome::{Outcome, claim, delete_older, write_outcome};

pub(crate) const DELIVER: &str = "notifications.deliver";

ids! {
    /// One mail.
    MailId,
}

/// Job for the rooms above: a mail that says what it is `about` was given up; its payload is a [`GivenUp`].
pub const GIVEN_UP: &str = "notifications.given_up";

/// A mail that will not arrive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GivenUp {
    pub mail: MailId,
    /// What the mail was about, as its writer said.
    pub about: String,
    pub recipient: String,
    pub subject: String,
    /// What the mail server said, or why it was not even asked.
    pub why: String,
}

/// The payload of a delivery job.
#[derive(Serialize, Deserialize)]
pub(crate) struct Deliver {
    pub(crate) mail: MailId,
}

record! {
    /// A mail with its sealed text.
    pub(crate) struct Mail {
        recipient: String,
        subject: String,
        /// Sealed; absent once the mail has been sent or withdrawn.
        body: Option<String>,
        created_at: Instant,
        not_before: Option<Instant>,
        not_after: Option<Instant>,
        due_at: Option<Instant>,
        attempts: i64,
        sent_at: Option<Instant>,
        given_up_at: Option<Instant>,
        withdrawn_at: Option<Instant>,
        about: Option<String>,
    }
}

impl Mail {
    /// Whether it still has to leave.
    pub(crate) fn is_waiting(&self) -> bool {
        self.sent_at.is_none() && self.given_up_at.is_none() && self.withdrawn_at.is_none()
    }

    /// When it first could leave.
    pub(crate) fn since(&self) -> Instant {
        self.not_before.map_or(self.created_at, |not_before| not_before.max(self.created_at))
    }
}

/// Writes the mail into `tx`; it leaves after the commit, or waits where no mail server is configured.
pub async fn send(hub: &Hub, tx: &mut Tx, mail: NewMail) -> Result<()> {
    queue(hub, tx, mail).await.map(|_| ())
}

/// As [`send`], and answers the mail's id: of the first one where `dedupe` says that this one is written already.
pub async fn queue(hub: &Hub, tx: &mut Tx, mail: NewMail) -> Result<MailId> {
    new_mail::check(&mail)?;
    let id = MailId::new(hub);
    let organization = mail.organization;
    let due_at = mail.not_before.map_or(hub.now(), |not_before| not_before.max(hub.now()));
    let dedupe = mail.dedupe.clone();
    if insert(hub, tx, id, mail, due_at).await? == 0 {
        let earlier = "SELECT id FROM mail WHERE organization_id = $1 AND dedupe = $2";
        let (earlier,): (MailId,) = tx.sql(earlier).bind(organization).bind(dedupe).one(&mut *tx).await?;
        return Ok(earlier);
    }
    if hub.memory::<Mailer>().transport().is_some() {
        enqueue(hub, tx, (organization, id), due_at).await?;
    }
    Ok(id)
}

async fn insert(hub: &Hub, tx: &mut Tx, id: MailId, mail: NewMail, due_at: Instant) -> Result<u64> {
    let organization = mail.organization;
    let body = Body {
        text: mail.text,
        html: mail.html,
        language: mail.language,
        calendar: mail.calendar,
        reply_to: mail.reply_to,
        from_name: mail.from_name,
    };
    let sealed = body.seal(hub, organization, id).await?;
    let written = tx
        .sql(
            "INSERT INTO mail (organization_id, id, recipient, subject, body, dedupe, created_at, attempts, \
             kind, about, not_before, not_after, due_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12) \
             ON CONFLICT (organization_id, dedupe) DO NOTHING",
        )
        .bind(organization)
        .bind(id)
        .bind(mail.to)
        .bind(mail.subject)
        .bind(sealed)
        .bind(mail.dedupe)
        .bind(hub.now())
        .bind(mail.kind)
        .bind(mail.about)
        .bind(mail.not_before)
        .bind(mail.not_after)
        .bind(due_at)
        .execute(&mut *tx)
        .await?;
    Ok(written)
}

/// Takes back every mail `about` this that has not left yet, and answers how many there were. Their `dedupe` keys are
/// free again, so that what replaces them can be written in the same transaction.
pub async fn withdraw(hub: &Hub, tx: &mut Tx, organization: OrganizationId, about: &str) -> Result<u64> {
    take_back(hub, tx, (organization, about), false).await
}

/// As [`withdraw`], for mails whose time has not come yet; what is due leaves.
pub async fn withdraw_early(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    about: &str,
) -> Result<u64> {
    take_back(hub, tx, (organization, about), true).await
}

async fn take_back(
    hub: &Hub,
    tx: &mut Tx,
    (organization, about): (OrganizationId, &str),
    only_early: bool,
) -> Result<u64> {
    let withdrawn = tx
        .sql(
            "UPDATE mail SET withdrawn_at = $3, body = NULL, dedupe = NULL WHERE organization_id = $1 AND about = $2 \
             AND (not_before > $3 OR NOT $4) AND sent_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL",
        )
        .bind(organization)
        .bind(about.to_owned())
        .bind(hub.now())
        .bind(only_early)
        .execute(&mut *tx)
        .await?;
    Ok(withdrawn)
}

/// Has a mail that failed or was given up tried at once; false where there is none with its text.
pub async fn try_again(hub: &Hub, tx: &mut Tx, organization: OrganizationId, mail: MailId) -> Result<bool> {
    let is_due = outcome::send_again(hub, tx, organization, mail).await?;
    if is_due {
        enqueue(hub, tx, (organization, mail), hub.now()).await?;
    }
    Ok(is_due)
}

pub(crate) async fn enqueue(
    hub: &Hub,
    tx: &mut Tx,
    (organization, mail): (OrganizationId, MailId),
    run_at: Instant,
) -> Result<()> {
    let job = jobs::NewJob {
        organization,
        kind: DELIVER,
        dedupe: Some(mail.to_string()),
        payload: jobs::payload(&Deliver { mail }),
        run_at,
    };
    jobs::enqueue(hub, tx, job).await
}

pub(crate) async fn find(hub: &Hub, organization: OrganizationId, mail: MailId) -> Result<Option<Mail>> {
    let row = hub
        .db()
        .sql(
            "SELECT recipient, subject, body, created_at, not_before, not_after, due_at, attempts, sent_at, \
             given_up_at, withdrawn_at, about FROM mail WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(mail)
        .maybe(hub.db())
        .await?;
    Ok(row)
}
