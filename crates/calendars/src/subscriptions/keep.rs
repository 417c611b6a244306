//! Making, renewing and ending subscriptions.

use std::time::Duration;

use connections::CallError;
use microsoft::graph::{
    Graph, LONGEST_SUBSCRIPTION, NewSubscription, Subscription as Granted, events_resource, is_unreachable,
};
use oauth::ApiKind;
use platform::{Hub, Instant, Result, jobs::Job, random::fingerprint};
use secrecy::SecretString;

use super::{HOOK, LIFECYCLE_HOOK, Payload, store};
use crate::{
    CalendarLink, lost,
    mailbox::{self, Mailbox},
    reading, settings,
};

/// While a subscription is being made nobody else begins; after a crash it is tried again.
const WHILE_ASKING: Duration = Duration::from_secs(120);
/// After passing trouble, doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// After Microsoft could not reach us: the operator has to do something, and may not even want to.
const UNREACHABLE_PAUSE: Duration = Duration::from_secs(3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);
/// A subscription whose granted end cannot be read is taken to live this long.
const SHORTEST: Duration = Duration::from_secs(45 * 60);

/// Job: makes a calendar's subscription, or renews it.
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { link } = job.payload()?;
    let Some(link) = crate::store::find(&hub, hub.db(), job.organization, link).await? else { return Ok(()) };
    if !link.is_used() || lost::is_lost(&link) || !settings::notifications(&hub) {
        return Ok(());
    }
    let now = hub.now();
    let known = store::find(&hub, link.organization_id, link.id).await?;
    let alive = known.as_ref().filter(|known| known.is_alive(now));
    if let Some((id, known)) = alive.and_then(|known| Some((known.provider_id.clone()?, known))) {
        if known.renew_at.is_some_and(|at| at > now) {
            return Ok(());
        }
        if renew(&hub, &link, &id, known).await? {
            return Ok(());
        }
    } else if known
        .as_ref()
        .is_some_and(|known| known.provider_id.is_none() && known.try_at.is_some_and(|at| at > now))
    {
        return Ok(());
    }
    create(&hub, &link, known.map_or(0, |known| known.failures)).await
}

fn mailbox_of(link: &CalendarLink) -> Mailbox {
    Mailbox { organization: link.organization_id, connection: link.connection_id, id: link.mailbox.clone() }
}

/// Renews, which also answers Microsoft's wish for a new authorization ("change notifications: lifecycle events").
/// False when Microsoft no longer has the subscription.
async fn renew(hub: &Hub, link: &CalendarLink, id: &str, known: &store::Subscription) -> Result<bool> {
    let until = hub.now().after(LONGEST_SUBSCRIPTION).timestamp();
    let work = |graph: Graph, token| async move { graph.renew_subscription(&token, id, until).await };
    match mailbox::ask(hub, &mailbox_of(link), work).await {
        Ok(granted) => keep(hub, link, &granted, &known.client_state).await.map(|()| true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => fail(hub, link, error, known.failures).await.map(|()| true),
    }
}

async fn keep(hub: &Hub, link: &CalendarLink, granted: &Granted, client_state: &str) -> Result<()> {
    let now = hub.now();
    let expires = granted.expires.map_or(now.after(SHORTEST), Instant::from);
    store::kept(hub, link, (&granted.id, client_state), (expires, now.after(expires.since(now) / 2))).await
}

async fn create(hub: &Hub, link: &CalendarLink, failures: i64) -> Result<()> {
    let secret = SecretString::from(hub.random().token());
    let client_state = fingerprint(secrecy::ExposeSecret::expose_secret(&secret));
    store::prepare(hub, link, &client_state, hub.now().after(WHILE_ASKING)).await?;
    match subscribe(hub, link, &secret).await {
        Ok(granted) => {
            keep(hub, link, &granted, &client_state).await?;
            // What changed before the subscription began, nobody tells.
            let mut tx = hub.db().begin().await?;
            reading::soon(hub, &mut tx, link.organization_id, link.id).await?;
            tx.commit().await?;
            hub.wake().now();
            Ok(())
        }
        Err(error) => fail(hub, link, error, failures).await,
    }
}

async fn subscribe(hub: &Hub, link: &CalendarLink, secret: &SecretString) -> Result<Granted, CallError> {
    let mailbox = &mailbox_of(link);
    let resource = events_resource((!link.is_default).then_some(link.provider_id.as_str()));
    let (hook, lifecycle) = (hub.settings().url(HOOK), hub.settings().url(LIFECYCLE_HOOK));
    end_strays(hub, mailbox, &resource, &hook).await?;
    let new = &NewSubscription {
        resource: &resource,
        change_type: "created,updated,deleted",
        notification_url: &hook,
        lifecycle_url: Some(&lifecycle),
        client_state: secret,
        expires: hub.now().after(LONGEST_SUBSCRIPTION).timestamp(),
    };
    mailbox::ask(hub, mailbox, |graph, token| async move { graph.create_subscription(&token, new).await })
        .await
}

/// Ends what an attempt whose answer was lost may have left: nobody has its secret any more.
async fn end_strays(hub: &Hub, mailbox: &Mailbox, resource: &str, hook: &str) -> Result<(), CallError> {
    let list = |graph: Graph, token| async move { graph.list_subscriptions(&token).await };
    for found in mailbox::ask(hub, mailbox, list).await? {
        let is_same = |text: &str| text.trim_start_matches('/').eq_ignore_ascii_case(resource);
        if found.notification_url.as_deref() == Some(hook) && is_same(&found.resource) {
            let id = found.id.as_str();
            let delete = |graph: Graph, token| async move { graph.delete_subscription(&token, id).await };
            mailbox::ask(hub, mailbox, delete).await?;
        }
    }
    Ok(())
}

async fn fail(hub: &Hub, link: &CalendarLink, error: CallError, failures: i64) -> Result<()> {
    let unreachable = error.api().is_some_and(is_unreachable);
    let refused = error.api().is_some_and(|error| {
        matches!(error.kind, ApiKind::Invalid | ApiKind::Forbidden | ApiKind::NotFound | ApiKind::Conflict)
    });
    let retry_after = error.api().and_then(|error| match error.kind {
        ApiKind::Passing { retry_after } => retry_after,
        _ => None,
    });
    let (words, first) = if unreachable {
        let host = hub.settings().public_url.host_str().unwrap_or("this server").to_owned();
        (format!("Microsoft could not reach {host} to tell us of changes."), UNREACHABLE_PAUSE)
    } else if refused {
        ("Microsoft does not tell of changes in this calendar.".to_owned(), LONGEST_PAUSE)
    } else {
        ("The subscription to changes could not be made yet.".to_owned(), FIRST_PAUSE)
    };
    let error = error.explain(hub);
    tracing::info!(?error, link = %link.id, "a subscription could not be kept");
    let doublings = u32::try_from(failures.clamp(0, 10)).unwrap_or(10);
    let pause = first.saturating_mul(1 << doublings).min(LONGEST_PAUSE).mul_f64(hub.random().jitter());
    store::failed(hub, link, &words, hub.now().after(pause.max(retry_after.unwrap_or_default()))).await
}

/// Job: ends a subscription that nobody needs. Whatever Microsoft says, it is forgotten here, and ends there by itself.
pub(crate) async fn end(hub: Hub, job: Job) -> Result<()> {
    let Payload { link } = job.payload()?;
    let Some(known) = store::find(&hub, job.organization, link).await? else { return Ok(()) };
    let link = crate::store::find(&hub, hub.db(), job.organization, link).await?;
    let is_needed =
        |link: &CalendarLink| link.is_used() && !lost::is_lost(link) && settings::notifications(&hub);
    let Some(link) = link.filter(|link| !is_needed(link)) else {
        return Ok(());
    };
    if let Some(id) = known.provider_id.as_deref() {
        let work = |graph: Graph, token| async move { graph.delete_subscription(&token, id).await };
        if let Err(error) = mailbox::ask(&hub, &mailbox_of(&link), work).await {
            tracing::info!(%error, link = %link.id, "a subscription was not ended at Microsoft; it ends by itself");
        }
    }
    store::forget(&hub, link.organization_id, link.id).await
}
