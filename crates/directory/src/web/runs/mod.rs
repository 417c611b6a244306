//! Directory → Runs: the list, and each run with its progress, its rows, and what can be done with it.

mod act;
mod list;
mod live;
mod show;
mod view;

use platform::{Actor, Hub, Result, not_found, web::Routes};

use super::{ADMIN, organization};
use crate::runs::{self, Run, RunId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/admin/directory/runs", ADMIN, list::list)
        .get("/admin/directory/runs/{id}", ADMIN, show::show)
        .get("/admin/directory/runs/{id}/live", ADMIN, live::fragment)
        .get("/admin/directory/runs/{id}/events", ADMIN, live::events)
        .post("/admin/directory/runs/{id}/pause", ADMIN, act::pause)
        .post("/admin/directory/runs/{id}/resume", ADMIN, act::resume)
        .post("/admin/directory/runs/{id}/stop", ADMIN, act::stop)
        .post("/admin/directory/runs/{id}/retry", ADMIN, act::retry)
        .post("/admin/directory/runs/{id}/undo", ADMIN, act::undo)
}

/// The run of this address.
pub(super) async fn run(hub: &Hub, actor: &Actor, id: &str) -> Result<Run> {
    runs::get(hub, organization(actor)?, run_id(id)?).await
}

fn run_id(id: &str) -> Result<RunId> {
    id.parse().map_err(|_| not_found("run"))
}
