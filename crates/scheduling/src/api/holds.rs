//! Holds: a time kept for a visitor while a form is filled in.

use axum::{
    Extension,
    extract::{Path, State},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, Problem},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    refused::{Refused, TimeTaken},
    sight::Sight,
    slots::duration,
};
use crate::{booking::Refusal, hold};

const TAG: &str = "Free times";

/// A time to be held.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewHoldBody {
    /// The appointment type: its id, or its name in addresses.
    r#type: String,
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
    /// In minutes; the type's shortest when left out.
    #[serde(default)]
    duration: Option<i64>,
}

/// A held time.
#[derive(Serialize, ToSchema)]
pub(super) struct HoldBody {
    /// Send it as `hold` with the booking, or release it.
    token: String,
    /// The time falls free by itself then.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Instant,
}

/// Holds a time for ten minutes.
#[utoipa::path(post, path = "/api/v1/holds", tag = TAG, operation_id = "create_hold", request_body = NewHoldBody,
    security(("api_key" = ["appointments:write"])),
    responses((status = 201, body = HoldBody), (status = 409, body = TimeTaken), (status = "4XX", body = Problem)))]
pub(super) async fn create_hold(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(wish): Json<NewHoldBody>,
) -> Result<(StatusCode, Json<HoldBody>), Refused> {
    let it = Sight::of(&actor)?.named_type(&hub, Some(&wish.r#type)).await?;
    if !it.active {
        return Err(Refusal::Closed.into());
    }
    let duration = duration(&it, wish.duration)?;
    let ticket = hold::hold(&hub, &it, (wish.start, duration), None).await?;
    let body = HoldBody { token: ticket.token, expires_at: ticket.expires_at };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Lets a held time go; what has been booked stays.
///
/// An unknown token is answered alike: it holds nothing.
#[utoipa::path(delete, path = "/api/v1/holds/{token}", tag = TAG, operation_id = "release_hold",
    params(("token" = String, Path, description = "the hold's token")),
    security(("api_key" = ["appointments:write"])),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub(super) async fn release_hold(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(token): Path<String>,
) -> Result<StatusCode> {
    let sight = Sight::of(&actor)?;
    let held = hold::find(&hub, hub.db(), &token).await?;
    if held.is_some_and(|hold| hold.organization_id == sight.organization) {
        hold::release(&hub, &token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
