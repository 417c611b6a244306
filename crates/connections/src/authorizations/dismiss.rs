//! Putting a request aside: nothing is connected, and what the provider has granted meanwhile is given back.

use platform::{Hub, Result, actor::Person, bug};
use secrecy::{ExposeSecret, SecretString};

use super::{AuthorizationRequest, Outcome, RequestId, begin::open, finish::KeptTokens, store};
use crate::{Integration, Provider, integrations, removal};

/// The person puts the request aside; a grant that was kept for their decision is revoked where that is possible.
pub(crate) async fn dismiss(hub: &Hub, person: &Person, id: RequestId) -> Result<()> {
    let request = store::get(hub, person, id).await?;
    let integration = integrations::get(hub, request.organization_id, request.integration_id).await?;
    // Only another account's: a grant of the same account may share its tokens with the connection that stays.
    if let (Some(sealed), Some(Outcome::OtherAccount { .. })) = (&request.tokens, &request.outcome)
        && let Err(error) = give_back(hub, &request, &integration, sealed).await
    {
        // It ends at the provider by itself when it is never used.
        tracing::warn!(?error, request = %id, "a grant that nobody wants could not be revoked");
    }
    store::end(hub, &request, Outcome::Dismissed).await
}

async fn give_back(
    hub: &Hub,
    request: &AuthorizationRequest,
    integration: &Integration,
    sealed: &str,
) -> Result<()> {
    if integration.provider != Provider::Webex {
        return Ok(());
    }
    let kept: KeptTokens = serde_json::from_str(open(hub, request, "tokens", sealed).await?.expose_secret())
        .map_err(|error| bug("kept tokens").because(error))?;
    let refresh = kept.refresh_token.map(SecretString::from);
    removal::revoke_grant(hub, integration, SecretString::from(kept.access_token), refresh).await
}
