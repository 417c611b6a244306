//! One's own account: name and time zone, password, sessions.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Instant, Result,
    web::{Form, FormAgain, Page, Shell, done},
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Wrong, person, role_labels};
use crate::{account, session, zone};

const PATH: &str = "/my/account";

#[derive(Template)]
#[template(path = "my_account.html")]
struct AccountPage {
    shell: Shell,
    email: String,
    roles: String,
    name: String,
    time_zone: String,
    zones: Vec<(String, String)>,
    has_password: bool,
    sessions: Vec<SessionLine>,
    wrong: Wrong,
}

struct SessionLine {
    id: String,
    device: String,
    ip: String,
    created_at: Instant,
    last_seen_at: Instant,
    is_this_one: bool,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct ProfileForm {
    name: String,
    time_zone: String,
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    current_password: SecretString,
    #[serde(default)]
    new_password: SecretString,
}

async fn page(
    hub: &Hub,
    actor: &Actor,
    shell: Shell,
    typed: Option<ProfileForm>,
    wrong: Wrong,
) -> Result<AccountPage> {
    let person = person(actor)?;
    let known = account::credentials(hub, &person.email).await?;
    let sessions = session::list(hub, person).await?.into_iter().map(|session| SessionLine {
        is_this_one: session.id == person.session,
        device: session::device(session.user_agent.as_deref()),
        ip: session.ip.unwrap_or_else(|| "unknown".into()),
        id: session.id,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
    });
    let stored = || ProfileForm {
        name: person.name.clone(),
        time_zone: person.zone.iana_name().unwrap_or("UTC").to_owned(),
    };
    let profile = typed.unwrap_or_else(stored);
    Ok(AccountPage {
        email: person.email.clone(),
        roles: role_labels(&person.roles),
        name: profile.name,
        zones: zone::choices(&profile.time_zone, None),
        time_zone: profile.time_zone,
        has_password: known.is_some_and(|known| known.password_hash.is_some()),
        sessions: sessions.collect(),
        shell,
        wrong,
    })
}

pub(super) async fn show_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    Ok(Page(page(&hub, &actor, shell, None, Wrong::default()).await?))
}

pub(super) async fn update_profile(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<ProfileForm>,
) -> Result<Response> {
    match account::update_profile(&hub, &actor, &form.name, &form.time_zone).await {
        Ok(()) => Ok(done(PATH, "Your name and time zone are saved.")),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            Ok(FormAgain(page(&hub, &actor, shell, Some(form), wrong).await?).into_response())
        }
    }
}

pub(super) async fn change_password(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    match account::change_password(&hub, &actor, form.current_password, form.new_password).await {
        Ok(()) => Ok(done(PATH, "Your password is changed, and you are signed out everywhere else.")),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            Ok(FormAgain(page(&hub, &actor, shell, None, wrong).await?).into_response())
        }
    }
}

pub(super) async fn revoke_session(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    session::revoke(&hub, &actor, person(&actor)?, &id).await?;
    Ok(done(PATH, "That session is signed out."))
}

pub(super) async fn revoke_others(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
) -> Result<Response> {
    let ended = session::revoke_others(&hub, &actor, person(&actor)?).await?;
    let message = match ended {
        0 => "You were not signed in anywhere else.".to_owned(),
        1 => "One other session is signed out.".to_owned(),
        more => format!("{more} other sessions are signed out."),
    };
    Ok(done(PATH, &message))
}
