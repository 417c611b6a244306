//! Microsoft Graph v1.0: the person, their calendars, their events, and notices of changes.

mod calendars;
mod client;
mod delta;
mod error;
mod event;
mod events;
mod items;
mod moment;
mod notifications;
mod online_body;
mod subscriptions;
#[cfg(test)]
mod testing;

pub use calendars::{Calendar, CalendarOwner, Me};
pub use client::Graph;
pub use delta::{DeltaFrom, DeltaItem, DeltaPage, Next, must_resync};
pub use error::{has_no_mailbox, is_item_gone};
pub use event::{Event, EventBody, EventChange, NewEvent, Sensitivity, ShowAs};
pub use items::{CalendarItem, ItemKind, Response, Span};
pub use notifications::{ItemChange, Lifecycle, Notice, Notification, Notifications};
pub use subscriptions::{
    LONGEST_SUBSCRIPTION, NewSubscription, Subscription, events_resource, is_unreachable,
};

/// How many requests of one app may be under way for one mailbox (Graph, "throttling limits", Outlook).
pub const MOST_AT_ONCE_PER_MAILBOX: usize = 4;
