//! The way to the provider and back, and the page that explains when it did not work.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use platform::{
    Actor, Hub, Result, not_found,
    web::{Form, Page, Shell, done},
};
use serde::Deserialize;

use super::connections::person;
use crate::{
    ConnectionId, Integration, IntegrationId,
    authorizations::{self, AdministratorText, Completed, Finished, Outcome, RequestId, administrator_text},
    integrations,
    trouble::Trouble,
};

/// Which integration is authorized, and which connection again.
#[derive(Deserialize)]
pub(super) struct BeginForm {
    integration: IntegrationId,
    #[serde(default)]
    connection: Option<String>,
}

#[derive(Template)]
#[template(path = "authorizations/ended.html")]
struct EndedPage {
    shell: Shell,
    heading: &'static str,
    trouble: Option<Trouble>,
    integration: Option<Integration>,
    text: Option<AdministratorText>,
    /// The request, while the person can still do something with it.
    request: Option<RequestId>,
    can_retry: bool,
    other_account: Option<(String, String)>,
}

/// Sends the person to the provider.
pub(super) async fn begin(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Form(form): Form<BeginForm>,
) -> Result<Response> {
    let connection = match form.connection.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => Some(id.parse::<ConnectionId>().map_err(|_| not_found("connection"))?),
        None => None,
    };
    let url = authorizations::begin(&hub, &actor, form.integration, connection).await?;
    Ok(Redirect::to(url.as_str()).into_response())
}

/// Takes the provider's redirect.
pub(super) async fn callback(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
    shell: Shell,
) -> Result<Response> {
    let (request, trouble) =
        match authorizations::finish(&hub, &actor, query.as_deref().unwrap_or_default()).await? {
            Finished::Completed(completed) => return Ok(after(completed)),
            Finished::Kept(request) => {
                return Ok(Redirect::to(&format!("/my/authorizations/{request}")).into_response());
            }
            Finished::Refused { request, trouble } => (request, trouble),
        };
    match request {
        // The address with the used-up code leaves the browser's bar and history.
        Some(request) if trouble.code != "used_state" => {
            Ok(Redirect::to(&format!("/my/authorizations/{request}")).into_response())
        }
        _ => {
            Ok((http::StatusCode::BAD_REQUEST, Page(EndedPage::without_request(shell, trouble)))
                .into_response())
        }
    }
}

fn after(completed: Completed) -> Response {
    match completed {
        Completed::Connected(connection) => {
            done(&format!("/my/connections/{connection}"), "Authorized. The connection test runs below.")
        }
        Completed::OtherAccount(request) => {
            Redirect::to(&format!("/my/authorizations/{request}")).into_response()
        }
    }
}

impl EndedPage {
    fn without_request(shell: Shell, trouble: Trouble) -> Self {
        Self {
            shell,
            heading: "The authorization did not work",
            trouble: Some(trouble),
            integration: None,
            text: None,
            request: None,
            can_retry: false,
            other_account: None,
        }
    }
}

/// What became of a request, with help for whoever was stopped.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<Response> {
    let person = person(&actor)?;
    let id: RequestId = id.parse().map_err(|_| not_found("authorization"))?;
    let request = authorizations::get(&hub, person, id).await?;
    let integration = integrations::get(&hub, person.organization, request.integration_id).await?;
    let text = administrator_text(&hub, &integration, &person.name);
    let mut page = EndedPage {
        shell,
        heading: "The authorization did not work",
        trouble: None,
        text: Some(text),
        request: Some(id),
        can_retry: request.tokens.is_some(),
        other_account: None,
        integration: Some(integration),
    };
    match request.outcome.clone() {
        Some(Outcome::Connected(connection)) => {
            return Ok(Redirect::to(&format!("/my/connections/{connection}")).into_response());
        }
        Some(Outcome::Dismissed) => return Ok(Redirect::to("/my/connections").into_response()),
        Some(Outcome::Refused(trouble)) => page.trouble = Some(trouble),
        Some(Outcome::OtherAccount { had, got }) => {
            page.heading = "That is a different account";
            page.other_account = Some((had, got));
        }
        None if request.tokens.is_some() => page.heading = "Almost done",
        None if request.was_never_finished(hub.now()) => {
            page.heading = "This authorization was never finished";
        }
        None => page.heading = "This authorization is under way",
    }
    Ok(Page(page).into_response())
}

/// Tries again to read whose account it is.
pub(super) async fn complete(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = id.parse().map_err(|_| not_found("authorization"))?;
    Ok(after(authorizations::complete(&hub, &actor, id).await?))
}

/// The other account is meant.
pub(super) async fn confirm(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = id.parse().map_err(|_| not_found("authorization"))?;
    Ok(after(authorizations::confirm(&hub, &actor, id).await?))
}

/// Puts an unfinished request aside.
pub(super) async fn dismiss(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = id.parse().map_err(|_| not_found("authorization"))?;
    authorizations::dismiss(&hub, person(&actor)?, id).await?;
    Ok(done("/my/connections", "Put aside. Nothing was changed."))
}
