//! What happens behind Outlook's calls: forgotten delta tokens.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Problem, parsed};
use crate::graph;
use crate::world::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resync {
    /// Whose tokens; everybody's when absent.
    email: Option<String>,
}

/// POST /_sandbox/resync: the next delta query with an older token answers 410.
pub(super) async fn resync(State(world): State<Shared>, body: Bytes) -> Result<Json<Value>, Problem> {
    let wanted: Resync = parsed(&body)?;
    if graph::forget_sync(&world, wanted.email.as_deref()) {
        Ok(Json(json!({"resync": wanted.email})))
    } else {
        Err(Problem::missing("There is no such account."))
    }
}
