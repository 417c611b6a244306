//! The page that lists recent mails and what became of them.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result, audit, conflict, not_found,
    web::{Page, Shell, done},
};

use crate::{MailId, MailState, MailSummary, outbox, settings::Mailer};

/// How many mails the page shows.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    shell: Shell,
    mails: Vec<MailSummary>,
    is_configured: bool,
    /// How many mails are listed at most.
    shown: i64,
}

pub(super) async fn list_mails(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let mails = match actor.organization() {
        Some(organization) => outbox::recent(&hub, organization, SHOWN).await?,
        None => Vec::new(),
    };
    Ok(Page(MailsPage {
        shell,
        mails,
        is_configured: hub.memory::<Mailer>().transport().is_some(),
        shown: SHOWN,
    }))
}

pub(super) async fn send_mail_again(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let (Some(organization), Ok(id)) = (actor.organization(), id.parse::<MailId>()) else {
        return Err(not_found("mail"));
    };
    if outbox::find(&hub, organization, id).await?.is_none() {
        return Err(not_found("mail"));
    }
    if hub.memory::<Mailer>().transport().is_none() {
        return Err(conflict(
            "No mail server is configured. Set the mail section of the configuration and restart.",
        ));
    }
    let mut tx = hub.db().begin().await?;
    if !outbox::try_again(&hub, &mut tx, organization, id).await? {
        return Err(conflict("This mail has been sent, withdrawn or forgotten, so it cannot be sent again."));
    }
    let act = audit::Act {
        action: "mail.sent_again",
        subject: "mail",
        subject_id: id.to_string(),
        details: serde_json::Value::Null,
    };
    audit::record(&hub, &mut tx, &actor, act).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(done(
        "/admin/mails",
        "The mail is tried again now. Open this page again in a moment to see how it went.",
    ))
}
