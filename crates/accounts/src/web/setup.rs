//! The first set-up.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result,
    web::{Form, FormAgain, Page, Shell},
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Wrong, signed_in};
use crate::{
    setup::{self, Setup},
    zone,
};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    token: String,
    form: SetupForm,
    zones: Vec<(String, String)>,
    wrong: Wrong,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SetupForm {
    organization: String,
    time_zone: String,
    name: String,
    email: String,
    password: SecretString,
}

fn page(shell: Shell, token: String, form: SetupForm, wrong: Wrong) -> SetupPage {
    let zones = zone::choices(&form.time_zone, Some("Choose a time zone"));
    SetupPage { shell, token, form, zones, wrong }
}

pub(super) async fn show_setup(
    State(hub): State<Hub>,
    shell: Shell,
    Path(token): Path<String>,
) -> Result<impl IntoResponse> {
    setup::open(&hub, &token).await?;
    Ok(Page(page(shell, token, SetupForm::default(), Wrong::default())))
}

pub(super) async fn set_up(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(token): Path<String>,
    Form(form): Form<SetupForm>,
) -> Result<Response> {
    let setup = Setup {
        organization: form.organization.clone(),
        time_zone: form.time_zone.clone(),
        name: form.name.clone(),
        email: form.email.clone(),
        password: form.password.clone(),
    };
    match setup::set_up(&hub, &token, setup, &actor.origin).await {
        Ok(session) => Ok(signed_in(&hub, &session, "/")),
        // Losing the race is not a matter of the form.
        Err(error) if error.fault == platform::Fault::Conflict => Err(error),
        Err(error) => Ok(FormAgain(page(shell, token, form, Wrong::of(error)?)).into_response()),
    }
}
