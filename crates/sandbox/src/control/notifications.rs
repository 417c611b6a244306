//! What the providers send on their own: what was sent, sending it again, and the life of subscriptions.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Problem, parsed};
use crate::courier::Parcel;
use crate::graph;
use crate::world::Shared;

const LIFECYCLE: [&str; 3] = ["missed", "reauthorizationRequired", "subscriptionRemoved"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    /// A delivery to send again.
    replay: Option<u64>,
    /// Replaces the `clientState` of what is sent again, to play a forger.
    client_state: Option<String>,
    /// A lifecycle event to send.
    lifecycle: Option<String>,
    /// Whose lifecycle; that of all subscriptions when absent.
    subscription: Option<String>,
}

/// GET /_sandbox/notifications: subscriptions that live, and the last deliveries.
pub(super) async fn notifications(State(world): State<Shared>) -> Json<Value> {
    graph::subscriptions(&world)
}

/// DELETE /_sandbox/notifications: forgets deliveries, also those that wait.
pub(super) async fn clear(State(world): State<Shared>) -> Json<Value> {
    world.courier.clear();
    graph::subscriptions(&world)
}

/// POST /_sandbox/notifications: sends one again, or a lifecycle event.
pub(super) async fn order(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let order: Order = parsed(&body)?;
    let sent = match (order.replay, order.lifecycle) {
        (Some(id), None) => {
            let known = world.courier.all().into_iter().find(|delivery| delivery.id == id);
            let known = known.ok_or_else(|| Problem::missing("There is no such delivery."))?;
            let mut body = known.body;
            if let Some(state) = order.client_state {
                body["value"][0]["clientState"] = json!(state);
            }
            let parcel = Parcel {
                source: known.source,
                subscription: known.subscription,
                url: known.url,
                headers: known.headers,
                body,
            };
            world.courier.take(world.clock.now(), 0, parcel);
            1
        }
        (None, Some(event)) if LIFECYCLE.contains(&event.as_str()) => {
            graph::lifecycle(&world, &event, order.subscription.as_deref())
        }
        _ => {
            return Err(Problem::bad(format!(
                "Give replay with a number, or lifecycle with one of {LIFECYCLE:?}."
            )));
        }
    };
    Ok(Json(json!({"sent": sent})))
}
