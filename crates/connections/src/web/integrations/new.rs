//! Registering an integration: the steps at the provider beside the form.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use platform::{
    Actor, Hub, Result, not_found,
    web::{Form, Page, Shell, done},
};
use serde::Deserialize;

use super::{
    PATH,
    form::{AppFields, SecretFields, Typed, Wrong},
    guide::Guide,
    path_of,
};
use crate::{Integration, Provider, integrations};

/// At which provider the app is registered.
#[derive(Deserialize)]
pub(super) struct Asked {
    provider: Option<String>,
}

#[derive(Template)]
#[template(path = "integrations/new.html")]
struct NewPage {
    shell: Shell,
    guide: Guide,
    app: AppFields,
    secret: SecretFields,
}

/// The empty form; without a provider, the choice between them.
pub(super) async fn show(
    State(hub): State<Hub>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<Response> {
    let Some(provider) = asked.provider else {
        return Ok(Redirect::to(PATH).into_response());
    };
    let provider = parse(&provider)?;
    let guide = Guide::for_new(&hub, provider);
    let app = AppFields::blank(provider);
    Ok(Page(NewPage { shell, guide, app, secret: SecretFields::default() }).into_response())
}

fn parse(provider: &str) -> Result<Provider> {
    provider.parse().map_err(|_| not_found("provider"))
}

/// Saves and checks it, and shows the verdict on its page.
pub(super) async fn create(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let provider = parse(&typed.provider)?;
    match store(&hub, &actor, &shell, &typed, provider).await {
        Ok(created) => Ok(done(&path_of(&created), &format!("“{}” is saved.", created.name))),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            let status = wrong.status();
            let secret = SecretFields::again(&typed, wrong.clone());
            let app = AppFields::again(typed, provider, 0, wrong);
            let page = NewPage { shell, guide: Guide::for_new(&hub, provider), app, secret };
            Ok((status, Page(page)).into_response())
        }
    }
}

async fn store(
    hub: &Hub,
    actor: &Actor,
    shell: &Shell,
    typed: &Typed,
    provider: Provider,
) -> Result<Integration> {
    let new = typed.new_integration(provider, &shell.zone)?;
    integrations::create(hub, actor, new).await
}
