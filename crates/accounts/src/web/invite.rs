//! Accepting an invitation.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
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
    invitation::{self, Invitation},
    session,
};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    shell: Shell,
    token: String,
    invitation: Invitation,
    wrong: Wrong,
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    password: SecretString,
}

pub(super) async fn show_invitation(
    State(hub): State<Hub>,
    shell: Shell,
    Path(token): Path<String>,
) -> Result<impl IntoResponse> {
    let invitation = invitation::open(&hub, &token).await?;
    Ok(Page(InvitationPage { shell, token, invitation, wrong: Wrong::default() }))
}

pub(super) async fn accept_invitation(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    shell: Shell,
    Path(token): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    let replaced = session::cookie_in(&hub, &headers);
    match invitation::accept(&hub, &token, form.password, &actor.origin, replaced).await {
        Ok(session) => Ok(signed_in(&hub, &session, "/")),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            let invitation = invitation::open(&hub, &token).await?;
            Ok(FormAgain(InvitationPage { shell, token, invitation, wrong }).into_response())
        }
    }
}
