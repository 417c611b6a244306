//! Admin → Connections: every account's connections, their state, and what to do next.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State as Hubbed},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result, not_found,
    web::{Page, Shell, done},
};
use serde::Deserialize;

use super::{connections::person, view::ConnectionView};
use crate::{
    Connection, ConnectionId, IntegrationId, State,
    connection::{self, ConnectionFilter},
    integrations, removal,
};

/// How many connections one page shows.
const PAGE: usize = 100;

/// Which connections are shown.
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    integration: Option<String>,
    #[serde(default)]
    after: Option<String>,
}

/// A connection with its owner.
struct Row {
    owner_name: String,
    owner_email: String,
    view: ConnectionView,
}

#[derive(Template)]
#[template(path = "connections/status.html")]
struct StatusPage {
    shell: Shell,
    rows: Vec<Row>,
    /// State, its title, how many, whether it is the one shown.
    tabs: Vec<(String, &'static str, i64, bool)>,
    next: Option<String>,
    shown: String,
    /// Names of accounts that have connected nothing yet.
    unconnected: Vec<String>,
    /// The only integration that is shown, with the part of the query that keeps it.
    only: Option<(String, String)>,
}

/// The status page.
pub(super) async fn list(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Query(shown): Query<Shown>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = person(&actor)?.organization;
    let state = shown.state.as_deref().and_then(|state| state.parse::<State>().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let integration = shown.integration.as_deref().and_then(|id| id.parse::<IntegrationId>().ok());
    let filter = ConnectionFilter { state, integration, after: shown.after, limit, ..Default::default() };
    let mut connections = connection::list(&hub, organization, &filter).await?;
    let more = connections.len() > PAGE;
    connections.truncate(PAGE);
    let next = connections.last().filter(|_| more).map(|row| row.id.to_string());
    let known = integrations::list(&hub, organization).await?;
    let only = known
        .iter()
        .find(|known| Some(known.id) == integration)
        .map(|known| (known.name.clone(), format!("&integration={}", known.id)));
    let accounts = accounts::list(&hub, organization).await?;
    let row = |connection: Connection| {
        let integration = known.iter().find(|known| known.id == connection.integration_id)?;
        let owner = accounts.iter().find(|account| account.id == connection.account_id);
        Some(Row {
            owner_name: owner.map_or_else(|| "(deleted account)".into(), |owner| owner.name.clone()),
            owner_email: owner.map_or_else(String::new, |owner| owner.email.clone()),
            view: ConnectionView::new(connection, integration),
        })
    };
    let rows = connections.into_iter().filter_map(row).collect();
    let connected = connection::owners(&hub, organization).await?;
    let has_none = |account: &&accounts::Account| account.is_active() && !connected.contains(&account.id);
    let unconnected = accounts.iter().filter(has_none).map(|account| account.name.clone()).collect();
    let tabs = tabs(&connection::counts(&hub, organization).await?, state);
    Ok(Page(StatusPage {
        shell,
        rows,
        tabs,
        next,
        shown: state.map(|state| state.to_string()).unwrap_or_default(),
        unconnected,
        only,
    }))
}

fn tabs(counts: &[(State, i64)], shown: Option<State>) -> Vec<(String, &'static str, i64, bool)> {
    let count =
        |state: State| counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count);
    let live = counts.iter().filter(|(state, _)| *state != State::Removed).map(|(_, count)| count).sum();
    let all = (String::new(), "All", live, shown.is_none());
    let each = [
        (State::Attention, "Need a person"),
        (State::Waiting, "Waiting"),
        (State::Active, "Active"),
        (State::Removed, "Removed"),
    ];
    let each =
        each.into_iter().map(|(state, title)| (state.to_string(), title, count(state), shown == Some(state)));
    std::iter::once(all).chain(each).collect()
}

/// Removes somebody's authorization, for instance when they have left.
pub(super) async fn remove(
    Hubbed(hub): Hubbed<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id: ConnectionId = id.parse().map_err(|_| not_found("connection"))?;
    removal::remove(&hub, &actor, id).await?;
    Ok(done("/admin/connections", "The authorization was removed. It is being revoked at the provider."))
}
