//! Bookings.

use std::collections::BTreeMap;

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use http::{HeaderMap, StatusCode};
use platform::{
    Actor, Hub, Instant, Result,
    api::{Cursor, Json, List, Problem},
    error::invalid_field,
    id::AccountId,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    booking_body::{BookedBody, BookingBody, BookingWithSteps},
    refused::{Refused, TimeTaken},
    sight::Sight,
};
use crate::{
    appointment_type::AppointmentType,
    booking::{
        self, BookingFilter, BookingState, Canceller, ChosenPlace, Mover, NewBooking, VisitorInput,
        manage_link,
    },
    steps,
    texts::Language,
};

const TAG: &str = "Bookings";
/// The most characters of an `Idempotency-Key`.
const LONGEST_KEY: usize = 255;

/// A wish to book.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewBookingBody {
    /// The appointment type: its id, or its name in addresses.
    r#type: String,
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
    /// In minutes; the type's shortest when left out.
    #[serde(default)]
    duration: Option<i64>,
    /// The chosen one of the type's places; needed where there are several. Send the place itself rather than its
    /// position, which means another place as soon as somebody changes the type.
    #[serde(default)]
    place: Option<ChosenPlace>,
    visitor: NewVisitorBody,
    /// By the keys of the type's questions.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// The token of the hold under which the form was filled in.
    #[serde(default)]
    hold: Option<String>,
}

/// Who books.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewVisitorBody {
    name: String,
    email: String,
    /// Needed where the host calls.
    #[serde(default)]
    phone: String,
    /// The IANA name of the zone in which the visitor reads times; the organization's when left out.
    #[serde(default)]
    zone: Option<String>,
    /// The language of the visitor's mails; English when left out.
    #[serde(default)]
    language: Language,
}

/// Which bookings are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BookingsQuery {
    /// Only of this appointment type: its id, or its name in addresses.
    r#type: Option<String>,
    /// Only those that this account hosts.
    #[param(value_type = Option<String>, format = Uuid)]
    host: Option<AccountId>,
    state: Option<BookingState>,
    /// Only of the visitor with this address.
    email: Option<String>,
    /// Only those that end after this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Only those that start before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// A new time for a booking.
#[derive(Deserialize, ToSchema)]
pub(super) struct RescheduleBody {
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
}

/// Why a booking is cancelled.
#[derive(Deserialize, ToSchema)]
pub(super) struct CancelBody {
    /// The visitor reads it; at most 500 characters.
    #[serde(default)]
    reason: String,
}

impl NewBookingBody {
    async fn wish(self, hub: &Hub, it: &AppointmentType, key: Option<String>) -> Result<NewBooking> {
        let zone = match self.visitor.zone {
            Some(zone) => zone,
            None => accounts::organization(hub, it.organization_id).await?.time_zone,
        };
        let visitor = VisitorInput {
            name: self.visitor.name,
            email: self.visitor.email,
            phone: self.visitor.phone,
            zone,
            language: self.visitor.language,
            answers: self.answers.into_iter().collect(),
        };
        Ok(NewBooking {
            start: self.start,
            duration: self.duration.unwrap_or_else(|| it.usual_duration()),
            place: self.place,
            visitor,
            hold: self.hold,
            idempotency_key: key,
        })
    }
}

/// The request's own key (IETF draft "The Idempotency-Key HTTP Header Field").
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    match key {
        Some(key) => Ok(Some(key.to_owned())),
        None => Err(invalid_field("Idempotency-Key", "Use 1 to 255 printable ASCII characters.")),
    }
}

/// Books a time.
///
/// With an `Idempotency-Key` the same request books once, however often it is sent, and answers the same booking; the
/// key with another request is refused. Meeting, calendar entries and mails follow in the background: see `steps`.
#[utoipa::path(post, path = "/api/v1/bookings", tag = TAG, operation_id = "create_booking",
    params(("Idempotency-Key" = Option<String>, Header, description = "names this request; 1 to 255 characters, kept for a month")),
    request_body = NewBookingBody, security(("api_key" = ["appointments:write"])),
    responses((status = 201, body = BookedBody), (status = 409, body = TimeTaken), (status = "4XX", body = Problem)))]
pub(super) async fn create_booking(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    Json(wish): Json<NewBookingBody>,
) -> Result<(StatusCode, Json<BookedBody>), Refused> {
    let key = idempotency_key(&headers)?;
    let it = Sight::of(&actor)?.named_type(&hub, Some(&wish.r#type)).await?;
    let wish = wish.wish(&hub, &it, key).await?;
    let booking = booking::book(&hub, &actor, &it, &wish).await?;
    let manage_url = manage_link(&hub, &booking).await?;
    Ok((StatusCode::CREATED, Json(BookedBody { booking: booking.into(), manage_url })))
}

/// Lists bookings in the order in which they were made.
#[utoipa::path(get, path = "/api/v1/bookings", tag = TAG, operation_id = "list_bookings", params(BookingsQuery),
    security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = List<BookingBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_bookings(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<BookingsQuery>,
) -> Result<Json<List<BookingBody>>> {
    let sight = Sight::of(&actor)?;
    let cursor = Cursor { after: query.after, limit: query.limit };
    if let (Some(own), Some(asked)) = (sight.host, query.host)
        && own != asked
    {
        return Ok(Json(List { items: Vec::new(), next: None }));
    }
    let type_id = match query.r#type.as_deref() {
        Some(name) => Some(sight.appointment_type(&hub, name).await?.id),
        None => None,
    };
    let after = cursor.after.as_deref().map(str::parse).transpose();
    let filter = BookingFilter {
        host: sight.host.or(query.host),
        type_id,
        state: query.state,
        email: query.email,
        from: query.from,
        to: query.to,
        after: after.map_err(|_| invalid_field("after", "Send the `next` of the page before."))?,
        limit: cursor.limit() + 1,
    };
    let bookings = booking::list(&hub, sight.organization, &filter).await?;
    let bodies = bookings.into_iter().map(BookingBody::from).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body: &BookingBody| body.id.to_string())))
}

/// Reads one booking with the steps that make it true outside.
#[utoipa::path(get, path = "/api/v1/bookings/{id}", tag = TAG, operation_id = "get_booking",
    params(("id" = uuid::Uuid, Path, description = "the booking's id")), security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = BookingWithSteps), (status = "4XX", body = Problem)))]
pub(super) async fn get_booking(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<BookingWithSteps>> {
    let booking = Sight::of(&actor)?.booking(&hub, &id).await?;
    let steps = steps::of_booking(&hub, booking.organization_id, booking.id).await?;
    Ok(Json(BookingWithSteps::new(booking, steps)))
}

/// Moves a booking to another start.
///
/// Hosts and meeting stay. Notice, caps and the host's hours are the caller's to mind; other promises are refused.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/reschedule", tag = TAG, operation_id = "reschedule_booking",
    params(("id" = uuid::Uuid, Path, description = "the booking's id")), request_body = RescheduleBody,
    security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = BookingBody), (status = 409, body = TimeTaken), (status = "4XX", body = Problem)))]
pub(super) async fn reschedule_booking(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(wish): Json<RescheduleBody>,
) -> Result<Json<BookingBody>, Refused> {
    let booking = Sight::of(&actor)?.booking(&hub, &id).await?;
    let key = (booking.organization_id, booking.id);
    let moved = booking::reschedule(&hub, &actor, key, (wish.start, None), Mover::Host).await?;
    Ok(Json(moved.into()))
}

/// Cancels a booking; its time falls free at once.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/cancel", tag = TAG, operation_id = "cancel_booking",
    params(("id" = uuid::Uuid, Path, description = "the booking's id")), request_body = CancelBody,
    security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = BookingBody), (status = "4XX", body = Problem)))]
pub(super) async fn cancel_booking(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(wish): Json<CancelBody>,
) -> Result<Json<BookingBody>, Refused> {
    let booking = Sight::of(&actor)?.booking(&hub, &id).await?;
    let by = if actor.person().is_some() { Canceller::Host } else { Canceller::Program };
    let key = (booking.organization_id, booking.id);
    let cancelled = booking::cancel(&hub, &actor, key, (by, &wish.reason)).await?;
    Ok(Json(cancelled.into()))
}

/// Tries at once again what is not done for a booking: waiting, failed, or not needed when it was looked at last.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/retry", tag = TAG, operation_id = "retry_booking",
    params(("id" = uuid::Uuid, Path, description = "the booking's id")),
    security(("api_key" = ["appointments:write"])),
    responses((status = 202), (status = "4XX", body = Problem)))]
pub(super) async fn retry_booking(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    let booking = Sight::of(&actor)?.booking(&hub, &id).await?;
    steps::retry(&hub, &actor, (booking.organization_id, booking.id)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// What becomes of a change in Outlook that waits for a decision.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    /// The booking follows the entry in Outlook, and the visitor is told.
    Accept,
    /// The booking stays, and the entry is put back.
    Refuse,
}

/// A decision about a booking's `proposal`.
#[derive(Deserialize, ToSchema)]
pub(super) struct DecisionBody {
    decision: Decision,
}

/// Decides about a change in Outlook that waits (`proposal`): the booking follows, or the entry is put back.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/decision", tag = TAG, operation_id = "decide_proposal",
    params(("id" = uuid::Uuid, Path, description = "the booking's id")), request_body = DecisionBody,
    security(("api_key" = ["appointments:write"])),
    responses((status = 200, body = BookingBody), (status = 409, body = TimeTaken), (status = "4XX", body = Problem)))]
pub(super) async fn decide_proposal(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(wish): Json<DecisionBody>,
) -> Result<Json<BookingBody>, Refused> {
    let sight = Sight::of(&actor)?;
    let booking = sight.booking(&hub, &id).await?;
    let accept = matches!(wish.decision, Decision::Accept);
    steps::decide(&hub, &actor, (booking.organization_id, booking.id), accept).await?;
    Ok(Json(sight.booking(&hub, &id).await?.into()))
}
