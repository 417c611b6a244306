//! My appointments → Hours: weekly hours, dates with hours of their own, and what follows from them.

mod form;
mod preview;

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use platform::{
    Actor, Error, Fault, Hub, Result, Role,
    actor::Person,
    id::AccountId,
    invalid,
    web::{FieldErrors, Form, Page, Routes, Shell, done},
};
use serde::Deserialize;

use super::{BOTH, People, desk, fields::Fields, words};
use crate::availability::{self, Availability};

pub(super) use preview::windows;

pub(super) fn routes() -> Routes {
    Routes::default().get("/my/availability", BOTH, show).post("/my/availability", BOTH, save)
}

#[derive(Deserialize)]
struct Asked {
    account: Option<String>,
}

#[derive(Template)]
#[template(path = "host/hours.html")]
struct HoursPage {
    shell: Shell,
    /// Whose hours, when they are not the reader's own.
    other: Option<String>,
    /// The address of this page, for the form.
    path: String,
    choice: Vec<(String, String)>,
    account: String,
    typed: form::Typed,
    zones: Vec<(String, String)>,
    errors: FieldErrors,
    error: Option<String>,
    preview: Vec<preview::Day>,
    is_usual: bool,
    /// The day or row that was just added, to put the cursor there.
    added: String,
}

#[derive(Template)]
#[template(path = "host/nobody.html")]
struct NobodyPage {
    shell: Shell,
    title: &'static str,
}

/// A page for an organization without any host yet.
pub(super) fn nobody(shell: Shell, title: &'static str) -> Response {
    Page(NobodyPage { shell, title }).into_response()
}

impl HoursPage {
    fn is_added(&self, name: &str) -> bool {
        self.added == name
    }

    fn wrong(&self, name: &str) -> &str {
        self.errors.at(name)
    }
}

/// The hours of a host with their form.
async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response> {
    let person = desk(&actor)?;
    let people = People::of(&hub, person.organization).await?;
    let Some(account) = people.chosen(&actor, asked.account.as_deref())? else {
        return Ok(nobody(shell, "Hours"));
    };
    let hours = availability::of(&hub, person.organization, account).await?;
    let typed = form::Typed::of(&hours, words::date(hub.now(), &person.zone));
    Ok(Page(page((&actor, person, &people), shell, (&hours, typed), Again::default())).into_response())
}

/// What is shown again.
#[derive(Default)]
struct Again {
    error: Option<Error>,
    added: String,
}

/// Saves a host's hours.
async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(asked): Query<Asked>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let person = desk(&actor)?;
    let people = People::of(&hub, person.organization).await?;
    let Some(account) = people.chosen(&actor, asked.account.as_deref())? else {
        return Ok(nobody(shell, "Hours"));
    };
    let hours = availability::of(&hub, person.organization, account).await?;
    let mut typed = form::Typed::sent(&fields);
    if fields.has("add") {
        let again = Again { error: None, added: fields.text("add") };
        return Ok(Page(page((&actor, person, &people), shell, (&hours, typed), again)).into_response());
    }
    let saved = match typed.read() {
        (input, errors) if errors.is_empty() => availability::set(&hub, &actor, account, input).await,
        (_, errors) => Err(invalid(errors)),
    };
    let Err(error) = saved else {
        return Ok(done(&path_of(person, account), "Saved. Free times follow these hours from now on."));
    };
    let status = match error.fault {
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Conflict => {
            typed.version = hours.version.to_string();
            StatusCode::CONFLICT
        }
        _ => return Err(error),
    };
    let again = Again { error: Some(error), added: String::new() };
    Ok((status, Page(page((&actor, person, &people), shell, (&hours, typed), again))).into_response())
}

fn path_of(person: &Person, account: AccountId) -> String {
    let query = if person.account == account { String::new() } else { format!("?account={account}") };
    format!("/my/availability{query}")
}

fn page(
    (actor, person, people): (&Actor, &Person, &People),
    shell: Shell,
    (hours, typed): (&Availability, form::Typed),
    again: Again,
) -> HoursPage {
    let account = hours.account_id;
    let errors = again.error.as_ref().map(FieldErrors::of).unwrap_or_default();
    let is_conflict = again.error.as_ref().is_some_and(|error| error.fault == Fault::Conflict);
    let error = again.error.map(|error| error.say);
    let kept = "These hours were changed in the meantime. What you typed is still below; save again to replace them.";
    HoursPage {
        other: (account != person.account).then(|| people.name(account)),
        path: path_of(person, account),
        choice: if actor.has_role(Role::Administrator) { people.choice() } else { Vec::new() },
        account: account.to_string(),
        zones: words::zones(&typed.time_zone),
        typed,
        errors,
        error: if is_conflict { Some(kept.to_owned()) } else { error },
        preview: preview::coming(hours, shell.now),
        is_usual: hours.version == 0,
        added: again.added,
        shell,
    }
}
