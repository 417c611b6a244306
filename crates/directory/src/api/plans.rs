//! Plans: asked for, looked at, confirmed, approved.

use axum::{
    Extension,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State},
};
use http::{StatusCode, header::CONTENT_LENGTH};
use platform::{
    Actor, Error, Fault, Hub, Result,
    api::{Cursor, Json, List, Problem},
    error::{invalid, invalid_field, later},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    id, organization,
    person_wishes::PersonWishes,
    plan_body::{PlanBody, PlanRowBody},
};
use crate::{
    plan::RowKind,
    planning::{self, NewPlan, Plan, PlanId, RowFilter, Source},
    settings,
};

const TAG: &str = "Directory plans";

/// Wishes as JSON take much more memory than the same in a file, which is read row by row.
const MOST_JSON: usize = 8 * 1024 * 1024;

/// A request's whole body, as large as lists may be.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(super) struct Large(Vec<u8>);

impl FromRequest<Hub> for Large {
    type Rejection = Error;

    async fn from_request(mut request: Request, hub: &Hub) -> Result<Self> {
        let too_large = || {
            let say = "The list is larger than 64 MiB. Split it, or leave out what is not needed.";
            Error::new(Fault::TooLarge, say)
        };
        let length =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > u64::try_from(rosters::MOST_BYTES).unwrap_or(u64::MAX)) {
            // Before the first of it is read.
            return Err(too_large());
        }
        DefaultBodyLimit::max(rosters::MOST_BYTES).apply(&mut request);
        match Bytes::from_request(request, hub).await {
            Ok(bytes) => Ok(Self(bytes.into())),
            Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
            Err(_) => Err(later(hub.now(), "The list did not arrive whole. Send it again.")),
        }
    }
}

/// What a plan is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPlanBody)]
pub(super) struct NewPlanBody {
    /// For people; made up where it is left out.
    #[serde(default)]
    name: String,
    /// Whether people who are not there are created; as the directory's settings say where it is left out.
    create: Option<bool>,
    /// What is wanted, person by person.
    people: Option<Vec<PersonWishes>>,
    /// In place of `people`: everybody as the standing rules say.
    #[serde(default)]
    rules: bool,
}

/// How a file is understood.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// What to call the plan; made up where it is left out.
    #[serde(default)]
    name: String,
    /// The file's own name, to find it again.
    #[serde(default)]
    file_name: String,
    /// Whether people who are not there are created; as the directory's settings say where it is left out.
    create: Option<bool>,
    /// The meeting site of a list that names none.
    site: Option<String>,
}

/// Which rows of a plan are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RowsQuery {
    #[param(value_type = Option<String>)]
    kind: Option<RowKind>,
    /// Only rows in which something is refused.
    #[serde(default)]
    refused: bool,
    /// Only rows that are planned although something in them is refused.
    #[serde(default)]
    partly_refused: bool,
    /// Only rows that take something away.
    #[serde(default)]
    losses: bool,
    /// Part of an address or a name.
    search: Option<String>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// A plan with what stands against applying it.
pub(super) async fn body(hub: &Hub, plan: Plan) -> Result<PlanBody> {
    let obstacle = match planning::may_apply(hub, &plan).await {
        Ok(()) => None,
        Err(error) if error.fault == Fault::Conflict => Some(error.say),
        Err(error) => return Err(error),
    };
    Ok(PlanBody::new(plan, obstacle))
}

async fn created(hub: &Hub, actor: &Actor, plan: PlanId) -> Result<(StatusCode, Json<PlanBody>)> {
    let plan = planning::get(hub, organization(actor)?, plan).await?;
    Ok((StatusCode::CREATED, Json(body(hub, plan).await?)))
}

async fn creates(hub: &Hub, actor: &Actor, asked: Option<bool>) -> Result<bool> {
    let settings = settings::find(hub, organization(actor)?).await?;
    Ok(asked.unwrap_or_else(|| settings.is_some_and(|it| it.rules.create)))
}

/// Asks for a plan of wishes for people, or of the standing rules.
///
/// It is worked out in the background; nothing changes until it is applied. Its `state` tells when it is ready.
#[utoipa::path(post, path = "/api/v1/directory/plans", tag = TAG, operation_id = "create_plan",
    request_body = NewPlanBody, security(("api_key" = ["directory:write"])),
    responses(
        (status = 201, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn create_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Large(bytes): Large,
) -> Result<(StatusCode, Json<PlanBody>)> {
    if bytes.len() > MOST_JSON {
        let say = "The wishes are larger than 8 MiB. Send them as a file, or in several plans.";
        return Err(Error::new(Fault::TooLarge, say));
    }
    let wish: NewPlanBody = serde_json::from_slice(&bytes).map_err(|error| {
        let say = format!("The body must be JSON as the OpenAPI document describes it: {error}.");
        Error::new(Fault::Invalid(Vec::new()), say)
    })?;
    let create = creates(&hub, &actor, wish.create).await?;
    let new = NewPlan { name: wish.name, create, site: None };
    let plan = match (wish.people, wish.rules) {
        (Some(people), false) => planning::from_rows(&hub, &actor, new, Source::Api, rows(people)?).await?,
        (None, true) => planning::from_rules(&hub, &actor, new).await?,
        _ => return Err(invalid_field("people", "Send either `people` or `\"rules\": true`.")),
    };
    created(&hub, &actor, plan).await
}

/// The rows, or everything that is wrong with them.
fn rows(people: Vec<PersonWishes>) -> Result<Vec<(Option<String>, rosters::Row)>> {
    let (mut rows, mut problems) = (Vec::with_capacity(people.len()), Vec::new());
    for (number, wishes) in (1..).zip(people) {
        match wishes.row(number) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    problems.truncate(rosters::MOST_KEPT);
    if problems.is_empty() { Ok(rows) } else { Err(invalid(problems)) }
}

/// Asks for a plan of a list: the file itself is the body (CSV, XLSX or ODS, at most 64 MiB).
///
/// A list with any problem is refused as a whole, with all of its problems at once in `errors`.
#[utoipa::path(post, path = "/api/v1/directory/plans/files", tag = TAG, operation_id = "create_plan_of_file",
    params(FileQuery), request_body(content = inline(Large), content_type = "application/octet-stream"),
    security(("api_key" = ["directory:write"])),
    responses(
        (status = 201, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn create_plan_of_file(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<FileQuery>,
    Large(bytes): Large,
) -> Result<(StatusCode, Json<PlanBody>)> {
    let create = creates(&hub, &actor, query.create).await?;
    let site = query.site.filter(|site| !site.is_empty());
    let new = NewPlan { name: query.name, create, site };
    let plan = planning::from_file(&hub, &actor, new, &query.file_name, bytes).await?;
    created(&hub, &actor, plan).await
}

/// Lists plans, newest first.
#[utoipa::path(get, path = "/api/v1/directory/plans", tag = TAG, operation_id = "list_plans", params(Cursor),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<PlanBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_plans(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<List<PlanBody>>> {
    let before = cursor.after.as_deref().map(|text| id(text, "plan")).transpose()?;
    let plans = planning::list(&hub, organization(&actor)?, before, cursor.limit() + 1).await?;
    let mut bodies = Vec::with_capacity(plans.len());
    for plan in plans {
        bodies.push(body(&hub, plan).await?);
    }
    Ok(Json(List::from_rows(bodies, &cursor, PlanBody::id)))
}

/// Reads one plan: how far it is, what it would do, and what stands against applying it.
#[utoipa::path(get, path = "/api/v1/directory/plans/{id}", tag = TAG, operation_id = "get_plan",
    params(("id" = uuid::Uuid, Path, description = "the plan's id")), security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn get_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<Json<PlanBody>> {
    let plan = planning::get(&hub, organization(&actor)?, id(&plan, "plan")?).await?;
    Ok(Json(body(&hub, plan).await?))
}

/// Lists a plan's rows: each person with every field as now and then.
#[utoipa::path(get, path = "/api/v1/directory/plans/{id}/rows", tag = TAG, operation_id = "list_plan_rows",
    params(("id" = uuid::Uuid, Path, description = "the plan's id"), RowsQuery),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<PlanRowBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_plan_rows(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<List<PlanRowBody>>> {
    let organization = organization(&actor)?;
    let plan = planning::get(&hub, organization, id(&plan, "plan")?).await?;
    let cursor = Cursor { after: query.after, limit: query.limit };
    let filter = RowFilter {
        kind: query.kind,
        refused: query.refused,
        partly_refused: query.partly_refused,
        losses: query.losses,
        search: query.search.filter(|text| !text.trim().is_empty()),
    };
    let after = after_number(&cursor)?;
    let rows = planning::rows(&hub, organization, plan.id, filter, after, cursor.limit() + 1).await?;
    let names = planning::names(&hub, organization).await?;
    let bodies = rows.into_iter().map(|row| PlanRowBody::new(row, &names)).collect();
    Ok(Json(List::from_rows(bodies, &cursor, PlanRowBody::number)))
}

/// The number of the row after which a page begins.
pub(super) fn after_number(cursor: &Cursor) -> Result<i64> {
    let number = cursor.after.as_deref().map(str::parse).transpose();
    let number = number.map_err(|_| invalid_field("after", "Send the `next` of the page before."))?;
    Ok(number.unwrap_or(0))
}

/// Confirms that what a plan takes away is meant, where that is more than the settings allow by themselves.
#[utoipa::path(post, path = "/api/v1/directory/plans/{id}/confirmation", tag = TAG, operation_id = "confirm_plan",
    params(("id" = uuid::Uuid, Path, description = "the plan's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn confirm_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<Json<PlanBody>> {
    let plan: PlanId = id(&plan, "plan")?;
    planning::confirm(&hub, &actor, plan).await?;
    Ok(Json(body(&hub, planning::get(&hub, organization(&actor)?, plan).await?).await?))
}

/// Approves a plan that somebody else asked for. Only a signed-in administrator can.
#[utoipa::path(post, path = "/api/v1/directory/plans/{id}/approval", tag = TAG, operation_id = "approve_plan",
    params(("id" = uuid::Uuid, Path, description = "the plan's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 200, body = PlanBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn approve_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<Json<PlanBody>> {
    let plan: PlanId = id(&plan, "plan")?;
    planning::approve(&hub, &actor, plan).await?;
    Ok(Json(body(&hub, planning::get(&hub, organization(&actor)?, plan).await?).await?))
}

/// Deletes a plan that was never applied.
#[utoipa::path(delete, path = "/api/v1/directory/plans/{id}", tag = TAG, operation_id = "delete_plan",
    params(("id" = uuid::Uuid, Path, description = "the plan's id")), security(("api_key" = ["directory:write"])),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn delete_plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(plan): Path<String>,
) -> Result<StatusCode> {
    planning::delete(&hub, &actor, id(&plan, "plan")?).await?;
    Ok(StatusCode::NO_CONTENT)
}
