//! A refresh: take the right, read again, journal, ask the provider, write the outcome whatever it is.

use std::time::Duration;

use oauth::{ClientCredentials, Refusal, Tokens};
use platform::{Hub, Instant, Result, bug};

use super::{
    AccessToken,
    claim::{Claim, claim, lock_here},
    hand_out::remembered,
    journal,
    outcome::{self, FreshTokens},
    sealing::{REFRESH, open_token},
};
use crate::{
    Connection, Integration, connection,
    integrations::{self, Secret, SecretPlace},
    provider, trouble,
};

/// How long others are waited for before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(25);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Renews the tokens that the caller saw. When it answers, they were renewed, here or elsewhere; the caller reads
/// again. Whoever waited for an attempt that failed gets its finding: the provider is not asked once more.
pub(super) async fn refresh(hub: &Hub, seen: &Connection) -> Result<()> {
    let (organization, id) = (seen.organization_id, seen.id);
    let _turn = lock_here(hub, id).await;
    // Of thousands who waited, all but the first few find the new token here.
    let newer = |token: AccessToken| Some(token.expires_at) > seen.access_expires_at;
    if remembered(hub, (organization, id)).is_some_and(newer) {
        return Ok(());
    }
    let patience = tokio::time::Instant::now() + PATIENCE;
    loop {
        let now = connection::get(hub, organization, id).await?;
        if now.token_version != seen.token_version || now.is_removed() {
            return Ok(());
        }
        if let Some(error) = finding_of_another(seen, &now) {
            return Err(error);
        }
        if let Some(claim) = claim(hub, organization, id, seen.token_version).await? {
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
    }
}

/// An attempt that ended after the caller looked, without new tokens.
fn finding_of_another(seen: &Connection, now: &Connection) -> Option<platform::Error> {
    let was_begun = seen.refresh_attempt.is_some() || now.last_attempt_at > seen.last_attempt_at;
    let ended = was_begun && now.refresh_attempt.is_none();
    let trouble = now.last_error.as_ref().filter(|_| ended)?;
    let again = now.next_care_at.or(now.last_attempt_at).unwrap_or(now.state_since);
    Some(trouble::as_error(trouble, again))
}

async fn refresh_claimed(hub: &Hub, claim: Claim) -> Result<()> {
    let integration =
        integrations::get(hub, claim.connection.organization_id, claim.connection.integration_id).await?;
    let asked_at = hub.now();
    let answer = match ask_provider(hub, &claim.connection, &integration).await {
        Ok(answer) => answer,
        // Something of ours cannot be read; that is an outcome too, or it would be tried every minute in silence.
        Err(error) => {
            tracing::error!(?error, connection = %claim.connection.id, "a refresh could not be asked for");
            Err(Refusal::bug("Switchboard could not read its own secrets for this connection"))
        }
    };
    match answer {
        Ok(renewed) => {
            let fresh = seal(hub, &claim, &renewed.tokens, asked_at).await?;
            journal::keep(hub, &claim, &fresh).await;
            store(hub, &claim, &fresh).await?;
            journal::discard(hub, claim.attempt).await;
            settle_app(hub, &integration, &renewed).await
        }
        Err(refusal) => {
            let trouble = trouble::explain(integration.provider, &refusal);
            outcome::write_refusal(hub, &claim, &integration, &refusal, &trouble).await?;
            Err(trouble::as_error(&trouble, trouble::ask_again_at(&refusal, hub.now())))
        }
    }
}

/// What the provider answered, and the secret with which it did.
struct Renewed {
    tokens: Tokens,
    secret: Secret,
}

/// The app works: its trouble is over, and the secret that worked is the current one. After the tokens are safe.
async fn settle_app(hub: &Hub, integration: &Integration, renewed: &Renewed) -> Result<()> {
    let (organization, id) = (integration.organization_id, integration.id);
    if renewed.secret.place == SecretPlace::Next {
        integrations::promote(hub, organization, id, renewed.secret.id).await?;
    }
    integrations::clear_trouble(hub, organization, id).await
}

/// Seals what the provider answered, however long the keys' table is away.
async fn seal(hub: &Hub, claim: &Claim, tokens: &Tokens, asked_at: Instant) -> Result<FreshTokens> {
    insist(hub, claim, || FreshTokens::seal(hub, &claim.connection, tokens, asked_at)).await
}

/// Stores it, however long the database is away.
async fn store(hub: &Hub, claim: &Claim, fresh: &FreshTokens) -> Result<()> {
    insist(hub, claim, || outcome::write_fresh(hub, claim, fresh)).await.map(drop)
}

/// Tries until it works or the server stops: the provider may have rotated the refresh token, so what it answered
/// is the only one that will work.
async fn insist<T, F: Future<Output = Result<T>>>(
    hub: &Hub,
    claim: &Claim,
    act: impl Fn() -> F,
) -> Result<T> {
    let mut pause = Duration::from_millis(200);
    loop {
        match act().await {
            Ok(done) => return Ok(done),
            Err(error) if hub.stop().is_cancelled() => return Err(error),
            Err(error) => {
                tracing::error!(?error, connection = %claim.connection.id, "fresh tokens could not be kept yet");
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}

/// Asks with the current secret, then with the next one.
async fn ask_provider(
    hub: &Hub,
    connection: &Connection,
    integration: &Integration,
) -> Result<Result<Renewed, Refusal>> {
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let key = (connection.organization_id, connection.id);
    let Some(sealed) = &connection.refresh_token else {
        return Err(bug("a refresh without a refresh token"));
    };
    let refresh_token = open_token(hub, key, REFRESH, sealed).await?;
    let (endpoint, http, grant) = (&server.token, hub.outbound().client(), &refresh_token);
    let ask = |client: ClientCredentials| async move { endpoint.refresh(http, &client, grant, None).await };
    let answer = integrations::offer_secrets(hub, integration, ask).await?;
    Ok(answer.map(|(tokens, secret)| Renewed { tokens, secret }))
}
