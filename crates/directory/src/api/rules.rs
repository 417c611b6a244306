//! The standing rules.

use axum::{Extension, extract::State};
use http::StatusCode;
use platform::{
    Actor, Hub, Result,
    api::{Json, List, Problem},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::organization;
use crate::planning::{self, Rule};

const TAG: &str = "Directory";

/// All standing rules, in their order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesBody {
    rules: Vec<Rule>,
}

/// Lists the standing rules in their order.
#[utoipa::path(get, path = "/api/v1/directory/rules", tag = TAG, operation_id = "get_rules",
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<Rule>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn get_rules(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<List<Rule>>> {
    let items = planning::rules(&hub, organization(&actor)?).await?;
    Ok(Json(List { items, next: None }))
}

/// Replaces the standing rules. Nothing changes for anybody until a plan of them is applied.
#[utoipa::path(put, path = "/api/v1/directory/rules", tag = TAG, operation_id = "replace_rules",
    request_body = RulesBody, security(("api_key" = ["directory:write"])),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn replace_rules(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(wish): Json<RulesBody>,
) -> Result<StatusCode> {
    planning::set_rules(&hub, &actor, wish.rules).await?;
    Ok(StatusCode::NO_CONTENT)
}
