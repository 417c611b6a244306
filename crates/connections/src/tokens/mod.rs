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
pub use hand_out::token;
pub(crate) use hand_out::{distrust, for_background};
pub(crate) use outcome::{FreshTokens, next_care};
pub(crate) use reads::write_read_counts;
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

/// A regular round over this server's own disk: what an interrupted refresh had received is adopted.
pub(crate) async fn adopt_journal(hub: Hub) -> platform::Result<()> {
    journal::adopt_all(&hub).await
}

/// Once at start: forget what others announce, and adopt what an earlier run of this server left in its journal.
pub async fn prepare(hub: &Hub) -> platform::Result<()> {
    cache::listen(hub);
    journal::adopt_all(hub).await?;
    claim::release_all(hub).await
}
