//! Accounts: the people, their roles, and the rules that keep an organization governable.

mod change;
mod store;

use std::str::FromStr;

use platform::{
    Actor, Hub, Instant, Result, Role, conflict, id::AccountId, id::OrganizationId, web::Checked,
};
use secrecy::SecretString;

use crate::{organization, password, zone};

pub(crate) use change::{change_password, disable, enable, may_touch, update_profile};
pub use change::{reset_password, set_roles};
pub(crate) use store::{Credentials, credentials, insert, page, set_password};

/// A person who can sign in, or has been invited to.
#[derive(Clone, Debug)]
pub struct Account {
    pub organization: OrganizationId,
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// The IANA name of the zone in which the person reads times.
    pub time_zone: String,
    pub roles: Vec<Role>,
    pub created_at: Instant,
    pub disabled_at: Option<Instant>,
    /// Whether the person has a way to sign in: a password, or an identity at the sign-in provider.
    pub can_sign_in: bool,
}

impl Account {
    /// Whether the person can work here now.
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether the account has this role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub organization: OrganizationId,
    pub name: String,
    pub email: String,
    /// Absent for people who are invited, or sign in at the provider.
    pub password: Option<SecretString>,
    pub roles: Vec<Role>,
    /// The organization's own when absent.
    pub time_zone: Option<String>,
}

/// A checked account, ready to be stored.
pub(crate) struct CheckedAccount {
    pub(crate) organization: OrganizationId,
    pub(crate) name: String,
    pub(crate) email: Email,
    pub(crate) password_hash: Option<String>,
    pub(crate) roles: Vec<Role>,
    pub(crate) time_zone: String,
}

impl NewAccount {
    /// Checks every field and hashes the password.
    pub(crate) async fn check(self, hub: &Hub) -> Result<CheckedAccount> {
        let mut checked = Checked::default();
        let name = checked.text("name", &self.name, 100);
        let email = checked.value("email", self.email.parse::<Email>());
        checked.require(!self.roles.is_empty(), "roles", "Choose at least one role.");
        let zone = self.time_zone.as_deref().filter(|zone| !zone.trim().is_empty());
        let chosen = zone.and_then(|zone| checked.value("time_zone", zone::parse(zone)));
        if let Some(password) = &self.password {
            checked.value("password", password::check(password, &self.email));
        }
        checked.finish()?;
        let email = email.ok_or_else(|| platform::bug("a checked e-mail address is missing"))?;
        let time_zone = match chosen {
            Some(zone) => zone,
            None => organization::get(hub, self.organization).await?.time_zone,
        };
        let password_hash = match self.password {
            Some(password) => Some(password::hash(hub, password).await?),
            None => None,
        };
        let mut roles = self.roles;
        roles.sort_unstable();
        roles.dedup();
        Ok(CheckedAccount { organization: self.organization, name, email, password_hash, roles, time_zone })
    }
}

/// An e-mail address, plain enough to be mailed to and to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The address as it was typed, without space around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared: mail systems ignore case in practice.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "This is not an e-mail address. Write it like ada@library.example.";
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(WRONG)?;
        let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !r#"<>(),;:"[]\@"#.contains(c);
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let fine = !local.is_empty()
            && local.len() <= 64
            && text.len() <= 254
            && local.chars().all(is_plain)
            && local.split('.').all(|part| !part.is_empty())
            && domain.split('.').all(is_label)
            && is_short_on_the_wire(domain);
        if fine { Ok(Self(text.to_owned())) } else { Err(WRONG) }
    }
}

/// Whether every label fits as mail systems look it up, with other letters than ASCII written in ASCII: at most 63
/// characters (RFC 1035, section 2.3.4).
fn is_short_on_the_wire(domain: &str) -> bool {
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => ascii.split('.').all(|label| label.len() <= 63),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Creates an account, in the name of Switchboard itself: for the command line and the demo.
pub async fn create_account(hub: &Hub, new: NewAccount) -> Result<AccountId> {
    let actor = Actor::system(new.organization);
    let new = new.check(hub).await?;
    let mut tx = hub.db().begin().await?;
    let id = insert(hub, &mut tx, &actor, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// The account that signs in with this e-mail address, in whichever organization.
pub async fn find(hub: &Hub, email: &str) -> Result<Option<Account>> {
    store::find(hub, &email.trim().to_lowercase()).await
}

/// The organization's accounts, by name.
pub async fn list(hub: &Hub, organization: OrganizationId) -> Result<Vec<Account>> {
    let mut accounts = page(hub, organization, None, 10_000).await?;
    accounts.sort_by_cached_key(|account| account.name.to_lowercase());
    Ok(accounts)
}

/// The organization's administrators who can work now: those to be told when something needs them.
pub async fn administrators(hub: &Hub, organization: OrganizationId) -> Result<Vec<Account>> {
    let mut accounts = list(hub, organization).await?;
    accounts.retain(|account| account.is_active() && account.has(Role::Administrator));
    Ok(accounts)
}

/// One account of the organization, or `NotFound`.
pub async fn account(hub: &Hub, organization: OrganizationId, id: AccountId) -> Result<Account> {
    store::get(hub, organization, id).await?.ok_or_else(|| platform::not_found("account"))
}

/// The accounts with these ids that exist, in one statement.
pub async fn accounts_with(
    hub: &Hub,
    organization: OrganizationId,
    ids: &[AccountId],
) -> Result<Vec<Account>> {
    store::some(hub, organization, ids).await
}

/// Refuses to take the last account that can administer the organization out of office.
fn keep_an_administrator(before: &Account, accounts_after: &[Account]) -> Result<()> {
    let governs =
        |account: &Account| account.is_active() && account.can_sign_in && account.has(Role::Administrator);
    if !governs(before) || accounts_after.iter().any(governs) {
        return Ok(());
    }
    Err(conflict(
        "This is the last administrator who can sign in. Give another active account that role first, then try again.",
    ))
}

#[cfg(test)]
mod tests;
