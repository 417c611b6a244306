//! The time zones of the XML API: numbers that are places in a list of 62, with their IANA equivalents.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Where no zone of the list fits: London.
const OTHERWISE: usize = 21;

/// IANA zone and place, by number.
const ZONES: [(&str, &str); 62] = [
    ("Pacific/Kwajalein", "Eniwetok"),
    ("Pacific/Pago_Pago", "Samoa"),
    ("Pacific/Honolulu", "Honolulu"),
    ("America/Anchorage", "Anchorage"),
    ("America/Los_Angeles", "San Jose"),
    ("America/Phoenix", "Arizona"),
    ("America/Denver", "Denver"),
    ("America/Chicago", "Chicago"),
    ("America/Mexico_City", "Mexico City"),
    ("America/Regina", "Saskatchewan"),
    ("America/Bogota", "Bogota"),
    ("America/New_York", "New York"),
    ("America/Indiana/Indianapolis", "Indiana"),
    ("America/Halifax", "Halifax"),
    ("America/Caracas", "Caracas"),
    ("America/St_Johns", "Newfoundland"),
    ("America/Sao_Paulo", "Brasilia"),
    ("America/Argentina/Buenos_Aires", "Buenos Aires"),
    ("Atlantic/South_Georgia", "Mid-Atlantic"),
    ("Atlantic/Azores", "Azores"),
    ("Africa/Casablanca", "Casablanca"),
    ("Europe/London", "London"),
    ("Europe/Amsterdam", "Amsterdam"),
    ("Europe/Paris", "Paris"),
    ("Europe/Prague", "Prague"),
    ("Europe/Berlin", "Berlin"),
    ("Europe/Athens", "Athens"),
    ("Europe/Bucharest", "Bucharest"),
    ("Africa/Cairo", "Cairo"),
    ("Africa/Johannesburg", "Pretoria"),
    ("Europe/Helsinki", "Helsinki"),
    ("Asia/Jerusalem", "Tel Aviv"),
    ("Asia/Baghdad", "Baghdad"),
    ("Europe/Moscow", "Moscow"),
    ("Africa/Nairobi", "Nairobi"),
    ("Asia/Tehran", "Tehran"),
    ("Asia/Dubai", "Abu Dhabi"),
    ("Asia/Baku", "Baku"),
    ("Asia/Kabul", "Kabul"),
    ("Asia/Yekaterinburg", "Ekaterinburg"),
    ("Asia/Karachi", "Islamabad"),
    ("Asia/Kolkata", "Bombay"),
    ("Asia/Colombo", "Colombo"),
    ("Asia/Almaty", "Almaty"),
    ("Asia/Bangkok", "Bangkok"),
    ("Asia/Shanghai", "Beijing"),
    ("Australia/Perth", "Perth"),
    ("Asia/Singapore", "Singapore"),
    ("Asia/Taipei", "Taipei"),
    ("Asia/Tokyo", "Tokyo"),
    ("Asia/Seoul", "Seoul"),
    ("Asia/Yakutsk", "Yakutsk"),
    ("Australia/Adelaide", "Adelaide"),
    ("Australia/Darwin", "Darwin"),
    ("Australia/Brisbane", "Brisbane"),
    ("Australia/Sydney", "Sydney"),
    ("Pacific/Guam", "Guam"),
    ("Australia/Hobart", "Hobart"),
    ("Asia/Vladivostok", "Vladivostok"),
    ("Pacific/Guadalcanal", "Solomon Islands"),
    ("Pacific/Auckland", "Wellington"),
    ("Pacific/Fiji", "Fiji"),
];

/// The number of an IANA zone and its label with the standard offset.
pub(super) fn of(iana: &str) -> (usize, String) {
    let number = ZONES.iter().position(|zone| zone.0 == iana).unwrap_or(OTHERWISE);
    let place = ZONES[number].1;
    // The first day of a year is standard time in the north; the label needs no more than that.
    let winter = Timestamp::from_second(1_735_689_600).unwrap_or_default();
    let offset = TimeZone::get(ZONES[number].0).unwrap_or(TimeZone::UTC).to_offset(winter);
    (number, labelled(offset, place))
}

/// `GMT+01:00, Berlin`, of an offset and a place or an older label.
pub(super) fn labelled(offset: Offset, label: &str) -> String {
    let place = label.split_once(", ").map_or(label, |(_, place)| place);
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("GMT{sign}{:02}:{:02}, {place}", minutes.abs() / 60, minutes.abs() % 60)
}

/// The IANA zone of a number.
pub(super) fn iana(number: usize) -> Option<&'static str> {
    ZONES.get(number).map(|zone| zone.0)
}

#[cfg(test)]
mod tests {
    use super::{iana, of};

    #[test]
    fn berlin_is_number_25_in_both_directions() {
        assert_eq!(of("Europe/Berlin"), (25, "GMT+01:00, Berlin".to_owned()));
        assert_eq!(iana(25), Some("Europe/Berlin"));
        assert_eq!(iana(62), None);
    }
}
