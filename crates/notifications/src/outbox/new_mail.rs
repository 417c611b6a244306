//! A mail before it is written: what rooms fill in, and what is refused.

use invitations::Method;
use lettre::Address;
use platform::{Instant, Result, error::invalid_field, id::OrganizationId};
use serde::{Deserialize, Serialize};

use crate::Language;

/// The longest subject, in bytes; mail servers refuse lines beyond 998 (RFC 5322 §2.1.1).
const LONGEST_SUBJECT: usize = 250;
const LONGEST_BODY: usize = 256 * 1024;
const LONGEST_NAME: usize = 250;

/// An invitation that goes with a mail, for the recipient's calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPart {
    /// `REQUEST` or `CANCEL`: the same as the METHOD inside (RFC 6047 §2.4).
    pub(crate) method: String,
    pub(crate) ics: String,
}

impl CalendarPart {
    /// The text that [`invitations::to_ics`] made for this method.
    pub fn new(method: Method, ics: String) -> Self {
        Self { method: method.as_str().to_owned(), ics }
    }
}

/// A mail to be written; made by [`Letter::addressed`](crate::Letter::addressed) or
/// [`from_template`](crate::from_template), then completed field by field.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub organization: OrganizationId,
    /// One bare address.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub language: Language,
    /// What administrators call such mails, in the plural: `booking confirmations`.
    pub kind: Option<String>,
    pub calendar: Option<CalendarPart>,
    /// Who gets the answers: one bare address.
    pub reply_to: Option<String>,
    /// The name beside our own address, such as the host's; otherwise the configured one.
    pub from_name: Option<String>,
    /// The mail is kept until then.
    pub not_before: Option<Instant>,
    /// The mail is of no use from then on, and not sent any more: a reminder after the appointment.
    pub not_after: Option<Instant>,
    /// A second mail of the organization with the same key is not written.
    pub dedupe: Option<String>,
    /// What the mail is about, for [`withdraw`](crate::withdraw): `booking:<id>`.
    pub about: Option<String>,
}

impl NewMail {
    /// A mail in English that leaves at once, without a calendar part.
    pub fn new(organization: OrganizationId, to: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            organization,
            to: to.into(),
            subject: subject.into(),
            text: String::new(),
            html: String::new(),
            language: Language::default(),
            kind: None,
            calendar: None,
            reply_to: None,
            from_name: None,
            not_before: None,
            not_after: None,
            dedupe: None,
            about: None,
        }
    }
}

/// A header is one line: a line break in an address or subject would add headers of its own.
pub(super) fn check(mail: &NewMail) -> Result<()> {
    if mail.to.parse::<Address>().is_err() {
        return Err(invalid_field("to", "Mail can only be sent to an e-mail address."));
    }
    if mail.reply_to.as_ref().is_some_and(|address| address.parse::<Address>().is_err()) {
        return Err(invalid_field("reply_to", "Answers can only go to an e-mail address."));
    }
    if mail.subject.len() > LONGEST_SUBJECT || mail.subject.chars().any(breaks_lines) {
        return Err(invalid_field("subject", "A subject is one line of at most 250 bytes."));
    }
    if mail.from_name.as_ref().is_some_and(|name| name.len() > LONGEST_NAME || name.chars().any(breaks_lines))
    {
        return Err(invalid_field("from_name", "A sender's name is one line of at most 250 bytes."));
    }
    let ics = mail.calendar.as_ref().map_or(0, |calendar| calendar.ics.len());
    if mail.text.len() > LONGEST_BODY || mail.html.len() > LONGEST_BODY || ics > LONGEST_BODY {
        return Err(invalid_field("text", "A mail has at most 256 KiB."));
    }
    Ok(())
}

/// What ends a line, or has no place in one.
pub(crate) fn breaks_lines(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// What somebody typed as one line of a header: line breaks become blanks, and it is cut where it gets too long.
pub fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if breaks_lines(c) { ' ' } else { c }).collect();
    let mut line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > LONGEST_SUBJECT {
        let end = (0..=LONGEST_SUBJECT - '…'.len_utf8()).rev().find(|&end| line.is_char_boundary(end));
        line.truncate(end.unwrap_or(0));
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str, subject: &str) -> NewMail {
        NewMail::new(OrganizationId(uuid::Uuid::nil()), to, subject)
    }

    #[test]
    fn nothing_can_add_a_header() {
        assert!(check(&mail("ada@library.example", "Grüße ✉")).is_ok());
        assert!(check(&mail("ada@library.example", "Hi\r\nBcc: all@library.example")).is_err());
        assert!(check(&mail("ada@library.example\nBcc: x@y.example", "Hi")).is_err());
        assert!(check(&mail("ada@library.example, eve@library.example", "Hi")).is_err());
        let mut named = mail("ada@library.example", "Hi");
        named.from_name = Some("Ben\r\nBcc: all@library.example".into());
        assert!(check(&named).is_err());
        named.from_name = Some("Ben, \"the\" Okafor <ü>".into());
        assert!(check(&named).is_ok());
        named.reply_to = Some("ben@library.example\r\nBcc: x@y.example".into());
        assert!(check(&named).is_err());
    }

    #[test]
    fn what_was_typed_becomes_one_line_of_a_header() {
        assert_eq!(one_line(" Hi\r\n\tBcc: x \u{2028} y "), "Hi Bcc: x y");
        let long = one_line(&"ü".repeat(400));
        assert!(long.len() <= LONGEST_SUBJECT && long.ends_with('…'), "{long}");
        assert!(check(&mail("ada@library.example", &long)).is_ok());
    }
}
