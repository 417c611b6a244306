//! My account → Connections: what is connected, its state, its test, its removal.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Result,
    actor::Person,
    forbidden, not_found,
    web::{Page, Shell, done},
};

use super::view::{ConnectionView, TestView};
use crate::{
    Connection, ConnectionId, Integration,
    authorizations::{self, AuthorizationRequest},
    connection::{self, ConnectionFilter},
    integrations, removal, testing,
};

#[derive(Template)]
#[template(path = "connections/list.html")]
struct ListPage {
    shell: Shell,
    connections: Vec<ConnectionView>,
    /// Integrations that this person has not authorized yet.
    offers: Vec<Integration>,
    unfinished: Vec<Unfinished>,
    history: Vec<ConnectionView>,
}

/// An authorization that was started and never finished.
struct Unfinished {
    request: AuthorizationRequest,
    integration: Integration,
}

#[derive(Template)]
#[template(path = "connections/show.html")]
struct ShowPage {
    shell: Shell,
    view: ConnectionView,
    test: Option<TestView>,
    scopes: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "connections/steps.html")]
struct StepsFragment {
    shell: Shell,
    test: TestView,
}

pub(super) fn person(actor: &Actor) -> Result<&Person> {
    actor.person().ok_or_else(|| forbidden("This page is for people."))
}

/// The page of all own connections.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = person(&actor)?;
    let known = integrations::list(&hub, person.organization).await?;
    let filter = ConnectionFilter {
        account: Some(person.account),
        with_removed: true,
        limit: 200,
        ..Default::default()
    };
    let all = connection::list(&hub, person.organization, &filter).await?;
    let is_connected = |integration: &Integration| {
        all.iter().any(|row| !row.is_removed() && row.integration_id == integration.id)
    };
    let offers = known
        .iter()
        .filter(|known| known.enabled && !known.is_trial && !is_connected(known))
        .cloned()
        .collect();
    let view = |row: Connection| {
        let integration = known.iter().find(|known| known.id == row.integration_id)?;
        Some(ConnectionView::new(row, integration))
    };
    let (removed, live): (Vec<Connection>, Vec<Connection>) =
        all.iter().cloned().partition(Connection::is_removed);
    let mut unfinished = Vec::new();
    for request in authorizations::unfinished(&hub, person).await? {
        if let Some(integration) = known.iter().find(|known| known.id == request.integration_id) {
            unfinished.push(Unfinished { request, integration: integration.clone() });
        }
    }
    Ok(Page(ListPage {
        connections: live.into_iter().filter_map(view).collect(),
        history: removed.into_iter().rev().filter_map(view).collect(),
        offers,
        unfinished,
        shell,
    }))
}

/// The page of one own connection; administrators may look too.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let connection = visible(&hub, &actor, &id).await?;
    let integration = integrations::get(&hub, connection.organization_id, connection.integration_id).await?;
    let test = testing::latest(&hub, connection.organization_id, connection.id).await?;
    let reason = |scope: &str| {
        integration.purposes.reason(connection.provider, scope).map_or("", |needed| needed.reason)
    };
    let scopes = connection.scopes.0.iter().map(|scope| (scope.to_owned(), reason(scope))).collect();
    Ok(Page(ShowPage {
        view: ConnectionView::new(connection, &integration),
        test: test.map(TestView::new),
        scopes,
        shell,
    }))
}

/// The steps of a running test, for the page to follow.
pub(super) async fn test_steps(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path((id, test)): Path<(String, String)>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let connection = visible(&hub, &actor, &id).await?;
    let test = test.parse().map_err(|_| not_found("connection test"))?;
    let test = testing::get(&hub, connection.organization_id, connection.id, test).await?;
    Ok(Page(StepsFragment { shell, test: TestView::new(test) }))
}

/// The test on demand.
pub(super) async fn start_test(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let connection = visible(&hub, &actor, &id).await?;
    if connection.is_removed() {
        return Err(platform::conflict("This connection was removed, so there is nothing left to test."));
    }
    testing::start(&hub, &actor, &connection).await?;
    Ok(done(&format!("/my/connections/{id}"), "The connection test has started."))
}

/// Removes the own authorization.
pub(super) async fn remove(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let connection = visible(&hub, &actor, &id).await?;
    removal::remove(&hub, &actor, connection.id).await?;
    Ok(done("/my/connections", "The authorization was removed. It is being revoked at the provider."))
}

async fn visible(hub: &Hub, actor: &Actor, id: &str) -> Result<Connection> {
    let person = person(actor)?;
    let id: ConnectionId = id.parse().map_err(|_| not_found("connection"))?;
    let connection = connection::get(hub, person.organization, id).await?;
    // Other people's connections do not exist for somebody who is not an administrator.
    if connection.account_id != person.account && !actor.has_role(platform::Role::Administrator) {
        return Err(not_found("connection"));
    }
    Ok(connection)
}
