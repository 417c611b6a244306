//! Token hand-out over HTTP with 100,000 stored connections on SQLite, against a bare axum handler that answers the
//! same JSON. Both are processes of their own; the load client is this one.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{net::SocketAddr, process::Command, sync::Arc, time::Duration};

use axum::{Json, Router, routing};
use common::{
    load::{self, Ran},
    median,
    process::{Server, machine},
    say,
    world::{StoredTokens, World, config},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

const CONNECTIONS: usize = 100_000;
const CLIENTS: usize = 32;
const ROUNDS: usize = 7;
/// The argument that makes this program the bare server.
const BARE: &str = "bare";

/// The answer of the token endpoint.
#[derive(Deserialize, Serialize)]
struct Body {
    access_token: String,
    token_type: String,
    expires_at: String,
    expires_in: u64,
    scope: String,
    provider: String,
    provider_account: String,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(BARE) {
        let body = serde_json::from_str(&arguments.next().expect("a body")).expect("an answer");
        return tokio::runtime::Runtime::new().expect("a runtime").block_on(serve_bare(body));
    }
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    client.block_on(measure());
}

/// What the product is measured against: routing, one handler, JSON.
async fn serve_bare(body: Body) {
    let body: &'static Body = Box::leak(Box::new(body));
    let handler = routing::get(move || async move { Json(body) });
    let app = Router::new().route("/api/v1/connections/{id}/token", handler);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    say(&listener.local_addr().expect("an address").to_string());
    axum::serve(listener, app).await.expect("serving");
}

async fn measure() {
    say(&machine());
    let dir = tempfile::tempdir().expect("a temporary folder");
    let requests = Arc::new(store(&dir).await);
    let ours = Server::serve(dir.path(), &[]);
    say(&format!("memory before the first request: {} MiB", ours.resident_mib()));
    let first = load::run(&[ours.address], &requests, CLIENTS).await;
    say(&format!("first reads, each noted in the audit trail: {:.0} requests/s", rate(&first)));
    say(&format!("memory with all tokens remembered: {} MiB", ours.resident_mib()));
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let bare = Server::start({
        command.arg(BARE).arg(String::from_utf8_lossy(&first.body).as_ref());
        command
    });
    load::run(&[bare.address], &requests, CLIENTS).await;
    compare(&ours, &bare, &requests).await;
}

/// Stores the connections; answers a request for the token of each.
async fn store(dir: &tempfile::TempDir) -> Vec<Vec<u8>> {
    let world = World::store(&config(dir.path(), None), "client", "secret").await;
    let tokens = StoredTokens {
        // As long as those of Webex.
        access: SecretString::from("a".repeat(106)),
        refresh: SecretString::from("r".repeat(106)),
        expires_at: world.hub.now().after(Duration::from_secs(7 * 86_400)),
    };
    let ids = world.store_connections(CONNECTIONS, &tokens).await;
    world.hub.db().close().await;
    ids.iter().map(|id| load::get(&format!("/api/v1/connections/{id}/token"), &world.key)).collect()
}

/// What one server did in one round.
struct Round {
    rate: f64,
    /// Microseconds of processor time per request, the client's not included.
    processor: f64,
    slowest: f64,
}

async fn compare(ours: &Server, bare: &Server, requests: &Arc<Vec<Vec<u8>>>) {
    let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
    for number in 1..=ROUNDS {
        of_ours.push(round(ours, requests).await);
        of_bare.push(round(bare, requests).await);
        let (a, b) = (&of_ours[number - 1], &of_bare[number - 1]);
        say(&format!("round {number}: {:.0} requests/s, bare axum {:.0} requests/s", a.rate, b.rate));
    }
    let middle = |rounds: &[Round], of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
    for (name, rounds) in [("Switchboard", &of_ours), ("bare axum", &of_bare)] {
        say(&format!(
            "{name}: {:.0} requests/s, {:.1} µs of processor time per request, slowest answer {:.1} ms (medians)",
            middle(rounds, |round| round.rate),
            middle(rounds, |round| round.processor),
            middle(rounds, |round| round.slowest),
        ));
    }
    let ratio = middle(&of_ours, |round| round.rate) / middle(&of_bare, |round| round.rate);
    let processor = middle(&of_bare, |round| round.processor) / middle(&of_ours, |round| round.processor);
    say(&format!("throughput ratio: {ratio:.2} (goal: at least 0.50)"));
    say(&format!("the same by processor time of the servers alone: {processor:.2}"));
    say(&format!("memory at the end: {} MiB", ours.resident_mib()));
}

async fn round(server: &Server, requests: &Arc<Vec<Vec<u8>>>) -> Round {
    let servers: [SocketAddr; 1] = [server.address];
    let before = server.processor_time();
    let ran = load::run(&servers, requests, CLIENTS).await;
    let used = server.processor_time().saturating_sub(before);
    Round {
        rate: rate(&ran),
        processor: used.as_secs_f64() * 1e6 / as_float(CONNECTIONS),
        slowest: common::ms(ran.slowest),
    }
}

fn rate(ran: &Ran) -> f64 {
    as_float(CONNECTIONS) / ran.took.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}
