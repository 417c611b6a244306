//! This room knows when hosts are busy. It reads the Outlook calendars that a host chose, keeps what it read in step
//! with Microsoft 365 (by notifications where we can be reached, by asking where not), says how old it is, and never
//! takes "unreadable" for "free". It also writes the entries of rooms above into the one calendar that receives them,
//! exactly once, and notices when a person moves or deletes one. It leaves what is offered and booked to those rooms.

mod api;
mod busy;
mod care;
mod choice;
mod entries;
mod link;
mod listing;
mod lost;
mod mailbox;
mod places;
mod policy;
mod reading;
mod settings;
mod store;
mod subscriptions;
mod telling;
mod web;

use std::time::Duration;

use platform::{
    jobs::Jobs,
    keys::SealedColumn,
    web::{BannerSource, Routes},
};

pub use busy::{Busy, CalendarHealth, HostBusy, busy};
pub use entries::{
    Change, ENTRY_CHANGED, Entry, EntryChanged, Removal, Written, can_write, refusing_teams, remove_entry,
    write_entry,
};
pub use link::{CalendarLink, CalendarLinkId, CalendarName};
pub use policy::WhenUnreadable;
pub use reading::AHEAD;
pub use settings::{CalendarSettings, Notifications, configure};

/// Every column of this room that holds sealed values: none, because nothing here opens a door. A delta link needs a
/// token to be of use, and of a subscription's `clientState` only the fingerprint is kept.
pub const SEALED: &[SealedColumn] = &[];

/// Pages, API and the address for Microsoft's notifications.
pub fn routes() -> Routes {
    web::routes().merge(api::routes()).merge(subscriptions::routes())
}

/// What this room does in the background.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on(reading::READ_JOB, reading::run)
        .on(subscriptions::KEEP_JOB, subscriptions::run)
        .on(subscriptions::END_JOB, subscriptions::end)
        .on(entries::VERIFY_JOB, entries::verify)
        .on(listing::LIST_JOB, listing::run)
        .every(Duration::from_secs(5), "calendars.read_due", care::read_due)
        .every(Duration::from_secs(60), "calendars.look_after", care::look_after)
}

/// What hosts must know on every page: calendars of theirs that cannot be read.
pub const BANNER: BannerSource = telling::banner;
