//! Token care: handing out a token that is valid now, refreshing it once for everybody who waits, and never
//! losing what a provider has rotated.

mod cache;
mod care;
mod claim;
mod hand_out;
mod journal;
mod outcome;
mod reads;
mod refresh;
pub(crate) mod sealing;

use platform::{Hub, Instant};
use secrecy::SecretString;

pub(crate) use care::keep;
pub(crate) use hand_out::for_background;
pub use hand_out::token;
pub(crate) use outcome::{FreshTokens, next_care};
pub(crate) use reads::write_read_counts;
pub(crate) use refresh::open_secret;
pub(crate) use sealing::open_token;

/// An access token with what its user needs to know.
#[derive(Clone)]
pub struct AccessToken {
    pub value: SecretString,
    pub expires_at: Instant,
    /// Granted scopes, separated by spaces.
    pub scopes: String,
    pub provider: crate::Provider,
    pub provider_account: String,
}

/// Once at start: forget what others announce, and adopt what an earlier run of this server left in its journal.
pub async fn prepare(hub: &Hub) -> platform::Result<()> {
    cache::listen(hub);
    journal::adopt_all(hub).await
}
