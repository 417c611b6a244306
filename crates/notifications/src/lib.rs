//! This room writes to people: it renders letters and templates as text and HTML, keeps mails in an outbox within the
//! caller's transaction until their time has come, delivers them by SMTP, with an invitation where there is one, and
//! tells administrators when mail cannot leave. It leaves to the rooms above who is told what, and when.

mod banner;
mod body;
mod deliver;
mod language;
mod letter;
mod outbox;
mod settings;
mod templates;
mod web;

pub use banner::banner;
pub use body::SEALED;
pub use deliver::jobs;
pub use language::{Language, UnknownLanguage};
pub use letter::{Letter, Link};
pub use outbox::{
    CalendarPart, GIVEN_UP, GivenUp, MailId, MailState, MailSummary, NewMail, one_line, queue, recent, send,
    summary, try_again, withdraw, withdraw_early,
};
pub use settings::{MailSettings, Tls, configure, has_server, sender_domain, try_server};
pub use templates::{
    DefaultText, Placeholder, Template, TemplateKind, from_template, offer_templates, template_text,
};
pub use web::routes;
