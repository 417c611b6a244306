//! This room makes appointments: what can be booked and when, the hold while a visitor fills in the form, the booking,
//! and the steps by which meeting, calendar and mail follow it. It leaves busy times and entries to the calendars,
//! tokens to the connections and delivery to the notifications.

mod api;
mod appointment_type;
mod availability;
mod booking;
mod claim;
mod hold;
mod ids;
mod offer;
mod site;
mod steps;
mod texts;
mod web;

use std::time::Duration;

use platform::{
    Hub,
    jobs::Jobs,
    keys::SealedColumn,
    web::{BannerSource, Routes},
};

pub use site::slug;

/// Every column of this room that holds sealed values.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn { table: "booking", column: "manage_token" },
    SealedColumn { table: "booking", column: "meeting_secrets" },
];

/// What hosts must know on every page: bookings that wait for them.
pub const BANNER: BannerSource = web::banner;

/// Pages and API of this room.
pub fn routes() -> Routes {
    web::routes().merge(api::routes())
}

/// Tells the rooms below what they need to know of this one: the kinds of mails that organizations may word.
pub fn configure(hub: &Hub) {
    notifications::offer_templates(hub, &steps::KINDS);
}

/// What this room does in the background.
pub fn jobs() -> Jobs {
    Jobs::default()
        .merge(steps::jobs())
        .every(Duration::from_secs(60), "scheduling.sweep_holds", hold::sweep)
        .every(Duration::from_secs(86_400), "scheduling.forget_keys", booking::forget_keys)
}
