//! The regular rounds: what is due is read, and what the room stands on is looked after.

use platform::{Hub, Result, id::OrganizationId, record};
use std::{collections::BTreeMap, time::Duration};

use crate::{CalendarLinkId, listing, reading, subscriptions, telling};

/// How many calendars one job reads.
const AT_ONCE: usize = 16;
/// How many calendars one round hands out.
const MOST: i64 = 1000;
/// A job that was lost is made up for after this time.
const MADE_UP: Duration = Duration::from_secs(180);

record! {
    struct Due {
        organization_id: OrganizationId,
        id: CalendarLinkId,
    }
}

/// A regular round: hands out the calendars that are due to be read. A few at a time share a job, for a thousand hosts
/// would otherwise leave a million jobs a day behind.
pub(crate) async fn read_due(hub: Hub) -> Result<()> {
    let now = hub.now();
    let due: Vec<Due> = hub
        .db()
        .sql("SELECT organization_id, id FROM calendar_link WHERE due_at <= $1 ORDER BY due_at LIMIT $2")
        .bind(now)
        .bind(MOST)
        .all(hub.db())
        .await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut by_organization: BTreeMap<OrganizationId, Vec<CalendarLinkId>> = BTreeMap::new();
    let mut tx = hub.db().begin().await?;
    for row in due {
        tx.sql(
            "UPDATE calendar_link SET due_at = $3 WHERE organization_id = $1 AND id = $2 AND due_at <= $4",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(now.after(MADE_UP))
        .bind(now)
        .execute(&mut tx)
        .await?;
        by_organization.entry(row.organization_id).or_default().push(row.id);
    }
    for (organization, links) in by_organization {
        for some in links.chunks(AT_ONCE) {
            reading::all(&hub, &mut tx, organization, some.to_vec()).await?;
        }
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// A regular round: new and removed connections, subscriptions, and owners who have to be told. One that fails does not
/// keep the others.
pub(crate) async fn look_after(hub: Hub) -> Result<()> {
    let rounds =
        [listing::look_after(&hub).await, subscriptions::look_after(&hub).await, telling::tell(&hub).await];
    rounds.into_iter().collect()
}
