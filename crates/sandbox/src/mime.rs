//! Reads a mail as far as the inbox needs it: subject (RFC 2047), readable parts and attachments (RFC 2045, 2046).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
const DEEPEST: u8 = 8;

/// What a message says, part by part.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    pub(crate) subject: String,
    pub(crate) message_id: String,
    /// The first plain text part.
    pub(crate) text: String,
    /// The first HTML part.
    pub(crate) html: Option<String>,
    /// The first calendar part.
    pub(crate) calendar: Option<String>,
    pub(crate) attachments: Vec<File>,
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct File {
    /// Its name, where the mail gives one.
    pub name: String,
    /// Its media type.
    pub kind: String,
    /// Its size in bytes.
    pub size: usize,
}

/// Reads a message; what cannot be decoded is shown as it came.
pub(crate) fn read(message: &[u8]) -> Readable {
    let message = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (head, _) = split(&message);
    let mut readable = Readable {
        subject: header(head, "subject").map(|subject| decode_words(&subject)).unwrap_or_default(),
        message_id: header(head, "message-id").unwrap_or_default(),
        ..Readable::default()
    };
    collect(&message, DEEPEST, &mut readable);
    readable
}

fn split(part: &str) -> (&str, &str) {
    part.split_once("\n\n").unwrap_or((part, ""))
}

/// A header's value with its folded lines joined.
fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines();
    let found = lines.find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })?;
    let folded = lines.take_while(|line| line.starts_with([' ', '\t'])).map(str::trim);
    Some(std::iter::once(found.as_str()).chain(folded).collect::<Vec<_>>().join(" "))
}

/// Takes the parts in, outermost first; a part without a content type counts as plain text.
fn collect(part: &str, depth: u8, into: &mut Readable) {
    let (head, body) = split(part);
    let kind = header(head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let media = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    if media.starts_with("multipart/") {
        let Some(boundary) = parameter(&kind, "boundary").filter(|_| depth > 0) else { return };
        let boundary = format!("--{boundary}");
        for part in body.split(&boundary).skip(1).take_while(|part| !part.starts_with("--")) {
            collect(part.strip_prefix('\n').unwrap_or(part), depth - 1, into);
        }
        return;
    }
    let bytes = decoded(head, body);
    let disposition = header(head, "content-disposition").unwrap_or_default();
    let text = || String::from_utf8_lossy(&bytes).trim_end().replace("\r\n", "\n");
    if media == "text/calendar" && into.calendar.is_none() {
        into.calendar = Some(text());
    }
    let name = parameter(&disposition, "filename").or_else(|| parameter(&kind, "name"));
    if disposition.to_lowercase().starts_with("attachment") || name.is_some() {
        let name = name.map(|name| decode_words(&name)).unwrap_or_default();
        into.attachments.push(File { name, kind: media, size: bytes.len() });
    } else if media == "text/html" && into.html.is_none() {
        into.html = Some(text());
    } else if media == "text/plain" && into.text.is_empty() {
        into.text = text();
    }
}

fn decoded(head: &str, body: &str) -> Vec<u8> {
    let encoding = header(head, "content-transfer-encoding").unwrap_or_default().to_lowercase();
    match encoding.as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            LENIENT.decode(&packed).unwrap_or_else(|_| packed.into_bytes())
        }
        "quoted-printable" => quoted_printable(body, false),
        _ => body.as_bytes().to_vec(),
    }
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn quoted_printable(text: &str, underscore_is_space: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'=', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'=', None) if bytes.get(at + 1) == Some(&b'\n') => at += 1,
            (b'_', _) if underscore_is_space => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    out
}

/// Encoded words of RFC 2047; the blank between two of them belongs to neither.
fn decode_words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        let Some((decoded, used)) = decode_word(word) else {
            out.push_str(before);
            out.push_str("=?");
            rest = &word[2..];
            after_word = false;
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        out.push_str(&decoded);
        rest = &word[used..];
        after_word = true;
    }
    out + rest
}

fn decode_word(word: &str) -> Option<(String, usize)> {
    let mut parts = word[2..].splitn(3, '?');
    let (charset, encoding, tail) = (parts.next()?, parts.next()?, parts.next()?);
    let content = &tail[..tail.find("?=")?];
    let bytes = match encoding {
        "B" | "b" => LENIENT.decode(content).ok()?,
        "Q" | "q" => quoted_printable(content, true),
        _ => return None,
    };
    let used = 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2;
    Some((String::from_utf8_lossy(&bytes).into_owned(), used))
}

#[cfg(test)]
mod tests {
    use super::{File, decode_words, read};

    #[test]
    fn encoded_words_are_joined_without_the_blank_between_them() {
        assert_eq!(decode_words("=?utf-8?B?R3LDvA==?= =?utf-8?Q?=C3=9Fe_aus?= Berlin"), "Grüße aus Berlin");
        assert_eq!(decode_words("a =?broken"), "a =?broken");
    }

    #[test]
    fn the_plain_part_of_a_nested_mail_is_found_and_decoded() {
        let mail = "Subject: Your\r\n booking\r\nContent-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\n\
                    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\nhttp://x/?a=3Db and a very =\r\nlong line\r\n--b\r\n\
                    Content-Type: text/html\r\n\r\n<p>no</p>\r\n--b--\r\n--a--\r\n";
        let found = read(mail.as_bytes());
        assert_eq!(found.subject, "Your booking");
        assert_eq!(found.text, "http://x/?a=b and a very long line");
        assert_eq!(found.html.as_deref(), Some("<p>no</p>"));
    }

    #[test]
    fn calendar_part_and_attachment_are_told_apart() {
        let mail = "Message-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
                    Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--a\r\n\
                    Content-Type: text/calendar; name=\"invite.ics\"\r\nContent-Disposition: attachment; filename=\"invite.ics\"\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--a--\r\n";
        let found = read(mail.as_bytes());
        assert_eq!(
            (found.message_id.as_str(), found.calendar.as_deref()),
            ("<1@x>", Some("BEGIN:VCALENDAR"))
        );
        let file = File { name: "invite.ics".to_owned(), kind: "text/calendar".to_owned(), size: 5 };
        assert_eq!(found.attachments, [file]);
    }
}
