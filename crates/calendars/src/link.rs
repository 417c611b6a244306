//! A calendar link: one calendar of a connected mailbox, what it is for, and how its reading stands.

use connections::ConnectionId;
use platform::{
    Instant,
    id::{AccountId, OrganizationId},
    ids, record,
};

use crate::WhenUnreadable;

ids! {
    /// One calendar of one mailbox.
    CalendarLinkId,
}

/// What people call a calendar, with the mailbox that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarName {
    pub name: String,
    /// The mailbox's address.
    pub mailbox: String,
}

record! {
    /// A calendar as stored.
    #[derive(Clone, Debug)]
    pub struct CalendarLink {
        organization_id: OrganizationId,
        id: CalendarLinkId,
        account_id: AccountId,
        connection_id: ConnectionId,
        /// The provider's own id of the mailbox's account.
        mailbox: String,
        /// Graph's id of the calendar.
        provider_id: String,
        name: String,
        /// Who shares it, when it is not the mailbox's own.
        owner: Option<String>,
        is_default: bool,
        can_edit: bool,
        /// Whether Teams meetings can be made in it.
        allows_teams: bool,
        makes_busy: bool,
        /// Whether this calendar receives the host's bookings.
        receives: bool,
        policy: WhenUnreadable,
        /// When it was last seen in the mailbox's list.
        listed_at: Instant,
        /// The round whose rows count.
        generation: i64,
        /// The span that is known.
        window_from: Option<Instant>,
        window_until: Option<Instant>,
        /// When that span was begun; a day later a new round follows.
        anchored_at: Option<Instant>,
        /// Where the next question about changes goes.
        delta_link: Option<String>,
        /// The span of a full round under way, and how far it is.
        next_from: Option<Instant>,
        next_until: Option<Instant>,
        next_link: Option<String>,
        /// When it was last read to the end.
        read_at: Option<Instant>,
        /// When it is to be asked next; none while nobody needs it.
        due_at: Option<Instant>,
        /// Not to be asked before, because the provider said so.
        held_until: Option<Instant>,
        /// Somebody reads it until then.
        reading_until: Option<Instant>,
        /// Failed readings in a row.
        failures: i64,
        /// Why it cannot be read, in words.
        trouble: Option<String>,
        trouble_since: Option<Instant>,
        /// The connection itself is the trouble: its owner is told by the room that looks after connections.
        by_connection: bool,
        /// When its owner was told.
        told_at: Option<Instant>,
    }
}

impl CalendarLink {
    /// Whether anybody needs this calendar to be read for its busy times or our entries in it.
    pub fn is_used(&self) -> bool {
        self.makes_busy || self.receives
    }

    /// Whether what is known of it is too old to be called known.
    pub fn is_stale(&self, now: Instant) -> bool {
        !WhenUnreadable::Closed.trusts(self.read_at, now)
    }
}

/// Every column of [`CalendarLink`], for SELECT.
macro_rules! columns {
    () => {
        "organization_id, id, account_id, connection_id, mailbox, provider_id, name, owner, is_default, can_edit, \
         allows_teams, makes_busy, receives, policy, listed_at, generation, window_from, window_until, anchored_at, delta_link, \
         next_from, next_until, next_link, read_at, due_at, held_until, reading_until, failures, trouble, \
         trouble_since, by_connection, told_at"
    };
}
pub(crate) use columns;
