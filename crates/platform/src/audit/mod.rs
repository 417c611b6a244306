//! The audit trail: who did what to what, when, from where.
//!
//! An entry is written in the transaction of the act itself, so that neither exists without the other. Acts
//! that happen thousands of times (a program reading a token) are one entry with a count per hour.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Actor, Hub, Instant, Result,
    actor::Who,
    db::{Tx, built},
    id::OrganizationId,
    record,
};

record! {
    /// One line of the trail.
    #[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
    pub struct AuditEntry {
        id: String,
        #[schema(value_type = String, format = DateTime)]
        at: Instant,
        actor_kind: String,
        actor_id: Option<String>,
        actor_name: String,
        action: String,
        subject: String,
        subject_id: String,
        details: String,
        ip: Option<String>,
        times: i64,
        #[schema(value_type = String, format = DateTime)]
        last_at: Instant,
    }
}

/// What was done: a verb in the past tense on a subject.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// `integration.created`, `token.read`, …
    pub action: &'a str,
    /// The kind of thing: `integration`, `connection`, `account`, `api_key`.
    pub subject: &'a str,
    pub subject_id: String,
    /// Anything worth knowing later, never a secret.
    pub details: Value,
}

/// Writes an entry into `tx`. Acts without an organization (a failed sign-in to none) go to the log only.
pub async fn record(hub: &Hub, tx: &mut Tx, actor: &Actor, act: Act<'_>) -> Result<()> {
    let Some(organization) = actor.organization() else {
        tracing::info!(action = act.action, subject = act.subject_id, "act without an organization");
        return Ok(());
    };
    record_for(hub, tx, organization, actor, act).await?;
    Ok(())
}

/// Writes an entry for `organization`, also where the actor is not signed in yet; answers its id.
pub async fn record_for(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    actor: &Actor,
    act: Act<'_>,
) -> Result<Uuid> {
    let (kind, id, name) = describe(actor);
    let entry = crate::new_id(hub.clock(), hub.random());
    let now = hub.now();
    tx.sql(
        "INSERT INTO audit_entry (organization_id, id, at, actor_kind, actor_id, actor_name, action, subject, \
         subject_id, details, ip, times, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $3)",
    )
    .bind(organization)
    .bind(entry.to_string())
    .bind(now)
    .bind(kind.to_owned())
    .bind(id)
    .bind(name)
    .bind(act.action.to_owned())
    .bind(act.subject.to_owned())
    .bind(act.subject_id)
    .bind(act.details.to_string())
    .bind(actor.origin.ip.map(|ip| ip.to_string()))
    .execute(&mut *tx)
    .await?;
    Ok(entry)
}

/// How often the act of an entry happened again.
pub struct Repetitions {
    pub organization: OrganizationId,
    pub entry: Uuid,
    pub times: i64,
    pub last_at: Instant,
}

/// How many entries one statement changes: far below the number of parameters that either database takes.
const BATCH: usize = 500;

/// Adds repetitions to entries that were written before.
pub async fn add_repetitions(hub: &Hub, all: &[Repetitions]) -> Result<()> {
    for some in all.chunks(BATCH) {
        let row = |n| format!("(${}, ${}, ${}, ${})", 4 * n + 1, 4 * n + 2, 4 * n + 3, 4 * n + 4);
        let rows = (0..some.len()).map(row).collect::<Vec<_>>().join(", ");
        let mut statement = hub.db().sql(built(format!(
            "UPDATE audit_entry SET times = times + added.column3, last_at = added.column4 \
             FROM (VALUES {rows}) AS added \
             WHERE audit_entry.organization_id = added.column1 AND audit_entry.id = added.column2"
        )));
        for one in some {
            statement = statement.bind(one.organization).bind(one.entry.to_string());
            statement = statement.bind(one.times).bind(one.last_at);
        }
        statement.execute(hub.db()).await?;
    }
    Ok(())
}

/// Which entries are wanted; everything when empty.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// The kind of thing: `integration`, `connection`, `account`, `api_key`.
    pub subject: Option<String>,
    pub subject_id: Option<String>,
}

/// The organization's entries, newest first, older than `before` (an entry id) when given.
pub async fn list(
    hub: &Hub,
    organization: OrganizationId,
    filter: &AuditFilter,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    let rows = hub
        .db()
        .sql(
            "SELECT id, at, actor_kind, actor_id, actor_name, action, subject, subject_id, details, ip, times, last_at \
             FROM audit_entry WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
             AND (CAST($3 AS TEXT) IS NULL OR subject = $3) AND (CAST($4 AS TEXT) IS NULL OR subject_id = $4) \
             ORDER BY id DESC LIMIT $5",
        )
        .bind(organization)
        .bind(before.map(str::to_owned))
        .bind(filter.subject.clone())
        .bind(filter.subject_id.clone())
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

fn describe(actor: &Actor) -> (&'static str, Option<String>, String) {
    match &actor.who {
        Who::Anyone => ("anyone", None, "not signed in".into()),
        Who::Person(person) => ("account", Some(person.account.to_string()), person.email.clone()),
        Who::Key(key) => ("api_key", Some(key.id.to_string()), key.name.clone()),
        Who::System(_) => ("system", None, "Switchboard".into()),
    }
}
