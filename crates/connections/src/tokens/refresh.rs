//! A refresh: take the right, read again, journal, ask the provider, write the outcome whatever it is.

use std::time::Duration;

use oauth::{ClientCredentials, Kind, Refusal, Tokens};
use platform::{Hub, Result, bug, id::OrganizationId, keys};
use vault::Sealed;

use super::{
    claim::{Claim, claim, lock_here},
    hand_out::remembered,
    journal,
    outcome::{self, FreshTokens},
    sealing::{REFRESH, open_token},
};
use crate::{
    Connection, ConnectionId, Integration, connection,
    integrations::{self, Secret},
    provider, trouble,
};

/// How long others are waited for before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(25);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Renews the tokens of `version`. When it answers, they were renewed, here or elsewhere; the caller reads again.
pub(super) async fn refresh(
    hub: &Hub,
    organization: OrganizationId,
    id: ConnectionId,
    version: i64,
) -> Result<()> {
    let _turn = lock_here(hub, id).await;
    // Of thousands who waited, all but the first few find the new token here.
    if remembered(hub, (organization, id)).is_some() {
        return Ok(());
    }
    let patience = tokio::time::Instant::now() + PATIENCE;
    loop {
        let now = connection::get(hub, organization, id).await?;
        if now.token_version != version || now.is_removed() {
            return Ok(());
        }
        if let Some(claim) = claim(hub, organization, id, version).await? {
            // The refresh goes on even if the one who asked goes away: a rotated token must not be lost.
            let hub = hub.clone();
            let work = tokio::spawn(async move { refresh_claimed(&hub, claim).await });
            return work.await.map_err(|error| bug("a refresh ended early").because(error))?;
        }
        if tokio::time::Instant::now() > patience {
            let soon = hub.now().after(Duration::from_secs(5));
            return Err(platform::later(
                soon,
                "The token is being refreshed elsewhere. Ask again in a moment.",
            ));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        let seen = connection::get(hub, organization, id).await?;
        if let Some(error) = ended_badly_elsewhere(&now, &seen) {
            return Err(error);
        }
    }
}

/// Another process finished its attempt without new tokens: its finding is ours too.
fn ended_badly_elsewhere(before: &Connection, seen: &Connection) -> Option<platform::Error> {
    let ended = before.refresh_attempt.is_some()
        && seen.refresh_attempt.is_none()
        && seen.token_version == before.token_version;
    let trouble = seen.last_error.as_ref().filter(|_| ended)?;
    let fault = match seen.state {
        crate::State::Attention => platform::Fault::AskPerson,
        _ => platform::Fault::Later(seen.next_care_at.unwrap_or(seen.state_since)),
    };
    Some(platform::Error::new(fault, trouble.text()))
}

async fn refresh_claimed(hub: &Hub, claim: Claim) -> Result<()> {
    let integration =
        integrations::get(hub, claim.connection.organization_id, claim.connection.integration_id).await?;
    let asked_at = hub.now();
    match ask_provider(hub, &claim.connection, &integration).await? {
        Ok(tokens) => {
            let fresh = outcome::FreshTokens::seal(hub, &claim.connection, tokens, asked_at).await?;
            journal::keep(hub, &claim, &fresh).await;
            store(hub, &claim, &fresh).await?;
            journal::discard(hub, claim.attempt).await;
            integrations::clear_trouble(hub, integration.organization_id, integration.id).await
        }
        Err(refusal) => {
            outcome::write_refusal(hub, &claim, &integration, &refusal).await?;
            Err(trouble::as_error(integration.provider, &refusal, hub.now()))
        }
    }
}

/// Stores what the provider answered, however long the database is away: the provider may have rotated the
/// refresh token, so this answer is the only one that will work.
async fn store(hub: &Hub, claim: &Claim, fresh: &FreshTokens) -> Result<()> {
    let mut pause = Duration::from_millis(200);
    loop {
        match outcome::write_fresh(hub, claim, fresh).await {
            Ok(_) => return Ok(()),
            Err(error) if hub.stop().is_cancelled() => return Err(error),
            Err(error) => {
                tracing::error!(?error, connection = %claim.connection.id, "fresh tokens could not be stored yet")
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}

/// Asks with the current secret, then with the next one; the one that works is promoted.
async fn ask_provider(
    hub: &Hub,
    connection: &Connection,
    integration: &Integration,
) -> Result<Result<Tokens, Refusal>> {
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let key = (connection.organization_id, connection.id);
    let Some(sealed) = &connection.refresh_token else {
        return Err(bug("a refresh without a refresh token"));
    };
    let refresh_token = open_token(hub, key, REFRESH, sealed).await?;
    let mut refused = None;
    for (index, secret) in
        integrations::secrets(hub, integration.organization_id, integration.id).await?.iter().enumerate()
    {
        let client =
            ClientCredentials { id: integration.client_id.clone(), secret: open_secret(hub, secret).await? };
        match server.token.refresh(hub.outbound().client(), &client, &refresh_token, None).await {
            Ok(tokens) => {
                if index > 0 {
                    integrations::promote(hub, integration.organization_id, integration.id, secret.id)
                        .await?;
                }
                return Ok(Ok(tokens));
            }
            Err(refusal) if matches!(refusal.kind, Kind::App(_)) => {
                // The first refusal is the one to explain: the second secret may simply not be known yet.
                refused.get_or_insert(refusal);
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Err(refused.unwrap_or_else(no_secret)))
}

fn no_secret() -> Refusal {
    Refusal {
        kind: Kind::App(oauth::AppTrouble::WrongSecret),
        code: None,
        description: "the integration has no client secret".into(),
        http_status: None,
        correlation: None,
    }
}

pub(crate) async fn open_secret(hub: &Hub, secret: &Secret) -> Result<secrecy::SecretString> {
    let (organization, row) = (secret.organization_id.to_string(), secret.id.to_string());
    keys::open(hub, &Secret::sealed_place(&organization, &row), &Sealed::parse(secret.sealed.as_str())?).await
}
