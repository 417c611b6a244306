//! Files to take away: people in each layout, a plan as JSON, a run's result; and the page that says how lists are
//! written.

use askama::Template;
use axum::{Extension, extract::State, response::IntoResponse};
use platform::{
    Actor, Hub, Result,
    web::{Page, Routes, Shell},
};

use super::{ADMIN, organization};
use crate::{settings, sites};

pub(super) fn routes() -> Routes {
    Routes::default().get("/admin/directory/files", ADMIN, files)
}

#[derive(Template)]
#[template(path = "directory/files.html")]
struct FilesPage {
    shell: Shell,
    is_known: bool,
    sites: Vec<String>,
}

/// How lists are written, and the people as they are in each layout.
async fn files(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let is_known = settings::find(&hub, organization).await?.is_some_and(|it| it.generation > 0);
    let known = if is_known { sites::list(&hub, organization).await? } else { Vec::new() };
    Ok(Page(FilesPage { shell, is_known, sites: known.into_iter().map(|site| site.site).collect() }))
}
