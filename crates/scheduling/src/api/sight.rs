//! What an actor may see and change: hosts only what is theirs. What is somebody else's looks as if it were not there.

use platform::{
    Actor, Hub, Result, Role, bug,
    error::invalid_field,
    forbidden,
    id::{AccountId, OrganizationId},
    not_found,
};

use crate::{
    appointment_type::{self, AppointmentType, TypeId},
    booking::{self, Booking},
};

/// An actor's view of the organization.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub organization: OrganizationId,
    /// The host who sees only their own; nobody for administrators and programs.
    pub host: Option<AccountId>,
}

impl Sight {
    pub(super) fn of(actor: &Actor) -> Result<Self> {
        let organization = actor.organization().ok_or_else(|| bug("an API call without an organization"))?;
        let person = actor.person().filter(|_| !actor.has_role(Role::Administrator));
        Ok(Self { organization, host: person.map(|person| person.account) })
    }

    /// The type with this id, or this name in addresses.
    pub(super) async fn appointment_type(self, hub: &Hub, id_or_slug: &str) -> Result<AppointmentType> {
        let by_id = match id_or_slug.parse::<TypeId>() {
            Ok(id) => appointment_type::find(hub, hub.db(), self.organization, id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(found) => Some(found),
            None => appointment_type::find_by_slug(hub, self.organization, id_or_slug).await?,
        };
        let found = found.ok_or_else(|| not_found("appointment type"))?;
        let Some(host) = self.host else { return Ok(found) };
        let hosts = appointment_type::hosts(hub, hub.db(), self.organization, found.id).await?;
        let is_own = found.created_by == host || hosts.iter().any(|it| it.account_id == host);
        if is_own { Ok(found) } else { Err(not_found("appointment type")) }
    }

    /// The type that a request names in its field `type`.
    pub(super) async fn named_type(self, hub: &Hub, name: Option<&str>) -> Result<AppointmentType> {
        match name {
            Some(name) if !name.is_empty() => self.appointment_type(hub, name).await,
            _ => Err(invalid_field("type", "Name the appointment type: its id, or its name in addresses.")),
        }
    }

    pub(super) async fn booking(self, hub: &Hub, id: &str) -> Result<Booking> {
        let id = id.parse().map_err(|_| not_found("booking"))?;
        let booking = booking::get(hub, self.organization, id).await?;
        match self.host {
            Some(host) if !booking.hosts.0.contains(&host) => Err(not_found("booking")),
            _ => Ok(booking),
        }
    }

    /// Refuses other people's hours to hosts.
    pub(super) fn check_account(self, account: AccountId) -> Result<()> {
        match self.host {
            Some(host) if host != account => Err(forbidden("You can see and change your own hours only.")),
            _ => Ok(()),
        }
    }
}
