//! The time zones of the XML API: numbers that are places in a list of 62, with their IANA equivalents.

use jiff::tz::Offset;

/// Where no zone of the list fits: London.
const OTHERWISE: usize = 21;

/// IANA zone and label, by number; the labels keep the schema's spelling.
const ZONES: [(&str, &str); 62] = [
    ("Pacific/Kwajalein", "GMT-12:00, Dateline (Eniwetok)"),
    ("Pacific/Pago_Pago", "GMT-11:00, Samoa (Samoa)"),
    ("Pacific/Honolulu", "GMT-10:00, Hawaii (Honolulu)"),
    ("America/Anchorage", "GMT-09:00, Alaska (Ancorage)"),
    ("America/Los_Angeles", "GMT-08:00, Pacific (San Jose)"),
    ("America/Phoenix", "GMT-07:00, Mountain (Arizona)"),
    ("America/Denver", "GMT-07:00, Mountain (Denver)"),
    ("America/Chicago", "GMT-06:00, Central (Chicago)"),
    ("America/Mexico_City", "GMT-06:00, Mexico (Mexico City,Tegucigalpa)"),
    ("America/Regina", "GMT-06:00, Central (Regina)"),
    ("America/Bogota", "GMT-05:00, S. America Pacific (Bogota)"),
    ("America/New_York", "GMT-05:00, Eastern (New York)"),
    ("America/Indiana/Indianapolis", "GMT-05:00, Eastern (Indiana)"),
    ("America/Halifax", "GMT-04:00, Atlantic (Halifax)"),
    ("America/Caracas", "GMT-04:00, S. America Western (Caracas)"),
    ("America/St_Johns", "GMT-03:30, Newfoundland (Newfoundland)"),
    ("America/Sao_Paulo", "GMT-03:00, S. America Eastern (Brasilia)"),
    ("America/Argentina/Buenos_Aires", "GMT-03:00, S. America Eastern (Buenos Aires)"),
    ("Atlantic/South_Georgia", "GMT-02:00, Mid-Atlantic (Mid-Atlantic)"),
    ("Atlantic/Azores", "GMT-01:00, Azores (Azores)"),
    ("Africa/Casablanca", "GMT+00:00, Greenwich (Casablanca)"),
    ("Europe/London", "GMT+00:00, GMT (London)"),
    ("Europe/Amsterdam", "GMT+01:00, Europe (Amsterdam)"),
    ("Europe/Paris", "GMT+01:00, Europe (Paris)"),
    ("Europe/Prague", "GMT+01:00, Europe (Prague)"),
    ("Europe/Berlin", "GMT+01:00, Europe (Berlin)"),
    ("Europe/Athens", "GMT+02:00, Greece (Athens)"),
    ("Europe/Bucharest", "GMT+02:00, Eastern Europe (Bucharest)"),
    ("Africa/Cairo", "GMT+02:00, Egypt (Cairo)"),
    ("Africa/Johannesburg", "GMT+02:00, South Africa (Pretoria)"),
    ("Europe/Helsinki", "GMT+02:00, Northern Europe (Helsinki)"),
    ("Asia/Jerusalem", "GMT+02:00, Israel (Tel Aviv)"),
    ("Asia/Baghdad", "GMT+03:00, Saudi Arabia (Baghdad)"),
    ("Europe/Moscow", "GMT+03:00, Russian (Moscow)"),
    ("Africa/Nairobi", "GMT+03:00, Nairobi (Nairobi)"),
    ("Asia/Tehran", "GMT+03:00, Iran (Tehran)"),
    ("Asia/Dubai", "GMT+04:00, Arabian (Abu Dhabi, Muscat)"),
    ("Asia/Baku", "GMT+04:00, Baku (Baku)"),
    ("Asia/Kabul", "GMT+04:00, Afghanistan (Kabul)"),
    ("Asia/Yekaterinburg", "GMT+05:00, West Asia (Ekaterinburg)"),
    ("Asia/Karachi", "GMT+05:00, West Asia (Islamabad)"),
    ("Asia/Kolkata", "GMT+05:30, India (Bombay)"),
    ("Asia/Colombo", "GMT+06:00, Columbo (Columbo)"),
    ("Asia/Almaty", "GMT+06:00, Central Asia (Almaty)"),
    ("Asia/Bangkok", "GMT+07:00, Bangkok (Bangkok)"),
    ("Asia/Shanghai", "GMT+08:00, China (Beijing)"),
    ("Australia/Perth", "GMT+08:00, Australia Western (Perth)"),
    ("Asia/Singapore", "GMT+08:00, Singapore (Singapore)"),
    ("Asia/Taipei", "GMT+08:00, Taipei (Hong Kong)"),
    ("Asia/Tokyo", "GMT+09:00, Tokyo (Tokyo)"),
    ("Asia/Seoul", "GMT+09:00, Korea (Seoul)"),
    ("Asia/Yakutsk", "GMT+09:30, Yakutsk (Yakutsk)"),
    ("Australia/Adelaide", "GMT+09:30, Australia Central (Adelaide)"),
    ("Australia/Darwin", "GMT+09:30, Australia Central (Darwin)"),
    ("Australia/Brisbane", "GMT+10:00, Australia Eastern (Brisbane)"),
    ("Australia/Sydney", "GMT+10:00, Australia Eastern (Sydney)"),
    ("Pacific/Guam", "GMT+10:00, West Pacific (Guam)"),
    ("Australia/Hobart", "GMT+10:00, Tasmania (Hobart)"),
    ("Asia/Vladivostok", "GMT+10:00, Vladivostok (Vladivostok)"),
    ("Pacific/Guadalcanal", "GMT+11:00, Central Pacific (Solomon Is)"),
    ("Pacific/Auckland", "GMT+12:00, New Zealand (Wellington)"),
    ("Pacific/Fiji", "GMT+12:00, Fiji (Fiji)"),
];

/// The number of an IANA zone and its label, which carries the standard offset.
pub(super) fn of(iana: &str) -> (usize, &'static str) {
    let number = ZONES.iter().position(|zone| zone.0 == iana).unwrap_or(OTHERWISE);
    (number, ZONES[number].1)
}

/// The label with another offset, such as that of summer.
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
        assert_eq!(of("Europe/Berlin"), (25, "GMT+01:00, Europe (Berlin)"));
        assert_eq!(iana(25), Some("Europe/Berlin"));
        assert_eq!(iana(62), None);
    }
}
