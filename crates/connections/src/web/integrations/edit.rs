//! Changing an integration, checking it, switching it on and off.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result,
    web::{Form, Page, Shell, done},
};

use super::{
    find,
    form::{AppFields, SecretFields, Typed, Wrong},
    path_of, show,
};
use crate::{Integration, integrations};

/// Saves what was typed; when somebody else was faster, shows it again beside the present values.
pub(super) async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let integration = find(&hub, &actor, &id).await?;
    match store(&hub, &actor, &integration, &typed).await {
        Ok(()) => Ok(done(&path_of(&integration), "Saved and checked.")),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            let status = wrong.status();
            let present = find(&hub, &actor, &id).await?;
            let app = AppFields::again(typed, present.provider, present.version, wrong);
            let page = show::page(&hub, shell, present, (app, SecretFields::default())).await?;
            Ok((status, Page(page)).into_response())
        }
    }
}

async fn store(hub: &Hub, actor: &Actor, integration: &Integration, typed: &Typed) -> Result<()> {
    let edit = typed.edit(integration.provider)?;
    integrations::edit(hub, actor, integration.id, edit).await?;
    Ok(())
}

/// Asks the provider now.
pub(super) async fn check(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let integration = find(&hub, &actor, &id).await?;
    integrations::check_now(&hub, integration.organization_id, integration.id).await?;
    Ok(done(&path_of(&integration), "Checked just now."))
}

/// Lets people use it.
pub(super) async fn enable(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    switch(&hub, &actor, &id, true).await
}

/// Stops its use by everybody; everything is kept.
pub(super) async fn disable(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    switch(&hub, &actor, &id, false).await
}

async fn switch(hub: &Hub, actor: &Actor, id: &str, enabled: bool) -> Result<Response> {
    let integration = find(hub, actor, id).await?;
    integrations::set_enabled(hub, actor, integration.id, enabled).await?;
    let message = if enabled {
        "Switched on for everyone."
    } else {
        "Switched off for everyone. Nothing was deleted; you can switch it on again here."
    };
    Ok(done(&path_of(&integration), message))
}
