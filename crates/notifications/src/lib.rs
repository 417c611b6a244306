//! This room writes to people: it renders letters as text and HTML, keeps them in an outbox within the caller's
//! transaction, delivers them by SMTP and tells administrators when mail cannot leave. It leaves to the rooms
//! above who is told what, and when.

mod banner;
mod body;
mod deliver;
mod language;
mod letter;
mod outbox;
mod settings;
mod web;

pub use banner::banner;
pub use body::SEALED;
pub use deliver::jobs;
pub use language::{Language, UnknownLanguage};
pub use letter::{Letter, Link};
pub use outbox::{
    CalendarPart, MailId, MailState, MailSummary, NewMail, one_line, queue, recent, send, withdraw,
};
pub use settings::{MailSettings, Tls, configure, try_server};
pub use web::routes;
