//! Appointment types.

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, List, Problem},
    id::AccountId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sight::Sight;
use crate::{
    appointment_type::{self, AppointmentType, HostMode, OutlookChanges, Place, Question, TypeId, TypeInput},
    site,
};

const TAG: &str = "Appointment types";

/// An appointment type. All lengths are minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct AppointmentTypeBody {
    #[schema(value_type = String, format = Uuid)]
    id: TypeId,
    #[serde(flatten)]
    settings: TypeSettings,
    /// Whether it is on offer.
    active: bool,
    /// Its booking page; a private type's address holds its key.
    url: String,
    /// Send it back with a change, so that two editors notice each other.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

/// What can be said about an appointment type. All lengths are minutes; what is left out is as for a new type.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct TypeSettings {
    name: String,
    /// Its name in addresses; made of the name when left out.
    #[serde(default)]
    slug: String,
    #[serde(default)]
    description: String,
    /// How many of the hosts an appointment needs; `one` when left out.
    #[serde(default = "one")]
    mode: HostMode,
    /// The accounts that host it, in their order; of several who meet together the first makes the meeting.
    #[schema(value_type = Vec<uuid::Uuid>)]
    hosts: Vec<AccountId>,
    /// The visitor chooses one; [30] when left out.
    #[serde(default = "half_an_hour")]
    durations: Vec<i64>,
    /// The visitor chooses one; Webex when left out.
    #[serde(default = "webex")]
    places: Vec<Place>,
    /// Kept free before each appointment.
    #[serde(default)]
    before_buffer: i64,
    /// Kept free after each appointment.
    #[serde(default)]
    after_buffer: i64,
    /// How far apart the starts on offer are; 30 when left out.
    #[serde(default = "thirty")]
    step: i64,
    /// How long before its start an appointment can still be booked; 60 when left out.
    #[serde(default = "sixty")]
    min_notice: i64,
    /// How far ahead can be booked; without it any time.
    #[serde(default)]
    max_advance: Option<i64>,
    /// The most bookings of this type per host and day, in the host's zone.
    #[serde(default)]
    cap_per_day: Option<i64>,
    /// The same per week, from Monday.
    #[serde(default)]
    cap_per_week: Option<i64>,
    #[serde(default)]
    questions: Vec<Question>,
    /// Until this long before the start the visitor can move or cancel; 60 when left out.
    #[serde(default = "sixty")]
    cancel_cutoff: i64,
    /// How long before the start reminders go out; [1440] when left out.
    #[serde(default = "a_day")]
    reminders: Vec<i64>,
    /// How long after the end a follow-up goes out, if at all.
    #[serde(default)]
    follow_up: Option<i64>,
    /// The title of meeting and entry, with placeholders.
    #[serde(default = "title")]
    title_template: String,
    /// The text of meeting and entry, with placeholders.
    #[serde(default = "agenda")]
    agenda_template: String,
    /// What happens when a host changes a booking's entry in Outlook; `follow` when left out.
    #[serde(default = "follow")]
    outlook_changes: OutlookChanges,
    /// Whether only those who know the link find it.
    #[serde(default)]
    is_private: bool,
}

/// A changed appointment type.
#[derive(Deserialize, ToSchema)]
pub(super) struct ReplaceTypeBody {
    #[serde(flatten)]
    settings: TypeSettings,
    /// The version that was read.
    version: i64,
}

/// The usual settings, which the pages start with too.
fn usual() -> TypeInput {
    TypeInput::suggested(AccountId(uuid::Uuid::nil()))
}

fn one() -> HostMode {
    HostMode::One
}

fn half_an_hour() -> Vec<i64> {
    usual().durations
}

fn webex() -> Vec<Place> {
    usual().places
}

fn thirty() -> i64 {
    usual().step
}

fn sixty() -> i64 {
    usual().min_notice
}

fn a_day() -> Vec<i64> {
    usual().reminders
}

fn title() -> String {
    usual().title_template
}

fn agenda() -> String {
    usual().agenda_template
}

fn follow() -> OutlookChanges {
    usual().outlook_changes
}

impl From<TypeSettings> for TypeInput {
    fn from(body: TypeSettings) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            description: body.description,
            mode: body.mode,
            hosts: body.hosts,
            durations: body.durations,
            places: body.places,
            before_buffer: body.before_buffer,
            after_buffer: body.after_buffer,
            step: body.step,
            min_notice: body.min_notice,
            max_advance: body.max_advance,
            cap_per_day: body.cap_per_day,
            cap_per_week: body.cap_per_week,
            questions: body.questions,
            cancel_cutoff: body.cancel_cutoff,
            reminders: body.reminders,
            follow_up: body.follow_up,
            title_template: body.title_template,
            agenda_template: body.agenda_template,
            outlook_changes: body.outlook_changes,
            is_private: body.is_private,
        }
    }
}

impl From<TypeInput> for TypeSettings {
    fn from(input: TypeInput) -> Self {
        Self {
            name: input.name,
            slug: input.slug,
            description: input.description,
            mode: input.mode,
            hosts: input.hosts,
            durations: input.durations,
            places: input.places,
            before_buffer: input.before_buffer,
            after_buffer: input.after_buffer,
            step: input.step,
            min_notice: input.min_notice,
            max_advance: input.max_advance,
            cap_per_day: input.cap_per_day,
            cap_per_week: input.cap_per_week,
            questions: input.questions,
            cancel_cutoff: input.cancel_cutoff,
            reminders: input.reminders,
            follow_up: input.follow_up,
            title_template: input.title_template,
            agenda_template: input.agenda_template,
            outlook_changes: input.outlook_changes,
            is_private: input.is_private,
        }
    }
}

/// Which types are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TypesQuery {
    /// Only those on offer (`true`), or not (`false`).
    active: Option<bool>,
}

async fn body(hub: &Hub, site: &str, it: AppointmentType) -> Result<AppointmentTypeBody> {
    let hosts = appointment_type::hosts(hub, hub.db(), it.organization_id, it.id).await?;
    let hosts = hosts.into_iter().map(|host| host.account_id).collect();
    let url = hub.settings().url(&it.path(site));
    let settings = TypeInput::of(&it, hosts).into();
    Ok(AppointmentTypeBody {
        id: it.id,
        settings,
        active: it.active,
        url,
        version: it.version,
        created_at: it.created_at,
        updated_at: it.updated_at,
    })
}

/// The type as it is now, as an answer.
async fn answer(hub: &Hub, sight: Sight, id: TypeId) -> Result<Json<AppointmentTypeBody>> {
    let it = appointment_type::get(hub, sight.organization, id).await?;
    let site = site::slug(hub, sight.organization).await?;
    Ok(Json(body(hub, &site, it).await?))
}

/// Lists appointment types by name.
#[utoipa::path(get, path = "/api/v1/appointment-types", tag = TAG, operation_id = "list_appointment_types",
    params(TypesQuery), security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = List<AppointmentTypeBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_appointment_types(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<TypesQuery>,
) -> Result<Json<List<AppointmentTypeBody>>> {
    let sight = Sight::of(&actor)?;
    let site = site::slug(&hub, sight.organization).await?;
    let mut items = Vec::new();
    for it in appointment_type::list(&hub, sight.organization, sight.host).await? {
        if query.active.is_none_or(|active| active == it.active) {
            items.push(body(&hub, &site, it).await?);
        }
    }
    Ok(Json(List { items, next: None }))
}

/// Makes an appointment type, which is on offer at once.
#[utoipa::path(post, path = "/api/v1/appointment-types", tag = TAG, operation_id = "create_appointment_type",
    request_body = TypeSettings, security(("api_key" = ["appointments:write"])),
    responses((status = 201, body = AppointmentTypeBody), (status = "4XX", body = Problem)))]
pub(super) async fn create_appointment_type(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(settings): Json<TypeSettings>,
) -> Result<(StatusCode, Json<AppointmentTypeBody>)> {
    let id = appointment_type::create(&hub, &actor, settings.into()).await?;
    Ok((StatusCode::CREATED, answer(&hub, Sight::of(&actor)?, id).await?))
}

/// Reads one appointment type.
#[utoipa::path(get, path = "/api/v1/appointment-types/{id}", tag = TAG, operation_id = "get_appointment_type",
    params(("id" = String, Path, description = "the type's id, or its name in addresses")),
    security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = AppointmentTypeBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_appointment_type(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AppointmentTypeBody>> {
    let sight = Sight::of(&actor)?;
    let it = sight.appointment_type(&hub, &id).await?;
    answer(&hub, sight, it.id).await
}

/// Changes an appointment type as a whole.
///
/// What is booked already stays as it was promised.
#[utoipa::path(put, path = "/api/v1/appointment-types/{id}", tag = TAG, operation_id = "replace_appointment_type",
    params(("id" = String, Path, description = "the type's id, or its name in addresses")),
    request_body = ReplaceTypeBody, security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = AppointmentTypeBody), (status = "4XX", body = Problem)))]
pub(super) async fn replace_appointment_type(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(change): Json<ReplaceTypeBody>,
) -> Result<Json<AppointmentTypeBody>> {
    let sight = Sight::of(&actor)?;
    let it = sight.appointment_type(&hub, &id).await?;
    appointment_type::edit(&hub, &actor, it.id, change.version, change.settings.into()).await?;
    answer(&hub, sight, it.id).await
}

/// Offers an appointment type again.
#[utoipa::path(post, path = "/api/v1/appointment-types/{id}/open", tag = TAG, operation_id = "open_appointment_type",
    params(("id" = String, Path, description = "the type's id, or its name in addresses")),
    security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = AppointmentTypeBody), (status = "4XX", body = Problem)))]
pub(super) async fn open_appointment_type(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AppointmentTypeBody>> {
    switch(&hub, &actor, &id, true).await
}

/// Stops offering an appointment type; what is booked stays booked.
#[utoipa::path(post, path = "/api/v1/appointment-types/{id}/close", tag = TAG, operation_id = "close_appointment_type",
    params(("id" = String, Path, description = "the type's id, or its name in addresses")),
    security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = AppointmentTypeBody), (status = "4XX", body = Problem)))]
pub(super) async fn close_appointment_type(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AppointmentTypeBody>> {
    switch(&hub, &actor, &id, false).await
}

async fn switch(hub: &Hub, actor: &Actor, id: &str, active: bool) -> Result<Json<AppointmentTypeBody>> {
    let sight = Sight::of(actor)?;
    let it = sight.appointment_type(hub, id).await?;
    appointment_type::set_active(hub, actor, it.id, active).await?;
    answer(hub, sight, it.id).await
}
