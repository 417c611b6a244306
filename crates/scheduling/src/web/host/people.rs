//! The organization's accounts by name.

use accounts::Account;
use platform::{
    Actor, Hub, Result, Role,
    id::{AccountId, OrganizationId},
    not_found,
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

    /// Hosts to choose from, by name.
    pub(super) fn choice(&self) -> Vec<(String, String)> {
        self.hosts().map(|account| (account.id.to_string(), account.name.clone())).collect()
    }

    /// The host whose page is asked for: one's own, or for administrators anybody's. None where an administrator
    /// looks and nobody is a host.
    pub(super) fn chosen(&self, actor: &Actor, asked: Option<&str>) -> Result<Option<AccountId>> {
        let own = actor.person().map(|person| person.account);
        let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
            let first = || self.hosts().next().map(|account| account.id);
            return Ok(own.filter(|_| actor.has_role(Role::Host)).or_else(first));
        };
        let id = asked.parse().map_err(|_| not_found("host"))?;
        let is_own = own == Some(id) && actor.has_role(Role::Host);
        let may_see = is_own || (actor.has_role(Role::Administrator) && self.find(id).is_some());
        if may_see { Ok(Some(id)) } else { Err(not_found("host")) }
    }
}
