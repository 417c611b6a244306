//! What has served its time goes: old requests for authorization, old attempts, old test runs. Connections stay as
//! history.

use std::time::Duration;

use platform::{Hub, Result};

/// How long they are kept for whoever asks what happened.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// How long tokens wait for a person to say whether another account is meant.
const UNDECIDED: Duration = Duration::from_secs(86_400);

/// A daily round.
pub(crate) async fn sweep(hub: Hub) -> Result<()> {
    let statements = [
        "DELETE FROM authorization_request WHERE expires_at < $1",
        "DELETE FROM refresh_attempt WHERE started_at < $1",
        "DELETE FROM connection_test WHERE started_at < $1",
    ];
    for statement in statements {
        hub.db().sql(statement).bind(hub.now().before(KEPT)).execute(hub.db()).await?;
    }
    hub.db()
        .sql("UPDATE authorization_request SET tokens = NULL, verifier = NULL WHERE expires_at < $1")
        .bind(hub.now().before(UNDECIDED))
        .execute(hub.db())
        .await?;
    Ok(())
}
