//! Time zones by their IANA names.

use jiff::tz::TimeZone;

/// What a person is told about a name that is not in the time zone database.
pub(crate) const UNKNOWN: &str =
    "This time zone is not known. Write it like Europe/Berlin or America/New_York.";

/// The zone's name as the IANA time zone database spells it.
pub fn parse(name: &str) -> Result<String, &'static str> {
    let zone = TimeZone::get(name.trim()).map_err(|_| UNKNOWN)?;
    zone.iana_name().map(str::to_owned).ok_or(UNKNOWN)
}

/// The zone of a stored name; UTC where the database no longer knows it.
pub(crate) fn get(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Every zone a person may choose, as values and texts of a list; `value` is among them whatever it is, so that a
/// form keeps what was sent. An `unset` text comes first where the list may be left alone.
pub(crate) fn choices(value: &str, unset: Option<&str>) -> Vec<(String, String)> {
    let is_place = |name: &String| name.contains('/') && !name.starts_with("Etc/");
    let mut names: Vec<String> =
        jiff::tz::db().available().map(|name| name.to_string()).filter(is_place).collect();
    names.push("UTC".into());
    if !value.is_empty() && !names.iter().any(|name| name == value) {
        names.insert(0, value.to_owned());
    }
    let first = unset.map(|text| (String::new(), text.to_owned()));
    first.into_iter().chain(names.into_iter().map(|name| (name.clone(), name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_the_database_does_and_unknown_ones_refused() {
        assert_eq!(parse(" europe/berlin "), Ok("Europe/Berlin".into()));
        for name in ["", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin\0", &"x".repeat(10_000)] {
            assert_eq!(parse(name), Err(UNKNOWN), "{name}");
        }
    }

    #[test]
    fn a_list_of_zones_keeps_what_was_sent() {
        let berlin = ("Europe/Berlin".to_owned(), "Europe/Berlin".to_owned());
        assert!(choices("", None).contains(&berlin));
        let list = choices("Mars/Olympus", Some("Choose"));
        assert_eq!((list[0].1.as_str(), list[1].1.as_str()), ("Choose", "Mars/Olympus"));
    }
}
