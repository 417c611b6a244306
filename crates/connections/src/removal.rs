//! Removing an authorization: it stops answering at once, is revoked at the provider where that is possible,
//! and only its history stays.

use std::time::Duration;

use oauth::{ApiKind, ClientCredentials, Refusal, TokenHint};
use platform::{
    Actor, Fault, Hub, Result, Role,
    audit::{self, Act},
    forbidden,
    jobs::{self, Job, NewJob},
};
use secrecy::SecretString;
use serde_json::json;
use webex::Webex;

use crate::{
    Connection, ConnectionId, Integration, Provider, State, connection, integrations, provider,
    tokens::{
        open_token,
        sealing::{ACCESS, REFRESH},
    },
    trouble,
};

/// Job: revoke at the provider, verify, delete the tokens.
pub(crate) const REVOKE_JOB: &str = "connections.revoke";

/// After this time the tokens are deleted even though the provider did not confirm.
const PATIENCE: Duration = Duration::from_secs(3600);

const MICROSOFT_OFFERS_NONE: &str = "Microsoft offers no call to withdraw one app's authorization. The tokens are deleted here; to withdraw the consent too, open myapps.microsoft.com → the app → Manage your application → Revoke consent.";
const NOT_CONFIRMED: &str = "The provider did not confirm the revocation. The tokens are deleted here; the authorization can also be withdrawn on the provider's own page for connected apps.";

/// Removes a connection; when this answers, no process hands out its token any more.
pub(crate) async fn remove(hub: &Hub, actor: &Actor, id: ConnectionId) -> Result<()> {
    let organization = actor.organization().ok_or_else(|| platform::not_found("connection"))?;
    let connection = connection::get(hub, organization, id).await?;
    if actor.person().is_some_and(|person| person.account != connection.account_id)
        && !actor.has_role(Role::Administrator)
    {
        return Err(forbidden("Only its owner or an administrator can remove an authorization."));
    }
    let now = hub.now();
    let mut tx = hub.db().begin().await?;
    let removed = tx
        .sql(
            "UPDATE connection SET state = $3, state_since = $4, removed_at = $4, next_care_at = NULL, reason = NULL, \
             revocation = 'under way' \
             WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL",
        )
        .bind(organization)
        .bind(id)
        .bind(State::Removed)
        .bind(now)
        .execute(&mut tx)
        .await?;
    if removed == 0 {
        return Ok(());
    }
    let act = Act {
        action: "connection.removed",
        subject: "connection",
        subject_id: id.to_string(),
        details: json!({ "provider": connection.provider, "account": connection.provider_account }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    let job = NewJob {
        organization,
        kind: REVOKE_JOB,
        dedupe: Some(id.to_string()),
        payload: jobs::payload(&id),
        run_at: now,
    };
    jobs::enqueue(hub, &mut tx, job).await?;
    let announced = hub.coherence().announce(&mut tx, format!("connection:{id}")).await?;
    tx.commit().await?;
    hub.coherence().settle(hub.db(), announced).await?;
    hub.wake().now();
    Ok(())
}

/// Job: the provider's side of a removal.
pub(crate) async fn revoke(hub: Hub, job: Job) -> Result<()> {
    let connection = connection::get(&hub, job.organization, job.payload()?).await?;
    if connection.refresh_until.is_some_and(|end| end > hub.now()) {
        // It may bring new tokens, which have to be revoked too.
        return Err(platform::later(
            hub.now().after(Duration::from_secs(2)),
            "A refresh is still under way.",
        ));
    }
    let found = match connection.provider {
        Provider::Webex => revoke_at_webex(&hub, &connection).await,
        Provider::Microsoft => Ok(MICROSOFT_OFFERS_NONE),
    };
    let since = connection.removed_at.map_or(Duration::ZERO, |at| hub.now().since(at));
    let words = match found {
        Ok(words) => words,
        Err(error) if since < PATIENCE && is_worth_another_try(&error) => return Err(error),
        Err(error) => {
            tracing::warn!(?error, connection = %connection.id, "the provider did not confirm a revocation");
            NOT_CONFIRMED
        }
    };
    forget_tokens(&hub, &connection, words).await
}

fn is_worth_another_try(error: &platform::Error) -> bool {
    matches!(error.fault, Fault::Later(_) | Fault::Storage | Fault::Bug)
}

/// Revokes both tokens with the app's own credentials, then asks with the old token whether it still works.
async fn revoke_at_webex(hub: &Hub, connection: &Connection) -> Result<&'static str> {
    let webex = provider::webex(hub)?;
    let key = (connection.organization_id, connection.id);
    let integration = integrations::get(hub, connection.organization_id, connection.integration_id).await?;
    if integration.is_trial {
        return Ok(
            "A personal token cannot be revoked by Switchboard; it ends by itself after twelve hours.",
        );
    }
    let Some(sealed) = &connection.access_token else { return Ok("There was nothing left to revoke.") };
    let access = open_token(hub, key, ACCESS, sealed).await?;
    let refresh = match &connection.refresh_token {
        Some(sealed) => Some(open_token(hub, key, REFRESH, sealed).await?),
        None => None,
    };
    revoke_grant(hub, &integration, access.clone(), refresh).await?;
    match webex.me(&access).await {
        Err(error) if error.kind == ApiKind::TokenRejected => {
            Ok("Revoked at Webex and verified: the old token no longer works.")
        }
        // Webex's caches may let a deleted token pass for a moment (Authorizations API).
        _ => Err(platform::later(
            hub.now().after(Duration::from_secs(30)),
            "Webex still accepts the revoked token.",
        )),
    }
}

/// Revokes a grant at Webex: its refresh token first, so that nothing new can come of it.
pub(crate) async fn revoke_grant(
    hub: &Hub,
    integration: &Integration,
    access: SecretString,
    refresh: Option<SecretString>,
) -> Result<()> {
    let refresh = refresh.map(|token| (token, TokenHint::RefreshToken));
    let tokens: Vec<_> = refresh.into_iter().chain([(access, TokenHint::AccessToken)]).collect();
    let (webex, tokens) = (&provider::webex(hub)?, &tokens);
    let ask = |client: ClientCredentials| async move { revoke_all(webex, &client, tokens).await };
    match integrations::offer_secrets(hub, integration, ask).await? {
        Ok(_) => Ok(()),
        Err(refusal) => {
            let trouble = trouble::explain(Provider::Webex, &refusal);
            Err(trouble::as_error(&trouble, trouble::ask_again_at(&refusal, hub.now())))
        }
    }
}

async fn revoke_all(
    webex: &Webex,
    client: &ClientCredentials,
    tokens: &[(SecretString, TokenHint)],
) -> Result<(), Refusal> {
    for (token, hint) in tokens {
        webex.revoke(client, token, *hint).await?;
    }
    Ok(())
}

async fn forget_tokens(hub: &Hub, connection: &Connection, words: &str) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "UPDATE connection SET access_token = NULL, refresh_token = NULL, access_expires_at = NULL, \
         refresh_expires_at = NULL, refresh_attempt = NULL, refresh_until = NULL, revocation = $3 WHERE organization_id = $1 AND id = $2 AND removed_at IS NOT NULL",
    )
    .bind(connection.organization_id)
    .bind(connection.id)
    .bind(words.to_owned())
    .execute(&mut tx)
    .await?;
    let act = Act {
        action: "connection.revoked",
        subject: "connection",
        subject_id: connection.id.to_string(),
        details: json!({ "outcome": words }),
    };
    audit::record(hub, &mut tx, &Actor::system(connection.organization_id), act).await?;
    tx.commit().await?;
    Ok(())
}
