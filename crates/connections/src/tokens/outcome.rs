//! Writing what became of a refresh: fresh tokens, or the refusal sorted into its four kinds.

use std::time::Duration;

use oauth::{Kind, Refusal, Tokens};
use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    db::Tx,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    claim::Claim,
    sealing::{ACCESS, REFRESH, seal_token},
};
use crate::{Connection, Integration, State, integrations, reminders, trouble::Trouble};

/// When a token answer names no lifetime (allowed by RFC 6749 §5.1), an hour is assumed.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// New tokens, sealed for their connection and ready to be stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct FreshTokens {
    pub access_token: String,
    pub access_expires_at: Instant,
    /// Absent when the provider keeps the old one valid and did not repeat it.
    pub refresh_token: Option<String>,
    pub refresh_expires_at: Option<Instant>,
    /// Absent when the answer did not repeat it: the same as before.
    pub scopes: Option<String>,
    pub refreshed_at: Instant,
}

impl FreshTokens {
    /// Seals an answer for its connection. Lifetimes count from before the question was asked, so that the
    /// time on the wire never makes a token look younger than it is.
    pub(crate) async fn seal(
        hub: &Hub,
        connection: &Connection,
        tokens: &Tokens,
        asked_at: Instant,
    ) -> Result<Self> {
        let key = (connection.organization_id, connection.id);
        let refresh_token = match &tokens.refresh_token {
            Some(token) => Some(seal_token(hub, key, REFRESH, token).await?),
            None => None,
        };
        Ok(Self {
            access_token: seal_token(hub, key, ACCESS, &tokens.access_token).await?,
            access_expires_at: asked_at.after(tokens.expires_in.unwrap_or(ASSUMED_LIFETIME)),
            refresh_token,
            refresh_expires_at: tokens.refresh_token_expires_in.map(|lifetime| asked_at.after(lifetime)),
            scopes: tokens.scope.as_ref().map(ToString::to_string),
            refreshed_at: asked_at,
        })
    }
}

/// When the keeper looks after these tokens although nobody asks for them: daily. That is far inside the 90 days of
/// an unused refresh token, and a grant that was withdrawn is noticed within a day, not when somebody needs it.
pub(crate) fn next_care(refreshed_at: Instant) -> Instant {
    refreshed_at.after(DAY)
}

/// Stores fresh tokens and gives the refresh right back; answers whether the claim was still ours.
pub(super) async fn write_fresh(hub: &Hub, claim: &Claim, fresh: &FreshTokens) -> Result<bool> {
    let mut tx = hub.db().begin().await?;
    let row = &claim.connection;
    let attempt = claim.attempt.to_string();
    let written = tx
        .sql(
            "UPDATE connection SET access_token = $4, access_expires_at = $5, \
             refresh_token = COALESCE($6, refresh_token), \
             refresh_expires_at = COALESCE($7, refresh_expires_at), scopes = COALESCE($8, scopes), refreshed_at = $9, \
             token_version = token_version + 1, state = 'active', reason = NULL, \
             state_since = CASE WHEN state = 'active' THEN state_since ELSE $9 END, last_error = NULL, failures = 0, \
             told = 0, next_care_at = $10, refresh_attempt = NULL, refresh_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND token_version = $3 AND removed_at IS NULL",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(row.token_version)
        .bind(fresh.access_token.clone())
        .bind(fresh.access_expires_at)
        .bind(fresh.refresh_token.clone())
        .bind(fresh.refresh_expires_at)
        .bind(fresh.scopes.clone())
        .bind(fresh.refreshed_at)
        .bind(next_care(fresh.refreshed_at))
        .execute(&mut tx)
        .await?;
    if written == 0 {
        leave_to_removal(&mut tx, claim, Some(fresh)).await?;
    }
    end_attempt(hub, &mut tx, claim, &attempt, if written == 1 { "refreshed" } else { "superseded" }).await?;
    tx.commit().await?;
    Ok(written == 1)
}

/// The connection was removed while the provider was asked: what came is kept for the revocation, which waits for it.
async fn leave_to_removal(tx: &mut Tx, claim: &Claim, fresh: Option<&FreshTokens>) -> Result<()> {
    tx.sql(
        "UPDATE connection SET access_token = COALESCE($4, access_token), \
         refresh_token = COALESCE($5, refresh_token), refresh_attempt = NULL, refresh_until = NULL \
         WHERE organization_id = $1 AND id = $2 AND refresh_attempt = $3 AND removed_at IS NOT NULL",
    )
    .bind(claim.connection.organization_id)
    .bind(claim.connection.id)
    .bind(claim.attempt.to_string())
    .bind(fresh.map(|fresh| fresh.access_token.clone()))
    .bind(fresh.and_then(|fresh| fresh.refresh_token.clone()))
    .execute(tx)
    .await?;
    Ok(())
}

async fn end_attempt(hub: &Hub, tx: &mut Tx, claim: &Claim, attempt: &str, outcome: &str) -> Result<()> {
    metrics::counter!("switchboard_token_refreshes_total", "outcome" => outcome.to_owned()).increment(1);
    tx.sql("UPDATE refresh_attempt SET ended_at = $3, outcome = $4 WHERE organization_id = $1 AND id = $2")
        .bind(claim.connection.organization_id)
        .bind(attempt.to_owned())
        .bind(hub.now())
        .bind(outcome.to_owned())
        .execute(tx)
        .await?;
    Ok(())
}

/// Stores a refusal by its kind, gives the right back, and tells whoever must act.
pub(super) async fn write_refusal(
    hub: &Hub,
    claim: &Claim,
    integration: &Integration,
    refusal: &Refusal,
    trouble: &Trouble,
) -> Result<()> {
    let connection = &claim.connection;
    tracing::warn!(connection = %connection.id, kind = ?refusal.kind, detail = trouble.detail, "a refresh was refused");
    let effect = effect(hub, connection, refusal, trouble);
    // Read before the transaction, which holds a connection of the pool.
    let owner = accounts::account(hub, connection.organization_id, connection.account_id).await?;
    let administrators = accounts::administrators(hub, integration.organization_id).await?;
    let mut tx = hub.db().begin().await?;
    let became_attention = store_effect(hub, &mut tx, claim, &effect, trouble).await?;
    end_attempt(hub, &mut tx, claim, &claim.attempt.to_string(), &trouble.code).await?;
    if became_attention {
        record_attention(hub, &mut tx, connection, trouble).await?;
        reminders::tell_owner(hub, &mut tx, (connection, &owner), trouble, 0).await?;
    }
    if matches!(refusal.kind, Kind::App(_))
        && integrations::mark_trouble(hub, &mut tx, integration, trouble).await?
    {
        reminders::tell_administrators(hub, &mut tx, &administrators, integration, trouble).await?;
    }
    // What the provider withdrew is no longer answered from memory either.
    let announced = if became_attention {
        Some(hub.coherence().announce(&mut tx, format!("connection:{}", connection.id)).await?)
    } else {
        None
    };
    tx.commit().await?;
    hub.wake().now();
    match announced {
        Some(announced) => hub.coherence().settle(hub.db(), announced).await,
        None => Ok(()),
    }
}

/// Writes into the trail that a person must act.
pub(super) async fn record_attention(
    hub: &Hub,
    tx: &mut Tx,
    connection: &Connection,
    trouble: &Trouble,
) -> Result<()> {
    let act = Act {
        action: "connection.needs_attention",
        subject: "connection",
        subject_id: connection.id.to_string(),
        details: json!({ "code": trouble.code, "detail": trouble.detail }),
    };
    audit::record(hub, tx, &Actor::system(connection.organization_id), act).await
}

/// What a refusal does to a connection.
struct Effect {
    state: State,
    reason: Option<Trouble>,
    failures: i64,
    next_care_at: Option<Instant>,
}

fn effect(hub: &Hub, connection: &Connection, refusal: &Refusal, trouble: &Trouble) -> Effect {
    let now = hub.now();
    match refusal.kind {
        // The app's trouble never changes a connection: when the secret is mended, everything goes on.
        Kind::App(_) => Effect {
            state: connection.state,
            reason: connection.reason.clone(),
            failures: connection.failures,
            next_care_at: Some(now.after(Duration::from_secs(600))),
        },
        Kind::Person(_) => {
            Effect { state: State::Attention, reason: Some(trouble.clone()), failures: 0, next_care_at: None }
        }
        Kind::Passing { .. } | Kind::Bug => {
            let failures = connection.failures + 1;
            let asked_for = match refusal.kind {
                Kind::Passing { retry_after } => retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            let wait = back_off(failures, hub.random().jitter()).max(asked_for);
            Effect { state: State::Waiting, reason: None, failures, next_care_at: Some(now.after(wait)) }
        }
    }
}

/// 15, 30, 60 … seconds, at most an hour, spread by the jitter.
fn back_off(failures: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 9) - 1).unwrap_or(0);
    Duration::from_secs(15 * 2_u64.pow(doublings)).min(Duration::from_secs(3600)).mul_f64(jitter)
}

async fn store_effect(
    hub: &Hub,
    tx: &mut Tx,
    claim: &Claim,
    effect: &Effect,
    trouble: &Trouble,
) -> Result<bool> {
    let row = &claim.connection;
    let written = tx
        .sql(
            "UPDATE connection SET state = $4, reason = $5, failures = $6, next_care_at = $7, last_error = $8, \
             state_since = CASE WHEN state = $4 THEN state_since ELSE $9 END, \
             refresh_attempt = NULL, refresh_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND refresh_attempt = $3 AND removed_at IS NULL",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(claim.attempt.to_string())
        .bind(effect.state)
        .bind(effect.reason.clone())
        .bind(effect.failures)
        .bind(effect.next_care_at)
        .bind(trouble.clone())
        .bind(hub.now())
        .execute(&mut *tx)
        .await?;
    if written == 0 {
        leave_to_removal(tx, claim, None).await?;
    }
    Ok(written == 1 && effect.state == State::Attention && row.state != State::Attention)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_trouble_backs_off_to_an_hour() {
        assert_eq!(back_off(1, 1.0), Duration::from_secs(15));
        assert_eq!(back_off(4, 1.0), Duration::from_secs(120));
        assert_eq!(back_off(90, 1.0), Duration::from_secs(3600));
    }
}
