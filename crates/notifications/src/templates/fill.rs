//! Fills a template in. Values are text and nothing else; only a placeholder for a link becomes one.

use super::{
    TemplateKind,
    parse::{Piece, is_link, is_web_address, paragraphs, places},
};
use crate::{
    letter::{Block, Span},
    one_line,
};

type Values<'a> = [(&'a str, String)];

/// The subject, always one line.
pub(crate) fn fill_subject(subject: &str, values: &Values<'_>) -> String {
    one_line(&plain(&places(subject), values))
}

/// The body as paragraphs; the first link that stands alone becomes the button.
pub(crate) fn fill_body(kind: &TemplateKind, body: &str, values: &Values<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut has_button = false;
    for paragraph in paragraphs(body) {
        if let ([line], false) = (paragraph.as_slice(), has_button)
            && let Some(button) = button(line, values)
        {
            blocks.push(button);
            has_button = true;
            continue;
        }
        let kept = paragraph.iter().filter(|line| !is_left_out(line, values));
        let lines: Vec<Vec<Span>> = kept.flat_map(|line| fill_line(kind, line, values)).collect();
        if !lines.is_empty() {
            blocks.push(Block::Paragraph(lines));
        }
    }
    blocks
}

fn button(line: &[Piece<'_>], values: &Values<'_>) -> Option<Block> {
    let [Piece::Link { label, target }] = line else { return None };
    let (label, url) = (one_line(&plain(label, values)), plain(target, values));
    (is_web_address(&url) && !label.is_empty()).then_some(Block::Button { label, url })
}

/// A line says nothing when it names placeholders and none of them has a value.
fn is_left_out(line: &[Piece<'_>], values: &Values<'_>) -> bool {
    let mut names = Vec::new();
    for piece in line {
        match piece {
            Piece::Place(name) => names.push(*name),
            Piece::Link { target, .. } => {
                names.extend(target.iter().filter_map(|piece| match piece {
                    Piece::Place(name) => Some(*name),
                    _ => None,
                }));
            }
            Piece::Text(_) => {}
        }
    }
    !names.is_empty() && names.iter().all(|name| value(name, values).trim().is_empty())
}

/// One line, or more where a value has line breaks.
fn fill_line(kind: &TemplateKind, line: &[Piece<'_>], values: &Values<'_>) -> Vec<Vec<Span>> {
    let mut spans = Vec::new();
    for piece in line {
        match piece {
            Piece::Text(text) => spans.extend(with_addresses(text)),
            Piece::Place(name) if is_link(kind, name) && is_web_address(&value(name, values)) => {
                let url = value(name, values);
                spans.push(Span::Link { label: url.clone(), url });
            }
            Piece::Place(name) => spans.push(Span::Text(value(name, values))),
            Piece::Link { label, target } => {
                let (label, url) = (plain(label, values), plain(target, values));
                let is_fine = is_web_address(&url);
                spans.push(if is_fine { Span::Link { label, url } } else { Span::Text(label) });
            }
        }
    }
    broken(spans)
}

/// Line breaks inside of values become lines.
fn broken(line: Vec<Span>) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = vec![Vec::new()];
    for span in line {
        let Span::Text(text) = &span else {
            lines.last_mut().into_iter().for_each(|last| last.push(span.clone()));
            continue;
        };
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            if let Some(last) = lines.last_mut().filter(|_| !part.is_empty()) {
                last.push(Span::Text(part.to_owned()));
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Addresses that stand in the template's own text become links.
fn with_addresses(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for word in text.split_inclusive(' ') {
        let address = word.trim_end_matches(|c: char| c == ' ' || ".,;:!?)".contains(c));
        if is_web_address(address) {
            spans.push(Span::Link { label: address.to_owned(), url: address.to_owned() });
            spans.push(Span::Text(word[address.len()..].to_owned()));
        } else {
            spans.push(Span::Text(word.to_owned()));
        }
    }
    spans
}

fn plain(pieces: &[Piece<'_>], values: &Values<'_>) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Place(name) => value(name, values),
            Piece::Link { label, .. } => plain(label, values),
        })
        .collect()
}

/// A value without control characters; its line breaks are `\n`.
fn value(name: &str, values: &Values<'_>) -> String {
    let found = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
    let unified = found.trim().replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    unified.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}
