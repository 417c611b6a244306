//! What a calendar's listing says about one entry, and whether it makes its owner busy.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::Value;

use super::event::{Sensitivity, ShowAs};
use super::moment::{self, Moment};

/// The fields that are asked for where a call lets us choose.
pub(super) const FIELDS: &str = "id,type,seriesMasterId,start,end,isAllDay,showAs,sensitivity,isCancelled,\
    responseStatus,originalStartTimeZone,transactionId,changeKey";
/// The clocks of the earth lie between 14 hours before and 12 hours behind UTC.
const EARLIEST_CLOCK: SignedDuration = SignedDuration::from_hours(14);
const LATEST_CLOCK: SignedDuration = SignedDuration::from_hours(12);

/// Whether an entry recurs (Graph, "event resource type", `type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ItemKind {
    /// One of a series. In a delta it comes bare: [`CalendarItem::completed_by`].
    Occurrence,
    /// One of a series that differs from it.
    Exception,
    /// The series itself; a delta lists it with the first occurrence's times, and its occurrences besides.
    SeriesMaster,
    /// `singleInstance`, and what we do not know.
    #[default]
    #[serde(other)]
    Single,
}

/// What the owner of the calendar answered to an invitation (Graph, "responseStatus").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    Organizer,
    TentativelyAccepted,
    Accepted,
    Declined,
    NotResponded,
    #[serde(other)]
    None,
}

/// An entry of a calendar, as far as busy times need it: no subject, no text, no people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarItem {
    /// Case-sensitive.
    pub id: String,
    #[serde(rename = "type", default)]
    pub kind: ItemKind,
    pub series_master_id: Option<String>,
    /// Absent in a bare occurrence.
    pub show_as: Option<ShowAs>,
    pub sensitivity: Option<Sensitivity>,
    /// Absent in a bare occurrence.
    pub is_all_day: Option<bool>,
    is_cancelled: Option<bool>,
    #[serde(rename = "responseStatus", default, deserialize_with = "response")]
    pub response: Option<Response>,
    /// The zone the entry was made in, as Outlook names it; may be `tzone://Microsoft/Custom`.
    #[serde(rename = "originalStartTimeZone")]
    pub original_zone: Option<String>,
    /// As it was created with; the mark of entries that are ours.
    pub transaction_id: Option<String>,
    /// The version.
    pub change_key: Option<String>,
    #[serde(default, deserialize_with = "moment::lenient")]
    start: Option<Moment>,
    #[serde(default, deserialize_with = "moment::lenient")]
    end: Option<Moment>,
}

/// When an entry takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Instants {
        start: Timestamp,
        end: Timestamp,
    },
    /// Whole days from `first` up to but not including `until`. Graph names all-day entries by their dates, midnight to
    /// midnight in whatever zone was asked for.
    Days {
        first: Date,
        until: Date,
    },
    /// Nobody knows the rules of `zone`: the entry lies somewhere between the two.
    Unsure {
        start: Timestamp,
        end: Timestamp,
        zone: String,
    },
}

impl Span {
    /// What Graph's two moments mean together.
    pub(super) fn read(start: &Moment, end: &Moment, is_all_day: bool) -> Option<Self> {
        if is_all_day {
            return days(start, end);
        }
        if let (Some(start), Some(end)) = (start.instant(), end.instant()) {
            return Some(Self::Instants { start, end });
        }
        let as_utc = |moment: &Moment| TimeZone::UTC.to_timestamp(moment.local).ok();
        let unknown = if start.instant().is_none() { start } else { end };
        Some(Self::Unsure {
            start: start.instant().or_else(|| as_utc(start)?.checked_sub(EARLIEST_CLOCK).ok())?,
            end: end.instant().or_else(|| as_utc(end)?.checked_add(LATEST_CLOCK).ok())?,
            zone: unknown.zone.clone(),
        })
    }

    /// Start and end, whole days read in the zone `home`.
    pub fn instants(&self, home: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::Instants { start, end } | Self::Unsure { start, end, .. } => Some((*start, *end)),
            Self::Days { first, until } => {
                let midnight = |date: Date| home.to_timestamp(date.to_datetime(Time::midnight())).ok();
                Some((midnight(*first)?, midnight(*until)?))
            }
        }
    }

    /// Why the times are wider than the entry, for the person who wonders.
    pub fn doubt(&self) -> Option<String> {
        match self {
            Self::Unsure { zone, .. } => Some(format!("its time zone “{zone}” is unknown")),
            _ => None,
        }
    }
}

impl CalendarItem {
    /// Whether the entry makes its owner busy, as Outlook's free/busy has it: busy, tentative and out of office do;
    /// free and *working elsewhere* (which says where, not that there is no time) do not; cancelled and declined ones
    /// do not. What Outlook does not say counts as busy. A series is busy by its occurrences, never by itself.
    pub fn blocks(&self) -> bool {
        let shows_free = matches!(self.show_as, Some(ShowAs::Free | ShowAs::WorkingElsewhere));
        let is_off = self.is_cancelled() || self.response == Some(Response::Declined);
        self.kind != ItemKind::SeriesMaster && !shows_free && !is_off
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled == Some(true)
    }

    /// Whether only id, series and times were told: take the rest from the master, which may have to be fetched.
    pub fn is_bare(&self) -> bool {
        self.series_master_id.is_some() && self.show_as.is_none()
    }

    /// Fills in what a bare occurrence lacks.
    #[must_use]
    pub fn completed_by(mut self, master: &Self) -> Self {
        self.show_as = self.show_as.or(master.show_as);
        self.sensitivity = self.sensitivity.or(master.sensitivity);
        self.is_all_day = self.is_all_day.or(master.is_all_day);
        self.is_cancelled = self.is_cancelled.or(master.is_cancelled);
        self.response = self.response.or(master.response);
        self.original_zone = self.original_zone.or_else(|| master.original_zone.clone());
        self
    }

    /// When it takes place; none when Graph told no readable times.
    pub fn span(&self) -> Option<Span> {
        Span::read(self.start.as_ref()?, self.end.as_ref()?, self.is_all_day == Some(true))
    }
}

/// The dates of an all-day entry, at least one.
fn days(start: &Moment, end: &Moment) -> Option<Span> {
    let first = start.local.date();
    let last = end.local.date();
    let until = if end.local.time() == Time::midnight() { last } else { last.checked_add(1.day()).ok()? };
    Some(Span::Days { first, until: until.max(first.checked_add(1.day()).ok()?) })
}

fn response<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Response>, D::Error> {
    let status = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(status["response"].clone()).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(mut fields: Value) -> CalendarItem {
        let mut whole = json!({
            "id": "AAM=", "type": "singleInstance", "showAs": "busy", "isAllDay": false, "isCancelled": false,
            "start": { "dateTime": "2026-11-23T09:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-11-23T10:00:00.0000000", "timeZone": "UTC" },
        });
        whole.as_object_mut().unwrap().append(fields.as_object_mut().unwrap());
        serde_json::from_value(whole).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn busy_is_what_outlook_shows_as_busy() {
        for (show_as, blocks) in [
            ("busy", true),
            ("tentative", true),
            ("oof", true),
            ("free", false),
            ("workingElsewhere", false),
            ("unknown", true),
            ("somethingNew", true),
        ] {
            assert_eq!(item(json!({ "showAs": show_as })).blocks(), blocks, "{show_as}");
        }
        assert!(item(json!({ "showAs": null, "type": "occurrence", "seriesMasterId": "M" })).blocks());
    }

    #[test]
    fn cancelled_and_declined_entries_and_the_series_itself_leave_time_free() {
        assert!(!item(json!({ "isCancelled": true })).blocks());
        assert!(!item(json!({ "responseStatus": { "response": "declined" } })).blocks());
        assert!(!item(json!({ "type": "seriesMaster" })).blocks());
        for response in ["none", "organizer", "notResponded", "tentativelyAccepted", "accepted", "new"] {
            assert!(item(json!({ "responseStatus": { "response": response } })).blocks(), "{response}");
        }
        assert!(item(json!({ "sensitivity": "private", "responseStatus": null })).blocks());
    }

    #[test]
    fn all_day_means_the_dates_in_the_owners_zone() {
        let day = item(json!({
            "isAllDay": true,
            "start": { "dateTime": "2026-10-25T00:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-10-26T00:00:00.0000000", "timeZone": "UTC" },
        }));
        let berlin = crate::zones::find("Europe/Berlin").unwrap();
        let (start, end) = day.span().unwrap().instants(&berlin).unwrap();
        assert_eq!((start, end), (at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")));
        let empty = item(json!({ "isAllDay": true }));
        let date = |text: &str| text.parse::<Date>().unwrap();
        let span = Span::Days { first: date("2026-11-23"), until: date("2026-11-24") };
        assert_eq!(empty.span(), Some(span));
    }

    #[test]
    fn an_unknown_zone_widens_the_entry_instead_of_dropping_it() {
        let custom = |time: &str| json!({ "dateTime": time, "timeZone": "Customized Time Zone" });
        let item =
            item(json!({ "start": custom("2026-11-23T09:00:00"), "end": custom("2026-11-23T10:00:00") }));
        let span = item.span().unwrap();
        let expected = (at("2026-11-22T19:00:00Z"), at("2026-11-23T22:00:00Z"));
        assert_eq!(span.instants(&TimeZone::UTC), Some(expected));
        assert_eq!(span.doubt().unwrap(), "its time zone “Customized Time Zone” is unknown");
        assert!(item.blocks());
    }

    #[test]
    fn a_bare_occurrence_takes_the_rest_from_its_master() {
        let master = item(json!({ "type": "seriesMaster", "isAllDay": true, "showAs": "oof",
            "originalStartTimeZone": "W. Europe Standard Time" }));
        let bare: CalendarItem = serde_json::from_value(json!({
            "id": "O", "type": "occurrence", "seriesMasterId": "AAM=",
            "start": { "dateTime": "2026-11-30T00:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-12-01T00:00:00.0000000", "timeZone": "UTC" },
        }))
        .unwrap();
        assert!(bare.is_bare() && bare.blocks());
        let whole = bare.completed_by(&master);
        assert!(!whole.is_bare() && whole.blocks());
        assert!(matches!(whole.span(), Some(Span::Days { .. })));
        assert_eq!(whole.original_zone.as_deref(), Some("W. Europe Standard Time"));
        let free = item(json!({ "type": "seriesMaster", "showAs": "free" }));
        let bare = item(json!({ "showAs": null, "type": "occurrence", "seriesMasterId": "AAM=" }));
        assert!(!bare.completed_by(&free).blocks());
    }

    #[test]
    fn an_entry_without_readable_times_is_read_all_the_same() {
        let odd = item(json!({ "start": null, "end": { "dateTime": "soon" }, "type": "brandNew" }));
        assert_eq!((odd.span(), odd.kind), (None, ItemKind::Single));
    }
}
