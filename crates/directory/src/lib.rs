//! This room knows the people of a Webex organization and changes them in bulk. It reads the organization and keeps what
//! it read with its age; puts lists, rules and edits into the provider's terms and compares them with the people as they
//! are (a plan, which changes nothing); and carries plans out row by row (a run), each change read before and after, by
//! REST or by the Meetings XML API, at a pace that is learned. Every run can be taken back by another plan. How lists
//! are written in files is left to `rosters`, when requests may leave to `pace`.

mod api;
mod events;
mod gate;
mod people;
pub mod plan;
pub mod planning;
mod reading;
mod runs;
mod settings;
mod sites;
#[cfg(test)]
mod testing;
mod tickets;
mod web;

use std::time::Duration;

use platform::{jobs::Jobs, keys::SealedColumn, web::Routes};

pub use people::PeopleFilter;

/// Every column of this room that holds sealed values.
pub const SEALED: &[SealedColumn] = &[SealedColumn { table: "session_ticket", column: "ticket" }];

/// Where lists of people are sent to, which are larger than other requests.
pub const LISTS: &[&str] =
    &["/admin/directory/plans/new", "/api/v1/directory/plans", "/api/v1/directory/plans/files"];

/// Pages and API of this room.
pub fn routes() -> Routes {
    web::routes().merge(api::routes())
}

/// What this room does in the background.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on(reading::READ_JOB, reading::run)
        .on(sites::PROBE_JOB, sites::run)
        .on(planning::PLAN_JOB, planning::run)
        .on(runs::RUN_JOB, runs::run)
        .every(Duration::from_secs(60), "directory.read_due", reading::read_due)
        .every(Duration::from_secs(5), "directory.recover_runs", runs::recover)
        .every(Duration::from_secs(10), "directory.end_tickets", tickets::end_unused)
}
