//! What the room does in the background: every night it forgets what has ended.

use std::time::Duration;

use platform::{Hub, Result, jobs::Jobs};

use crate::{invitation, oidc, session, setup, throttle};

const DAILY: Duration = Duration::from_secs(24 * 3600);

/// The room's work in the background.
pub fn jobs() -> Jobs {
    Jobs::default().every(DAILY, "accounts.forget", forget)
}

async fn forget(hub: Hub) -> Result<()> {
    session::forget(&hub).await?;
    setup::forget(&hub).await?;
    invitation::forget(&hub).await?;
    throttle::forget(&hub).await?;
    oidc::forget(&hub).await
}
