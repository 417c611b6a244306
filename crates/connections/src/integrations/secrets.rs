//! The two places of client secrets: the current one, and the next one that takes over when it works.

use std::{fmt, str::FromStr, time::Duration};

use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    db::Tx,
    id::OrganizationId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{IntegrationId, Secret, SecretId};

/// Days before a secret's end on which its administrators are told.
const WARN_DAYS: [i64; 5] = [60, 30, 14, 7, 1];

/// Which of the two a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecretPlace {
    Current,
    Next,
}

impl SecretPlace {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
        }
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SecretPlace {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "current" => Ok(Self::Current),
            "next" => Ok(Self::Next),
            other => Err(format!("unknown place {other:?}")),
        }
    }
}

/// Makes the secret that works the current one; the other one steps back and is kept.
pub(crate) async fn promote(
    hub: &Hub,
    organization: OrganizationId,
    integration: IntegrationId,
    works: SecretId,
) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    // Three steps, because at any moment a place holds one secret only.
    let steps = [
        "UPDATE integration_secret SET place = 'leaving' WHERE organization_id = $1 AND integration_id = $2 AND place = 'current' AND id <> $3",
        "UPDATE integration_secret SET place = 'current' WHERE organization_id = $1 AND integration_id = $2 AND id = $3",
        "UPDATE integration_secret SET place = 'next' WHERE organization_id = $1 AND integration_id = $2 AND place = 'leaving' AND id <> $3",
    ];
    for step in steps {
        tx.sql(step).bind(organization).bind(integration).bind(works).execute(&mut tx).await?;
    }
    let act = Act {
        action: "integration.secret_promoted",
        subject: "integration",
        subject_id: integration.to_string(),
        details: json!({ "secret": works }),
    };
    audit::record(hub, &mut tx, &Actor::system(organization), act).await?;
    tx.commit().await?;
    Ok(())
}

/// Secrets whose end has come closer than a warning that was not given yet, with that warning's days.
pub(crate) async fn expiring(hub: &Hub) -> Result<Vec<(Secret, i64)>> {
    let horizon = hub.now().after(Duration::from_secs(60 * 86_400));
    let secrets: Vec<Secret> = hub
        .db()
        .sql(
            "SELECT organization_id, id, integration_id, place, sealed, hint, expires_on, warned_days, verdict, created_at \
             FROM integration_secret WHERE expires_on IS NOT NULL AND expires_on < $1",
        )
        .bind(horizon)
        .all(hub.db())
        .await?;
    let now = hub.now();
    Ok(secrets
        .into_iter()
        .filter_map(|secret| due_warning(&secret, now).map(|days| (secret, days)))
        .collect())
}

fn due_warning(secret: &Secret, now: platform::Instant) -> Option<i64> {
    let left = secret.expires_on?.since(now).as_secs().div_ceil(86_400);
    let days = WARN_DAYS.into_iter().rev().find(|days| left <= u64::try_from(*days).unwrap_or(0))?;
    secret.warned_days.is_none_or(|warned| days < warned).then_some(days)
}

/// Notes in `tx` that the warning `days` before the end is given; `false` when it was given already.
pub(crate) async fn mark_warned(tx: &mut Tx, secret: &Secret, days: i64) -> Result<bool> {
    let marked = tx
        .sql(
            "UPDATE integration_secret SET warned_days = $3 WHERE organization_id = $1 AND id = $2 \
             AND (warned_days IS NULL OR warned_days > $3)",
        )
        .bind(secret.organization_id)
        .bind(secret.id)
        .bind(days)
        .execute(tx)
        .await?;
    Ok(marked == 1)
}
