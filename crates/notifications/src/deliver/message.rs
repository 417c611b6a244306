//! The message as it travels (RFC 5322, MIME): text, HTML and, where there is one, the invitation twice: as a part
//! that calendars read (RFC 6047) and as a file for whoever's program does not.

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};
use platform::{Error, Fault, Hub, Result};

use crate::{
    CalendarPart,
    body::Body,
    outbox::{Mail, MailId},
};

/// Programs that answer mail by themselves leave such mails alone (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The language of the text (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// Puts the message together. Its Message-ID follows from the mail's id alone: a mail that a mail server took and that
/// is sent again, because we ended before that was written down, is recognised as the same one.
pub(super) fn compose(hub: &Hub, from: &Mailbox, (id, mail): (MailId, &Mail), body: Body) -> Result<Message> {
    let host = hub.settings().public_url.host_str().unwrap_or("localhost").to_owned();
    let written = Duration::from_micros(u64::try_from(mail.since().micros()).unwrap_or(0));
    let from = Mailbox::new(body.from_name.or_else(|| from.name.clone()), from.email.clone());
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(&mail.recipient)?))
        .subject(mail.subject.clone())
        .message_id(Some(format!("<{id}@{host}>")))
        .date(UNIX_EPOCH + written)
        .header(AutoSubmitted)
        .header(ContentLanguage(body.language.tag().to_owned()));
    if let Some(reply_to) = &body.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
    }
    let texts = MultiPart::alternative_plain_html(body.text, body.html);
    let content = match body.calendar {
        None => texts,
        Some(calendar) => with_invitation(texts, calendar)?,
    };
    builder.multipart(content).map_err(|error| unusable().because(error))
}

fn with_invitation(texts: MultiPart, calendar: CalendarPart) -> Result<MultiPart> {
    let kind = |text: &str| ContentType::parse(text).map_err(|error| unusable().because(error));
    let inline = kind(&format!("text/calendar; charset=utf-8; method={}", calendar.method))?;
    let file = kind(&format!("application/ics; name=\"invite.ics\"; method={}", calendar.method))?;
    let part = SinglePart::builder().header(inline).body(calendar.ics.clone());
    let attached = Attachment::new("invite.ics".to_owned()).body(calendar.ics, file);
    Ok(MultiPart::mixed().multipart(texts.singlepart(part)).singlepart(attached))
}

fn address(text: &str) -> Result<Address> {
    text.parse().map_err(|error: lettre::address::AddressError| unusable().because(error))
}

fn unusable() -> Error {
    Error::new(Fault::Invalid(Vec::new()), "The mail could not be put together.")
}
