//! Directory → Plans: the list, a new one from a file, and each plan with what it would do.

mod act;
mod file;
mod list;
mod show;
mod store;
mod upload;

use platform::{Actor, Hub, Result, not_found, web::Routes};

use super::{ADMIN, organization};
use crate::planning::{self, Plan, PlanId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/admin/directory/plans", ADMIN, list::list)
        .get("/admin/directory/plans/new", ADMIN, file::form)
        .post("/admin/directory/plans/new", ADMIN, file::make)
        .get("/admin/directory/plans/{id}", ADMIN, show::show)
        .get("/admin/directory/plans/{id}/progress", ADMIN, show::progress)
        .post("/admin/directory/plans/{id}/confirm", ADMIN, act::confirm)
        .post("/admin/directory/plans/{id}/approve", ADMIN, act::approve)
        .post("/admin/directory/plans/{id}/apply", ADMIN, act::apply)
        .post("/admin/directory/plans/{id}/delete", ADMIN, act::delete)
}

/// The plan of this address.
pub(super) async fn plan(hub: &Hub, actor: &Actor, id: &str) -> Result<Plan> {
    planning::get(hub, organization(actor)?, plan_id(id)?).await
}

fn plan_id(id: &str) -> Result<PlanId> {
    id.parse().map_err(|_| not_found("plan"))
}
