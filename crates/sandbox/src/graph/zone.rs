//! Time zones by the names Outlook uses: Windows names and IANA names side by side.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

const WINDOWS_ZONES: &str = include_str!("windows_zones.tsv");

/// A zone under the name it was given, because answers repeat that name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Named", into = "Named")]
pub(crate) struct Zone {
    pub(crate) name: String,
    rules: TimeZone,
}

/// How a zone is kept in a file.
#[derive(Deserialize, Serialize)]
struct Named {
    name: String,
    iana: String,
}

impl From<Zone> for Named {
    fn from(zone: Zone) -> Self {
        Self { iana: zone.rules.iana_name().unwrap_or("UTC").to_owned(), name: zone.name }
    }
}

impl From<Named> for Zone {
    fn from(named: Named) -> Self {
        Self {
            rules: TimeZoneDatabase::bundled().get(&named.iana).unwrap_or(TimeZone::UTC),
            name: named.name,
        }
    }
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// A zone of somebody's own making, as old calendars carry them (Graph event `originalStartTimeZone`).
    pub(crate) fn custom(iana: &str) -> Self {
        let rules = TimeZoneDatabase::bundled().get(iana).unwrap_or(TimeZone::UTC);
        Self { name: "tzone://Microsoft/Custom".to_owned(), rules }
    }

    /// The zone of a Windows or IANA name, whatever its letter case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if matches!(name.to_ascii_uppercase().as_str(), "" | "UTC" | "GMT" | "ETC/UTC") {
            let name = if name.is_empty() { "UTC" } else { name };
            return Some(Self { name: name.to_owned(), rules: TimeZone::UTC });
        }
        let name = name.strip_prefix("tzone://Microsoft/").unwrap_or(name);
        let iana = iana_of(name).unwrap_or(name);
        let rules = TimeZoneDatabase::bundled().get(iana).ok()?;
        Some(Self { name: name.to_owned(), rules })
    }

    /// The instant of a wall-clock time; inside a gap the later side, inside a fold the earlier one.
    pub(crate) fn instant(&self, local: DateTime) -> Option<Timestamp> {
        self.rules.to_timestamp(local).ok()
    }

    /// The wall-clock time of an instant.
    pub(crate) fn local(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(at)
    }
}

/// The IANA name Windows' name stands for.
fn iana_of(windows: &str) -> Option<&'static str> {
    table().find(|(name, _)| name.eq_ignore_ascii_case(windows)).map(|(_, iana)| iana)
}

/// Windows' name of an IANA zone, where its main territory uses it.
pub(crate) fn windows_of(iana: &str) -> Option<&'static str> {
    table().find(|(_, known)| known.eq_ignore_ascii_case(iana)).map(|(windows, _)| windows)
}

fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    WINDOWS_ZONES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// A wall-clock time as Graph writes it: seven fractional digits and no offset.
pub(crate) fn write_local(local: DateTime) -> String {
    format!("{local:.7}")
}

/// A UTC instant as Graph writes `createdDateTime`.
pub(crate) fn write_instant(at: Timestamp) -> String {
    format!("{at:.7}")
}

/// Reads a wall-clock time; an offset in the text moves it to UTC wall-clock time.
pub(crate) fn read_local(text: &str) -> Option<DateTime> {
    text.parse::<Timestamp>().map(|at| Zone::utc().local(at)).ok().or_else(|| text.parse().ok())
}

/// Reads a query's instant: without an offset it means UTC (Graph "List calendarView").
pub(crate) fn read_instant(text: &str) -> Option<Timestamp> {
    // A form decoder turns the `+` of an unescaped offset into a space.
    let text = text.trim().replace(' ', "+");
    text.parse().ok().or_else(|| Zone::utc().instant(text.parse().ok()?))
}

/// Whole minutes from one instant to another.
pub(crate) fn minutes_between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_mins()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_iana_names_give_the_same_instant() {
        let noon = "2026-07-01T12:00:00".parse().unwrap();
        let windows = Zone::find("W. Europe Standard Time").unwrap();
        let iana = Zone::find("Europe/Berlin").unwrap();
        assert_eq!(windows.instant(noon), iana.instant(noon));
        assert_eq!(windows.instant(noon), "2026-07-01T10:00:00Z".parse().ok());
        assert_eq!(windows.name, "W. Europe Standard Time");
        assert!(Zone::find("Lindenhof Standard Time").is_none());
    }

    #[test]
    fn every_windows_name_of_the_table_has_rules() {
        for (windows, _) in table() {
            assert!(Zone::find(windows).is_some(), "{windows}");
        }
        assert!(table().count() > 100);
    }

    #[test]
    fn times_are_written_with_seven_digits() {
        assert_eq!(write_local("2026-01-31T09:00".parse().unwrap()), "2026-01-31T09:00:00.0000000");
        assert_eq!(write_instant("2026-01-31T09:00:00Z".parse().unwrap()), "2026-01-31T09:00:00.0000000Z");
        assert_eq!(read_instant("2026-01-31T09:00:00"), read_instant("2026-01-31T10:00:00 01:00"));
    }
}
