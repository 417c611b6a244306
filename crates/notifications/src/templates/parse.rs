//! Reads a template. Structure is found in the template alone, before anything is filled in: what a visitor typed can
//! become no link, no paragraph and no placeholder.

use platform::{Result, error::FieldError};

use super::{Template, TemplateKind};

const LONGEST_SUBJECT: usize = 200;
const LONGEST_BODY: usize = 10_000;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
    /// `[label](target)`; both are pieces of text and placeholders.
    Link {
        label: Vec<Piece<'a>>,
        target: Vec<Piece<'a>>,
    },
}

/// A paragraph is lines, a line is pieces.
pub(super) fn paragraphs(body: &str) -> Vec<Vec<Vec<Piece<'_>>>> {
    let mut paragraphs = vec![Vec::new()];
    for line in body.lines() {
        match (line.trim().is_empty(), paragraphs.last_mut()) {
            (true, Some(last)) if !last.is_empty() => paragraphs.push(Vec::new()),
            (false, Some(last)) => last.push(pieces(line.trim())),
            _ => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Text, placeholders and links of a line.
pub(super) fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some((before, label, target, after)) = next_link(rest) {
        out.extend(places(before));
        out.push(Piece::Link { label: places(label), target: places(target) });
        rest = after;
    }
    out.extend(places(rest));
    out
}

fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + 2 + text[middle + 2..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[middle + 2..end], &text[end + 1..]))
}

/// Text and placeholders.
pub(super) fn places(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((name, after)) = tail.split_once("}}") else { break };
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        out.push(Piece::Place(name.trim()));
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// Whether text can be the address of a link.
pub(super) fn is_web_address(text: &str) -> bool {
    let has_host = ["https://", "http://"].into_iter().any(|scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
    });
    has_host && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>\\".contains(c))
}

/// Refuses what could not be filled in, field by field, with what to write instead.
pub(crate) fn check(kind: &TemplateKind, template: &Template) -> Result<()> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let (subject, body) = (template.subject.trim(), template.body.trim());
    if subject.is_empty()
        || subject.chars().count() > LONGEST_SUBJECT
        || subject.contains(crate::outbox::breaks_lines)
    {
        say("subject", format!("Write one line of at most {LONGEST_SUBJECT} characters."));
    }
    if body.is_empty() || body.chars().count() > LONGEST_BODY {
        say("body", format!("Write a text of at most {LONGEST_BODY} characters."));
    }
    let in_subject = places(subject);
    for message in in_subject.iter().filter_map(|piece| complaint(kind, piece)) {
        say("subject", message);
    }
    if in_subject.iter().any(|piece| matches!(piece, Piece::Place(name) if is_link(kind, name))) {
        say("subject", "A link cannot stand in a subject.".to_owned());
    }
    let lines = paragraphs(body).into_iter().flatten().flatten();
    for message in lines.flat_map(|piece| complaints(kind, &piece)) {
        say("body", message);
    }
    wrong.dedup_by(|a, b| a.field == b.field);
    if wrong.is_empty() { Ok(()) } else { Err(platform::invalid(wrong)) }
}

fn complaints(kind: &TemplateKind, piece: &Piece<'_>) -> Vec<String> {
    let Piece::Link { label, target } = piece else { return complaint(kind, piece).into_iter().collect() };
    let mut found: Vec<String> =
        label.iter().chain(target).filter_map(|piece| complaint(kind, piece)).collect();
    let leads_somewhere = match target.as_slice() {
        [Piece::Place(name)] => is_link(kind, name) || !found.is_empty(),
        [Piece::Text(address)] => is_web_address(address),
        _ => false,
    };
    if !leads_somewhere {
        found.push(
            "A link leads to an address that begins with https://, or to one placeholder for a link."
                .to_owned(),
        );
    }
    found
}

fn complaint(kind: &TemplateKind, piece: &Piece<'_>) -> Option<String> {
    match piece {
        Piece::Place(name) if !kind.placeholders.iter().any(|place| place.name == *name) => {
            let shown: String = name.chars().take(40).collect();
            let known: Vec<String> =
                kind.placeholders.iter().map(|place| format!("{{{{{}}}}}", place.name)).collect();
            Some(format!("There is no {{{{{shown}}}}} in this mail. Use one of {}.", known.join(", ")))
        }
        Piece::Text(text) if text.contains("{{") || text.contains("}}") => {
            Some("A placeholder stands between two pairs of braces, such as {{name}}.".to_owned())
        }
        _ => None,
    }
}

pub(super) fn is_link(kind: &TemplateKind, name: &str) -> bool {
    kind.placeholders.iter().any(|place| place.name == name && place.is_link)
}
