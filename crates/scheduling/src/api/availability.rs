//! Hosts' hours.

use axum::{
    Extension,
    extract::{Path, State},
};
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, Problem},
    id::AccountId,
    not_found,
};
use serde::{Deserialize, Serialize};
use slots::{Override, Rule};
use utoipa::ToSchema;

use super::sight::Sight;
use crate::availability::{self, Availability, AvailabilityInput};

const TAG: &str = "Availability";

/// Hours that return every week.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes slots::Rule, which knows nothing of OpenAPI")]
pub(super) struct WeeklyHours {
    /// 1 is Monday, 7 is Sunday (ISO 8601).
    days: Vec<u8>,
    /// Civil time, such as `09:00`.
    start: String,
    /// Civil time; `24:00` is the end of the day.
    end: String,
}

/// The hours of one date, in place of the weekly ones; without windows the date is closed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes slots::Override, which knows nothing of OpenAPI")]
pub(super) struct HoursOfDate {
    #[schema(format = Date)]
    date: String,
    /// Pairs of civil times, such as `["09:00", "12:00"]`.
    windows: Vec<[String; 2]>,
}

/// A host's hours.
#[derive(Serialize, ToSchema)]
pub(super) struct AvailabilityBody {
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    /// The IANA name of the zone in which the hours are meant.
    time_zone: String,
    #[schema(value_type = Vec<WeeklyHours>)]
    weekly: Vec<Rule>,
    #[schema(value_type = Vec<HoursOfDate>)]
    overrides: Vec<Override>,
    /// Whether visitors see the host's e-mail address nowhere.
    email_hidden: bool,
    /// 0 while the host has set nothing: these are the usual hours then.
    version: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Instant>,
}

/// Changed hours, as a whole.
#[derive(Deserialize, ToSchema)]
pub(super) struct ReplaceAvailabilityBody {
    time_zone: String,
    #[schema(value_type = Vec<WeeklyHours>)]
    weekly: Vec<Rule>,
    #[serde(default)]
    #[schema(value_type = Vec<HoursOfDate>)]
    overrides: Vec<Override>,
    #[serde(default)]
    email_hidden: bool,
    /// The version that was read.
    version: i64,
}

impl From<Availability> for AvailabilityBody {
    fn from(hours: Availability) -> Self {
        Self {
            account_id: hours.account_id,
            time_zone: hours.time_zone,
            weekly: hours.weekly.0,
            overrides: hours.overrides.0,
            email_hidden: hours.email_hidden,
            version: hours.version,
            updated_at: (hours.version > 0).then_some(hours.updated_at),
        }
    }
}

fn parse(id: &str) -> Result<AccountId> {
    id.parse().map_err(|_| not_found("account"))
}

/// Reads a host's hours.
#[utoipa::path(get, path = "/api/v1/availability/{account_id}", tag = TAG, operation_id = "get_availability",
    params(("account_id" = uuid::Uuid, Path, description = "the host's account")),
    security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = AvailabilityBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_availability(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(account): Path<String>,
) -> Result<Json<AvailabilityBody>> {
    let (sight, account) = (Sight::of(&actor)?, parse(&account)?);
    // Another organization's account is no account here.
    accounts::account(&hub, sight.organization, account).await?;
    sight.check_account(account)?;
    Ok(Json(availability::of(&hub, sight.organization, account).await?.into()))
}

/// Sets a host's hours as a whole.
#[utoipa::path(put, path = "/api/v1/availability/{account_id}", tag = TAG, operation_id = "replace_availability",
    params(("account_id" = uuid::Uuid, Path, description = "the host's account")),
    request_body = ReplaceAvailabilityBody, security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = AvailabilityBody), (status = "4XX", body = Problem)))]
pub(super) async fn replace_availability(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(account): Path<String>,
    Json(change): Json<ReplaceAvailabilityBody>,
) -> Result<Json<AvailabilityBody>> {
    let (sight, account) = (Sight::of(&actor)?, parse(&account)?);
    accounts::account(&hub, sight.organization, account).await?;
    sight.check_account(account)?;
    let input = AvailabilityInput {
        time_zone: change.time_zone,
        weekly: change.weekly,
        overrides: change.overrides,
        email_hidden: change.email_hidden,
        version: change.version,
    };
    Ok(Json(availability::set(&hub, &actor, account, input).await?.into()))
}
