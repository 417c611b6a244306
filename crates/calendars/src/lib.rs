//! This room knows when hosts are busy. It reads the Outlook calendars that a host chose, keeps what it read in step
//! with Microsoft 365 (by notifications where we can be reached, by asking where not), says how old it is, and never
//! takes "unreadable" for "free". It also writes the entries of rooms above into the one calendar that receives them,
//! exactly once, and notices when a person moves or deletes one. It leaves what is offered and booked to those rooms.

mod busy;
mod entries;
mod link;
mod policy;
mod settings;
mod store;

use platform::{
    jobs::Jobs,
    keys::SealedColumn,
    web::Routes,
};

pub use busy::{Busy, CalendarHealth, HostBusy, busy};
pub use entries::{
    Change, ENTRY_CHANGED, Entry, EntryChanged, Written, can_write, remove_entry, write_entry,
};
pub use link::{CalendarLink, CalendarLinkId, CalendarName};
pub use policy::WhenUnreadable;
pub use settings::{CalendarSettings, Notifications, configure};

/// Every column of this room that holds sealed values: none, because nothing here opens a door. A delta link needs a
/// token to be of use, and of a subscription's `clientState` only the fingerprint is kept.
pub const SEALED: &[SealedColumn] = &[];

/// Pages, API and the address for Microsoft's notifications.
pub fn routes() -> Routes {
    Routes::default()
}

/// What this room does in the background.
pub fn jobs() -> Jobs {
    Jobs::default()
}
