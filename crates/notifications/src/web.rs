//! The page that lists recent mails and what became of them.

use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use platform::{
    Actor, Hub, Result, Role,
    web::{Access, Page, Routes, Shell},
};

use crate::{MailSummary, outbox, settings::Mailer};

/// How many mails the page shows.
const SHOWN: i64 = 100;

/// The room's pages.
pub fn routes() -> Routes {
    Routes::default().get("/admin/mails", Access::Role(Role::Administrator), list_mails)
}

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    shell: Shell,
    mails: Vec<MailSummary>,
    is_configured: bool,
}

async fn list_mails(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let mails = match actor.organization() {
        Some(organization) => outbox::recent(&hub, organization, SHOWN).await?,
        None => Vec::new(),
    };
    Ok(Page(MailsPage { shell, mails, is_configured: hub.memory::<Mailer>().transport().is_some() }))
}
