//! What the providers send on their own: change notifications and webhooks. Everything goes to addresses that a
//! client subscribed, is kept for a look, tried again when it fails, and can be sent a second time on demand. Times
//! are those of the sandbox's clock, so a moved clock makes waiting deliveries due.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Certificate, Client, redirect::Policy};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::world::{Shared, World, later, lock};

const KEPT: usize = 1_000;
/// How long an endpoint may take (Graph "Receive change notifications through webhooks").
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the queue is looked at, because the clock may have been moved.
const ROUND: Duration = Duration::from_millis(100);
/// For how long a delivery is tried again.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(4);
const FIRST_RETRY: i64 = 5;
const LONGEST_RETRY: i64 = 600;

/// Something on its way to a client.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Position in the order of sending, from 1.
    pub id: u64,
    /// Who sends: `graph` or `webex`.
    pub source: &'static str,
    /// The subscription or webhook behind it.
    pub subscription: String,
    /// Where it goes.
    pub url: Url,
    /// Additional headers.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON that is posted.
    pub body: Value,
    /// When it was made.
    pub created: Timestamp,
    /// When it is tried next.
    pub due: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// How far it came.
    pub state: DeliveryState,
    /// The last answered status.
    pub status: Option<u16>,
}

/// How far a delivery came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its time.
    Waiting,
    /// Being sent.
    InFlight,
    /// Answered with a 2xx status.
    Delivered,
    /// Not accepted within four hours.
    GivenUp,
}

/// A delivery that is not on its way yet.
pub(crate) struct Parcel {
    pub(crate) source: &'static str,
    pub(crate) subscription: String,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// The last 1,000 deliveries and the client that sends them.
#[derive(Default)]
pub struct Courier {
    kept: Mutex<(u64, VecDeque<Delivery>)>,
    woken: Notify,
    client: OnceLock<Option<Client>>,
}

impl Courier {
    /// All kept deliveries, oldest first.
    pub fn all(&self) -> Vec<Delivery> {
        lock(&self.kept).1.iter().cloned().collect()
    }

    /// Forgets all deliveries, also those that wait.
    pub fn clear(&self) {
        lock(&self.kept).1.clear();
    }

    /// Takes a parcel to be sent after some seconds.
    pub(crate) fn take(&self, now: Timestamp, delay: i64, parcel: Parcel) {
        let Parcel { source, subscription, url, headers, body } = parcel;
        let mut kept = lock(&self.kept);
        kept.0 += 1;
        let id = kept.0;
        kept.1.push_back(Delivery {
            id,
            source,
            subscription,
            url,
            headers,
            body,
            created: now,
            due: later(now, delay),
            attempts: 0,
            state: DeliveryState::Waiting,
            status: None,
        });
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
        drop(kept);
        self.woken.notify_one();
    }

    fn due(&self, now: Timestamp) -> Vec<Delivery> {
        let mut kept = lock(&self.kept);
        let ready =
            |delivery: &&mut Delivery| delivery.state == DeliveryState::Waiting && delivery.due <= now;
        let start = |delivery: &mut Delivery| {
            delivery.state = DeliveryState::InFlight;
            delivery.attempts += 1;
            delivery.clone()
        };
        kept.1.iter_mut().filter(ready).map(start).collect()
    }

    fn settle(&self, id: u64, now: Timestamp, status: Option<StatusCode>) {
        let mut kept = lock(&self.kept);
        let Some(delivery) = kept.1.iter_mut().find(|delivery| delivery.id == id) else { return };
        delivery.status = status.map(|status| status.as_u16());
        delivery.state = if status.is_some_and(|status| status.is_success()) {
            DeliveryState::Delivered
        } else if now.duration_since(delivery.created) >= GIVE_UP {
            DeliveryState::GivenUp
        } else {
            DeliveryState::Waiting
        };
        let wait = FIRST_RETRY.saturating_mul(1 << delivery.attempts.saturating_sub(1).min(10));
        delivery.due = later(now, wait.min(LONGEST_RETRY));
    }

    /// The client, made when it is needed first; none where the machine has no certificates to trust.
    fn client(&self, world: &World) -> Option<&Client> {
        self.client.get_or_init(|| build(world.ca_pem.as_deref())).as_ref()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the sandbox's outgoing requests are configured"
)]
fn build(ca_pem: Option<&str>) -> Option<Client> {
    let mut builder = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE);
    if let Some(pem) = ca_pem {
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem.as_bytes()).ok()?);
    }
    builder.build().ok()
}

/// Sends what is due until `stop`.
pub(crate) async fn run(world: Shared, stop: CancellationToken) {
    let sending = TaskTracker::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = world.courier.woken.notified() => {}
            () = tokio::time::sleep(ROUND) => {}
        }
        for delivery in world.courier.due(world.clock.now()) {
            let (world, stop) = (world.clone(), stop.clone());
            sending.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    status = post(&world, &delivery) => {
                        world.courier.settle(delivery.id, world.clock.now(), status);
                    }
                }
            });
        }
    }
    sending.close();
    sending.wait().await;
}

async fn post(world: &World, delivery: &Delivery) -> Option<StatusCode> {
    let client = world.courier.client(world)?;
    let mut request = client.post(delivery.url.clone()).json(&delivery.body);
    for (name, value) in &delivery.headers {
        request = request.header(*name, value);
    }
    request.send().await.ok().map(|answer| answer.status())
}

/// Why an address did not prove that it wants notifications.
pub(crate) enum Unproved {
    TimedOut,
    Status(u16),
    WrongEcho,
}

/// The validation handshake: the address must answer the token as plain text within ten seconds (Graph "Receive
/// change notifications through webhooks", notification endpoint validation).
pub(crate) async fn validate(world: &World, url: &Url) -> Result<(), Unproved> {
    let token = format!(
        "Validation: Testing client application reachability for subscription Request-Id: {}",
        world.random.uuid()
    );
    let client = world.courier.client(world).ok_or(Unproved::TimedOut)?;
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("validationToken", &token);
    let request = client.post(url).header("content-type", "text/plain; charset=utf-8").body("");
    let answer = request.send().await.map_err(|_| Unproved::TimedOut)?;
    if answer.status() != StatusCode::OK {
        return Err(Unproved::Status(answer.status().as_u16()));
    }
    let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = kind.to_ascii_lowercase().starts_with("text/plain");
    let echo = answer.text().await.map_err(|_| Unproved::TimedOut)?;
    if is_text && echo == token { Ok(()) } else { Err(Unproved::WrongEcho) }
}
