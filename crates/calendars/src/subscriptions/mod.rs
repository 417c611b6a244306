//! Subscriptions: Microsoft tells us that something changed, and we look. Where it cannot reach us, calendars are asked
//! every minute instead; that is decided per calendar, by itself, and said on the page.

mod hook;
mod keep;
mod store;

use platform::{
    Hub, Result,
    db::Tx,
    jobs::{self, NewJob},
    web::{Access, Routes},
};
use serde::{Deserialize, Serialize};

use crate::{CalendarLink, CalendarLinkId, settings};

pub(crate) use keep::{end, run};
pub(crate) use store::{Subscription, due, is_standing, of_links};

/// Job: make or renew a calendar's subscription.
pub(crate) const KEEP_JOB: &str = "calendars.keep_subscription";
/// Job: end a subscription that nobody needs.
pub(crate) const END_JOB: &str = "calendars.end_subscription";

/// Where Microsoft tells us of changes, and of what happens to subscriptions.
const HOOK: &str = "/hooks/microsoft/calendars";
const LIFECYCLE_HOOK: &str = "/hooks/microsoft/calendars/lifecycle";

/// The addresses for Microsoft's notifications; what is posted there is believed only with a subscription's secret.
pub(crate) fn routes() -> Routes {
    Routes::default().post(HOOK, Access::Public, hook::receive).post(
        LIFECYCLE_HOOK,
        Access::Public,
        hook::receive,
    )
}

#[derive(Serialize, Deserialize)]
struct Payload {
    link: CalendarLinkId,
}

/// Whether Microsoft tells us of this calendar's changes.
pub(crate) async fn is_told(hub: &Hub, link: &CalendarLink) -> Result<bool> {
    if !settings::notifications(hub) {
        return Ok(false);
    }
    let found = store::find(hub, link.organization_id, link.id).await?;
    Ok(found.is_some_and(|subscription| subscription.is_alive(hub.now())))
}

/// Writes the job that makes or renews a subscription, or ends one.
pub(crate) async fn soon(
    hub: &Hub,
    tx: &mut Tx,
    kind: &'static str,
    link: (platform::id::OrganizationId, CalendarLinkId),
) -> Result<()> {
    let job = NewJob {
        organization: link.0,
        kind,
        dedupe: Some(link.1.to_string()),
        payload: jobs::payload(&Payload { link: link.1 }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// A regular round: subscriptions that are missing or end soon, and those that nobody needs any more.
pub(crate) async fn look_after(hub: &Hub) -> Result<()> {
    let wanted = settings::notifications(hub);
    let mut tx = hub.db().begin().await?;
    for row in due(hub, &mut tx, wanted).await? {
        let kind = if row.is_needed && wanted { KEEP_JOB } else { END_JOB };
        soon(hub, &mut tx, kind, (row.organization_id, row.id)).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}
