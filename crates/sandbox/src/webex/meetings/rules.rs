//! The scheduling rules of POST, PUT and PATCH /meetings (Meetings API): times, titles, passwords, tags, invitees.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::webex::refusal::Refusal;

const SHORTEST: SignedDuration = SignedDuration::from_mins(10);
const LONGEST: SignedDuration = SignedDuration::from_mins(24 * 60 - 1);
const HORIZON: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);
const MOST_INVITEES: usize = 1_000;

/// An invitee as the body names one.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invited {
    pub(super) email: String,
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) co_host: bool,
    #[serde(default)]
    pub(super) panelist: bool,
}

/// A text field: absent, taken away by null, or set.
pub(super) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(name)),
    }
}

pub(super) fn flag(body: &Map<String, Value>, name: &str, default: bool) -> Result<bool, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(invalid(name)),
    }
}

pub(super) fn invalid(name: &str) -> Refusal {
    Refusal::invalid(&format!("Parameter '{name}' is invalid."))
}

pub(super) fn title(text: &str) -> Result<String, Refusal> {
    match text.chars().count() {
        0 => Err(Refusal::invalid("Parameter 'title' is required.")),
        1..=128 => Ok(text.to_owned()),
        _ => Err(Refusal::invalid("The length of 'title' must not exceed 128 characters.")),
    }
}

/// At least 8 characters with upper case, lower case and a digit: a common site policy.
pub(super) fn password(text: &str) -> Result<String, Refusal> {
    let strong = text.chars().any(char::is_uppercase)
        && text.chars().any(char::is_lowercase)
        && text.chars().any(|letter| letter.is_ascii_digit());
    if strong && (8..=64).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Refusal::invalid(
        "The password does not meet the site's policy: 8 characters, mixed case, one number.",
    ))
}

pub(super) fn zone(name: &str) -> Result<TimeZone, Refusal> {
    TimeZone::get(name).map_err(|_| invalid("timezone"))
}

/// An instant with its offset, or a local time that is read in the meeting's zone; seconds are cut off.
pub(super) fn instant(text: &str, zone: &TimeZone, name: &str) -> Result<Timestamp, Refusal> {
    let instant = if let Ok(instant) = text.parse::<Timestamp>() {
        instant
    } else {
        let local: DateTime = text.parse().map_err(|_| invalid(name))?;
        local.to_zoned(zone.clone()).map_err(|_| invalid(name))?.timestamp()
    };
    Timestamp::from_second(instant.as_second().div_euclid(60) * 60).map_err(|_| invalid(name))
}

/// Checks a span; a start inside the current minute moves to the next one.
pub(super) fn span(
    start: Timestamp,
    end: Timestamp,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let this_minute = now.as_second().div_euclid(60) * 60;
    let start = if start.as_second() == this_minute && start < now {
        start.saturating_add(SignedDuration::from_mins(1)).unwrap_or(start)
    } else {
        start
    };
    if start < now || end < now {
        return Err(Refusal::invalid("Parameter 'start' or 'end' is before current time."));
    }
    if start >= end {
        return Err(Refusal::invalid("Parameter 'start' must be before 'end'."));
    }
    let length = end.duration_since(start);
    if length < SHORTEST || length > LONGEST {
        let rule = "The duration of a meeting must be between 10 minutes and 23 hours 59 minutes.";
        return Err(Refusal::invalid(rule));
    }
    if start.duration_since(now) >= HORIZON {
        return Err(Refusal::invalid("Parameter 'start' must be less than ten years ahead."));
    }
    Ok((start, end))
}

/// An RRULE without its prefix; only its outline is checked.
pub(super) fn recurrence(text: &str) -> Result<String, Refusal> {
    let frequency = text.split(';').find_map(|part| part.strip_prefix("FREQ="));
    let known = matches!(frequency, Some("DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"));
    let parts = text.split(';').all(|part| part.split_once('=').is_some_and(|(_, value)| !value.is_empty()));
    if known && parts && text.len() <= 512 { Ok(text.to_owned()) } else { Err(invalid("recurrence")) }
}

pub(super) fn tags(value: Option<&Value>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    if value.is_null() {
        return Ok(Some(Vec::new()));
    }
    let tags: Vec<String> = serde_json::from_value(value.clone()).map_err(|_| invalid("integrationTags"))?;
    let fits = tags.len() <= 3 && tags.iter().all(|tag| (1..=64).contains(&tag.chars().count()));
    if fits { Ok(Some(tags)) } else { Err(invalid("integrationTags")) }
}

pub(super) fn invitees(value: Option<&Value>) -> Result<Vec<Invited>, Refusal> {
    let value = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.clone(),
    };
    let invited: Vec<Invited> = serde_json::from_value(value).map_err(|_| invalid("invitees"))?;
    if invited.len() > MOST_INVITEES {
        return Err(Refusal::invalid("The number of invitees must not exceed 1000."));
    }
    for invitee in &invited {
        address(&invitee.email)?;
    }
    Ok(invited)
}

pub(super) fn address(email: &str) -> Result<(), Refusal> {
    let parts = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if parts && email.len() <= 320 && !email.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err(invalid("email"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::{instant, recurrence, span};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_local_time_is_read_in_the_meetings_zone_and_loses_its_seconds() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(instant("2030-07-01 10:00:42", &zone, "start").unwrap(), at("2030-07-01T08:00:00Z"));
        assert_eq!(instant("2030-07-01T10:00:00+08:00", &zone, "start").unwrap(), at("2030-07-01T02:00:00Z"));
        assert!(instant("next Tuesday", &zone, "start").is_err());
    }

    #[test]
    fn a_span_must_lie_ahead_and_last_from_ten_minutes_to_a_day() {
        let now = at("2030-01-01T12:00:30Z");
        assert!(span(at("2030-01-01T11:00:00Z"), at("2030-01-01T13:00:00Z"), now).is_err());
        assert!(span(at("2030-01-01T13:00:00Z"), at("2030-01-01T13:09:00Z"), now).is_err());
        assert!(span(at("2030-01-01T13:00:00Z"), at("2030-01-02T13:00:00Z"), now).is_err());
        assert!(span(at("2041-01-01T13:00:00Z"), at("2041-01-01T14:00:00Z"), now).is_err());
        let moved = span(at("2030-01-01T12:00:00Z"), at("2030-01-01T12:30:00Z"), now).unwrap();
        assert_eq!(moved.0, at("2030-01-01T12:01:00Z"));
    }

    #[test]
    fn a_recurrence_needs_a_known_frequency() {
        assert!(recurrence("FREQ=DAILY;INTERVAL=1;COUNT=10").is_ok());
        assert!(recurrence("COUNT=10").is_err());
        assert!(recurrence("FREQ=WEEKLY;BYDAY=").is_err());
    }
}
