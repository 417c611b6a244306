//! The VCALENDAR around one appointment.

use std::collections::HashSet;

use jiff::{Timestamp, tz::TimeZone};
use url::Url;

use crate::{
    Invitation, Method, Party, Refused, Status,
    text::{Lines, quoted},
    zone,
};

const PRODUCT: &str = "-//Switchboard//Switchboard//EN";
const MOST_ATTENDEES: usize = 500;
const LONGEST_LINE_OF_TEXT: usize = 16 * 1024;
const LONGEST_DESCRIPTION: usize = 128 * 1024;
const LONGEST_URL: usize = 2000;
/// RFC 5321 §4.5.3.1.3.
const LONGEST_ADDRESS: usize = 254;

/// The invitation as iCalendar text, in UTF-8 with CRLF. What people typed cannot add lines or properties of its own.
pub fn to_ics(invitation: &Invitation<'_>) -> Result<String, Refused> {
    check(invitation)?;
    let zone = zone::find(invitation.zone)?;
    let mut lines = Lines::default();
    lines.raw("BEGIN", "VCALENDAR");
    lines.raw("PRODID", PRODUCT);
    lines.raw("VERSION", "2.0");
    lines.raw("CALSCALE", "GREGORIAN");
    lines.raw("METHOD", invitation.method.as_str());
    let is_local = zone.iana_name().is_some_and(|name| name != "UTC" && name != "Etc/UTC")
        && is_said_by_its_clock(&zone, invitation.start)
        && is_said_by_its_clock(&zone, invitation.end);
    if is_local {
        zone::write(&mut lines, invitation.zone, &zone, (invitation.start, invitation.end));
    }
    event(&mut lines, invitation, is_local.then_some(&zone))?;
    lines.raw("END", "VCALENDAR");
    Ok(lines.finish())
}

fn event(lines: &mut Lines, invitation: &Invitation<'_>, zone: Option<&TimeZone>) -> Result<(), Refused> {
    lines.raw("BEGIN", "VEVENT");
    lines.text("UID", invitation.uid);
    lines.raw("SEQUENCE", &invitation.sequence.to_string());
    lines.raw("DTSTAMP", &utc(invitation.stamp));
    lines.raw("CREATED", &utc(invitation.created));
    lines.raw("LAST-MODIFIED", &utc(invitation.stamp));
    for (name, at) in [("DTSTART", invitation.start), ("DTEND", invitation.end)] {
        match zone {
            Some(zone) => lines.raw(&format!("{name};TZID={}", invitation.zone), &local(at, zone)),
            None => lines.raw(name, &utc(at)),
        }
    }
    lines.text("SUMMARY", invitation.summary);
    for (name, text) in [("DESCRIPTION", invitation.description), ("LOCATION", invitation.location)] {
        if !text.is_empty() {
            lines.text(name, text);
        }
    }
    if let Some(url) = invitation.url {
        lines.raw("URL", web_address(url)?.as_str());
    }
    lines.raw("STATUS", status(invitation.status));
    lines.raw("TRANSP", if invitation.method == Method::Cancel { "TRANSPARENT" } else { "OPAQUE" });
    people(lines, invitation)?;
    lines.raw("END", "VEVENT");
    Ok(())
}

/// Whoever booked has said yes by booking, and nobody reads answers: calendars need not ask for one.
fn people(lines: &mut Lines, invitation: &Invitation<'_>) -> Result<(), Refused> {
    let organizer = &invitation.organizer;
    lines.raw(&format!("ORGANIZER;CN={}", name(organizer)), &mailto(organizer.email)?);
    let mut seen = HashSet::new();
    for attendee in &invitation.attendees {
        let address = mailto(attendee.email)?;
        if seen.insert(address.to_lowercase()) {
            let parameters = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE";
            lines.raw(&format!("ATTENDEE;{parameters};CN={}", name(attendee)), &address);
        }
    }
    Ok(())
}

fn name(party: &Party<'_>) -> String {
    let name = quoted(party.name);
    if name == "\"\"" { quoted(party.email) } else { name }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "CONFIRMED",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    }
}

fn check(invitation: &Invitation<'_>) -> Result<(), Refused> {
    let uid = invitation.uid;
    if uid.is_empty() || uid.len() > 255 || !uid.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refused::Uid);
    }
    if !(0..=i64::from(i32::MAX)).contains(&invitation.sequence) {
        return Err(Refused::Sequence);
    }
    if (invitation.method == Method::Cancel) != (invitation.status == Status::Cancelled) {
        return Err(Refused::Status);
    }
    let year = |at: Timestamp| at.to_zoned(TimeZone::UTC).year();
    let instants = [invitation.start, invitation.end, invitation.stamp, invitation.created];
    let is_ordered = invitation.start.as_second() < invitation.end.as_second();
    if !is_ordered || instants.into_iter().any(|at| !(1970..=9990).contains(&year(at))) {
        return Err(Refused::Times);
    }
    if !(1..=MOST_ATTENDEES).contains(&invitation.attendees.len()) {
        return Err(Refused::Attendees);
    }
    for (field, text, most) in [
        ("summary", invitation.summary, LONGEST_LINE_OF_TEXT),
        ("location", invitation.location, LONGEST_LINE_OF_TEXT),
        ("description", invitation.description, LONGEST_DESCRIPTION),
    ] {
        if text.len() > most {
            return Err(Refused::TooLong { field, most });
        }
    }
    let parties = invitation.attendees.iter().chain([&invitation.organizer]);
    if parties.into_iter().any(|party| party.name.len() > LONGEST_LINE_OF_TEXT) {
        return Err(Refused::TooLong { field: "name", most: LONGEST_LINE_OF_TEXT });
    }
    Ok(())
}

/// Whether the zone's clocks name this instant alone. Of an hour that they show twice, a local time means the first
/// one (RFC 5545 §3.3.5); the second one can only be written in UTC.
fn is_said_by_its_clock(zone: &TimeZone, at: Timestamp) -> bool {
    let civil = at.to_zoned(zone.clone()).datetime();
    zone.to_ambiguous_timestamp(civil).earlier().is_ok_and(|said| said == at)
}

pub(crate) fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y%m%dT%H%M%S").to_string()
}

/// The parser's own spelling: ASCII without blanks or control characters.
fn web_address(url: &str) -> Result<Url, Refused> {
    let parsed = Url::parse(url).map_err(|_| Refused::Url)?;
    let is_fine = matches!(parsed.scheme(), "http" | "https") && parsed.as_str().len() <= LONGEST_URL;
    if is_fine { Ok(parsed) } else { Err(Refused::Url) }
}

/// `mailto:` with whatever a URI cannot hold in percent signs (RFC 6068 §2).
fn mailto(email: &str) -> Result<String, Refused> {
    let refused = || Refused::Address(email.chars().take(LONGEST_ADDRESS).collect());
    let (local, domain) = email.rsplit_once('@').ok_or_else(refused)?;
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "\"<>()[]\\,;:@".contains(c);
    if local.is_empty() || domain.is_empty() || email.len() > LONGEST_ADDRESS {
        return Err(refused());
    }
    if local.contains(is_odd) || domain.contains(is_odd) {
        return Err(refused());
    }
    let mut out = String::from("mailto:");
    for byte in email.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            _ if b"-._~!$'*+=@".contains(&byte) => out.push(char::from(byte)),
            _ => out.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    Ok(out)
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}
