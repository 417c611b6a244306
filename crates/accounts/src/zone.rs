//! Time zones by their IANA names.

use jiff::tz::TimeZone;

/// What a person is told about a name that is not in the time zone database.
pub(crate) const UNKNOWN: &str =
    "This time zone is not known. Write it like Europe/Berlin or America/New_York.";

/// The zone's name as the IANA time zone database spells it.
pub(crate) fn parse(name: &str) -> Result<String, &'static str> {
    let zone = TimeZone::get(name.trim()).map_err(|_| UNKNOWN)?;
    zone.iana_name().map(str::to_owned).ok_or(UNKNOWN)
}

/// The zone of a stored name; UTC where the database no longer knows it.
pub(crate) fn get(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Every zone a person may choose.
pub(crate) fn names() -> Vec<String> {
    let is_place = |name: &String| name.contains('/') && !name.starts_with("Etc/");
    let mut names: Vec<String> =
        jiff::tz::db().available().map(|name| name.to_string()).filter(is_place).collect();
    names.push("UTC".into());
    names
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
        assert!(names().contains(&"Europe/Berlin".to_owned()));
    }
}
