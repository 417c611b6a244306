//! What administrators decide about plans: the form on the page of the directory.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result,
    error::invalid_field,
    web::{Form, FormAgain, Shell, done},
};

use super::{fields::Fields, is_invalid, organization, overview};
use crate::{
    plan::{self, Field, PlanRules},
    settings::{self, Directory, USUAL_MOST_LOSSES},
};

/// The fields that a directory synchronization can own, by their names in the form.
const OWNED: [(&str, Field); 9] = [
    ("first_name", Field::FirstName),
    ("last_name", Field::LastName),
    ("display_name", Field::DisplayName),
    ("department", Field::Department),
    ("title", Field::Title),
    ("manager", Field::Manager),
    ("work_number", Field::WorkNumber),
    ("extension", Field::Extension),
    ("sign_in", Field::SignIn),
];

/// The form as it was typed.
pub(super) struct Typed {
    pub(super) most_losses: String,
    pub(super) needs_approval: bool,
    pub(super) create: bool,
    owned: Vec<String>,
}

impl Typed {
    /// What counts now.
    pub(super) fn of(directory: Option<&Directory>) -> Self {
        let usual = PlanRules::default();
        let rules = directory.map_or(&usual, |directory| &directory.rules);
        let owned = OWNED.iter().filter(|(_, field)| rules.synchronized.contains(field));
        Self {
            most_losses: directory.map_or(USUAL_MOST_LOSSES, |it| it.most_losses).to_string(),
            needs_approval: directory.is_some_and(|it| it.needs_approval),
            create: rules.create,
            owned: owned.map(|(name, _)| (*name).to_owned()).collect(),
        }
    }

    fn sent(fields: &Fields) -> Self {
        Self {
            most_losses: fields.text("most_losses"),
            needs_approval: fields.has("needs_approval"),
            create: fields.has("create"),
            owned: fields.all("owned"),
        }
    }

    /// The choice of fields: name, words, no further meaning, whether it is ticked.
    pub(super) fn owned(&self) -> Vec<(&'static str, String, &'static str, bool)> {
        let choice = |(name, field): &(&'static str, Field)| (*name, plan::words(field), "", self.has(name));
        OWNED.iter().map(choice).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.owned.iter().any(|owned| owned == name)
    }

    fn rules(&self) -> PlanRules {
        let owned = OWNED.iter().filter(|(name, _)| self.has(name));
        PlanRules { create: self.create, synchronized: owned.map(|(_, field)| field.clone()).collect() }
    }
}

/// Saves what was decided.
pub(super) async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let typed = Typed::sent(&fields);
    let percent = typed.most_losses.trim_end_matches('%').trim().parse::<i64>().ok();
    let saved = match percent.filter(|percent| (0..=100).contains(percent)) {
        Some(percent) => settings::set(&hub, &actor, typed.rules(), percent, typed.needs_approval).await,
        None => Err(invalid_field("most_losses", "Write a number from 0 to 100.")),
    };
    match saved {
        Ok(()) => Ok(done("/admin/directory", saved_as(typed.needs_approval))),
        Err(error) if is_invalid(&error) => {
            let page = overview::page(&hub, organization(&actor)?, shell, Some((typed, error))).await?;
            Ok(FormAgain(page).into_response())
        }
        Err(error) => Err(error),
    }
}

fn saved_as(needs_approval: bool) -> &'static str {
    if needs_approval {
        "Saved. Plans that are made from now on follow this. Those that are ready need an approval now, too."
    } else {
        "Saved. Plans that are made from now on follow this. Those that wait for an approval still need it."
    }
}
