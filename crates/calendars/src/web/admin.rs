//! Admin → Calendars: whose calendars are read, how old what is known of them is, and what keeps them.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result, forbidden,
    web::{Page, Shell},
};
use serde::Deserialize;

use super::view::CalendarView;
use crate::{
    store::{self, LinkFilter},
    subscriptions,
};

/// How many calendars one page shows.
const PAGE: usize = 100;

#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    after: Option<String>,
}

/// A calendar with its owner.
struct Row {
    owner_name: String,
    owner_email: String,
    view: CalendarView,
}

#[derive(Template)]
#[template(path = "calendars/admin.html")]
struct AdminPage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<String>,
}

/// Every calendar that is used.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(shown): Query<Shown>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = actor.person().ok_or_else(|| forbidden("This page is for people."))?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let filter = LinkFilter { used: true, after: shown.after, limit, ..LinkFilter::default() };
    let mut links = store::list(&hub, person.organization, &filter).await?;
    let more = links.len() > PAGE;
    links.truncate(PAGE);
    let next = links.last().filter(|_| more).map(|link| link.id.to_string());
    let subscriptions = subscriptions::of_links(&hub, person.organization, &links).await?;
    let accounts = accounts::list(&hub, person.organization).await?;
    let row = |view: CalendarView| {
        let owner = accounts.iter().find(|account| account.id == view.link.account_id);
        Row {
            owner_name: owner.map_or_else(|| "(deleted account)".into(), |owner| owner.name.clone()),
            owner_email: owner.map_or_else(String::new, |owner| owner.email.clone()),
            view,
        }
    };
    let rows = CalendarView::all(&hub, links, &subscriptions).into_iter().map(row).collect();
    Ok(Page(AdminPage { shell, rows, next }))
}
