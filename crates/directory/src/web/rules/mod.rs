//! Directory → Rules: standing rules as forms, and a plan of them.

mod form;

use std::{borrow::Borrow, collections::BTreeMap};

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Error, Fault, Hub, Result,
    error::FieldError,
    id::OrganizationId,
    invalid,
    web::{Form, FormAgain, Page, Routes, Shell, done},
};

use super::{ADMIN, fields::Fields, is_invalid, organization};
use crate::{
    plan::{Catalog, SiteFact},
    planning::{self, NewPlan},
    settings, sites,
};
use form::Typed;

const HERE: &str = "/admin/directory/rules";

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, ADMIN, show).post(HERE, ADMIN, save).post(
        "/admin/directory/rules/plan",
        ADMIN,
        plan,
    )
}

#[derive(Template)]
#[template(path = "directory/rules.html")]
struct RulesPage {
    shell: Shell,
    is_known: bool,
    typed: Typed,
    /// Whether there are rules of which a plan can be made.
    has_rules: bool,
    licences: Vec<String>,
    departments: Vec<String>,
    sites: BTreeMap<String, SiteFact>,
    /// What is wrong, by the number of the rule; those without a number are about all of it.
    wrong: Vec<(Option<usize>, String)>,
    error: Option<String>,
}

impl RulesPage {
    fn wrong_in(&self, rule: impl Borrow<usize>) -> Vec<&str> {
        let here = self.wrong.iter().filter(|(number, _)| *number == Some(*rule.borrow()));
        here.map(|(_, message)| message.as_str()).collect()
    }

    fn wrong_elsewhere(&self) -> Vec<&str> {
        let count = self.typed.rules.len();
        let elsewhere = self.wrong.iter().filter(|(number, _)| number.is_none_or(|number| number >= count));
        elsewhere.map(|(_, message)| message.as_str()).collect()
    }
}

/// The page of rules.
async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let rules = planning::rules(&hub, organization).await?;
    Ok(Page(page(&hub, organization, shell, Typed::of(&rules), None).await?))
}

/// Saves the rules; with `add`, shows the form again with one more place to write into.
async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let organization = organization(&actor)?;
    let mut typed = Typed::sent(&fields);
    if fields.has("add") {
        typed.add(&fields.text("add"));
        return Ok(Page(page(&hub, organization, shell, typed, None).await?).into_response());
    }
    // The rules are numbered as they stand in the form, where blank ones are passed over.
    let (rules, places, wrong) = typed.read();
    let saved = if wrong.is_empty() {
        planning::set_rules(&hub, &actor, rules).await
    } else {
        Err(invalid(wrong.into_iter().map(|(rule, message)| error_in(rule, message)).collect()))
    };
    match saved {
        Ok(()) => {
            Ok(done(HERE, "Saved. Rules change nothing by themselves: make a plan of them, look, and apply."))
        }
        Err(error) if is_invalid(&error) => {
            let again = Some((error, places));
            Ok(FormAgain(page(&hub, organization, shell, typed, again).await?).into_response())
        }
        Err(error) => Err(error),
    }
}

fn error_in(rule: usize, message: String) -> FieldError {
    FieldError { field: format!("rules[{rule}]"), message }
}

/// Makes a plan of the rules as they are stored.
async fn plan(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let new = NewPlan { name: fields.text("name"), ..NewPlan::default() };
    match planning::from_rules(&hub, &actor, new).await {
        Ok(id) => Ok(done(
            &format!("/admin/directory/plans/{id}"),
            "The plan is being worked out. Nothing has changed yet.",
        )),
        Err(error) if error.fault == Fault::Conflict => Ok(done(HERE, &error.say)),
        Err(error) => Err(error),
    }
}

async fn page(
    hub: &Hub,
    organization: OrganizationId,
    shell: Shell,
    typed: Typed,
    again: Option<(Error, Vec<usize>)>,
) -> Result<RulesPage> {
    let is_known = settings::find(hub, organization).await?.is_some_and(|it| it.generation > 0);
    let (catalog, departments) = if is_known {
        (sites::catalog(hub, organization).await?, crate::people::departments(hub, organization).await?)
    } else {
        (Catalog::default(), Vec::new())
    };
    let mut licences: Vec<String> = catalog
        .licences
        .iter()
        .map(|it| it.site.as_ref().map_or_else(|| it.name.clone(), |site| format!("{} ({site})", it.name)))
        .collect();
    licences.sort();
    let wrong = again.as_ref().map_or_else(Vec::new, |(error, places)| wrong(error, places));
    Ok(RulesPage {
        has_rules: !planning::rules(hub, organization).await?.is_empty(),
        is_known,
        typed,
        licences,
        departments: departments.into_iter().take(500).collect(),
        sites: catalog.sites,
        wrong,
        error: again.map(|(error, _)| error.say),
        shell,
    })
}

/// What is wrong, with the place of its rule in the form: fields are named `rules[2].then` and the like.
fn wrong(error: &Error, places: &[usize]) -> Vec<(Option<usize>, String)> {
    let Fault::Invalid(fields) = &error.fault else { return Vec::new() };
    let place = |field: &str| {
        let number = field.strip_prefix("rules[")?.split(']').next()?.parse::<usize>().ok()?;
        places.get(number).copied()
    };
    fields.iter().map(|wrong| (place(&wrong.field), wrong.message.clone())).collect()
}
