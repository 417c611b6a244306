//! Everything a step looks at, as it is now.

use accounts::Account;
use platform::{Fault, Hub, Instant, Result, id::AccountId};

use super::{Step, StepKind, StepState, store};
use crate::{
    appointment_type::{self, AppointmentType},
    availability,
    booking::{self, Booking, BookingId},
};

/// A booking with its type, its steps and its people.
pub(super) struct Scene {
    pub(super) booking: Booking,
    pub(super) it: AppointmentType,
    pub(super) steps: Vec<Step>,
    /// Those that are still there, in the booking's order.
    pub(super) hosts: Vec<Account>,
    /// Whether the organizer's address is shown to nobody.
    pub(super) email_hidden: bool,
    pub(super) organization: String,
}

impl Scene {
    pub(super) async fn load(
        hub: &Hub,
        organization: platform::id::OrganizationId,
        id: BookingId,
    ) -> Result<Option<Self>> {
        let Some(booking) = booking::find(hub, hub.db(), organization, id).await? else { return Ok(None) };
        let it = appointment_type::get(hub, organization, booking.type_id).await?;
        let steps = store::of_booking(hub, organization, id).await?;
        let mut hosts = Vec::new();
        for host in &booking.hosts.0 {
            match accounts::account(hub, organization, *host).await {
                Ok(host) => hosts.push(host),
                Err(error) if matches!(error.fault, Fault::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let email_hidden = match booking.organizer() {
            Some(organizer) => availability::of(hub, organization, organizer).await?.email_hidden,
            None => true,
        };
        let organization = accounts::organization(hub, organization).await?.name;
        Ok(Some(Self { booking, it, steps, hosts, email_hidden, organization }))
    }

    pub(super) fn organizer(&self) -> Option<&Account> {
        self.host(self.booking.organizer()?)
    }

    pub(super) fn host(&self, account: AccountId) -> Option<&Account> {
        self.hosts.iter().find(|host| host.id == account)
    }

    pub(super) fn is_organizer(&self, account: AccountId) -> bool {
        self.booking.organizer() == Some(account)
    }

    /// Whether this host moved or deleted the entry in Outlook and has not decided yet what that means.
    pub(super) fn waits_for_decision(&self, account: AccountId) -> bool {
        let proposal = self.booking.proposal.as_ref();
        self.booking.is_confirmed() && proposal.is_some_and(|it| it.account == account)
    }

    /// Everybody who hosts, for people.
    pub(super) fn host_names(&self) -> String {
        self.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn meeting_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind == StepKind::Meeting)
    }

    pub(super) fn join_url(&self) -> Option<&str> {
        self.booking.meeting.as_ref().and_then(|meeting| meeting.join_url.as_deref())
    }

    /// Whether the link to an online meeting is still to come.
    pub(super) fn link_follows(&self) -> bool {
        self.booking.is_confirmed() && self.booking.place.kind.is_online() && self.join_url().is_none()
    }
}

impl Step {
    /// Whether the step could be tried now.
    pub(super) fn is_due(&self, booking: &Booking, now: Instant) -> bool {
        let by_itself = match self.state {
            StepState::Waiting => self.next_attempt_at.is_none_or(|at| at <= now),
            StepState::Failed => self.next_attempt_at.is_some_and(|at| at <= now),
            StepState::Done | StepState::NotNeeded => false,
        };
        by_itself && self.done_wish < booking.wish && booking.ends_at.after(store::AFTERWARDS) > now
    }
}
