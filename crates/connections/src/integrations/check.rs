//! The check of an integration's credentials: at once when something was saved, on demand, and by itself while
//! a new app is not yet known to Webex.

use std::time::Duration;

use jiff::tz::TimeZone;
use platform::{Fault, Hub, Instant, Result, id::OrganizationId, jobs::Job};
use secrecy::ExposeSecret;

use super::{
    Integration, IntegrationId, Secret, SecretPlace, Verdict, VerdictKind,
    change::enqueue_check,
    offer::open_secret,
    probe::{self, Page},
    secrets::promote,
    store,
};
use crate::Provider;

/// Job: check again.
pub(crate) const CHECK_JOB: &str = "connections.check_integration";

/// How often a new app is tried while Webex does not know it.
const PROPAGATION_RETRY: Duration = Duration::from_secs(20);
/// How long a new app may take to become known at Webex ("several minutes" in LibCal's guide).
const PROPAGATION_GRACE: Duration = Duration::from_secs(15 * 60);

/// Checks page and secrets now, stores the verdict, and answers the integration with it.
pub(crate) async fn check_now(
    hub: &Hub,
    organization: OrganizationId,
    id: IntegrationId,
) -> Result<Integration> {
    let integration = store::get(hub, organization, id).await?;
    if integration.is_trial {
        return Ok(integration);
    }
    let page = probe::authorize_page(hub, &integration).await?;
    let zone = accounts::find_organization(hub, Some(&organization.to_string())).await?.time_zone;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let day = |at: Instant| at.timestamp().to_zoned(zone.clone()).strftime("%-d %b %Y").to_string();
    let mut best = None;
    for secret in store::secrets(hub, organization, id).await? {
        let kind = probe::combine(page, check_secret(hub, &integration, &secret).await?);
        let verdict = describe(hub, &integration, kind, secret.expires_on.map(day));
        store_secret_verdict(hub, &secret, &verdict).await?;
        // The current one speaks for the integration, unless only the next one works.
        let counts = best.is_none() || (kind == VerdictKind::Accepted && !is_accepted(best.as_ref()));
        if counts {
            if secret.place == SecretPlace::Next && kind == VerdictKind::Accepted {
                promote(hub, organization, id, secret.id).await?;
            }
            best = Some(verdict);
        }
    }
    let verdict = best.unwrap_or_else(|| describe(hub, &integration, no_secret(page), None));
    store_verdict(hub, &integration, &verdict).await?;
    if verdict.kind == VerdictKind::Accepted {
        store::clear_trouble(hub, organization, id).await?;
    }
    store::get(hub, organization, id).await
}

/// The check after something was saved: what is saved stays saved, even when its verdict cannot be stored.
pub(super) async fn check_saved(
    hub: &Hub,
    organization: OrganizationId,
    id: IntegrationId,
) -> Result<Integration> {
    match check_now(hub, organization, id).await {
        Err(error) if error.fault == Fault::Storage => {
            tracing::warn!(?error, integration = %id, "saved, but its check could not be stored");
            store::get(hub, organization, id).await
        }
        checked => checked,
    }
}

fn is_accepted(verdict: Option<&Verdict>) -> bool {
    verdict.is_some_and(|verdict| verdict.kind == VerdictKind::Accepted)
}

fn no_secret(page: Page) -> VerdictKind {
    if page == Page::UnknownClient { VerdictKind::UnknownClient } else { VerdictKind::NoSecret }
}

/// Job: the same check, by itself.
pub(crate) async fn run_check(hub: Hub, job: Job) -> Result<()> {
    check_now(&hub, job.organization, job.payload()?).await?;
    Ok(())
}

async fn check_secret(hub: &Hub, integration: &Integration, secret: &Secret) -> Result<VerdictKind> {
    let value = open_secret(hub, secret).await?;
    let kind = probe::secret(hub, integration, value.clone()).await?;
    let is_id = integration.provider == Provider::Microsoft
        && microsoft::entra::looks_like_secret_id(value.expose_secret());
    Ok(if is_id && kind == VerdictKind::WrongSecret { VerdictKind::SecretId } else { kind })
}

/// The verdict in words; a new app that Webex does not know yet gets its grace.
fn describe(hub: &Hub, integration: &Integration, kind: VerdictKind, expires_on: Option<String>) -> Verdict {
    let now = hub.now();
    let is_new = now.since(integration.registered_at) < PROPAGATION_GRACE;
    let may_be_propagating =
        integration.provider == Provider::Webex && kind == VerdictKind::UnknownClient && is_new;
    let kind = if may_be_propagating { VerdictKind::Propagating } else { kind };
    let next_check_at = match kind {
        VerdictKind::Propagating => Some(now.after(PROPAGATION_RETRY)),
        VerdictKind::ProviderUnreachable => Some(now.after(Duration::from_secs(60))),
        _ => None,
    };
    Verdict { kind, say: say(hub, integration.provider, kind, expires_on), next_check_at }
}

fn say(hub: &Hub, provider: Provider, kind: VerdictKind, expires_on: Option<String>) -> String {
    let name = provider.title();
    match kind {
        VerdictKind::Accepted => format!("{name} accepts this Client ID and secret."),
        VerdictKind::WrongSecret => format!("{name} knows this Client ID but does not accept the secret. Copy the secret's value once more, or create a new one there."),
        VerdictKind::SecretId => "This looks like the secret's ID. Paste its Value: the long text that Entra shows only once, right after the secret is made.".into(),
        VerdictKind::SecretExpired => match expires_on {
            Some(on) => format!("The secret expired on {on}. Create a new one at {name} and add it here; nobody needs to authorize again."),
            None => format!("The secret has expired. Create a new one at {name} and add it here; nobody needs to authorize again."),
        },
        VerdictKind::UnknownClient if provider == Provider::Microsoft => "Entra does not know this Client ID in this tenant. Compare the Application (client) ID and the Directory (tenant) ID with the app's overview page.".into(),
        VerdictKind::UnknownClient => format!("{name} does not know this Client ID. Compare it with the app's page there, letter by letter."),
        VerdictKind::RedirectNotRegistered => format!("The redirect URL is not registered at the app. Add {} there, letter by letter.", hub.settings().redirect_url()),
        VerdictKind::ScopeNotAllowed => "The app lacks some of the scopes listed here. Tick them at the app, or remove the purpose that needs them.".into(),
        VerdictKind::AppRefused => format!("{name} refuses the app as it is registered. Compare the registration with the steps shown here."),
        VerdictKind::ProviderUnreachable => format!("{name} could not be reached. It is checked again in a minute; if it lasts, look at the network and at {name}'s status page."),
        VerdictKind::Propagating => "Just registered, not yet known to Webex: retrying every 20 seconds, nothing to do. If this stays for more than a quarter of an hour, compare the Client ID with the app's page.".into(),
        VerdictKind::NoSecret => "There is no client secret yet. Add one below.".into(),
    }
}

async fn store_verdict(hub: &Hub, integration: &Integration, verdict: &Verdict) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql("UPDATE integration SET verdict = $3, checked_at = $4 WHERE organization_id = $1 AND id = $2 AND version = $5")
        .bind(integration.organization_id)
        .bind(integration.id)
        .bind(verdict.clone())
        .bind(hub.now())
        .bind(integration.version)
        .execute(&mut tx)
        .await?;
    if let Some(at) = verdict.next_check_at {
        enqueue_check(hub, &mut tx, integration, at).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn store_secret_verdict(hub: &Hub, secret: &Secret, verdict: &Verdict) -> Result<()> {
    hub.db()
        .sql("UPDATE integration_secret SET verdict = $3 WHERE organization_id = $1 AND id = $2")
        .bind(secret.organization_id)
        .bind(secret.id)
        .bind(verdict.clone())
        .execute(hub.db())
        .await?;
    Ok(())
}
