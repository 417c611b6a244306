//! Stops in order when the system or a person asks for it.

use tokio::signal::ctrl_c;
use tokio_util::sync::CancellationToken;

use crate::Trouble;

/// Cancels `stop` on SIGTERM, or SIGINT (Ctrl+C).
pub(super) fn stop_on_signal(stop: CancellationToken) -> Result<(), Trouble> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Trouble::new(format!("signals cannot be received: {error}")))?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = ctrl_c().await;
        tracing::info!("stopping");
        stop.cancel();
    });
    Ok(())
}
