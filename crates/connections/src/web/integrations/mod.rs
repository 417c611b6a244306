//! Admin → Integrations: registering apps of Webex and Microsoft, judging their credentials, changing them.

mod edit;
mod expiry;
mod form;
mod guide;
mod list;
mod new;
mod secrets;
mod show;
mod trial;
mod view;

use platform::{
    Actor, Hub, Result, Role, not_found,
    web::{Access, Routes},
};

use super::connections::person;
use crate::{Integration, integrations};

const PATH: &str = "/admin/integrations";

/// The pages with who may see them.
pub(super) fn routes() -> Routes {
    let administrator = Access::Role(Role::Administrator);
    Routes::default()
        .get("/admin/integrations", administrator, list::list)
        .post("/admin/integrations", administrator, new::create)
        .get("/admin/integrations/new", administrator, new::show)
        .get("/admin/integrations/trial", administrator, trial::show)
        .post("/admin/integrations/trial", administrator, trial::connect)
        .get("/admin/integrations/{id}", administrator, show::show)
        .post("/admin/integrations/{id}", administrator, edit::save)
        .get("/admin/integrations/{id}/verdict", administrator, show::verdict)
        .post("/admin/integrations/{id}/check", administrator, edit::check)
        .post("/admin/integrations/{id}/enable", administrator, edit::enable)
        .post("/admin/integrations/{id}/disable", administrator, edit::disable)
        .post("/admin/integrations/{id}/secrets", administrator, secrets::add)
        .post("/admin/integrations/{id}/secrets/{secret}/remove", administrator, secrets::remove)
}

/// The administrator's own integration with this id, or "not found".
async fn find(hub: &Hub, actor: &Actor, id: &str) -> Result<Integration> {
    let id = id.parse().map_err(|_| not_found("integration"))?;
    integrations::get(hub, person(actor)?.organization, id).await
}

fn path_of(integration: &Integration) -> String {
    format!("{PATH}/{}", integration.id)
}
