//! Removing an entry.

use std::time::Duration;

use platform::{
    Hub, Result,
    id::{AccountId, OrganizationId},
    later,
};

use super::{
    find,
    store::{self, State},
    target,
};

const SOON: Duration = Duration::from_secs(2);
/// A request to make an entry whose answer was lost may still be under way for this long.
const UNTIL_SHOWN: Duration = Duration::from_secs(60);

/// What became of an entry that was to go.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is not in Outlook (any more).
    Removed,
    /// It still stands there, for the reason in these words; removing it again, once that is over, takes it out.
    LeftThere(&'static str),
}

/// Removes the entry `key` from the host's calendar. What is already gone counts as removed; an entry in a mailbox that
/// is no longer connected is left there, and stays to be removed. For jobs: it asks Microsoft.
pub async fn remove_entry(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
    key: &str,
) -> Result<Removal> {
    let place = (organization, account, key);
    let Some(row) = store::find(hub, hub.db(), place).await? else { return Ok(Removal::Removed) };
    if row.state == State::Removed {
        return Ok(Removal::Removed);
    }
    let Some(reach) = target::reach_of(hub, &row).await? else { return leave(hub, &row).await };
    // From here on our own deletion, read back, is no deletion by a person.
    turn(hub, &row, State::Unwanted).await?;
    let Some(row) = store::find(hub, hub.db(), place).await? else { return Ok(Removal::Removed) };
    take_out(hub, &reach, &row).await?;
    turn(hub, &row, State::Removed).await?;
    Ok(Removal::Removed)
}

/// Nobody can be asked. What a person was seen to delete is gone all the same.
async fn leave(hub: &Hub, row: &store::Row) -> Result<Removal> {
    match row.state {
        State::Deleted => {
            turn(hub, row, State::Removed).await?;
            return Ok(Removal::Removed);
        }
        State::Wanted | State::Written => turn(hub, row, State::Unwanted).await?,
        State::Unwanted | State::Removed => {}
    }
    Ok(Removal::LeftThere(target::STILL_THERE))
}

async fn take_out(hub: &Hub, reach: &target::Reach, row: &store::Row) -> Result<()> {
    if let Some(id) = &row.event_id {
        find::delete(hub, reach, id).await?;
    }
    // One whose answer was lost has no id here.
    let left = match find::marked(hub, reach, row).await {
        // The calendar itself is gone, and what was in it.
        Err(error) if find::is_gone(&error) => Vec::new(),
        found => found.map_err(target::explained(hub))?,
    };
    if left.is_empty() && row.event_id.is_none() && hub.now().since(row.wished_at) < UNTIL_SHOWN {
        let at = row.wished_at.after(UNTIL_SHOWN);
        return Err(later(
            at,
            "Microsoft may be making this entry at the moment, so it is looked for once more.",
        ));
    }
    for event in left {
        find::delete(hub, reach, &event.id).await?;
    }
    Ok(())
}

async fn turn(hub: &Hub, row: &store::Row, state: State) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let turned = store::turn(&mut tx, row, state).await?;
    tx.commit().await?;
    if turned {
        return Ok(());
    }
    Err(later(hub.now().after(SOON), "Somebody else is writing this entry at the moment."))
}
