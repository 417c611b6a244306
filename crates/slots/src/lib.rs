//! This room says which times can be offered for an appointment, and why the others are not. It is arithmetic over
//! weekly hours, overrides, time zones and busy times: no clock (the caller passes `now`), no I/O, no database, and no
//! memory of earlier questions. What a slot is, exactly, stands in `docs/slots.md`.
//!
//! Zones come from the tz database compiled into the program, never from the machine's, so that every server answers
//! the same. A local time that a change of the clocks skips or repeats is read as RFC 5545, section 3.3.5, says: a
//! repeated one is its first occurrence, a skipped one is read with the offset from before the gap.

mod check;
mod explain;
mod hours;
mod offer;
mod problem;
mod time_of_day;
mod zone;

pub use check::{Refused, Why};
pub use explain::{Explained, HostExplained, Reason, explain};
pub use offer::{Offer, offer};
pub use problem::{Busy, Host, Mode, Override, Problem, Rule, Window};
pub use time_of_day::{NotATime, TimeOfDay};
pub use zone::zone;
