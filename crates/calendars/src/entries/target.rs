//! Where entries go: the calendar that receives a host's bookings, and the connection through which it is reached.

use std::time::Duration;

use connections::{CallError, Connection};
use platform::{
    Error, Fault, Hub, Result,
    id::{AccountId, OrganizationId},
    later,
};

use super::store::Row;
use crate::{CalendarLink, CalendarName, listing, mailbox::Mailbox, store};

/// The calendar that receives a host's bookings.
pub(super) struct Target {
    pub(super) link: CalendarLink,
    connection: Connection,
}

impl Target {
    pub(super) fn name(&self) -> CalendarName {
        CalendarName { name: self.link.name.clone(), mailbox: self.connection.provider_account.clone() }
    }

    pub(super) fn refuses_teams(&self) -> String {
        refuses_teams(&self.link.name)
    }
}

pub(super) fn refuses_teams(calendar: &str) -> String {
    format!(
        "The calendar “{calendar}” allows no Teams meetings. Choose another one to receive bookings under My account → \
         Calendars, or ask the administrator of Microsoft 365 for a Teams licence."
    )
}

/// The calendar that receives this host's bookings, or in words why none does. A connection in trouble that passes by
/// itself does not count against it.
pub(super) async fn of(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Result<Target, String>> {
    let Some(link) = store::receiving(hub, organization, account).await? else {
        let why = if listing::of_account(hub, organization, account).await?.is_empty() {
            "No Microsoft account is connected for calendars. Connect one under My account → Connections."
        } else {
            "No Outlook calendar receives bookings. Choose one under My account → Calendars."
        };
        return Ok(Err(why.to_owned()));
    };
    let connection = listing::of_account(hub, organization, account).await?;
    let connection = connection.into_iter().find(|connection| connection.provider_account_id == link.mailbox);
    let Some(connection) = connection else {
        return Ok(Err(format!(
            "The Microsoft account with the calendar “{}” is no longer connected. Connect it again under My account → \
             Connections.",
            link.name
        )));
    };
    if let Some(reason) = &connection.reason {
        return Ok(Err(reason.text()));
    }
    Ok(Ok(Target { link, connection }))
}

/// How an entry's event is reached.
pub(super) struct Reach {
    pub(super) mailbox: Mailbox,
    /// The calendar that it was written into; none for the mailbox's default calendar, which Graph finds by itself.
    pub(super) calendar: Option<String>,
}

/// How an entry is reached, through whatever connection of its owner reaches its mailbox now.
pub(super) async fn reach_of(hub: &Hub, row: &Row) -> Result<Option<Reach>> {
    let all = listing::of_account(hub, row.organization_id, row.account_id).await?;
    let connection = all.iter().find(|connection| connection.provider_account_id == row.mailbox);
    let Some(connection) = connection else { return Ok(None) };
    let link = store::find(hub, hub.db(), row.organization_id, row.link_id).await?;
    let is_default = link.is_some_and(|link| link.is_default);
    let calendar = (!is_default).then(|| row.calendar_id.clone());
    Ok(Some(Reach { mailbox: Mailbox::of(connection), calendar }))
}

/// What became of an entry whose mailbox is out of reach.
pub(super) const OUT_OF_REACH: &str = "The Microsoft account with this entry is no longer connected, so the entry in \
    Outlook stays as it is. Its owner can change it there by hand.";

/// What became of an entry that was to be removed from such a mailbox.
pub(super) const STILL_THERE: &str = "The Microsoft account with this entry is no longer connected, so the entry still \
    stands in Outlook. It is taken out by itself once the account is connected again; its owner can also delete it there \
    by hand.";

/// How soon it is tried again where nobody was asked, because there is no valid token at the moment.
const UNTIL_CONNECTED: Duration = Duration::from_secs(60);

/// An error on the way to the provider, for jobs. Where there was no token to ask it with, a person must act, and is told
/// by the room that looks after connections: what was to be done here waits and costs nobody anything.
pub(super) fn explained(hub: &Hub) -> impl Fn(CallError) -> Error + '_ {
    |error| match error {
        CallError::Own(error) if matches!(error.fault, Fault::AskPerson | Fault::AppTrouble) => {
            later(hub.now().after(UNTIL_CONNECTED), error.say.clone()).because(error)
        }
        error => error.explain(hub),
    }
}
