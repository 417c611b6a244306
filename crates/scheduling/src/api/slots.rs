//! Free times, and why the others are not offered.

use std::time::Duration;

use axum::{
    Extension,
    extract::{Query, State},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use platform::{
    Actor, Hub, Instant, Result,
    api::{Json, Problem},
    error::invalid_field,
    id::AccountId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sight::Sight;
use crate::{
    appointment_type::{AppointmentType, PlaceKind, TypeId},
    booking::BookingId,
    claim::Span,
    offer::{self, Ask, Because, Board, HostTime, TimeExplained, board},
};

const TAG: &str = "Free times";
/// The longest span of one question.
const MOST_DAYS: u64 = 62;
/// The same for explanations, which say a lot about every time.
const MOST_DAYS_EXPLAINED: u64 = 7;

/// What is asked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SlotsQuery {
    /// The appointment type: its id, or its name in addresses.
    #[param(required = true)]
    r#type: Option<String>,
    /// The first start: an instant (RFC 3339), or a date in `zone`; now when absent.
    #[param(example = "2026-11-23")]
    from: Option<String>,
    /// No start at or after this: an instant, or a date in `zone`; a week after `from` when absent. At most 62 days
    /// after `from`, for explanations 7.
    #[param(example = "2026-11-30T00:00:00Z")]
    to: Option<String>,
    /// In minutes, one of the type's; its shortest when absent.
    duration: Option<i64>,
    /// An IANA name, such as `Europe/Berlin`: how dates are meant, and local times answered; UTC when absent.
    zone: Option<String>,
}

/// A time on offer.
#[derive(Serialize, ToSchema)]
pub(super) struct SlotBody {
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
    #[schema(value_type = String, format = DateTime)]
    end: Instant,
    /// The start as the clock in `zone` shows it, with its offset and zone.
    #[schema(example = "2026-11-23T10:00:00+01:00[Europe/Berlin]")]
    local_start: String,
    /// Who is free for it.
    #[schema(value_type = Vec<uuid::Uuid>)]
    hosts: Vec<AccountId>,
}

/// The times on offer, earliest first.
#[derive(Serialize, ToSchema)]
pub(super) struct SlotsBody {
    #[schema(value_type = String, format = Uuid)]
    type_id: TypeId,
    duration: i64,
    zone: String,
    items: Vec<SlotBody>,
}

/// One thing that stands against a time.
#[derive(Serialize, ToSchema)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum ReasonBody {
    /// The type takes no bookings: it is closed, or no host of it can work.
    Closed,
    InThePast,
    /// Less than the notice is left.
    TooSoon {
        #[schema(value_type = String, format = DateTime)]
        earliest: Instant,
    },
    /// Further ahead than can be booked.
    TooFar {
        #[schema(value_type = String, format = DateTime)]
        latest: Instant,
    },
    /// Not in the host's hours.
    OutsideAvailability,
    /// The host's hours end before the appointment would.
    TooShort {
        #[schema(value_type = String, format = DateTime)]
        until: Instant,
    },
    Busy(CauseBody),
    /// The time to be kept free before meets something.
    BufferBefore(CauseBody),
    /// The time to be kept free after meets something.
    BufferAfter(CauseBody),
    /// The host has the most bookings of this type on that day.
    CapPerDay,
    CapPerWeek,
    /// None of the type's places can be served.
    NotConnected {
        missing: Vec<MissingBody>,
    },
}

/// What makes a host busy.
#[derive(Serialize, ToSchema)]
#[serde(tag = "cause", rename_all = "snake_case")]
enum CauseBody {
    /// An event in this calendar; `unreadable` when it cannot be read, and so counts as busy. Hosts are told the names
    /// of their own calendars only.
    Calendar { calendar: Option<String>, unreadable: bool },
    Booking {
        /// Absent for colleagues' bookings.
        #[schema(value_type = Option<String>, format = Uuid)]
        booking_id: Option<BookingId>,
    },
    /// Somebody fills in the form at this moment.
    Hold,
}

/// A place that cannot be served.
#[derive(Serialize, ToSchema)]
struct MissingBody {
    place: PlaceKind,
    /// Why, and what to do, in words.
    why: String,
}

/// One host at one time.
#[derive(Serialize, ToSchema)]
struct HostTimeBody {
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    /// Empty where the host is free.
    reasons: Vec<ReasonBody>,
}

/// One time, offered or not.
#[derive(Serialize, ToSchema)]
struct TimeBody {
    #[schema(value_type = String, format = DateTime)]
    start: Instant,
    local_start: String,
    offered: bool,
    /// What stands against it whoever the host is.
    reasons: Vec<ReasonBody>,
    hosts: Vec<HostTimeBody>,
}

/// A calendar that counts, and how old what is known of it is.
#[derive(Serialize, ToSchema)]
struct CalendarHealthBody {
    name: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Instant>,
    is_stale: bool,
    /// Why it cannot be read at the moment, in words.
    trouble: Option<String>,
}

/// A host with what is known of them.
#[derive(Serialize, ToSchema)]
struct HostBody {
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    zone: String,
    calendars: Vec<CalendarHealthBody>,
    /// Places of the type that this host cannot serve.
    missing: Vec<MissingBody>,
}

/// Every time of a span with what stands against it.
#[derive(Serialize, ToSchema)]
pub(super) struct ExplanationBody {
    #[schema(value_type = String, format = Uuid)]
    type_id: TypeId,
    duration: i64,
    zone: String,
    hosts: Vec<HostBody>,
    items: Vec<TimeBody>,
}

/// A question that has been read.
struct Question {
    it: AppointmentType,
    duration: i64,
    span: Span,
    zone: TimeZone,
}

impl Question {
    async fn read(hub: &Hub, actor: &Actor, query: SlotsQuery, most_days: u64) -> Result<Self> {
        let it = Sight::of(actor)?.named_type(hub, query.r#type.as_deref()).await?;
        let zone = match query.zone.as_deref() {
            None | Some("") => TimeZone::UTC,
            Some(name) => slots::zone(name).ok_or_else(|| {
                invalid_field("zone", "This time zone is not known. Write it like Europe/Berlin.")
            })?,
        };
        let duration = duration(&it, query.duration)?;
        let start = instant("from", query.from.as_deref(), &zone)?.unwrap_or_else(|| hub.now());
        let week = start.after(Duration::from_secs(7 * 86_400));
        let end = instant("to", query.to.as_deref(), &zone)?.unwrap_or(week);
        if end <= start {
            return Err(invalid_field("to", "Give an instant after `from`."));
        }
        // An hour more, because a span of civil days may hold the end of summer time.
        if end.since(start) > Duration::from_secs(most_days * 86_400 + 3600) {
            return Err(invalid_field("to", format!("Ask for at most {most_days} days at once.")));
        }
        Ok(Self { it, duration, span: Span { start, end }, zone })
    }

    fn local(&self, instant: Instant) -> String {
        instant.timestamp().to_zoned(self.zone.clone()).to_string()
    }

    fn zone(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }
}

/// One of the type's durations.
pub(super) fn duration(it: &AppointmentType, asked: Option<i64>) -> Result<i64> {
    let duration = asked.unwrap_or_else(|| it.usual_duration());
    if it.durations.0.contains(&duration) {
        return Ok(duration);
    }
    let durations: Vec<String> = it.durations.0.iter().map(ToString::to_string).collect();
    let message = format!("This type lasts {} minutes.", durations.join(" or "));
    Err(invalid_field("duration", message))
}

/// An instant, or the beginning of a date in the zone.
fn instant(field: &'static str, text: Option<&str>, zone: &TimeZone) -> Result<Option<Instant>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant.into()));
    }
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    match date.and_then(|date| date.to_zoned(zone.clone()).ok()) {
        Some(midnight) => Ok(Some(midnight.timestamp().into())),
        None => Err(invalid_field(
            field,
            "Write an instant like 2026-11-23T08:00:00Z (a + must be sent as %2B), or a date like 2026-11-23.",
        )),
    }
}

/// Lists the times on offer.
#[utoipa::path(get, path = "/api/v1/slots", tag = TAG, operation_id = "list_slots", params(SlotsQuery),
    security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = SlotsBody), (status = "4XX", body = Problem)))]
pub(super) async fn list_slots(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<SlotsQuery>,
) -> Result<Json<SlotsBody>> {
    let question = Question::read(&hub, &actor, query, MOST_DAYS).await?;
    let times = offer::times(&hub, &question.it, question.duration, question.span).await?;
    let length = crate::hold::minutes(question.duration);
    let item = |time: offer::Offered| SlotBody {
        start: time.start,
        end: time.start.after(length),
        local_start: question.local(time.start),
        hosts: time.hosts,
    };
    let items = times.into_iter().map(item).collect();
    Ok(Json(SlotsBody { type_id: question.it.id, duration: question.duration, zone: question.zone(), items }))
}

/// Explains every time of a span: whether it is on offer, and what stands against it.
///
/// It comes from the same reckoning as the offer itself.
#[utoipa::path(get, path = "/api/v1/slots/explain", tag = TAG, operation_id = "explain_slots", params(SlotsQuery),
    security(("api_key" = ["appointments:read"])),
    responses((status = 200, body = ExplanationBody), (status = "4XX", body = Problem)))]
pub(super) async fn explain_slots(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<SlotsQuery>,
) -> Result<Json<ExplanationBody>> {
    let question = Question::read(&hub, &actor, query, MOST_DAYS_EXPLAINED).await?;
    let board = board(&hub, &Ask::new(&question.it, question.duration, question.span)).await?;
    let own = Sight::of(&actor)?.host;
    let items = board.explain().into_iter().map(|time| time_body(&question, time, own)).collect();
    Ok(Json(ExplanationBody {
        type_id: question.it.id,
        duration: question.duration,
        zone: question.zone(),
        hosts: hosts(&board, own),
        items,
    }))
}

/// The hosts; one who asks reads nothing of the calendars of colleagues.
fn hosts(board: &Board, own: Option<AccountId>) -> Vec<HostBody> {
    let sees = |host: &offer::HostOnBoard| own.is_none_or(|own| own == host.account);
    let health = |calendar: &calendars::CalendarHealth| CalendarHealthBody {
        name: calendar.name.clone(),
        read_at: calendar.read_at,
        is_stale: calendar.is_stale,
        trouble: calendar.trouble.clone(),
    };
    let host = |host: &offer::HostOnBoard| HostBody {
        account_id: host.account,
        zone: host.zone.iana_name().unwrap_or("UTC").to_owned(),
        calendars: host.calendars.iter().filter(|_| sees(host)).map(health).collect(),
        missing: missing(host.ready.missing.clone()),
    };
    board.hosts.iter().map(host).collect()
}

fn missing(missing: Vec<(PlaceKind, String)>) -> Vec<MissingBody> {
    missing.into_iter().map(|(place, why)| MissingBody { place, why }).collect()
}

fn time_body(question: &Question, time: TimeExplained, own: Option<AccountId>) -> TimeBody {
    let reasons = |reasons: Vec<Because>, sees: bool| {
        reasons.into_iter().map(|because| reason(because, sees)).collect()
    };
    let host = |host: HostTime| HostTimeBody {
        account_id: host.account,
        reasons: reasons(host.reasons, own.is_none_or(|own| own == host.account)),
    };
    TimeBody {
        start: time.start,
        local_start: question.local(time.start),
        offered: time.offered,
        reasons: reasons(time.reasons, own.is_none()),
        hosts: time.hosts.into_iter().map(host).collect(),
    }
}

fn reason(because: Because, sees: bool) -> ReasonBody {
    match because {
        Because::Closed => ReasonBody::Closed,
        Because::InThePast => ReasonBody::InThePast,
        Because::TooSoon { earliest } => ReasonBody::TooSoon { earliest },
        Because::TooFar { latest } => ReasonBody::TooFar { latest },
        Because::OutsideAvailability => ReasonBody::OutsideAvailability,
        Because::TooShort { until } => ReasonBody::TooShort { until },
        Because::Busy(it) => ReasonBody::Busy(cause(it, sees)),
        Because::BufferBefore(it) => ReasonBody::BufferBefore(cause(it, sees)),
        Because::BufferAfter(it) => ReasonBody::BufferAfter(cause(it, sees)),
        Because::CapPerDay => ReasonBody::CapPerDay,
        Because::CapPerWeek => ReasonBody::CapPerWeek,
        Because::NotConnected(places) => ReasonBody::NotConnected { missing: missing(places) },
    }
}

fn cause(cause: offer::Cause, sees: bool) -> CauseBody {
    match cause {
        offer::Cause::Calendar { name, unreadable } => {
            CauseBody::Calendar { calendar: sees.then_some(name), unreadable }
        }
        offer::Cause::Booking(booking_id) => CauseBody::Booking { booking_id: booking_id.filter(|_| sees) },
        offer::Cause::Hold => CauseBody::Hold,
    }
}
