//! Numbers for Prometheus: what is counted as it happens, and what the database says at the moment of asking.

use std::{sync::OnceLock, time::Duration};

use axum::{Extension, extract::State, response::IntoResponse};
use http::header;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use platform::{Actor, Hub, Result, id::OrganizationId, jobs, not_found};
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

/// The numbers in Prometheus' text format: the server's own, and the stand of the organization whose key asks.
pub(super) async fn render(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<impl IntoResponse> {
    let organization = actor.organization().ok_or_else(|| not_found("organization"))?;
    let text = format!("{}{}", recorder().render(), gauges(&hub, organization).await?);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

/// Read at the moment of asking and kept nowhere, so that no organization sees another one's numbers.
async fn gauges(hub: &Hub, organization: OrganizationId) -> Result<String> {
    let (waiting, dead) = jobs::backlog(hub, Some(organization)).await?;
    let by_state: Vec<(String, String, i64)> = hub
        .db()
        .sql("SELECT provider, state, COUNT(*) FROM connection WHERE organization_id = $1 GROUP BY provider, state")
        .bind(organization)
        .all(hub.db())
        .await?;
    let mut text = format!(
        "# HELP switchboard_jobs Jobs that wait, and jobs that need a person to look at them\n\
         # TYPE switchboard_jobs gauge\n\
         switchboard_jobs{{state=\"waiting\"}} {waiting}\nswitchboard_jobs{{state=\"dead\"}} {dead}\n\
         # HELP switchboard_connections Connections by provider and state\n\
         # TYPE switchboard_connections gauge\n"
    );
    for (provider, state, count) in by_state {
        let line = format!("switchboard_connections{{provider=\"{provider}\",state=\"{state}\"}} {count}\n");
        text.push_str(&line);
    }
    Ok(text)
}
