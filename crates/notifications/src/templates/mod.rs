//! How an organization words its mails: a subject and a body with `{{placeholders}}` for each kind of mail and language.
//!
//! The room that sends a kind of mail says which placeholders it has and what it says by default; an organization may
//! word it otherwise. There is no logic in a template: one leaves out a line whose placeholders are all empty.

mod fill;
mod parse;
mod store;

use std::sync::{PoisonError, RwLock};

use platform::{Hub, Result, id::OrganizationId};

use crate::{Language, NewMail, letter};

pub(crate) use fill::{fill_body, fill_subject};
pub(crate) use parse::check;
pub(crate) use store::{changed, reset, save};

/// A kind of mail that organizations may word for themselves.
#[derive(Debug)]
pub struct TemplateKind {
    /// Names the kind in addresses and the database: `booking-confirmed`.
    pub key: &'static str,
    /// What administrators call such mails, in the plural: `Booking confirmations`.
    pub title: &'static str,
    pub placeholders: &'static [Placeholder],
    /// One text for every language.
    pub defaults: &'static [DefaultText],
}

/// What a template may name in double braces.
#[derive(Debug)]
pub struct Placeholder {
    /// Lower-case letters, digits and underscores.
    pub name: &'static str,
    /// What it stands for, in a few words.
    pub meaning: &'static str,
    /// What the preview shows.
    pub sample: &'static str,
    /// Its value is an http or https address: `[words]({{name}})` becomes a link, in a paragraph of its own a button.
    pub is_link: bool,
}

/// What a kind of mail says where an organization does not word it otherwise.
#[derive(Debug)]
pub struct DefaultText {
    pub language: Language,
    pub subject: &'static str,
    pub body: &'static str,
}

/// A subject and a body with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub subject: String,
    pub body: String,
}

impl TemplateKind {
    /// The words of the room itself; English where it has none in this language.
    pub fn default_text(&self, language: Language) -> Template {
        let of = |language| self.defaults.iter().find(|text| text.language == language);
        let text = of(language).or_else(|| of(Language::En)).or(self.defaults.first());
        let (subject, body) = text.map_or((self.title, ""), |text| (text.subject, text.body));
        Template { subject: subject.to_owned(), body: body.to_owned() }
    }

    /// What the preview fills in.
    pub(crate) fn samples(&self) -> Vec<(&'static str, String)> {
        self.placeholders.iter().map(|place| (place.name, place.sample.to_owned())).collect()
    }
}

/// The kinds that the rooms of this process have offered.
#[derive(Default)]
pub(crate) struct Offered(RwLock<Vec<&'static TemplateKind>>);

impl Offered {
    pub(crate) fn all(&self) -> Vec<&'static TemplateKind> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn find(&self, key: &str) -> Option<&'static TemplateKind> {
        self.all().into_iter().find(|kind| kind.key == key)
    }
}

/// Lists a room's kinds for administrators; called once at start, a second time changes nothing.
pub fn offer_templates(hub: &Hub, kinds: &'static [TemplateKind]) {
    let offered = hub.memory::<Offered>();
    let mut known = offered.0.write().unwrap_or_else(PoisonError::into_inner);
    for kind in kinds {
        if !known.iter().any(|known| known.key == kind.key) {
            known.push(kind);
        }
    }
}

/// How the organization words this kind of mail: its own text, or the default.
pub async fn template_text(
    hub: &Hub,
    organization: OrganizationId,
    kind: &TemplateKind,
    language: Language,
) -> Result<Template> {
    let own = store::find(hub, organization, kind.key, language).await?;
    // A placeholder may have gone with a new version; the default then says what is meant.
    Ok(own.filter(|own| check(kind, own).is_ok()).unwrap_or_else(|| kind.default_text(language)))
}

/// The mail to `to` in the organization's words. A value that is not named counts as empty. Complete it field by field
/// (calendar, `not_before`, …) and hand it to [`queue`](crate::queue).
pub async fn from_template(
    hub: &Hub,
    (organization, to): (OrganizationId, &str),
    (kind, language): (&TemplateKind, Language),
    values: &[(&str, String)],
) -> Result<NewMail> {
    let template = template_text(hub, organization, kind, language).await?;
    let subject = fill_subject(&template.subject, values);
    let (text, html) = letter::render(hub, language, &subject, &fill_body(kind, &template.body, values))?;
    let kind = Some(kind.title.to_lowercase());
    Ok(NewMail { text, html, language, kind, ..NewMail::new(organization, to, subject) })
}

#[cfg(test)]
mod tests;
