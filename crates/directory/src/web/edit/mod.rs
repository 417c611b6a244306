//! Directory → Edit: one form for the people who were picked. What it says becomes a plan, which changes nothing yet.

mod form;
mod picked;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Error, Hub, Result,
    id::OrganizationId,
    web::{FieldErrors, Form, FormAgain, Page, Routes, Shell, done},
};

use super::{ADMIN, fields::Fields, is_invalid, organization, words};
use crate::{
    plan::{Field, Setting, Wishes},
    planning::{self, NewPlan, Source},
    settings, sites,
};
use form::Typed;
use picked::Picked;

pub(super) fn routes() -> Routes {
    Routes::default().post("/admin/directory/edit", ADMIN, open).post(
        "/admin/directory/edit/plan",
        ADMIN,
        plan,
    )
}

#[derive(Template)]
#[template(path = "directory/edit.html")]
struct EditPage {
    shell: Shell,
    who: String,
    /// The first of them.
    names: Vec<String>,
    more: i64,
    /// The people again, for the next request.
    hidden: Vec<(&'static str, String)>,
    typed: Typed,
    errors: FieldErrors,
    error: Option<String>,
}

/// The form for the people who were picked.
async fn open(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let organization = organization(&actor)?;
    let picked = Picked::sent(&fields);
    if picked.is_empty() {
        return Ok(done(
            "/admin/directory/people",
            "Nobody was ticked. Tick the people whom you want to edit.",
        ));
    }
    let typed = Typed::blank(&sites::catalog(&hub, organization).await?);
    Ok(Page(page(&hub, organization, shell, (&picked, typed), None).await?).into_response())
}

/// Makes a plan of what was filled in.
async fn plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let organization = organization(&actor)?;
    let picked = Picked::sent(&fields);
    let mut typed = Typed::blank(&sites::catalog(&hub, organization).await?);
    typed.take(&fields);
    let made = match typed.read() {
        Ok(settings) => ask(&hub, &actor, (organization, &picked), (&typed.name, settings)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => Ok(done(
            &format!("/admin/directory/plans/{id}"),
            "The plan is being worked out. Nothing has changed yet.",
        )),
        Err(error) if is_invalid(&error) => {
            let page = page(&hub, organization, shell, (&picked, typed), Some(error)).await?;
            Ok(FormAgain(page).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn ask(
    hub: &Hub,
    actor: &Actor,
    (organization, picked): (OrganizationId, &Picked),
    (name, wanted): (&str, Vec<(Field, Setting)>),
) -> Result<planning::PlanId> {
    // Says to read the directory first, before people are looked for in it.
    settings::known(hub, organization).await?;
    let people = picked.all(hub, organization).await?;
    let wish = |(id, email): (String, String)| {
        let wishes = Wishes { email, settings: wanted.clone(), ..Wishes::default() };
        (Some(id), wishes)
    };
    let wishes = people.into_iter().map(wish).collect();
    let new = NewPlan { name: name.to_owned(), ..NewPlan::default() };
    planning::from_wishes(hub, actor, new, Source::People, wishes, None).await
}

async fn page(
    hub: &Hub,
    organization: OrganizationId,
    shell: Shell,
    (picked, mut typed): (&Picked, Typed),
    error: Option<Error>,
) -> Result<EditPage> {
    let first = picked.first(hub, organization).await?;
    let count = picked.count(hub, organization).await?;
    let is_one = count == 1;
    if let [one] = &first[..] {
        typed.say_what_is(&one.record);
    }
    let names: Vec<String> = first.into_iter().map(|person| person.name).collect();
    let more = count - i64::try_from(names.len()).unwrap_or(0);
    typed.keep_personal(is_one);
    Ok(EditPage {
        who: words::people(count),
        names,
        more: more.max(0),
        hidden: picked.hidden(),
        typed,
        errors: error.as_ref().map(FieldErrors::of).unwrap_or_default(),
        error: error.map(|error| error.say),
        shell,
    })
}
