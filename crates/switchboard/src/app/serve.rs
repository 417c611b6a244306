//! Listens, works in the background, and ends in order.

use std::{net::SocketAddr, time::Duration};

use platform::{coherence, jobs};
use tokio::net::TcpListener;

use super::{App, metrics};
use crate::Trouble;

/// How long open requests and running jobs may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(25);

/// Listens on `address`; says what to do when it is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Trouble> {
    TcpListener::bind(address).await.map_err(|error| {
        Trouble::new(format!("cannot listen on {address}: {error}")).with_hint(
            "Another program may use this port. Choose one with --listen, or server.listen in the configuration; \
             port 0 picks a free one.",
        )
    })
}

impl App {
    /// Serves until the hub is told to stop, then lets requests and jobs that are under way end.
    pub async fn serve(self, listener: TcpListener) -> Result<(), Trouble> {
        let Self { hub, router, jobs, .. } = self;
        let stop = hub.stop().clone();
        let background = tokio::spawn({
            let hub = hub.clone();
            async move {
                tokio::join!(
                    jobs::work(hub.clone(), jobs),
                    coherence::keep_in_step(hub.clone()),
                    metrics::keep(hub.stop().clone())
                )
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        let serving = tokio::spawn(serving.into_future());
        stop.cancelled().await;
        let ended = tokio::time::timeout(GRACE, async { tokio::join!(serving, background) }).await;
        if ended.is_err() {
            tracing::warn!("some work did not end in time; what was stored is complete, jobs run again");
        }
        // Closing waits for statements under way; they cannot outlast the grace by much.
        let _ = tokio::time::timeout(Duration::from_secs(3), hub.db().close()).await;
        Ok(())
    }
}
