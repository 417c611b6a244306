//! What every room is handed: the database, the clock and randomness, ids, errors, the actor who is
//! asking, jobs and audit, and the shells in which pages and the JSON API are shown.
//!
//! The ground floor. It knows no provider and no feature; it leaves every decision to the rooms above.

pub mod actor;
pub mod api;
pub mod audit;
pub mod clock;
pub mod coherence;
pub mod db;
pub mod error;
pub mod hub;
pub mod id;
pub mod jobs;
pub mod keys;
pub mod outbound;
pub mod random;
pub mod web;

pub use actor::{Actor, Origin, Role, Scope};
pub use clock::{Clock, Instant};
pub use error::{Error, Fault, Result, bug, conflict, forbidden, invalid, later, not_found, sign_in};
pub use hub::{Hub, Settings};
pub use id::new_id;
pub use random::Random;

/// What the exported macros need in the crates that use them.
#[doc(hidden)]
pub mod reexport {
    pub use {serde, serde_json, sqlx, uuid};
}
