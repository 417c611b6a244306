//! The inbox of everything that was mailed: by the SMTP sink, and by the providers that the sandbox plays.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize};

use crate::mime::{self, File};

const KEPT: usize = 1_000;

/// One of a few words that are written into the code. The alias keeps serde from borrowing them from what it reads.
type Source = &'static str;

/// A mail that somebody would have received.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Mail {
    /// Position in the order of arrival, from 1.
    pub id: u64,
    /// When it arrived (sandbox clock).
    pub at: Timestamp,
    /// Who brought it: `smtp`, `webex` or `graph`.
    #[serde(deserialize_with = "source")]
    pub source: Source,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Subject line, decoded where the sandbox could.
    pub subject: String,
    /// The readable text.
    pub text: String,
    /// The HTML part, where there is one.
    pub html: Option<String>,
    /// The `Message-ID`; empty for the providers' own mails.
    pub message_id: String,
    /// How often the same message was delivered to the same people after the first time. Exchange keeps one.
    pub duplicates: u32,
    /// Attached files.
    pub attachments: Vec<File>,
    /// What the calendar part says, where there is one.
    pub calendar: Option<Invitation>,
    /// The message as it came over SMTP; empty for the providers' own mails.
    pub raw: String,
}

/// The calendar part of a mail (RFC 5545, RFC 6047), as far as a person wants to read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Invitation {
    /// REQUEST, CANCEL …
    pub method: String,
    /// The event's id.
    pub uid: String,
    /// Its version.
    pub sequence: String,
    /// Its title.
    pub summary: String,
    /// Where it takes place.
    pub location: String,
    /// Its start, with its zone.
    pub start: String,
    /// Its end, with its zone.
    pub end: String,
    /// CONFIRMED, CANCELLED …
    pub status: String,
}

impl Invitation {
    fn read(calendar: &str) -> Self {
        let unfolded = calendar.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        let mut found = Self::default();
        let mut inside = Vec::new();
        for line in unfolded.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
            match name.to_ascii_uppercase().as_str() {
                "BEGIN" => inside.push(value.to_ascii_uppercase()),
                "END" => drop(inside.pop()),
                "METHOD" => value.clone_into(&mut found.method),
                name if inside.last().is_some_and(|part| part == "VEVENT") => {
                    found.take(name, parameters, value);
                }
                _ => {}
            }
        }
        found
    }

    fn take(&mut self, name: &str, parameters: &str, value: &str) {
        let zone = parameters.split(';').find_map(|one| one.strip_prefix("TZID="));
        let time = || zone.map_or_else(|| readable(value), |zone| format!("{} ({zone})", readable(value)));
        let text =
            || value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        match name {
            "UID" => value.clone_into(&mut self.uid),
            "SEQUENCE" => value.clone_into(&mut self.sequence),
            "SUMMARY" => self.summary = text(),
            "LOCATION" => self.location = text(),
            "DTSTART" => self.start = time(),
            "DTEND" => self.end = time(),
            "STATUS" => value.clone_into(&mut self.status),
            _ => {}
        }
    }
}

/// A date-time of RFC 5545 as a person reads it; what is none stays as it was written.
fn readable(value: &str) -> String {
    let (local, zone) = value.strip_suffix('Z').map_or((value, ""), |local| (local, " UTC"));
    let at = DateTime::strptime("%Y%m%dT%H%M%S", local).map(|at| at.strftime("%-d %b %Y, %H:%M").to_string());
    at.map_or_else(|_| value.to_owned(), |at| at + zone)
}

fn source<'a, D: Deserializer<'a>>(from: D) -> Result<Source, D::Error> {
    let word = String::deserialize(from)?;
    let known = ["smtp", "webex", "graph"].into_iter().find(|known| *known == word);
    known.ok_or_else(|| serde::de::Error::custom("nobody brings mails under that name"))
}

/// A mail that has not arrived yet.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Who brings it: `smtp`, `webex` or `graph`.
    pub source: &'static str,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// Subject line.
    pub subject: String,
    /// The readable text.
    pub text: String,
    /// The message as it came over SMTP, if it did.
    pub raw: String,
}

/// The last 1,000 mails.
#[derive(Debug, Default)]
pub struct Mails(Mutex<(u64, VecDeque<Mail>)>);

impl Mails {
    /// Adds a mail. One with the `Message-ID` and recipients of a kept one is counted there, as Exchange does.
    pub fn push(&self, at: Timestamp, mail: NewMail) {
        let NewMail { source, from, to, subject, text, raw } = mail;
        let parts = mime::read(raw.as_bytes());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&mut Mail| {
            !parts.message_id.is_empty() && known.message_id == parts.message_id && known.to == to
        };
        if let Some(known) = kept.1.iter_mut().find(same) {
            known.duplicates += 1;
            return;
        }
        kept.0 += 1;
        let id = kept.0;
        kept.1.push_back(Mail {
            id,
            at,
            source,
            from,
            to,
            subject,
            text,
            html: parts.html,
            message_id: parts.message_id,
            duplicates: 0,
            attachments: parts.attachments,
            calendar: parts.calendar.as_deref().map(Invitation::read),
            raw,
        });
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
    }

    /// One mail by its number.
    pub fn get(&self, id: u64) -> Option<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().find(|mail| mail.id == id).cloned()
    }

    /// All kept mails, oldest first.
    pub fn all(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }

    /// Everything, to be kept in a file.
    pub(crate) fn to_json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(&*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes back what was kept.
    pub(crate) fn restore(&self, kept: (u64, VecDeque<Mail>)) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    /// Empties the inbox.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Invitation;

    #[test]
    fn a_calendar_part_is_unfolded_and_its_alarm_is_not_the_event() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@x\r\nSEQUENCE:2\r\nSUMMARY:Research\\, \r\n with tea\r\n\
                    DTSTART;TZID=Europe/Berlin:20300305T090000\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR";
        let found = Invitation::read(text);
        assert_eq!(found.summary, "Research, with tea");
        assert_eq!((found.method.as_str(), found.sequence.as_str()), ("REQUEST", "2"));
        assert_eq!(found.start, "5 Mar 2030, 09:00 (Europe/Berlin)");
    }
}
