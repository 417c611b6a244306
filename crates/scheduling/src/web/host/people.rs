//! The organization's accounts by name.

use accounts::Account;
use platform::{
    Hub, Result, Role,
    id::{AccountId, OrganizationId},
};

/// Everybody of one organization.
pub(super) struct People(Vec<Account>);

impl People {
    pub(super) async fn of(hub: &Hub, organization: OrganizationId) -> Result<Self> {
        Ok(Self(accounts::list(hub, organization).await?))
    }

    /// The account's name, also when it is gone.
    pub(super) fn name(&self, id: AccountId) -> String {
        self.find(id).map_or_else(|| "(deleted account)".to_owned(), |account| account.name.clone())
    }

    pub(super) fn find(&self, id: AccountId) -> Option<&Account> {
        self.0.iter().find(|account| account.id == id)
    }

    /// Names, with commas between them.
    pub(super) fn names(&self, ids: &[AccountId]) -> String {
        ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>().join(", ")
    }

    /// Everybody who can be booked.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &Account> {
        self.0.iter().filter(|account| account.is_active() && account.has(Role::Host))
    }
}
