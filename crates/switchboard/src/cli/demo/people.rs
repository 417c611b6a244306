//! The demo's organization and the people who can sign in; a second run finds them again.

use accounts::{NewAccount, NewApiKey};
use platform::{Actor, Hub, Role, Scope, id::OrganizationId};
use secrecy::{ExposeSecret, SecretString};

use super::record::{Record, SignIn};
use crate::{Trouble, cli::admin::new_password};

const ORGANIZATION: &str = "Lindenhof University Library";
const ZONE: &str = "Europe/Berlin";
const ADMINISTRATOR: (&str, &str) = ("Ada Lindqvist", "ada.lindqvist@lindenhof.example");
const HOSTS: [(&str, &str); 2] =
    [("Ben Okafor", "ben.okafor@lindenhof.example"), ("Chiara Rossi", "chiara.rossi@lindenhof.example")];
const OPERATOR: (&str, &str) = ("Dmitri Volkov", "dmitri.volkov@lindenhof.example");

/// Makes organization, accounts and key, as far as they are not there yet.
pub(super) async fn settle(
    hub: &Hub,
    known: Option<&Record>,
    base_url: &str,
    sandbox_url: &str,
) -> Result<Record, Trouble> {
    let existing = accounts::organizations(hub).await?.into_iter().find(|found| found.name == ORGANIZATION);
    let is_new = existing.is_none();
    let organization = match existing {
        Some(found) => found.id,
        None => accounts::create_organization(hub, ORGANIZATION, ZONE).await?,
    };
    let room = Room { hub, organization, known };
    let administrator = room.account(ADMINISTRATOR, &[Role::Administrator, Role::Host]).await?;
    let mut hosts = Vec::new();
    for host in HOSTS {
        hosts.push(room.account(host, &[Role::Host]).await?);
    }
    let operator = room.account(OPERATOR, &[Role::Operator]).await?;
    let api_key = match known {
        Some(record) if !is_new => record.api_key.clone(),
        _ => room.api_key().await?,
    };
    let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
    let (base_url, sandbox_url) = (trimmed(base_url), trimmed(sandbox_url));
    Ok(Record { base_url, sandbox_url, api_key, administrator, hosts, operator, booking_urls: Vec::new() })
}

struct Room<'a> {
    hub: &'a Hub,
    organization: OrganizationId,
    known: Option<&'a Record>,
}

impl Room<'_> {
    /// The account with the password it had before, or a new one.
    async fn account(&self, (name, email): (&str, &str), roles: &[Role]) -> Result<SignIn, Trouble> {
        let before = self.password_of(email);
        let password = before.clone().unwrap_or_else(|| new_password(self.hub.random()));
        let found = accounts::find(self.hub, email).await?;
        if found.is_none() {
            let new = NewAccount {
                organization: self.organization,
                name: name.to_owned(),
                email: email.to_owned(),
                password: Some(password.clone()),
                roles: roles.to_vec(),
                time_zone: None,
            };
            accounts::create_account(self.hub, new).await?;
        } else if before.is_none() {
            accounts::reset_password(self.hub, email, password.clone()).await?;
        }
        Ok(SignIn { email: email.to_owned(), password: password.expose_secret().to_owned() })
    }

    fn password_of(&self, email: &str) -> Option<SecretString> {
        let record = self.known?;
        let mut all = record.hosts.iter().chain([&record.administrator, &record.operator]);
        all.find(|account| account.email == email).map(|account| account.password.clone().into())
    }

    async fn api_key(&self) -> Result<String, Trouble> {
        let new = NewApiKey { name: "Demo".to_owned(), scopes: Scope::ALL.to_vec(), expires_at: None };
        let created = accounts::create_api_key(self.hub, &Actor::system(self.organization), new).await?;
        Ok(created.secret.expose_secret().to_owned())
    }
}
