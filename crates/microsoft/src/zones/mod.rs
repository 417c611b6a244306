//! Time zones by the names that Outlook uses: Windows names, IANA names, and what old programs left behind.
//!
//! The table is Unicode CLDR's "windowsZones" with every link name; `bin/windows-zones` writes it. The rules are those
//! of the tzdb that comes with the program, so an old system's tables change no appointment.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

const TABLE: &str = include_str!("windows_zones.tsv");

/// Names that Windows or Exchange once used and CLDR no longer lists.
const LEGACY: [(&str, &str); 11] = [
    ("Armenian Standard Time", "Asia/Yerevan"),
    ("Coordinated Universal Time", "Etc/UTC"),
    ("Customized Etc/UTC", "Etc/UTC"),
    ("Kamchatka Standard Time", "Asia/Kamchatka"),
    ("Malay Peninsula Standard Time", "Asia/Kuala_Lumpur"),
    ("Mexico Standard Time", "America/Mexico_City"),
    ("Mexico Standard Time 2", "America/Chihuahua"),
    ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
    ("Moldova Standard Time", "Europe/Chisinau"),
    ("N. Africa Standard Time", "Africa/Cairo"),
    ("Sydney Standard Time", "Australia/Sydney"),
];

struct Names {
    /// Windows names and old names, in lower case, to the IANA zone they stand for.
    iana: HashMap<String, &'static str>,
    /// IANA names, in lower case, to the Windows name.
    windows: HashMap<String, &'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { iana: HashMap::new(), windows: HashMap::new() };
    for (windows, iana) in LEGACY {
        names.iana.insert(windows.to_lowercase(), iana);
    }
    for (windows, main, others) in lines() {
        names.iana.insert(windows.to_lowercase(), main);
        for iana in others.split(' ').chain([main]).filter(|iana| !iana.is_empty()) {
            names.windows.insert(iana.to_lowercase(), windows);
        }
    }
    names
});

fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (windows, rest) = line.split_once('\t')?;
        let (main, others) = rest.split_once('\t')?;
        Some((windows, main, others))
    })
}

/// The IANA zone of a Windows name's main territory, whatever its letter case.
pub fn iana(windows: &str) -> Option<&'static str> {
    NAMES.iana.get(&windows.trim().to_lowercase()).copied()
}

/// The Windows name that covers an IANA zone, whatever its letter case; none for the few zones Windows does not know.
pub fn windows(iana: &str) -> Option<&'static str> {
    NAMES.windows.get(&iana.trim().to_lowercase()).copied()
}

/// The rules of a zone that an Outlook answer names: a Windows name, an IANA name, or either after
/// `tzone://Microsoft/`. None for custom zones (`tzone://Microsoft/Custom`, `Customized Time Zone`), whose rules Graph
/// does not tell, and for names nobody knows (Graph, "dateTimeTimeZone", "originalStartTimeZone").
pub fn find(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    let bare = strip_scheme(name);
    if bare.eq_ignore_ascii_case("UTC") {
        return Some(TimeZone::UTC);
    }
    // A few names in CLDR have left the tzdb; Windows' zone says which rules they had.
    let known = iana(bare).unwrap_or(bare);
    rules(known).or_else(|| rules(iana(windows(known)?)?))
}

fn rules(iana: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(iana).ok()
}

fn strip_scheme(name: &str) -> &str {
    const SCHEME: &str = "tzone://Microsoft/";
    match name.get(..SCHEME.len()) {
        Some(start) if start.eq_ignore_ascii_case(SCHEME) => &name[SCHEME.len()..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_has_rules_and_leads_back() {
        let mut names = 0;
        for (windows_name, main, others) in lines() {
            assert!(find(windows_name).is_some(), "{windows_name}");
            assert_eq!(iana(windows_name), Some(main));
            for name in others.split(' ').chain([main]).filter(|name| !name.is_empty()) {
                assert_eq!(windows(name), Some(windows_name), "{name}");
                assert!(find(name).is_some(), "{name}");
                names += 1;
            }
        }
        assert!(names > 500, "{names} names");
    }

    #[test]
    fn old_names_are_still_understood() {
        for (old, iana_name) in LEGACY {
            assert_eq!(iana(old), Some(iana_name));
            assert!(find(old).is_some(), "{old}");
            assert!(lines().all(|line| !line.0.eq_ignore_ascii_case(old)), "{old} is in the table");
        }
    }

    #[test]
    fn letter_case_and_scheme_do_not_matter() {
        let berlin = find("Europe/Berlin");
        assert!(berlin.is_some());
        for name in ["w. europe standard time", "EUROPE/BERLIN", "tzone://Microsoft/W. Europe Standard Time"]
        {
            let summer = "2026-07-01T12:00:00".parse().unwrap();
            let instant = |zone: Option<TimeZone>| zone.unwrap().to_timestamp(summer).unwrap();
            assert_eq!(instant(find(name)), instant(berlin.clone()), "{name}");
        }
        assert_eq!(find("tzone://Microsoft/Utc"), Some(TimeZone::UTC));
        assert_eq!(windows("asia/calcutta"), Some("India Standard Time"));
        assert_eq!(windows("Asia/Kolkata"), Some("India Standard Time"));
    }

    #[test]
    fn custom_and_invented_zones_are_unknown() {
        for name in ["tzone://Microsoft/Custom", "Customized Time Zone", "Lindenhof Standard Time", "", "é"]
        {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
