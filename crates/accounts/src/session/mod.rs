//! Sessions: kept by the server, held by the browser as a cookie, listed and revocable by their owner.

mod cookie;
mod device;

use std::time::Duration;

use platform::{
    Actor, Hub, Instant, Origin, Result, Role,
    actor::Person,
    audit::{self, Act},
    db::Tx,
    id::{AccountId, OrganizationId},
    not_found,
    random::fingerprint,
    record,
};
use serde_json::json;

pub(crate) use cookie::{clear_cookie, cookie, cookie_in, set_cookie};
pub(crate) use device::device;

use crate::zone;

/// A session nobody used for so long has ended.
const IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// A session ends so long after signing in, however much it is used.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How exactly "last seen" is kept: a write per page would cost more than it tells.
const SEEN_EVERY: Duration = Duration::from_secs(5 * 60);
const LONGEST_USER_AGENT: usize = 300;

record! {
    /// A session as its owner sees it.
    #[derive(Clone, Debug)]
    pub(crate) struct Session {
        id: String,
        created_at: Instant,
        last_seen_at: Instant,
        ip: Option<String>,
        user_agent: Option<String>,
    }
}

record! {
    /// A session with its account and one of the account's roles.
    struct Row {
        organization_id: OrganizationId,
        organization_name: String,
        account_id: AccountId,
        name: String,
        email: String,
        time_zone: String,
        last_seen_at: Instant,
        role: Option<String>,
    }
}

/// Starts a session in `tx` in place of the one the browser came with; answers the cookie's value.
pub(crate) async fn start(
    hub: &Hub,
    tx: &mut Tx,
    (organization, account): (OrganizationId, AccountId),
    origin: &Origin,
    replaced: Option<&str>,
) -> Result<String> {
    if let Some(old) = replaced {
        delete(tx, &fingerprint(old)).await?;
    }
    let (token, now) = (hub.random().token(), hub.now());
    let user_agent =
        origin.user_agent.as_ref().map(|text| text.chars().take(LONGEST_USER_AGENT).collect::<String>());
    tx.sql(
        "INSERT INTO session (organization_id, id, account_id, created_at, last_seen_at, expires_at, ip, user_agent) \
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
    )
    .bind(organization)
    .bind(fingerprint(&token))
    .bind(account)
    .bind(now)
    .bind(now.after(LIFE))
    .bind(origin.ip.map(|ip| ip.to_string()))
    .bind(user_agent)
    .execute(&mut *tx)
    .await?;
    Ok(token)
}

/// Whose session the cookie's value is; `None` when it has ended or never was.
pub(crate) async fn recognize(hub: &Hub, token: &str) -> Result<Option<Person>> {
    let (id, now) = (fingerprint(token), hub.now());
    let rows: Vec<Row> = hub
        .db()
        .sql(
            "SELECT session.organization_id, organization.name AS organization_name, session.account_id, account.name, \
             account.email, account.time_zone, session.last_seen_at, account_role.role FROM session \
             JOIN account ON account.organization_id = session.organization_id AND account.id = session.account_id \
             JOIN organization ON organization.id = session.organization_id \
             LEFT JOIN account_role ON account_role.organization_id = session.organization_id \
             AND account_role.account_id = session.account_id \
             WHERE session.id = $1 AND session.expires_at > $2 AND session.last_seen_at > $3 \
             AND account.disabled_at IS NULL ORDER BY account_role.role",
        )
        .bind(id.clone())
        .bind(now)
        .bind(now.before(IDLE))
        .all(hub.db())
        .await?;
    let roles = rows.iter().filter_map(|row| row.role.as_deref()?.parse::<Role>().ok()).collect();
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    if now.since(row.last_seen_at) >= SEEN_EVERY {
        note_seen(hub, &id, now).await?;
    }
    Ok(Some(Person {
        organization: row.organization_id,
        organization_name: row.organization_name,
        account: row.account_id,
        session: id,
        name: row.name,
        email: row.email,
        roles,
        zone: zone::get(&row.time_zone),
    }))
}

async fn note_seen(hub: &Hub, id: &str, now: Instant) -> Result<()> {
    hub.db()
        .sql("UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2")
        .bind(id.to_owned())
        .bind(now)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// The person's living sessions, the latest first.
pub(crate) async fn list(hub: &Hub, person: &Person) -> Result<Vec<Session>> {
    let now = hub.now();
    let rows = hub
        .db()
        .sql(
            "SELECT id, created_at, last_seen_at, ip, user_agent FROM session WHERE organization_id = $1 \
             AND account_id = $2 AND expires_at > $3 AND last_seen_at > $4 ORDER BY last_seen_at DESC LIMIT 200",
        )
        .bind(person.organization)
        .bind(person.account)
        .bind(now)
        .bind(now.before(IDLE))
        .all(hub.db())
        .await?;
    Ok(rows)
}

async fn delete(tx: &mut Tx, id: &str) -> Result<u64> {
    Ok(tx.sql("DELETE FROM session WHERE id = $1").bind(id.to_owned()).execute(&mut *tx).await?)
}

/// Ends the person's present session.
pub(crate) async fn sign_out(hub: &Hub, actor: &Actor, person: &Person) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    delete(&mut tx, &person.session).await?;
    let act = Act {
        action: "account.signed_out",
        subject: "account",
        subject_id: person.account.to_string(),
        details: serde_json::Value::Null,
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one of the person's own sessions.
pub(crate) async fn revoke(hub: &Hub, actor: &Actor, person: &Person, id: &str) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let ended = tx
        .sql("DELETE FROM session WHERE organization_id = $1 AND account_id = $2 AND id = $3")
        .bind(person.organization)
        .bind(person.account)
        .bind(id.to_owned())
        .execute(&mut tx)
        .await?;
    if ended == 0 {
        return Err(not_found("session"));
    }
    record_revoked(hub, &mut tx, actor, person, 1).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the person's sessions but the present one; answers how many there were.
pub(crate) async fn revoke_others(hub: &Hub, actor: &Actor, person: &Person) -> Result<u64> {
    let mut tx = hub.db().begin().await?;
    let ended = revoke_all(&mut tx, person.organization, person.account, Some(&person.session)).await?;
    record_revoked(hub, &mut tx, actor, person, ended).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn record_revoked(hub: &Hub, tx: &mut Tx, actor: &Actor, person: &Person, ended: u64) -> Result<()> {
    let act = Act {
        action: "session.revoked",
        subject: "account",
        subject_id: person.account.to_string(),
        details: json!({ "sessions": ended }),
    };
    audit::record(hub, tx, actor, act).await
}

/// Ends an account's sessions, `except` one.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    except: Option<&str>,
) -> Result<u64> {
    let ended = tx
        .sql(
            "DELETE FROM session WHERE organization_id = $1 AND account_id = $2 \
             AND (CAST($3 AS TEXT) IS NULL OR id <> $3)",
        )
        .bind(organization)
        .bind(account)
        .bind(except.map(str::to_owned))
        .execute(&mut *tx)
        .await?;
    Ok(ended)
}

/// Forgets sessions that have ended.
pub(crate) async fn forget(hub: &Hub) -> Result<()> {
    let now = hub.now();
    let sql = "DELETE FROM session WHERE expires_at <= $1 OR last_seen_at <= $2";
    hub.db().sql(sql).bind(now).bind(now.before(IDLE)).execute(hub.db()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
