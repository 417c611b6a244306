//! Numbers for Prometheus: what is counted as it happens, and what the database says at the moment of asking.

use std::{sync::OnceLock, time::Duration};

use axum::{extract::State, response::IntoResponse};
use http::header;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use platform::{Hub, Result, jobs};
use tokio_util::sync::CancellationToken;

/// Upper bounds in seconds: a remembered token is handed out in less than a millisecond, a provider may take long.
const LATENCIES: [f64; 10] = [0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 20.0];
/// How often what was measured is put into its buckets, so that it does not pile up between scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// One recorder per process, however many servers a test runs in it.
fn recorder() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder =
            PrometheusBuilder::new().set_buckets(&LATENCIES).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // A recorder that somebody else installed keeps its place; ours then shows only what it can see.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_counter!("switchboard_http_requests_total", "Requests by method, route and status");
    metrics::describe_histogram!("switchboard_http_request_seconds", "Time to answer, by route");
    metrics::describe_gauge!(
        "switchboard_jobs",
        "Jobs that wait, and jobs that need a person to look at them"
    );
    metrics::describe_gauge!("switchboard_connections", "Connections by provider and state");
    metrics::describe_counter!("switchboard_token_refreshes_total", "Refreshes at the providers, by outcome");
    metrics::describe_counter!("switchboard_token_hand_outs_total", "Access tokens handed to programs");
}

/// Starts recording; before any request, because what is counted earlier is counted nowhere.
pub(super) fn install() {
    recorder();
}

/// Until the hub stops, what was measured is sorted into its buckets.
pub(super) async fn keep(stop: CancellationToken) {
    let recorder = recorder();
    while !stop.is_cancelled() {
        recorder.run_upkeep();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(UPKEEP) => {}
        }
    }
}

/// The numbers in Prometheus' text format.
pub(super) async fn render(State(hub): State<Hub>) -> Result<impl IntoResponse> {
    let recorder = recorder();
    read_gauges(&hub).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()))
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
async fn read_gauges(hub: &Hub) -> Result<()> {
    let (waiting, dead) = jobs::backlog(hub, None).await?;
    metrics::gauge!("switchboard_jobs", "state" => "waiting").set(waiting as f64);
    metrics::gauge!("switchboard_jobs", "state" => "dead").set(dead as f64);
    let by_state: Vec<(String, String, i64)> = hub
        .db()
        .sql("SELECT provider, state, COUNT(*) FROM connection GROUP BY provider, state")
        .all(hub.db())
        .await?;
    for (provider, state, count) in by_state {
        metrics::gauge!("switchboard_connections", "provider" => provider, "state" => state)
            .set(count as f64);
    }
    Ok(())
}
