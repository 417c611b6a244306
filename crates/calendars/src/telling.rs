//! Telling hosts that a calendar of theirs cannot be read: once by mail after a while, and on every page.

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use notifications::{Letter, Link};
use platform::{
    Actor, Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
    record,
    web::Banner,
};

use crate::CalendarLinkId;

/// Passing trouble is over sooner than that; nobody is disturbed for it.
const GRACE: Duration = Duration::from_secs(15 * 60);

record! {
    #[derive(Clone, Debug)]
    struct Broken {
        organization_id: OrganizationId,
        id: CalendarLinkId,
        account_id: AccountId,
        name: String,
        trouble: String,
    }
}

const BROKEN: &str = "SELECT organization_id, id, account_id, name, trouble FROM calendar_link \
    WHERE trouble IS NOT NULL AND NOT by_connection AND (makes_busy OR receives) AND trouble_since <= $1 ";

/// A regular round: each owner gets one mail for all the calendars that broke, and none again until they were well.
pub(crate) async fn tell(hub: &Hub) -> Result<()> {
    const TEXT: &str = "AND told_at IS NULL ORDER BY organization_id, account_id, id LIMIT 1000";
    let since = hub.now().before(GRACE);
    let statement = hub.db().sql(platform::db::built(format!("{BROKEN}{TEXT}"))).bind(since);
    let broken: Vec<Broken> = statement.all(hub.db()).await?;
    let mut by_owner: BTreeMap<(OrganizationId, AccountId), Vec<Broken>> = BTreeMap::new();
    for row in broken {
        by_owner.entry((row.organization_id, row.account_id)).or_default().push(row);
    }
    for ((organization, owner), links) in by_owner {
        // One owner who cannot be told must not silence the others.
        if let Err(error) = tell_owner(hub, organization, owner, &links).await {
            tracing::error!(?error, %owner, "the owner of a calendar could not be told");
        }
    }
    Ok(())
}

async fn tell_owner(
    hub: &Hub,
    organization: OrganizationId,
    owner: AccountId,
    links: &[Broken],
) -> Result<()> {
    let owner = accounts::account(hub, organization, owner).await?;
    let mut tx = hub.db().begin().await?;
    let mut told = Vec::new();
    for link in links {
        if mark_told(&mut tx, link, hub.now()).await? {
            told.push(link);
        }
    }
    if !told.is_empty() && owner.is_active() {
        let mail =
            letter(hub, &owner.name, &told).addressed(hub, organization, owner.email.as_str(), None)?;
        notifications::send(hub, &mut tx, mail).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

async fn mark_told(tx: &mut Tx, link: &Broken, now: Instant) -> Result<bool> {
    let marked = tx
        .sql("UPDATE calendar_link SET told_at = $3 WHERE organization_id = $1 AND id = $2 AND told_at IS NULL")
        .bind(link.organization_id)
        .bind(link.id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(marked == 1)
}

fn letter(hub: &Hub, name: &str, links: &[&Broken]) -> Letter {
    let mut paragraphs: Vec<String> = links
        .iter()
        .map(|link| format!("Your calendar “{}” cannot be read: {}", link.name, link.trouble))
        .collect();
    paragraphs.push(
        "Until it can be read again, what you chose for that case applies; unless you chose otherwise, nobody can book \
         you. It is tried again by itself."
            .to_owned(),
    );
    Letter {
        subject: "Your Outlook calendar cannot be read".into(),
        name: name.to_owned(),
        paragraphs,
        link: Some(Link { label: "Open your calendars".into(), url: hub.settings().url("/my/calendars") }),
    }
}

/// What this room says on top of every page.
pub(crate) fn banner(hub: Hub, actor: Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>> {
    Box::pin(async move {
        let Some(person) = actor.person() else { return Ok(Vec::new()) };
        let text = format!("{BROKEN} AND organization_id = $2 AND account_id = $3 ORDER BY id LIMIT 20");
        let statement = hub.db().sql(platform::db::built(text)).bind(hub.now().before(GRACE));
        let broken: Vec<Broken> =
            statement.bind(person.organization).bind(person.account).all(hub.db()).await?;
        let text = match broken.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => format!("Your calendar “{}” cannot be read. {}", one.name, one.trouble),
            many => format!("{} of your calendars cannot be read.", many.len()),
        };
        Ok(vec![Banner { text, link: Some(("Calendars".into(), "/my/calendars".into())) }])
    })
}
