//! A quick trial with a personal Webex token.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result,
    web::{Form, Page, Shell, done},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::form::Wrong;
use crate::authorizations;

/// A pasted token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenForm {
    token: SecretString,
}

#[derive(Template)]
#[template(path = "integrations/trial.html")]
struct TrialPage {
    shell: Shell,
    form: TokenForm,
    wrong: Wrong,
}

impl TrialPage {
    fn token(&self) -> &str {
        self.form.token.expose_secret()
    }
}

/// The form with where to find such a token.
pub(super) async fn show(shell: Shell) -> impl IntoResponse {
    Page(TrialPage { shell, form: TokenForm::default(), wrong: Wrong::default() })
}

/// Connects the administrator's own account.
pub(super) async fn connect(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<TokenForm>,
) -> Result<Response> {
    match authorizations::connect_personal_token(&hub, &actor, form.token.clone()).await {
        Ok(connection) => Ok(done(
            &format!("/my/connections/{connection}"),
            "Webex accepts your token. This trial ends by itself within twelve hours.",
        )),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            let status = wrong.status();
            Ok((status, Page(TrialPage { shell, form, wrong })).into_response())
        }
    }
}
