//! This room writes calendar invitations: iCalendar text (RFC 5545) that invites to one appointment or calls it off
//! (iTIP, RFC 5546), and links that add the appointment to somebody's calendar in the browser. It is pure: the present
//! is passed in. It leaves the mail around the text to `notifications`, and who is invited to what to the rooms above.
//!
//! The text is written here and not by a library: ical-rs 0.6 describes zones by the machine's tzdata where it finds
//! one, which may be older than the one that the rest of the house counts with, and what remains of it is escaping and
//! folding. Other implementations check what is written here (`tests/conformance/test_invitations.py`).

mod links;
mod text;
mod write;
mod zone;

use jiff::Timestamp;
use thiserror::Error;

pub use links::{Links, add_to_calendar_links};
pub use write::to_ics;

/// What an invitation wants from whoever reads it (RFC 5546 §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Enter the appointment, or change it to this.
    Request,
    /// Take the appointment out.
    Cancel,
}

impl Method {
    /// The word for the METHOD property, and for the `method` parameter of the mail's part (RFC 6047 §2.4).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// How certain the appointment is (RFC 5545 §3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Confirmed,
    Tentative,
    /// Goes with [`Method::Cancel`], and only with it.
    Cancelled,
}

/// Somebody with a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party<'a> {
    /// May be empty; then the address stands for the person.
    pub name: &'a str,
    pub email: &'a str,
}

/// One appointment for the calendars of the people in it.
#[derive(Clone, Debug)]
pub struct Invitation<'a> {
    /// The appointment's name for all time: the same in every invitation to it and in its cancellation.
    pub uid: &'a str,
    /// Grows with every change of time or place; calendars ignore an invitation with a lower number.
    pub sequence: i64,
    pub method: Method,
    pub status: Status,
    /// Whole seconds count.
    pub start: Timestamp,
    pub end: Timestamp,
    /// The IANA zone in which the appointment was made, such as `Europe/Berlin`.
    pub zone: &'a str,
    pub summary: &'a str,
    /// Plain text; lines end in `\n`.
    pub description: &'a str,
    pub location: &'a str,
    /// Where the appointment is looked after, or joined: http or https.
    pub url: Option<&'a str>,
    pub organizer: Party<'a>,
    pub attendees: Vec<Party<'a>>,
    /// The present.
    pub stamp: Timestamp,
    /// When the appointment was made.
    pub created: Timestamp,
}

/// Why an invitation cannot be written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    #[error("the appointment's UID must be 1 to 255 printable ASCII characters")]
    Uid,
    #[error("the sequence number must lie between 0 and 2147483647")]
    Sequence,
    #[error("a cancellation has the status cancelled, and an invitation has another one")]
    Status,
    #[error("the appointment must end after it starts, between the years 1970 and 9990")]
    Times,
    #[error("there is no time zone {0:?}")]
    Zone(String),
    #[error("{0:?} is no e-mail address that an invitation can name")]
    Address(String),
    #[error("an invitation has 1 to 500 attendees")]
    Attendees,
    #[error("an invitation's address must be an http or https URL of at most 2000 characters")]
    Url,
    #[error("the {field} may have at most {most} bytes")]
    TooLong { field: &'static str, most: usize },
}

#[cfg(test)]
mod tests;
