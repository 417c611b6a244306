//! What a host decides: which calendars make them busy, which one receives bookings, and what counts when one cannot be
//! read.

use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    db::Tx,
    error::invalid_field,
    id::{AccountId, OrganizationId},
};
use serde_json::json;

use crate::{
    CalendarLink, CalendarLinkId,
    store::{self, Choice},
};

/// Stores a host's decisions about calendars of theirs; those that are not named stay as they are. When one of them
/// receives bookings now, no other one does. Entries that were written before stay where they are.
pub(crate) async fn choose(
    hub: &Hub,
    actor: &Actor,
    (organization, account): (OrganizationId, AccountId),
    choices: &[(CalendarLinkId, Choice)],
) -> Result<()> {
    let known = store::of_account(hub, organization, account).await?;
    let mut chosen: Vec<(&CalendarLink, Choice)> = Vec::new();
    for (id, choice) in choices {
        let link = known.iter().find(|link| link.id == *id).ok_or_else(|| platform::not_found("calendar"))?;
        if choice.receives && !link.can_edit {
            let say = format!("Bookings cannot be written into “{}”: you may only read it.", link.name);
            return Err(invalid_field("receives", say));
        }
        chosen.push((link, *choice));
    }
    if chosen.iter().filter(|(_, choice)| choice.receives).count() > 1 {
        return Err(invalid_field("receives", "Only one calendar receives bookings."));
    }
    let mut tx = hub.db().begin().await?;
    if chosen.iter().any(|(_, choice)| choice.receives) {
        nobody_receives(&mut tx, organization, account).await?;
    }
    for (link, choice) in &chosen {
        // The one that receives is written in any case: all were just told not to.
        if is_other(link, *choice) || choice.receives {
            store::choose(&mut tx, link, *choice, hub.now()).await?;
        }
        if is_other(link, *choice) {
            record(hub, &mut tx, actor, (link, *choice)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn is_other(link: &CalendarLink, choice: Choice) -> bool {
    choice != Choice { makes_busy: link.makes_busy, receives: link.receives, policy: link.policy }
}

async fn nobody_receives(tx: &mut Tx, organization: OrganizationId, account: AccountId) -> Result<()> {
    tx.sql(
        "UPDATE calendar_link SET receives = $3 WHERE organization_id = $1 AND account_id = $2 AND receives",
    )
    .bind(organization)
    .bind(account)
    .bind(false)
    .execute(tx)
    .await?;
    Ok(())
}

async fn record(
    hub: &Hub,
    tx: &mut Tx,
    actor: &Actor,
    (link, choice): (&CalendarLink, Choice),
) -> Result<()> {
    let act = Act {
        action: "calendar.chosen",
        subject: "calendar",
        subject_id: link.id.to_string(),
        details: json!({
            "calendar": link.name,
            "makes_busy": choice.makes_busy,
            "receives_bookings": choice.receives,
            "when_unreadable": choice.policy.to_string(),
        }),
    };
    audit::record(hub, tx, actor, act).await
}
