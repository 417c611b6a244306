//! Who delivers a mail, and how that ended.

use std::time::Duration;

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId, jobs};

use super::{GIVEN_UP, GivenUp, Mail, MailId};

/// How long the right to deliver a mail lasts: longer than a job's lease, so that one attempt ends before another one
/// begins.
const RIGHT: Duration = Duration::from_secs(180);

/// How a delivery ended.
pub(crate) enum Outcome {
    Sent,
    /// Not yet; tried again at this instant.
    TryAgain(String, Instant),
    GivenUp(String),
    /// Given up because nobody needs it any more: it was withdrawn, or its time is over. Nobody is told.
    Obsolete(String),
}

/// Takes the right to deliver a mail that is due; only one of several gets it.
pub(crate) async fn claim(hub: &Hub, organization: OrganizationId, mail: MailId) -> Result<bool> {
    let now = hub.now();
    let claimed = hub
        .db()
        .sql(
            "UPDATE mail SET due_at = $3 WHERE organization_id = $1 AND id = $2 AND due_at <= $4 \
             AND sent_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL",
        )
        .bind(organization)
        .bind(mail)
        .bind(now.after(RIGHT))
        .bind(now)
        .execute(hub.db())
        .await?;
    Ok(claimed == 1)
}

/// Writes down how a delivery ended; a mail that is sent keeps no text. A mail that was withdrawn while it was being
/// delivered has left all the same, and says so.
pub(crate) async fn write_outcome(
    hub: &Hub,
    organization: OrganizationId,
    (id, mail): (MailId, &Mail),
    outcome: Outcome,
) -> Result<()> {
    let now = hub.now();
    let mut tx = hub.db().begin().await?;
    if let Outcome::GivenUp(why) = &outcome {
        announce(hub, &mut tx, organization, (id, mail, why)).await?;
    }
    let (sent_at, given_up_at, error, due_at) = match outcome {
        Outcome::Sent => (Some(now), None, None, now),
        Outcome::TryAgain(error, at) => (None, None, Some(error), at),
        Outcome::GivenUp(error) | Outcome::Obsolete(error) => (None, Some(now), Some(error), now),
    };
    tx.sql(
            "UPDATE mail SET attempts = attempts + 1, last_error = $3, sent_at = $4, given_up_at = $5, due_at = $6, \
             body = CASE WHEN $7 THEN NULL ELSE body END, \
             withdrawn_at = CASE WHEN $7 THEN NULL ELSE withdrawn_at END \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(id)
        .bind(error)
        .bind(sent_at)
        .bind(given_up_at)
        .bind(due_at)
        .bind(sent_at.is_some())
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Tells the room above whose mail it was.
async fn announce(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    (id, mail, why): (MailId, &Mail, &str),
) -> Result<()> {
    let Some(about) = mail.about.clone() else { return Ok(()) };
    let given_up = GivenUp {
        mail: id,
        about,
        recipient: mail.recipient.clone(),
        subject: mail.subject.clone(),
        why: why.to_owned(),
    };
    let job = jobs::NewJob {
        organization,
        kind: GIVEN_UP,
        dedupe: Some(id.to_string()),
        payload: jobs::payload(&given_up),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// Makes a mail that failed or was given up due at once; answers whether there was such a mail with its text.
pub(super) async fn send_again(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    mail: MailId,
) -> Result<bool> {
    let changed = tx
        .sql(
            "UPDATE mail SET due_at = $3, given_up_at = NULL WHERE organization_id = $1 AND id = $2 \
             AND body IS NOT NULL AND last_error IS NOT NULL AND sent_at IS NULL AND withdrawn_at IS NULL",
        )
        .bind(organization)
        .bind(mail)
        .bind(hub.now())
        .execute(&mut *tx)
        .await?;
    Ok(changed == 1)
}

/// Forgets mails whose time was before `before`, and with them links that nobody can use any more.
pub(crate) async fn delete_older(hub: &Hub, before: Instant) -> Result<()> {
    hub.db()
        .sql("DELETE FROM mail WHERE created_at < $1 AND (not_before IS NULL OR not_before < $1)")
        .bind(before)
        .execute(hub.db())
        .await?;
    Ok(())
}
