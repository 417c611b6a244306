//! Admin → API keys.

use std::time::Duration;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result, Scope,
    error::invalid_field,
    not_found,
    web::{Form, FormAgain, Page, Shell, done},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Choice, Wrong, person};
use crate::api_key::{self, ApiKey, NewApiKey};

const PATH: &str = "/admin/api-keys";
/// How many keys the page shows; the API lists all.
const SHOWN: i64 = 200;
/// Days until a key ends, as offered.
const LIVES: [(&str, &str); 4] = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), ("", "No end")];
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Template)]
#[template(path = "api_keys.html")]
struct KeysPage {
    shell: Shell,
    keys: Vec<ApiKey>,
}

#[derive(Template)]
#[template(path = "api_key_new.html")]
struct NewKeyPage {
    shell: Shell,
    name: String,
    scopes: Vec<Choice>,
    days: String,
    lives: [(&'static str, &'static str); 4],
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "api_key_created.html")]
struct CreatedPage {
    shell: Shell,
    key: ApiKey,
    secret: String,
    example: String,
}

#[derive(Deserialize)]
#[serde(default)]
pub(super) struct NewKeyForm {
    name: String,
    scopes: Vec<String>,
    /// Days until the key ends; empty for no end.
    days: String,
}

impl Default for NewKeyForm {
    fn default() -> Self {
        Self { name: String::new(), scopes: Vec::new(), days: "365".into() }
    }
}

pub(super) async fn list_keys(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let keys = api_key::page(&hub, person(&actor)?.organization, None, SHOWN).await?;
    Ok(Page(KeysPage { shell, keys }))
}

fn page(shell: Shell, form: NewKeyForm, wrong: Wrong) -> NewKeyPage {
    let scopes = Scope::ALL.into_iter().map(|scope| {
        let chosen = form.scopes.iter().any(|chosen| chosen == scope.as_str());
        (scope.as_str(), scope.as_str(), scope.meaning(), chosen)
    });
    NewKeyPage { shell, scopes: scopes.collect(), lives: LIVES, name: form.name, days: form.days, wrong }
}

pub(super) async fn show_new_key(shell: Shell) -> impl IntoResponse {
    Page(page(shell, NewKeyForm::default(), Wrong::default()))
}

pub(super) async fn create_key(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<NewKeyForm>,
) -> Result<Response> {
    let created = match read(&hub, &form) {
        Ok(new) => api_key::create_api_key(&hub, &actor, new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => {
            let example =
                format!("curl -H \"Authorization: Bearer $KEY\" {}", hub.settings().url("/api/v1/me"));
            let secret = created.secret.expose_secret().to_owned();
            Ok(Page(CreatedPage { shell, key: created.key, secret, example }).into_response())
        }
        Err(error) => Ok(FormAgain(page(shell, form, Wrong::of(error)?)).into_response()),
    }
}

fn read(hub: &Hub, form: &NewKeyForm) -> Result<NewApiKey> {
    let scopes: Result<Vec<Scope>, String> = form.scopes.iter().map(|scope| scope.parse()).collect();
    let scopes = scopes.map_err(|message| invalid_field("scopes", message))?;
    let expires_at = match form.days.as_str() {
        "" => None,
        days => {
            let days: u32 = days.parse().map_err(|_| invalid_field("days", "Choose one of the list."))?;
            Some(hub.now().after(DAY * days.min(3650)))
        }
    };
    Ok(NewApiKey { name: form.name.clone(), scopes, expires_at })
}

pub(super) async fn revoke_key(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = id.parse().map_err(|_| not_found("API key"))?;
    let key = api_key::revoke_api_key(&hub, &actor, id).await?;
    Ok(done(PATH, &format!("The key “{}” is revoked and no longer works anywhere.", key.name)))
}
