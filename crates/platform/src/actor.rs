//! Who is asking: nobody in particular, a person with a session, a program with a key, or ourselves.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AccountId, OrganizationId};

/// What an account may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets up integrations, accounts and keys; sees every connection's state.
    Administrator,
    /// Has appointments and shifts; connects own accounts.
    Host,
    /// Sees presence.
    Operator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Host, Self::Operator];

    /// The role's name as stored and as sent in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Host => "host",
            Self::Operator => "operator",
        }
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("unknown role {text:?}"))
    }
}

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    IntegrationsRead,
    IntegrationsWrite,
    ConnectionsRead,
    ConnectionsWrite,
    /// Receive access tokens in the clear; the only scope that ever shows a secret.
    TokensRead,
    AccountsRead,
    AccountsWrite,
    AuditRead,
    MetricsRead,
    AppointmentsRead,
    AppointmentsWrite,
    DirectoryRead,
    /// Ask for plans and carry them out.
    DirectoryWrite,
}

impl Scope {
    pub const ALL: [Self; 13] = [
        Self::IntegrationsRead,
        Self::IntegrationsWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::TokensRead,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::AuditRead,
        Self::MetricsRead,
        Self::AppointmentsRead,
        Self::AppointmentsWrite,
        Self::DirectoryRead,
        Self::DirectoryWrite,
    ];

    /// The scope's name as stored, as sent in the API and as shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IntegrationsRead => "integrations:read",
            Self::IntegrationsWrite => "integrations:write",
            Self::ConnectionsRead => "connections:read",
            Self::ConnectionsWrite => "connections:write",
            Self::TokensRead => "tokens:read",
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::AuditRead => "audit:read",
            Self::MetricsRead => "metrics:read",
            Self::AppointmentsRead => "appointments:read",
            Self::AppointmentsWrite => "appointments:write",
            Self::DirectoryRead => "directory:read",
            Self::DirectoryWrite => "directory:write",
        }
    }

    /// What a key with this scope can do, for the person who creates it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::IntegrationsRead => "see integrations, without their secrets",
            Self::IntegrationsWrite => "create, change, check and switch integrations",
            Self::ConnectionsRead => "see connections and their state",
            Self::ConnectionsWrite => "test and remove connections",
            Self::TokensRead => "receive valid access tokens of connections",
            Self::AccountsRead => "see accounts and their roles",
            Self::AccountsWrite => "invite accounts and change their roles",
            Self::AuditRead => "read the audit trail",
            Self::MetricsRead => "read the server's metrics",
            Self::AppointmentsRead => "see appointment types, free times and bookings with their visitors",
            Self::AppointmentsWrite => "set up appointment types and hours; book, move and cancel",
            Self::DirectoryRead => "see the people of the Webex organization, plans and runs",
            Self::DirectoryWrite => "make plans for the people of the Webex organization and carry them out",
        }
    }
}

impl FromStr for Scope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| format!("unknown scope {text:?}"))
    }
}

/// Where a request came from, for the audit trail and for throttling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// Who is asking, put into every request by the `accounts` room.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    pub who: Who,
    pub origin: Origin,
}

/// The kinds of actors.
#[derive(Clone, Debug, Default)]
pub enum Who {
    #[default]
    Anyone,
    Person(Person),
    /// Shared, because a busy program asks thousands of times a second.
    Key(Arc<Key>),
    /// Switchboard itself, in background work for this organization.
    System(OrganizationId),
}

/// A signed-in account.
#[derive(Clone, Debug)]
pub struct Person {
    pub organization: OrganizationId,
    pub organization_name: String,
    pub account: AccountId,
    /// The session's id as stored (a hash, not the cookie's value).
    pub session: String,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub zone: TimeZone,
}

/// A program with an API key.
#[derive(Clone, Debug)]
pub struct Key {
    pub organization: OrganizationId,
    pub id: Uuid,
    pub name: String,
    pub scopes: Vec<Scope>,
}

impl Actor {
    /// Switchboard itself, at work for `organization`.
    pub fn system(organization: OrganizationId) -> Self {
        Self { who: Who::System(organization), origin: Origin::default() }
    }

    /// The organization whose data this actor may reach; `None` before sign-in.
    pub fn organization(&self) -> Option<OrganizationId> {
        match &self.who {
            Who::Anyone => None,
            Who::Person(person) => Some(person.organization),
            Who::Key(key) => Some(key.organization),
            Who::System(organization) => Some(*organization),
        }
    }

    /// The signed-in person, if the actor is one.
    pub fn person(&self) -> Option<&Person> {
        match &self.who {
            Who::Person(person) => Some(person),
            _ => None,
        }
    }

    /// Whether the actor is a signed-in person with this role.
    pub fn has_role(&self, role: Role) -> bool {
        self.person().is_some_and(|person| person.roles.contains(&role))
    }

    /// The zone in which this actor reads times; UTC for programs and visitors.
    pub fn zone(&self) -> TimeZone {
        self.person().map_or(TimeZone::UTC, |person| person.zone.clone())
    }
}
