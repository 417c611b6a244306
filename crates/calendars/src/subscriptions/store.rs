//! The rows of subscriptions.

use platform::{
    Hub, Instant, Result,
    db::{Tx, built},
    id::OrganizationId,
    record,
};

use crate::{CalendarLink, CalendarLinkId, store::places};

record! {
    /// A subscription, or the attempt at one.
    #[derive(Clone, Debug)]
    pub(crate) struct Subscription {
        organization_id: OrganizationId,
        link_id: CalendarLinkId,
        /// Graph's id; none while there is no subscription.
        provider_id: Option<String>,
        /// The fingerprint of the secret that comes back with every notification.
        client_state: String,
        expires_at: Option<Instant>,
        renew_at: Option<Instant>,
        failures: i64,
        /// Why there is none, in words.
        trouble: Option<String>,
        /// When it is tried again.
        try_at: Option<Instant>,
        /// When Microsoft last told us something through it.
        notified_at: Option<Instant>,
    }
}

impl Subscription {
    /// Whether Microsoft tells us of changes at the moment.
    pub(crate) fn is_alive(&self, now: Instant) -> bool {
        self.provider_id.is_some() && self.expires_at.is_some_and(|end| end > now)
    }
}

macro_rules! columns {
    () => {
        "organization_id, link_id, provider_id, client_state, expires_at, renew_at, failures, trouble, try_at, notified_at"
    };
}

pub(super) async fn find(
    hub: &Hub,
    organization: OrganizationId,
    link: CalendarLinkId,
) -> Result<Option<Subscription>> {
    const TEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM calendar_subscription WHERE organization_id = $1 AND link_id = $2"
    );
    Ok(hub.db().sql(TEXT).bind(organization).bind(link).maybe(hub.db()).await?)
}

/// The subscriptions of these calendars.
pub(crate) async fn of_links(
    hub: &Hub,
    organization: OrganizationId,
    links: &[CalendarLink],
) -> Result<Vec<Subscription>> {
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        concat!(
            "SELECT ",
            columns!(),
            " FROM calendar_subscription WHERE organization_id = $1 AND link_id IN ({})"
        ),
        places(2, links.len())
    );
    let mut statement = hub.db().sql(built(text)).bind(organization);
    for link in links {
        statement = statement.bind(link.id);
    }
    Ok(statement.all(hub.db()).await?)
}

/// Whom a notification speaks of: by Graph's id, in whatever organization.
pub(super) async fn by_provider_id(hub: &Hub, id: &str) -> Result<Vec<Subscription>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM calendar_subscription WHERE provider_id = $1 LIMIT 10");
    Ok(hub.db().sql(TEXT).bind(id.to_owned()).all(hub.db()).await?)
}

record! {
    /// A calendar whose subscription needs somebody.
    pub(crate) struct Due {
        organization_id: OrganizationId,
        id: CalendarLinkId,
        is_needed: bool,
    }
}

/// Calendars whose subscription is missing, ends soon, or is needed no longer. Only those of connected mailboxes need one.
pub(crate) async fn due(hub: &Hub, tx: &mut Tx, wanted: bool) -> Result<Vec<Due>> {
    const TEXT: &str = "SELECT link.organization_id, link.id, \
        (mailbox.connection_id IS NOT NULL AND (link.makes_busy OR link.receives)) AS is_needed \
        FROM calendar_link link LEFT JOIN calendar_subscription sub \
        ON sub.organization_id = link.organization_id AND sub.link_id = link.id \
        LEFT JOIN calendar_mailbox mailbox \
        ON mailbox.organization_id = link.organization_id AND mailbox.connection_id = link.connection_id \
        WHERE ($1 AND mailbox.connection_id IS NOT NULL AND (link.makes_busy OR link.receives) \
        AND (sub.link_id IS NULL OR sub.try_at <= $2 OR sub.renew_at <= $2)) \
        OR (sub.provider_id IS NOT NULL \
        AND NOT ($1 AND mailbox.connection_id IS NOT NULL AND (link.makes_busy OR link.receives))) LIMIT 500";
    Ok(tx.sql(TEXT).bind(wanted).bind(hub.now()).all(tx).await?)
}

/// Whether Microsoft may still have a subscription to this calendar, which is to be ended before the row is forgotten.
pub(crate) async fn is_standing(tx: &mut Tx, link: &CalendarLink) -> Result<bool> {
    let found: Option<(String,)> = tx
        .sql(
            "SELECT provider_id FROM calendar_subscription \
             WHERE organization_id = $1 AND link_id = $2 AND provider_id IS NOT NULL",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .maybe(tx)
        .await?;
    Ok(found.is_some())
}

/// Notes what a subscription is about to be made with, before Microsoft is asked.
pub(super) async fn prepare(
    hub: &Hub,
    link: &CalendarLink,
    client_state: &str,
    try_at: Instant,
) -> Result<()> {
    hub.db()
        .sql(
            "INSERT INTO calendar_subscription (organization_id, link_id, client_state, failures, try_at) \
             VALUES ($1, $2, $3, 0, $4) ON CONFLICT (organization_id, link_id) DO UPDATE SET provider_id = NULL, \
             client_state = $3, expires_at = NULL, renew_at = NULL, try_at = $4",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(client_state.to_owned())
        .bind(try_at)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Microsoft keeps this subscription, made with this secret, until then. Nothing is noted when another attempt has begun
/// since: that one's secret is the one that counts.
pub(super) async fn kept(
    hub: &Hub,
    link: &CalendarLink,
    (id, client_state): (&str, &str),
    (expires, renew): (Instant, Instant),
) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_subscription SET provider_id = $3, expires_at = $4, renew_at = $5, failures = 0, \
             trouble = NULL, try_at = NULL WHERE organization_id = $1 AND link_id = $2 AND client_state = $6",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(id.to_owned())
        .bind(expires)
        .bind(renew)
        .bind(client_state.to_owned())
        .execute(hub.db())
        .await?;
    Ok(())
}

/// There is none, or it could not be renewed: why, and when it is tried again.
pub(super) async fn failed(hub: &Hub, link: &CalendarLink, trouble: &str, again: Instant) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_subscription SET failures = failures + 1, trouble = $3, \
             try_at = CASE WHEN provider_id IS NULL THEN $4 ELSE NULL END, \
             renew_at = CASE WHEN provider_id IS NULL THEN NULL ELSE $4 END \
             WHERE organization_id = $1 AND link_id = $2",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(trouble.to_owned())
        .bind(again)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Forgets a subscription.
pub(super) async fn forget(hub: &Hub, organization: OrganizationId, link: CalendarLinkId) -> Result<()> {
    hub.db()
        .sql("DELETE FROM calendar_subscription WHERE organization_id = $1 AND link_id = $2")
        .bind(organization)
        .bind(link)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Something arrived through it; `removed`: Microsoft has ended it, `renew`: Microsoft wants it renewed now.
pub(super) async fn notified(
    tx: &mut Tx,
    subscription: &Subscription,
    now: Instant,
    (removed, renew): (bool, bool),
) -> Result<()> {
    tx.sql(
        "UPDATE calendar_subscription SET notified_at = $4, \
         provider_id = CASE WHEN $5 THEN NULL ELSE provider_id END, \
         try_at = CASE WHEN $5 THEN $4 ELSE try_at END, \
         renew_at = CASE WHEN $6 THEN $4 ELSE renew_at END \
         WHERE organization_id = $1 AND link_id = $2 AND provider_id = $3",
    )
    .bind(subscription.organization_id)
    .bind(subscription.link_id)
    .bind(subscription.provider_id.clone().unwrap_or_default())
    .bind(now)
    .bind(removed)
    .bind(renew)
    .execute(tx)
    .await?;
    Ok(())
}
