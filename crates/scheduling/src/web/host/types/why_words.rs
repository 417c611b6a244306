//! What stands against a time, in plain words with the next step.

use jiff::tz::TimeZone;
use platform::{Actor, Hub, Instant, Result, Role, id::AccountId};

use super::{form::place_title, why::Reason, why::sees_calendars};
use crate::{
    appointment_type::{AppointmentType, PlaceKind},
    booking::{self, Booking, BookingId},
    claim::{self, Span},
    offer::{Because, Cause},
    web::host::words,
};

/// Who asks, and about what.
pub(super) struct Explainer<'a> {
    pub(super) hub: &'a Hub,
    pub(super) actor: &'a Actor,
    pub(super) it: &'a AppointmentType,
    pub(super) zone: &'a TimeZone,
}

/// What something makes a host busy with, in words, and where to look.
struct Named {
    text: String,
    link: Option<(String, String)>,
}

impl Explainer<'_> {
    /// One reason; `host` is whose reason it is.
    pub(super) async fn words(&self, host: Option<AccountId>, because: &Because) -> Result<Reason> {
        let type_path = format!("/my/appointment-types/{}", self.it.id);
        let rules = || Some(("Its rules".to_owned(), type_path.clone()));
        let plain = |text: String, link: Option<(String, String)>| Ok(Reason { text, link });
        match because {
            Because::Closed => {
                plain("The type takes no bookings: it is closed, or has no active host.".into(), rules())
            }
            Because::InThePast => plain("It is over.".into(), None),
            Because::TooSoon { earliest } => {
                let notice = words::length(self.it.min_notice);
                plain(
                    format!(
                        "Too soon: {notice} notice is asked for, so bookable from {}.",
                        self.when(*earliest)
                    ),
                    rules(),
                )
            }
            Because::TooFar { latest } => {
                let ahead = self.it.max_advance.map_or_else(String::new, words::length);
                plain(
                    format!("Too far ahead: at most {ahead}, so bookable before {}.", self.when(*latest)),
                    rules(),
                )
            }
            Because::OutsideAvailability => plain("Outside the open hours.".into(), self.hours(host)),
            Because::TooShort { until } => {
                let until = words::clock(*until, self.zone);
                plain(
                    format!("The open hours end at {until}, before the appointment would."),
                    self.hours(host),
                )
            }
            Because::CapPerDay => plain(cap_words(self.it.cap_per_day, "day"), rules()),
            Because::CapPerWeek => plain(cap_words(self.it.cap_per_week, "week"), rules()),
            Because::NotConnected(missing) => Ok(self.not_connected(host, missing)),
            Because::Busy(cause) => {
                let named = self.named(host, cause).await?;
                plain(format!("{}.", named.text), named.link)
            }
            Because::BufferBefore(cause) => {
                let named = self.named(host, cause).await?;
                let free = words::length(self.it.before_buffer);
                plain(
                    format!("Less than {free} would be left after what comes before. {}.", named.text),
                    named.link,
                )
            }
            Because::BufferAfter(cause) => {
                let named = self.named(host, cause).await?;
                let free = words::length(self.it.after_buffer);
                plain(
                    format!("Less than {free} would be left before what comes next. {}.", named.text),
                    named.link,
                )
            }
        }
    }

    fn when(&self, at: Instant) -> String {
        at.in_zone(self.zone)
    }

    fn is_own(&self, host: Option<AccountId>) -> bool {
        self.actor.person().is_some_and(|person| Some(person.account) == host)
    }

    /// Where the hours can be changed, for who may.
    fn hours(&self, host: Option<AccountId>) -> Option<(String, String)> {
        let host = host?;
        if self.is_own(Some(host)) {
            return Some(("Your hours".to_owned(), "/my/availability".to_owned()));
        }
        let path = format!("/my/availability?account={host}");
        self.actor.has_role(Role::Administrator).then(|| ("Hours".to_owned(), path))
    }

    fn not_connected(&self, host: Option<AccountId>, missing: &[(PlaceKind, String)]) -> Reason {
        let why: Vec<String> =
            missing.iter().map(|(kind, why)| format!("{}: {why}", place_title(*kind))).collect();
        let text = if why.is_empty() { "There is no way to meet.".to_owned() } else { why.join(" ") };
        let link = if self.is_own(host) {
            Some(("Your connections".to_owned(), "/my/connections".to_owned()))
        } else {
            self.actor
                .has_role(Role::Administrator)
                .then(|| ("Connections".to_owned(), "/admin/connections".to_owned()))
        };
        Reason { text, link }
    }

    async fn named(&self, host: Option<AccountId>, cause: &Cause) -> Result<Named> {
        let sees = host.is_some_and(|host| sees_calendars(self.actor, host));
        let calendars = self.is_own(host).then(|| ("Your calendars".to_owned(), "/my/calendars".to_owned()));
        Ok(match cause {
            Cause::Calendar { name, unreadable: true } if sees => Named {
                text: format!("The calendar “{name}” cannot be read for this time, and counts as busy then"),
                link: calendars,
            },
            Cause::Calendar { unreadable: true, .. } => Named {
                text: "A calendar cannot be read for this time, and counts as busy then".into(),
                link: None,
            },
            Cause::Calendar { name, .. } if sees => {
                Named { text: format!("Busy in the calendar “{name}”"), link: calendars }
            }
            Cause::Calendar { .. } => Named { text: "Busy in Outlook".into(), link: None },
            Cause::Hold => Named { text: "Held right now: a visitor fills in the form".into(), link: None },
            Cause::Booking(id) => self.booked(*id).await?,
        })
    }

    /// What an appointment keeps free around it, by the rules of its own type at the time of booking.
    async fn kept_free(&self, booking: &Booking) -> Result<String> {
        let (hosts, id) = (booking.hosts.0.as_slice(), booking.id.to_string());
        let span = Span { start: booking.starts_at, end: booking.ends_at };
        let claims = claim::living(self.hub, booking.organization_id, hosts, span, &[]).await?;
        let Some(claim) = claims.into_iter().find(|claim| claim.owner_id == id) else {
            return Ok(String::new());
        };
        let (from, until) =
            (words::clock(claim.starts_at, self.zone), words::clock(claim.ends_at, self.zone));
        Ok(match (claim.starts_at < booking.starts_at, booking.ends_at < claim.ends_at) {
            (false, false) => String::new(),
            (true, false) => format!(", kept free from {from}"),
            (false, true) => format!(", kept free until {until}"),
            (true, true) => format!(", kept free from {from} until {until}"),
        })
    }

    /// The booking with its visitor, for who may see it.
    async fn booked(&self, id: Option<BookingId>) -> Result<Named> {
        let nameless = Named { text: "Booked already".into(), link: None };
        let (Some(id), Some(person)) = (id, self.actor.person()) else { return Ok(nameless) };
        let Some(booking) = booking::find(self.hub, self.hub.db(), person.organization, id).await? else {
            return Ok(nameless);
        };
        let hosts = booking.hosts.0.as_slice();
        if !hosts.contains(&person.account) && !self.actor.has_role(Role::Administrator) {
            return Ok(nameless);
        }
        let (start, end) =
            (words::clock(booking.starts_at, self.zone), words::clock(booking.ends_at, self.zone));
        let (what, whom) = (&booking.type_name, &booking.visitor.name);
        let kept = self.kept_free(&booking).await?;
        let text = format!("Booked already: {what} with {whom}, {start}–{end}{kept}");
        let link = ("The booking".to_owned(), format!("/my/bookings/{id}"));
        Ok(Named { text, link: Some(link) })
    }
}

/// That a cap is reached.
fn cap_words(cap: Option<i64>, unit: &str) -> String {
    let cap = cap.unwrap_or(0);
    let plural = if cap == 1 { "" } else { "s" };
    format!("At most {cap} booking{plural} of this type a {unit}; that is reached.")
}
