use jiff::{Timestamp, civil::DateTime, tz::TimeZoneDatabase};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn invitation<'a>() -> Invitation<'a> {
    Invitation {
        uid: "0190-booking@hub.example",
        sequence: 2,
        method: Method::Request,
        status: Status::Confirmed,
        start: at("2026-11-24T09:00:00Z"),
        end: at("2026-11-24T09:30:00Z"),
        zone: "Europe/Berlin",
        summary: "Research consultation",
        description: "Bring your question.",
        location: "Room 2.14",
        url: Some("https://hub.example/my/booking/x"),
        organizer: Party { name: "Ben Okafor", email: "ben@library.example" },
        attendees: vec![Party { name: "Vera", email: "vera@mail.example" }],
        stamp: at("2026-11-21T09:00:00Z"),
        created: at("2026-11-20T09:00:00Z"),
    }
}

/// The lines as a reader sees them.
fn lines(ics: &str) -> Vec<String> {
    ics.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

fn value<'l>(lines: &'l [String], name: &str) -> &'l str {
    let line = lines.iter().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
    &line[name.len() + 1..]
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next().unwrap() {
                'n' => out.push('\n'),
                other => out.push(other),
            },
            (other, _) => out.push(other),
        }
    }
    out
}

#[test]
fn an_invitation_says_what_a_calendar_needs() {
    let ics = to_ics(&invitation()).unwrap();
    let lines = lines(&ics);
    assert_eq!(value(&lines, "METHOD"), "REQUEST");
    assert_eq!(value(&lines, "UID"), "0190-booking@hub.example");
    assert_eq!(value(&lines, "SEQUENCE"), "2");
    assert_eq!(value(&lines, "DTSTAMP"), "20261121T090000Z");
    assert_eq!(value(&lines, "DTSTART;TZID=Europe/Berlin"), "20261124T100000");
    assert_eq!(value(&lines, "DTEND;TZID=Europe/Berlin"), "20261124T103000");
    assert_eq!(value(&lines, "ORGANIZER;CN=\"Ben Okafor\""), "mailto:ben@library.example");
    assert_eq!(value(&lines, "RRULE"), "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU");
    assert!(ics.contains("TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"), "{ics}");
}

#[test]
fn a_cancellation_says_cancelled_in_both_places() {
    let mut called_off = invitation();
    called_off.method = Method::Cancel;
    assert_eq!(to_ics(&called_off), Err(Refused::Status));
    called_off.status = Status::Cancelled;
    let ics = to_ics(&called_off).unwrap();
    assert!(ics.contains("METHOD:CANCEL\r\n") && ics.contains("STATUS:CANCELLED\r\n"), "{ics}");
}

#[test]
fn the_second_of_two_equal_hours_is_written_in_utc() {
    let mut late = invitation();
    // The clocks of Berlin show 02:30 twice in this night.
    (late.start, late.end) = (at("2026-10-25T01:30:00Z"), at("2026-10-25T02:30:00Z"));
    assert_eq!(value(&lines(&to_ics(&late).unwrap()), "DTSTART"), "20261025T013000Z");
    late.start = at("2026-10-25T00:30:00Z");
    late.end = at("2026-10-25T02:30:00Z");
    let lines = lines(&to_ics(&late).unwrap());
    assert_eq!(value(&lines, "DTSTART;TZID=Europe/Berlin"), "20261025T023000");
}

#[test]
fn a_zone_that_gave_up_changing_its_clocks_is_written_with_dates() {
    let mut winter = invitation();
    winter.zone = "America/Vancouver";
    let ics = to_ics(&winter).unwrap();
    assert!(!ics.contains("RRULE"), "{ics}");
    // British Columbia stays at -07:00 from March 2026 on; tzdata before 2026 says otherwise.
    let lines = lines(&ics);
    assert_eq!(value(&lines, "DTSTART;TZID=America/Vancouver"), "20261124T020000");
}

#[test]
fn nothing_that_was_typed_becomes_a_line_of_its_own() {
    let mut odd = invitation();
    odd.summary = "Hi\r\nATTENDEE:mailto:all@library.example";
    odd.location = "Room\u{2028}X-EVIL:1\u{b}\u{85}X-EVIL:2";
    odd.attendees = vec![Party { name: "Eve\"\r\nX-EVIL:1;<b>^n", email: "eve@mail.example" }];
    let lines = lines(&to_ics(&odd).unwrap());
    assert!(!lines.iter().any(|line| line.starts_with("X-EVIL")), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1);
    assert_eq!(value(&lines, "SUMMARY"), "Hi\\nATTENDEE:mailto:all@library.example");
    assert!(lines.iter().any(|line| line.ends_with("CN=\"Eve' X-EVIL:1;<b>^^n\":mailto:eve@mail.example")));
}

#[test]
fn what_cannot_be_an_invitation_is_refused_with_the_reason() {
    let refused = |change: fn(&mut Invitation<'_>)| {
        let mut odd = invitation();
        change(&mut odd);
        to_ics(&odd).unwrap_err()
    };
    assert_eq!(refused(|odd| odd.uid = "a\r\nb"), Refused::Uid);
    assert_eq!(refused(|odd| odd.sequence = -1), Refused::Sequence);
    assert_eq!(refused(|odd| odd.end = odd.start), Refused::Times);
    assert_eq!(refused(|odd| odd.zone = "Mars/Base"), Refused::Zone("Mars/Base".into()));
    assert_eq!(refused(|odd| odd.url = Some("javascript:alert(1)")), Refused::Url);
    assert_eq!(refused(|odd| odd.attendees.clear()), Refused::Attendees);
    for address in ["vera", "@x", "a@", "a b@x", "a@x\r\nB:c", "<a@x>", "a@x;b=c", "a,b@x"] {
        let mut odd = invitation();
        odd.organizer.email = address;
        assert_eq!(to_ics(&odd), Err(Refused::Address(address.into())));
    }
}

#[test]
fn links_carry_the_appointment_and_no_plus_for_a_blank() {
    let mut odd = invitation();
    odd.summary = "Rück & Blick + 1";
    odd.description = "line\r\nline";
    let links = add_to_calendar_links(&odd);
    assert!(links.google.contains("dates=20261124T090000Z%2F20261124T093000Z&"), "{}", links.google);
    for link in [&links.google, &links.outlook, &links.office365] {
        let url = url::Url::parse(link).unwrap();
        assert_eq!(url.scheme(), "https");
        assert!(!link.contains('+') && !link.contains(' '), "{link}");
        assert!(url.query_pairs().any(|(_, value)| value == "Rück & Blick + 1"), "{link}");
    }
}

/// What the VTIMEZONE in `ics` says about a local time: the offset after the latest onset before it.
fn offset_by_its_own_rules(ics: &str, local: DateTime) -> i32 {
    let (mut best, mut offset) = (None, 0);
    for part in
        ics.split("BEGIN:").filter(|part| part.starts_with("STANDARD") || part.starts_with("DAYLIGHT"))
    {
        let lines = lines(part);
        let first = DateTime::strptime("%Y%m%dT%H%M%S", value(&lines, "DTSTART")).unwrap();
        let to = value(&lines, "TZOFFSETTO");
        let rule = lines.iter().find_map(|line| line.strip_prefix("RRULE:"));
        let onsets = (0..if rule.is_some() { 5 } else { 1 }).map(|years| match rule {
            Some(rule) => onset(rule, first, first.year() + years),
            None => first,
        });
        for onset in onsets.filter(|onset| *onset <= local) {
            if best.is_none_or(|best| onset > best) {
                (best, offset) = (Some(onset), seconds(to));
            }
        }
    }
    assert!(best.is_some(), "nothing is said about {local}: {ics}");
    offset
}

fn onset(rule: &str, first: DateTime, year: i16) -> DateTime {
    let day = rule.rsplit('=').next().unwrap();
    let week: i8 = day[..day.len() - 2].parse().unwrap();
    let month = jiff::civil::date(year, first.month(), 1);
    month.nth_weekday_of_month(week, first.weekday()).unwrap().to_datetime(first.time())
}

fn seconds(offset: &str) -> i32 {
    let digits: i32 = offset[1..].parse().unwrap();
    let seconds = match offset.len() {
        5 => digits / 100 * 3600 + digits % 100 * 60,
        _ => digits / 10_000 * 3600 + digits / 100 % 100 * 60 + digits % 100,
    };
    if offset.starts_with('-') { -seconds } else { seconds }
}

#[test]
fn every_zone_is_described_as_the_bundled_tzdata_has_it() {
    let database = TimeZoneDatabase::bundled();
    let mut seen = 0;
    for name in database.available() {
        let zone = database.get(name.as_str()).unwrap();
        for month in 1..=24 {
            let start = at("2025-06-15T12:00:00Z") + jiff::SignedDuration::from_hours(24 * 31 * month);
            let mut there = invitation();
            (there.zone, there.start, there.end) =
                (name.as_str(), start, start + jiff::SignedDuration::from_mins(30));
            let ics = to_ics(&there).unwrap();
            if !ics.contains("BEGIN:VTIMEZONE") {
                continue;
            }
            let local = start.to_zoned(zone.clone()).datetime();
            let said = offset_by_its_own_rules(&ics, local);
            assert_eq!(said, zone.to_offset(start).seconds(), "{name} {start}\n{ics}");
            seen += 1;
        }
    }
    assert!(seen > 10_000, "{seen}");
}

proptest! {
    #[test]
    fn lines_are_short_whole_and_come_back_as_they_were(
        summary in "(.|🎉|ü|\n|,|;|\\\\){0,400}", pad in "a{0,80}", name in ".{0,60}",
    ) {
        let summary = format!("{pad}{summary}");
        let mut any = invitation();
        any.summary = &summary;
        any.attendees = vec![Party { name: &name, email: "vera@mail.example" }];
        let ics = to_ics(&any).unwrap();
        for line in ics.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.chars().any(|c| c.is_control() && c != '\t'), "{line:?}");
        }
        let lines = lines(&ics);
        prop_assert_eq!(unescape(value(&lines, "SUMMARY")), text::clean(&summary));
        let people = lines.iter().filter(|line| line.starts_with("ATTENDEE;")).count();
        prop_assert_eq!(people, 1);
    }

    #[test]
    fn no_input_makes_it_panic(
        texts in proptest::collection::vec(".{0,40}", 9), sequence: i64, start: i64, end: i64,
    ) {
        let instant = |second: i64| Timestamp::from_second(second % 377_705_023_201).unwrap_or(Timestamp::MAX);
        let odd = Invitation {
            uid: &texts[0], sequence, method: Method::Request, status: Status::Tentative,
            start: instant(start), end: instant(end), zone: &texts[1], summary: &texts[2],
            description: &texts[3], location: &texts[4], url: Some(&texts[5]),
            organizer: Party { name: &texts[6], email: &texts[7] },
            attendees: vec![Party { name: &texts[8], email: &texts[8] }],
            stamp: instant(end), created: instant(start),
        };
        let _ = (to_ics(&odd), add_to_calendar_links(&odd));
        let _ = to_ics(&Invitation { uid: "x", zone: "Europe/Dublin", sequence: 0, url: None,
            organizer: Party { name: "", email: "a@b" }, attendees: vec![Party { name: "", email: "a@b" }], ..odd });
    }
}
