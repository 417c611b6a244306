//! The return from the provider: the state is checked and used up, the code exchanged, the answer kept.

use oauth::{ClientCredentials, CodeGrant, Kind, Refusal, Tokens, callback::CallbackQuery};
use platform::{
    Actor, Fault, Hub, Result,
    audit::{self, Act},
    bug,
    random::fingerprint,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    AuthorizationRequest, Outcome, RequestId,
    begin::{open, seal, signed_in},
    complete::{Completed, complete},
    store,
};
use crate::{
    Integration,
    integrations::{self, Secret, SecretPlace},
    provider,
    trouble::{Trouble, TroubleKind, explain},
};

/// How a return ended.
pub(crate) enum Finished {
    Completed(Completed),
    /// The provider's answer is kept, but whose account it is could not be read yet.
    Kept(RequestId),
    /// The request ended without a connection; the page explains why and how to go on.
    Refused {
        request: Option<RequestId>,
        trouble: Trouble,
    },
}

/// The provider's answer as it is sealed with the request.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptTokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub expires_in: Option<u64>,
    pub refresh_token_expires_in: Option<u64>,
    pub scope: Option<String>,
    pub id_token: Option<String>,
    pub asked_at: platform::Instant,
}

/// Takes the provider's redirect. `query` is the raw query string.
pub(crate) async fn finish(hub: &Hub, actor: &Actor, query: &str) -> Result<Finished> {
    let person = signed_in(actor)?;
    let callback = match CallbackQuery::parse(query) {
        Ok(callback) => callback,
        Err(error) => {
            return Ok(refused(
                None,
                Trouble::new(
                    TroubleKind::Person,
                    "unreadable",
                    format!("The provider's answer cannot be used: {error}."),
                    START_AGAIN,
                ),
            ));
        }
    };
    let found = match &callback.state {
        Some(state) => store::find_by_state(hub, &fingerprint(state.expose_secret())).await?,
        None => None,
    };
    let Some(request) = found else { return Ok(refused(None, unknown_state(&callback))) };
    if request.session != person.session || request.account_id != person.account {
        return Ok(refused(None, foreign_state()));
    }
    if request.consumed_at.is_some() || request.outcome.is_some() {
        return Ok(refused(Some(request.id), used_state()));
    }
    if request.expires_at <= hub.now() {
        let trouble = late_state();
        end_refused(hub, actor, &request, &trouble).await?;
        return Ok(refused(Some(request.id), trouble));
    }
    if !store::consume(hub, &request).await? {
        return Ok(refused(Some(request.id), used_state()));
    }
    let integration = integrations::get(hub, request.organization_id, request.integration_id).await?;
    match exchange(hub, &request, &integration, &callback).await? {
        Ok(()) => match complete(hub, actor, request.id).await {
            Ok(completed) => Ok(Finished::Completed(completed)),
            // The answer is kept with the request; the person can try again there.
            Err(error) if matches!(error.fault, Fault::Later(_) | Fault::Storage | Fault::Bug) => {
                tracing::warn!(?error, request = %request.id, "an authorization could not be completed yet");
                Ok(Finished::Kept(request.id))
            }
            Err(error) => Err(error),
        },
        Err(refusal) => {
            let trouble = explain(integration.provider, &refusal);
            end_refused(hub, actor, &request, &trouble).await?;
            Ok(refused(Some(request.id), trouble))
        }
    }
}

async fn exchange(
    hub: &Hub,
    request: &AuthorizationRequest,
    integration: &Integration,
    callback: &CallbackQuery,
) -> Result<Result<(), Refusal>> {
    if !provider::accepts_issuer(hub, integration, callback.iss.as_deref())? {
        return Ok(Err(Refusal {
            kind: Kind::Person(oauth::PersonTrouble::Other),
            ..Refusal::bug("the answer came from another issuer")
        }));
    }
    if let Some(refusal) = provider::redirect_refusal(integration.provider, callback) {
        return Ok(Err(refusal));
    }
    let Some(code) = &callback.code else {
        return Ok(Err(Refusal::bug("the answer holds neither a code nor an error")));
    };
    let Some(sealed) = &request.verifier else { return Err(bug("a live request has no verifier")) };
    let verifier = open(hub, request, "verifier", sealed).await?;
    let asked_at = hub.now();
    match redeem(hub, integration, code, &verifier).await? {
        Err(refusal) => Ok(Err(refusal)),
        Ok((tokens, secret)) => {
            let kept = serde_json::to_string(&keep(&tokens, asked_at))
                .map_err(|error| bug("tokens as JSON").because(error))?;
            let sealed = seal(hub, request, "tokens", &SecretString::from(kept)).await?;
            store::keep_tokens(hub, request, sealed).await?;
            if secret.place == SecretPlace::Next {
                integrations::promote(hub, request.organization_id, integration.id, secret.id).await?;
            }
            Ok(Ok(()))
        }
    }
}

/// Redeems the code with the current secret, then with the next one: a refused client leaves the code unused.
async fn redeem(
    hub: &Hub,
    integration: &Integration,
    code: &SecretString,
    verifier: &SecretString,
) -> Result<Result<(Tokens, Secret), Refusal>> {
    let server = provider::authorization_server(hub, integration.provider, &integration.tenant)?;
    let redirect_uri = hub.settings().redirect_url();
    let grant = CodeGrant { code, redirect_uri: &redirect_uri, verifier };
    let (endpoint, http, grant) = (&server.token, hub.outbound().client(), &grant);
    let ask = |client: ClientCredentials| async move { endpoint.exchange_code(http, &client, grant).await };
    integrations::offer_secrets(hub, integration, ask).await
}

fn keep(tokens: &Tokens, asked_at: platform::Instant) -> KeptTokens {
    let text = |secret: &SecretString| secret.expose_secret().to_owned();
    KeptTokens {
        access_token: text(&tokens.access_token),
        refresh_token: tokens.refresh_token.as_ref().map(text),
        expires_in: tokens.expires_in.map(|lifetime| lifetime.as_secs()),
        refresh_token_expires_in: tokens.refresh_token_expires_in.map(|lifetime| lifetime.as_secs()),
        scope: tokens.scope.as_ref().map(ToString::to_string),
        id_token: tokens.id_token.as_ref().map(text),
        asked_at,
    }
}

async fn end_refused(
    hub: &Hub,
    actor: &Actor,
    request: &AuthorizationRequest,
    trouble: &Trouble,
) -> Result<()> {
    store::end(hub, request, Outcome::Refused(trouble.clone())).await?;
    let mut tx = hub.db().begin().await?;
    let act = Act {
        action: "authorization.refused",
        subject: "integration",
        subject_id: request.integration_id.to_string(),
        details: json!({ "code": trouble.code, "detail": trouble.detail }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

fn refused(request: Option<RequestId>, trouble: Trouble) -> Finished {
    Finished::Refused { request, trouble }
}

const START_AGAIN: &str = "Nothing was changed. Start again under My account → Connections.";

fn unknown_state(callback: &CallbackQuery) -> Trouble {
    if callback.admin_consent.is_some() && callback.error.is_none() {
        // Where Entra sends an administrator who approved the app by the link in our text.
        return Trouble::new(
            TroubleKind::Person,
            "admin_consent",
            "The app has been approved for the organization.",
            "Everybody can now authorize their own account under My account → Connections.",
        );
    }
    match callback.refusal() {
        // Some pages of the providers send errors back without the state.
        Some(refusal) => Trouble {
            detail: refusal.description.clone(),
            ..Trouble::new(
                TroubleKind::Person,
                "no_state",
                "The provider reported an error without saying for which sign-in.",
                START_AGAIN,
            )
        },
        None => Trouble::new(
            TroubleKind::Person,
            "unknown_state",
            "This answer does not belong to any sign-in that was started here.",
            START_AGAIN,
        ),
    }
}

fn foreign_state() -> Trouble {
    Trouble::new(
        TroubleKind::Person,
        "foreign_state",
        "This sign-in was started in another browser or by somebody else, so it was not carried out.",
        "Start it here, in the browser in which you want to finish it.",
    )
}

fn used_state() -> Trouble {
    Trouble::new(
        TroubleKind::Person,
        "used_state",
        "This answer was used already.",
        "If your connection does not show below, start again; nothing was lost.",
    )
}

fn late_state() -> Trouble {
    Trouble::new(
        TroubleKind::Person,
        "late_state",
        "Signing in took longer than ten minutes, so the answer is no longer accepted.",
        START_AGAIN,
    )
}
