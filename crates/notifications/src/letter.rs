//! Letters: written once, rendered as plain text and as HTML from one pair of templates.

use askama::Template;
use platform::{Hub, Result, bug, id::OrganizationId};

use crate::NewMail;

/// What a mail says, without its clothes.
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

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct TextLetter<'a> {
    letter: &'a Letter,
    product: &'a str,
    home: &'a str,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlLetter<'a> {
    letter: &'a Letter,
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
        let product = hub.settings().product_name.as_str();
        let home = &hub.settings().url("/");
        let text = TextLetter { letter: self, product, home }.render();
        let html = HtmlLetter { letter: self, product, home }.render();
        let failed = |error| bug("a letter's template failed").because(error);
        Ok(NewMail {
            text: text.map_err(failed)?,
            html: html.map_err(failed)?,
            dedupe,
            ..NewMail::new(organization, to, &self.subject)
        })
    }
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
        let letter = letter();
        let (product, home) = ("Switchboard", "https://hub.example/");
        let text = TextLetter { letter: &letter, product, home }.render().unwrap();
        let html = HtmlLetter { letter: &letter, product, home }.render().unwrap();
        assert_eq!(
            text,
            "Dear Ada <Lindqvist>,\n\nFirst.\n\nA & B\n\nSet a password:\nhttps://hub.example/invite/x\n\n\
             -- \nSwitchboard, https://hub.example/\n"
        );
        assert!(html.contains("Dear Ada &#60;Lindqvist&#62;,") && html.contains("A &#38; B"), "{html}");
        assert!(html.contains(r#"<a href="https://hub.example/invite/x""#), "{html}");
    }
}
