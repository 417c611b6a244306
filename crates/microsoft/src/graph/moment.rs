//! Graph's dateTimeTimeZone: a wall-clock time without offset, and the name of its zone (Graph, "dateTimeTimeZone").

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::zones;

/// A wall-clock time under the zone name that Graph gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) local: DateTime,
    pub(super) zone: String,
}

impl Moment {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let text = value["dateTime"].as_str()?;
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(Self { local: TimeZone::UTC.to_datetime(instant), zone: "UTC".to_owned() });
        }
        let zone = value["timeZone"].as_str().filter(|zone| !zone.is_empty()).unwrap_or("UTC");
        Some(Self { local: text.parse().ok()?, zone: zone.to_owned() })
    }

    /// None when nobody knows the zone.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        zones::find(&self.zone)?.to_timestamp(self.local).ok()
    }
}

/// Reads a moment; what cannot be read is left out.
pub(super) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Moment>, D::Error> {
    Ok(Moment::read(&Value::deserialize(deserializer)?))
}

/// An instant as Graph takes it; whole seconds.
pub(super) fn utc(instant: Timestamp) -> Value {
    json!({ "dateTime": instant.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC" })
}

/// An instant as query parameters and subscriptions take it; whole seconds.
pub(super) fn zulu(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(time: &str, zone: &str) -> Option<Timestamp> {
        Moment::read(&json!({ "dateTime": time, "timeZone": zone }))?.instant()
    }

    #[test]
    fn a_time_is_read_in_whatever_zone_it_comes() {
        let nine = "2026-07-01T09:00:00Z".parse().ok();
        assert_eq!(instant("2026-07-01T09:00:00.0000000", "UTC"), nine);
        assert_eq!(instant("2026-07-01T11:00:00.0000000", "W. Europe Standard Time"), nine);
        assert_eq!(instant("2026-07-01T11:00:00", "Europe/Berlin"), nine);
        assert_eq!(instant("2026-07-01T09:00:00Z", "Pacific Standard Time"), nine);
        assert_eq!(instant("2026-07-01T09:00:00", "tzone://Microsoft/Custom"), None);
        assert_eq!(instant("tomorrow", "UTC"), None);
    }

    #[test]
    fn a_time_that_does_not_exist_moves_over_the_gap_and_a_double_one_is_its_first() {
        let berlin = "W. Europe Standard Time";
        assert_eq!(instant("2026-03-29T02:30:00", berlin), "2026-03-29T01:30:00Z".parse().ok());
        assert_eq!(instant("2026-10-25T02:30:00", berlin), "2026-10-25T00:30:00Z".parse().ok());
    }
}
