//! This room says when the next request to a provider may leave, though the provider does not say how many it allows.
//! It learns the limit from what is accepted and what is refused (HTTP 429 with or without `Retry-After`, XML 000045),
//! keeps just below it with even spacing, and now and then looks whether more has become possible.
//!
//! It is a value and its verbs: no clock (the caller passes `now`), no I/O, no randomness. The state is small and
//! serializable, so several machines can share it through one row of a database: take a batch of permits in a short
//! transaction ([`Pace::reserve`]), send, and report in the next one ([`Pace::answered`], [`Pace::returned`]). Storing
//! it and settling who wins a race of two writers is left to the room above. Why it learns as it does stands in
//! `docs/decisions/0013-learning-a-providers-pace.md`.

mod answer;
mod clocks;
mod estimate;
mod latency;
mod pace;
mod rate;
mod refusal;
mod reserve;
mod tally;

pub use answer::{Answer, Outcome};
pub use pace::Pace;
pub use rate::Rate;
pub use reserve::{Permit, Permits, Reserved};

/// Microseconds: a length of time, or an instant since any fixed origin.
pub type Micros = i64;

/// One second.
pub(crate) const SECOND: Micros = 1_000_000;
