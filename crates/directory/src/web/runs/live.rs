//! A run while it is under way: the same piece of a page, asked for once or sent as it changes.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{Actor, Hub, Result, web::Page};

use super::{
    run,
    view::{LiveView, names},
};
use crate::events;

/// How many rows that ended last are shown.
pub(super) const LATEST: i64 = 15;

#[derive(Template)]
#[template(path = "directory/live.html")]
struct LiveFragment {
    live: LiveView,
}

/// How the run stands now.
pub(super) async fn fragment(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse> {
    let run = run(&hub, &actor, &id).await?;
    let names = names(&hub, &run).await?;
    Ok(Page(LiveFragment { live: LiveView::of(&hub, run, LATEST, &names).await? }))
}

/// Sends how the run stands whenever that changes, until the run is over.
pub(super) async fn events(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let run = run(&hub, &actor, &id).await?;
    let names = names(&hub, &run).await?;
    events::watch(&hub, &run, move |hub, run| {
        let names = names.clone();
        async move {
            let live = LiveView::of(&hub, run, LATEST, &names).await?;
            let html = LiveFragment { live }.render();
            html.map_err(|error| platform::bug("a page's template failed").because(error))
        }
    })
}
