//! The start or end of an event (Graph "dateTimeTimeZone").

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::graph::failure::Failure;
use crate::graph::options::unknown_zone;
use crate::graph::zone::{Zone, read_local, write_local};

/// A wall-clock time in a named zone.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::graph) struct Moment {
    pub(in crate::graph) local: DateTime,
    pub(in crate::graph) zone: Zone,
}

impl Moment {
    /// Reads `{dateTime, timeZone}`; without a zone it is UTC.
    pub(in crate::graph) fn read(value: &Value) -> Result<Self, Failure> {
        let get = |name: &str| crate::graph::filter::at_path(value, name).as_str();
        let local = get("dateTime").and_then(read_local).ok_or_else(|| {
            Failure::invalid("ErrorPropertyValidationFailure", "At least one property failed validation.")
        })?;
        let name = get("timeZone").unwrap_or("UTC");
        let zone = Zone::find(name).ok_or_else(|| unknown_zone(name))?;
        Ok(Self { local, zone })
    }

    pub(in crate::graph) fn instant(&self) -> Option<Timestamp> {
        self.zone.instant(self.local)
    }

    pub(super) fn is_midnight(&self) -> bool {
        self.local.time() == Time::midnight()
    }

    /// In the zone the client prefers. All-day times are dates: they are relabelled, never shifted.
    pub(in crate::graph) fn json(&self, preferred: Option<&Zone>, is_all_day: bool) -> Value {
        let utc = Zone::utc();
        let zone = preferred.unwrap_or(&utc);
        let local = match self.instant().filter(|_| !is_all_day) {
            Some(at) => zone.local(at),
            None => self.local,
        };
        json!({"dateTime": write_local(local), "timeZone": zone.name})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timed_moment_moves_to_the_preferred_zone_and_an_all_day_one_does_not() {
        let moment =
            Moment::read(&json!({"dateTime": "2026-07-01T00:00:00", "timeZone": "Europe/Berlin"})).unwrap();
        assert_eq!(
            moment.json(None, false),
            json!({"dateTime": "2026-06-30T22:00:00.0000000", "timeZone": "UTC"})
        );
        let tokyo = Zone::find("Tokyo Standard Time").unwrap();
        let expected = json!({"dateTime": "2026-07-01T00:00:00.0000000", "timeZone": "Tokyo Standard Time"});
        assert_eq!(moment.json(Some(&tokyo), true), expected);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Moment::read(&json!({"dateTime": "tomorrow"})).is_err());
        assert!(Moment::read(&json!({})).is_err());
        let zone = Moment::read(&json!({"dateTime": "2026-07-01T00:00", "timeZone": "Mars"})).unwrap_err();
        assert_eq!(zone.code, "TimeZoneNotSupportedException");
    }
}
