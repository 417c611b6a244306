//! What Webex knows of the people, in one canonical text to compare; and how its rate limits were used.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use serde_json::{Value, json};

use crate::world::{Shared, lock};

/// GET /_sandbox/directory: everybody by address, without the instants of changes. The same text before and after means
/// that nothing is different.
pub(super) async fn directory(State(world): State<Shared>) -> impl IntoResponse {
    let now = world.clock.now();
    let text = lock(&world.webex).directory(now);
    ([(header::CONTENT_TYPE, "application/json")], text)
}

/// GET /_sandbox/limits: requests that were accepted and rejected, by app and family of calls.
pub(super) async fn limits(State(world): State<Shared>) -> Json<Value> {
    let limits = world.switches().webex_limits;
    Json(json!({"limits": limits, "counts": world.throttle.counts()}))
}

/// DELETE /_sandbox/limits: begins to count anew, with full buckets.
pub(super) async fn clear_limits(State(world): State<Shared>) -> Json<Value> {
    world.throttle.clear();
    limits(State(world)).await
}
