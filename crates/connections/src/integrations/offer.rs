//! Offering an integration's secrets to its provider: the current one, then the next one.

use oauth::{AppTrouble, ClientCredentials, Kind, Refusal};
use platform::{Hub, Result, keys};
use secrecy::SecretString;
use vault::Sealed;

use super::{Integration, Secret, store};

/// Asks with each secret in turn until one is accepted, and answers which one that was.
///
/// Only a refusal of the app itself leads to the next secret: any other one is about the grant. Of two refusals the
/// first is answered, for the second secret may simply not be known at the provider yet.
pub(crate) async fn offer_secrets<T, F>(
    hub: &Hub,
    integration: &Integration,
    ask: impl Fn(ClientCredentials) -> F,
) -> Result<Result<(T, Secret), Refusal>>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let mut refused = None;
    for secret in store::secrets(hub, integration.organization_id, integration.id).await? {
        let id = integration.client_id.clone();
        match ask(ClientCredentials { id, secret: open_secret(hub, &secret).await? }).await {
            Ok(answer) => return Ok(Ok((answer, secret))),
            Err(refusal) if matches!(refusal.kind, Kind::App(_)) => {
                refused.get_or_insert(refusal);
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Err(refused.unwrap_or_else(no_secret)))
}

fn no_secret() -> Refusal {
    Refusal {
        kind: Kind::App(AppTrouble::WrongSecret),
        ..Refusal::bug("the integration has no client secret")
    }
}

/// Opens a secret to be sent to its provider.
pub(super) async fn open_secret(hub: &Hub, secret: &Secret) -> Result<SecretString> {
    let (organization, row) = (secret.organization_id.to_string(), secret.id.to_string());
    keys::open(hub, &Secret::sealed_place(&organization, &row), &Sealed::parse(secret.sealed.as_str())?).await
}
