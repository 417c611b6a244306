//! `admin`: what an administrator does in the browser, for scripts and for whoever is locked out.

use std::io::Read;

use accounts::{NewAccount, NewInvitation};
use clap::{Subcommand, ValueEnum};
use platform::{Actor, Hub, Random, Role, id::OrganizationId};
use secrecy::{ExposeSecret, SecretString};

use super::output;
use crate::{Config, Trouble, app};

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Create an organization.
    CreateOrganization {
        name: String,
        /// Its IANA time zone, such as Europe/Berlin.
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// Create an account; prints a link with which the person chooses a password.
    CreateAccount {
        email: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// What the account may do; may be repeated.
        #[arg(long = "role", required = true)]
        roles: Vec<RoleName>,
        /// Name or id of the organization; may be absent while there is only one.
        #[arg(long)]
        organization: Option<String>,
        /// Read the password from standard input instead of printing a link.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a one-time link with which the first administrator sets Switchboard up.
    SetupLink,
    /// Give an account a new password and end its sessions.
    ResetPassword {
        email: String,
        /// Read the password from standard input instead of printing a new one.
        #[arg(long)]
        password_stdin: bool,
    },
}

/// A role as it is written on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    Administrator,
    Host,
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Administrator => Self::Administrator,
            RoleName::Host => Self::Host,
            RoleName::Operator => Self::Operator,
        }
    }
}

impl Admin {
    pub(super) async fn run(self, config: &Config) -> Result<(), Trouble> {
        let hub = app::open(config).await?;
        match self {
            Self::CreateOrganization { name, time_zone } => {
                let id = accounts::create_organization(&hub, &name, &time_zone).await?;
                output::line(&id.to_string())
            }
            Self::CreateAccount { email, name, roles, organization, password_stdin } => {
                let organization = find_organization(&hub, organization.as_deref()).await?;
                let roles = roles.into_iter().map(Role::from).collect();
                let password = password_stdin.then(read_password).transpose()?;
                create_account(&hub, organization, (name, email), roles, password).await
            }
            Self::SetupLink => setup_link(&hub).await,
            Self::ResetPassword { email, password_stdin } => {
                let given = password_stdin.then(read_password).transpose()?;
                reset_password(&hub, &email, given).await
            }
        }
    }
}

async fn find_organization(hub: &Hub, named: Option<&str>) -> Result<OrganizationId, Trouble> {
    let all = accounts::organizations(hub).await?;
    let matching = |organization: &&accounts::Organization| {
        named.is_none_or(|named| organization.name == named || organization.id.to_string() == named)
    };
    let found: Vec<_> = all.iter().filter(matching).collect();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Trouble::new("there is no such organization")
            .with_hint("`switchboard admin create-organization NAME` creates one.")),
        _ => Err(Trouble::new("there are several organizations").with_hint("Name one with --organization.")),
    }
}

async fn create_account(
    hub: &Hub,
    organization: OrganizationId,
    (name, email): (String, String),
    roles: Vec<Role>,
    password: Option<SecretString>,
) -> Result<(), Trouble> {
    if password.is_some() {
        let new = NewAccount { organization, name, email: email.clone(), password, roles, time_zone: None };
        accounts::create_account(hub, new).await?;
        return output::line(&format!("{email} can sign in at {}", hub.settings().url("/sign-in")));
    }
    let new = NewInvitation { name, email, roles, time_zone: None };
    let invited = accounts::invite(hub, &Actor::system(organization), new).await?;
    output::line("Open this link within seven days to choose a password; it works once:")?;
    output::line(&format!("  {}", invited.link.expose_secret()))
}

async fn setup_link(hub: &Hub) -> Result<(), Trouble> {
    match accounts::ensure_setup_link(hub).await? {
        Some(link) => output::line(&link),
        None => Err(Trouble::new("this Switchboard is set up already").with_hint(
            "`switchboard admin reset-password EMAIL` lets an administrator in again; `admin create-account --role \
             administrator` makes another one.",
        )),
    }
}

async fn reset_password(hub: &Hub, email: &str, given: Option<SecretString>) -> Result<(), Trouble> {
    let is_given = given.is_some();
    let password = given.unwrap_or_else(|| new_password(hub.random()));
    accounts::reset_password(hub, email, password.clone()).await?;
    output::line(&format!("{email} has a new password, and all its sessions have ended."))?;
    if !is_given {
        output::line(&format!("  {}", password.expose_secret()))?;
    }
    Ok(())
}

fn read_password() -> Result<SecretString, Trouble> {
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|error| Trouble::new(format!("the password could not be read: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// Letters that people do not mix up when they copy them by hand.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";

/// A password of 100 random bits in four groups.
pub(super) fn new_password(random: &Random) -> SecretString {
    let letters = random.bytes::<20>().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    groups.join("-").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let random = Random::seeded(1);
        let (one, two) = (new_password(&random), new_password(&random));
        assert_eq!(one.expose_secret().len(), 23);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
