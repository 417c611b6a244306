//! Adding and removing an integration's client secrets.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result, not_found,
    web::{Form, Page, Shell, done},
};

use super::{
    find,
    form::{AppFields, SecretFields, Typed, Wrong},
    path_of, show,
};
use crate::{Integration, integrations};

/// Adds a secret and checks it.
pub(super) async fn add(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let integration = find(&hub, &actor, &id).await?;
    match store(&hub, &actor, &shell, &integration, &typed).await {
        Ok(()) => Ok(done(&path_of(&integration), "The secret is saved and checked.")),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            let status = wrong.status();
            let forms = (AppFields::of(&integration), SecretFields::again(&typed, wrong));
            let page = show::page(&hub, shell, integration, forms).await?;
            Ok((status, Page(page)).into_response())
        }
    }
}

async fn store(
    hub: &Hub,
    actor: &Actor,
    shell: &Shell,
    integration: &Integration,
    typed: &Typed,
) -> Result<()> {
    let new = typed.secret(&shell.zone)?;
    integrations::add_secret(hub, actor, integration.id, new).await?;
    Ok(())
}

/// Removes a secret and checks what is left, so that the page does not show the old verdict.
pub(super) async fn remove(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path((id, secret)): Path<(String, String)>,
) -> Result<Response> {
    let integration = find(&hub, &actor, &id).await?;
    let secret = secret.parse().map_err(|_| not_found("secret"))?;
    integrations::remove_secret(&hub, &actor, integration.id, secret).await?;
    integrations::check_now(&hub, integration.organization_id, integration.id).await?;
    Ok(done(&path_of(&integration), "The secret is removed."))
}
