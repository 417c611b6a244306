//! Letters: written once, rendered as plain text and as HTML from one pair of templates.

use askama::Template;
use platform::{Hub, Result, bug, id::OrganizationId};

use crate::{Language, NewMail};

/// What a mail says, without its clothes. Letters of this kind are in English.
#[derive(Clone, Debug)]
pub struct Letter {
    pub subject: String,
    /// How the person is addressed: their name.
    pub name: String,
    pub paragraphs: Vec<String>,
    /// The one thing to do.
    pub link: Option<Link>,
}

/// Where the person goes from the mail.
#[derive(Clone, Debug)]
pub struct Link {
    pub label: String,
    /// Absolute, made by `Settings::url`.
    pub url: String,
}

/// A part of a letter, one below the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Lines of text.
    Paragraph(Vec<Vec<Span>>),
    /// The one thing to do.
    Button { label: String, url: String },
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Text(String),
    Link { label: String, url: String },
}

/// The words around every letter.
struct Words {
    /// Stands before the button's address.
    if_dead: &'static str,
    sent_by: &'static str,
}

impl Words {
    fn of(language: Language) -> Self {
        match language {
            Language::En => {
                Self { if_dead: "If the button does nothing, open this address:", sent_by: "Sent by" }
            }
            Language::De => Self {
                if_dead: "Falls die Schaltfläche nichts bewirkt, öffnen Sie diese Adresse:",
                sent_by: "Gesendet von",
            },
        }
    }
}

/// Addresses beyond this are for buttons and links; in plain text their line would be nothing but percent signs.
const LONGEST_IN_TEXT: usize = 300;

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct TextLetter<'a> {
    blocks: &'a [Block],
    product: &'a str,
    home: &'a str,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlLetter<'a> {
    subject: &'a str,
    language: Language,
    words: Words,
    blocks: &'a [Block],
    product: &'a str,
    home: &'a str,
}

impl Letter {
    /// The mail to `to`; with `dedupe`, a second one with the same key is not written.
    pub fn addressed(
        &self,
        hub: &Hub,
        organization: OrganizationId,
        to: impl Into<String>,
        dedupe: Option<String>,
    ) -> Result<NewMail> {
        let (text, html) = render(hub, Language::En, &self.subject, &self.blocks())?;
        Ok(NewMail { text, html, dedupe, ..NewMail::new(organization, to, &self.subject) })
    }

    fn blocks(&self) -> Vec<Block> {
        let paragraph = |text: String| Block::Paragraph(vec![vec![Span::Text(text)]]);
        let mut blocks = vec![paragraph(format!("Dear {},", self.name))];
        blocks.extend(self.paragraphs.iter().cloned().map(paragraph));
        let button = |link: &Link| Block::Button { label: link.label.clone(), url: link.url.clone() };
        blocks.extend(self.link.as_ref().map(button));
        blocks
    }
}

/// The letter as text and as HTML.
pub(crate) fn render(
    hub: &Hub,
    language: Language,
    subject: &str,
    blocks: &[Block],
) -> Result<(String, String)> {
    let product = hub.settings().product_name.as_str();
    dress(language, subject, blocks, (product, &hub.settings().url("/")))
}

fn dress(
    language: Language,
    subject: &str,
    blocks: &[Block],
    (product, home): (&str, &str),
) -> Result<(String, String)> {
    let failed = |error| bug("a letter's template failed").because(error);
    let in_text: Vec<Block> = blocks.iter().filter_map(for_text).collect();
    let text = TextLetter { blocks: &in_text, product, home }.render().map_err(failed)?;
    let words = Words::of(language);
    let html = HtmlLetter { subject, language, words, blocks, product, home }.render().map_err(failed)?;
    Ok((text, html))
}

/// The block without lines whose addresses are too long to be read; nothing when none is left.
fn for_text(block: &Block) -> Option<Block> {
    let Block::Paragraph(lines) = block else { return Some(block.clone()) };
    let is_long = |span: &Span| matches!(span, Span::Link { url, .. } if url.len() > LONGEST_IN_TEXT);
    let lines: Vec<Vec<Span>> = lines.iter().filter(|line| !line.iter().any(is_long)).cloned().collect();
    (!lines.is_empty()).then_some(Block::Paragraph(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "Welcome".into(),
            name: "Ada <Lindqvist>".into(),
            paragraphs: vec!["First.".into(), "A & B".into()],
            link: Some(Link { label: "Set a password".into(), url: "https://hub.example/invite/x".into() }),
        }
    }

    #[test]
    fn both_forms_say_the_same_and_html_is_escaped() {
        let from = ("Switchboard", "https://hub.example/");
        let (text, html) = dress(Language::En, "Welcome", &letter().blocks(), from).unwrap();
        assert_eq!(
            text,
            "Dear Ada <Lindqvist>,\n\nFirst.\n\nA & B\n\nSet a password:\nhttps://hub.example/invite/x\n\n\
             -- \nSwitchboard, https://hub.example/\n"
        );
        assert!(html.contains("Dear Ada &#60;Lindqvist&#62;,") && html.contains("A &#38; B"), "{html}");
        assert!(html.contains(r#"<a href="https://hub.example/invite/x""#), "{html}");
    }

    #[test]
    fn lines_links_and_fixed_words_are_in_the_letters_language() {
        let link = Span::Link { label: "Karte".into(), url: "https://map.example/?a=1&b=2".into() };
        let blocks = [
            Block::Paragraph(vec![
                vec![Span::Text("Raum 2 ".into()), link],
                vec![Span::Text("Bis bald".into())],
            ]),
            Block::Button { label: "Ändern".into(), url: "https://hub.example/my".into() },
        ];
        let from = ("Switchboard", "https://hub.example/");
        let (text, html) = dress(Language::De, "Termin", &blocks, from).unwrap();
        assert!(
            text.starts_with("Raum 2 Karte <https://map.example/?a=1&b=2>\nBis bald\n\nÄndern:\n"),
            "{text}"
        );
        let long =
            Span::Link { label: "Kalender".into(), url: format!("https://c.example/?{}", "%20".repeat(200)) };
        let blocks = [Block::Paragraph(vec![vec![Span::Text("Dazu ".into()), long]])];
        let (short, whole) = dress(Language::De, "Termin", &blocks, from).unwrap();
        assert!(!short.contains("Dazu") && whole.contains(">Kalender</a>"), "{short}");
        assert!(html.contains(r#"<html lang="de">"#) && html.contains("Gesendet von"), "{html}");
        assert!(html.contains(r#"<a href="https://map.example/?a=1&#38;b=2">Karte</a><br>"#), "{html}");
    }
}
