//! Signing in with a password, and out.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::HeaderMap;
use platform::{
    Actor, Hub, Result,
    web::{Form, FormAgain, Page, Shell},
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Wrong, signed_in};
use crate::{
    session, settings,
    sign_in::{self, Attempt, local_path},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    email: String,
    next: String,
    /// The name of the sign-in provider, where there is one.
    provider: Option<String>,
    wrong: Wrong,
}

#[derive(Deserialize)]
pub(super) struct SignInQuery {
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
    next: Option<String>,
}

fn page(hub: &Hub, shell: Shell, email: String, next: Option<&str>, wrong: Wrong) -> SignInPage {
    let provider = settings::oidc(hub).map(|oidc| oidc.name);
    SignInPage { shell, email, next: local_path(next).to_owned(), provider, wrong }
}

pub(super) async fn show_sign_in(
    State(hub): State<Hub>,
    shell: Shell,
    Query(query): Query<SignInQuery>,
) -> Response {
    let next = query.next.as_deref();
    if shell.person.is_some() {
        return Redirect::to(local_path(next)).into_response();
    }
    Page(page(&hub, shell, String::new(), next, Wrong::default())).into_response()
}

pub(super) async fn sign_in(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    shell: Shell,
    Form(form): Form<SignInForm>,
) -> Result<Response> {
    let attempt = Attempt {
        email: &form.email,
        password: form.password,
        origin: &actor.origin,
        replaced: session::cookie_in(&hub, &headers),
    };
    match sign_in::with_password(&hub, attempt).await {
        Ok(token) => Ok(signed_in(&hub, &token, local_path(form.next.as_deref()))),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            Ok(FormAgain(page(&hub, shell, form.email, form.next.as_deref(), wrong)).into_response())
        }
    }
}

pub(super) async fn sign_out(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<impl IntoResponse> {
    if let Some(person) = actor.person() {
        session::sign_out(&hub, &actor, person).await?;
    }
    Ok((AppendHeaders([session::clear_cookie(&hub)]), Redirect::to("/sign-in")))
}
