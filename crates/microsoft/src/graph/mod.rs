//! Microsoft Graph v1.0: the person, their calendars, their events.

mod calendars;
mod client;
mod error;
mod events;

pub use calendars::{Calendar, CalendarOwner, Me};
pub use client::Graph;
pub use events::{Event, NewEvent, Sensitivity, ShowAs};
