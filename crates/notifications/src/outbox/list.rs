//! What waits and what became of it, for administrators and for the round that looks after mails.

use platform::{Hub, Instant, Result, id::OrganizationId, record};

use super::MailId;

record! {
    /// A mail as listed for administrators, without its text.
    #[derive(Clone, Debug)]
    pub struct MailSummary {
        id: MailId,
        recipient: String,
        subject: String,
        kind: Option<String>,
        created_at: Instant,
        not_before: Option<Instant>,
        /// When it is tried next, while it waits.
        due_at: Option<Instant>,
        attempts: i64,
        last_error: Option<String>,
        sent_at: Option<Instant>,
        given_up_at: Option<Instant>,
        withdrawn_at: Option<Instant>,
        /// Whether its text is still there.
        has_text: bool,
    }
}

/// What has become of a mail so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// Its time has not come.
    Scheduled,
    Waiting,
    /// The mail server did not take it; it is tried again.
    Failing,
    Sent,
    GivenUp,
    Withdrawn,
}

impl MailSummary {
    pub fn state(&self, now: &Instant) -> MailState {
        match self {
            Self { sent_at: Some(_), .. } => MailState::Sent,
            Self { withdrawn_at: Some(_), .. } => MailState::Withdrawn,
            Self { given_up_at: Some(_), .. } => MailState::GivenUp,
            Self { last_error: Some(_), .. } => MailState::Failing,
            Self { not_before: Some(at), .. } if at > now => MailState::Scheduled,
            _ => MailState::Waiting,
        }
    }

    /// Whether an administrator may have it tried at once.
    pub fn can_be_sent_again(&self, now: &Instant) -> bool {
        let is_stuck = matches!(self.state(now), MailState::Failing | MailState::GivenUp);
        is_stuck && self.has_text
    }
}

/// The organization's latest mails, newest first.
pub async fn recent(hub: &Hub, organization: OrganizationId, limit: i64) -> Result<Vec<MailSummary>> {
    let rows = hub
        .db()
        .sql(
            "SELECT id, recipient, subject, kind, created_at, not_before, due_at, attempts, last_error, sent_at, \
             given_up_at, withdrawn_at, body IS NOT NULL AS has_text FROM mail \
             WHERE organization_id = $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(organization)
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// One mail; nothing once it is forgotten.
pub async fn summary(hub: &Hub, organization: OrganizationId, mail: MailId) -> Result<Option<MailSummary>> {
    let row = hub
        .db()
        .sql(
            "SELECT id, recipient, subject, kind, created_at, not_before, due_at, attempts, last_error, sent_at, \
             given_up_at, withdrawn_at, body IS NOT NULL AS has_text FROM mail \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(mail)
        .maybe(hub.db())
        .await?;
    Ok(row)
}

record! {
    /// The mails of one kind whose time has come and that have not left.
    pub(crate) struct Backlog {
        kind: Option<String>,
        waiting: i64,
        /// Refused or not reached several times in a row.
        failing: i64,
        /// What the mail server said.
        said: Option<String>,
    }
}

/// What should have left by now, by kind, most first.
pub(crate) async fn backlog(hub: &Hub, organization: OrganizationId) -> Result<Vec<Backlog>> {
    let rows = hub
        .db()
        .sql(
            "SELECT kind, COUNT(*) AS waiting, COUNT(CASE WHEN attempts >= 3 THEN 1 END) AS failing, \
             MAX(last_error) AS said FROM mail WHERE organization_id = $1 \
             AND (not_before IS NULL OR not_before <= $2) AND (not_after IS NULL OR not_after > $2) \
             AND sent_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL \
             GROUP BY kind ORDER BY COUNT(*) DESC, kind LIMIT 20",
        )
        .bind(organization)
        .bind(hub.now())
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// Mails that nobody has tried though they were due before `since`, oldest first.
pub(crate) async fn unattended(
    hub: &Hub,
    since: Instant,
    limit: i64,
) -> Result<Vec<(OrganizationId, MailId)>> {
    let rows = hub
        .db()
        .sql(
            "SELECT organization_id, id FROM mail WHERE due_at <= $1 \
             AND sent_at IS NULL AND given_up_at IS NULL AND withdrawn_at IS NULL ORDER BY due_at LIMIT $2",
        )
        .bind(since)
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}
