//! The control interface under `/_sandbox`: what there is, the means to change it, and a small developer portal.
//! It asks for no credentials: whoever reaches the sandbox may do everything with it.

mod apps;
mod calendars;
mod directory;
mod notifications;
mod outlook;
mod overview;
mod portal;
mod received;
mod settings;

use std::fmt::Display;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::pages;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/_sandbox", overview::overview)
        .get("/_sandbox/", overview::overview)
        .get("/_sandbox/style.css", pages::style)
        .get("/_sandbox/ca.pem", overview::ca)
        .post("/_sandbox/tokens", settings::issue_token)
        .post("/_sandbox/revoke", settings::revoke)
        .post("/_sandbox/seed", settings::seed)
        .get("/_sandbox/clock", settings::clock)
        .post("/_sandbox/clock", settings::move_clock)
        .get("/_sandbox/faults", settings::faults)
        .post("/_sandbox/faults", settings::add_fault)
        .delete("/_sandbox/faults", settings::remove_faults)
        .get("/_sandbox/switches", settings::switches)
        .post("/_sandbox/switches", settings::turn_switches)
        .get("/_sandbox/requests", received::requests)
        .delete("/_sandbox/requests", received::clear_requests)
        .get("/_sandbox/mails", received::mails)
        .get("/_sandbox/mails/{id}", received::mail)
        .get("/_sandbox/mails/{id}/html", received::mail_html)
        .delete("/_sandbox/mails", received::clear_mails)
        .get("/_sandbox/directory", directory::directory)
        .get("/_sandbox/limits", directory::limits)
        .delete("/_sandbox/limits", directory::clear_limits)
        .get("/_sandbox/apps", apps::list)
        .post("/_sandbox/apps", apps::register)
        .get("/_sandbox/notifications", notifications::notifications)
        .post("/_sandbox/notifications", notifications::order)
        .delete("/_sandbox/notifications", notifications::clear)
        .post("/_sandbox/resync", outlook::resync)
        .merge(calendars::routes())
        .merge(portal::routes())
}

/// A refused control request: a status and a sentence.
pub(crate) struct Problem(StatusCode, String);

impl Problem {
    fn bad(text: impl Display) -> Self {
        Self(StatusCode::BAD_REQUEST, format!("{text}"))
    }

    fn missing(text: &str) -> Self {
        Self(StatusCode::NOT_FOUND, text.to_owned())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// A JSON body whatever its content type; an empty one counts as `{}`.
fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(if body.is_empty() { b"{}" } else { body }).map_err(Problem::bad)
}

/// Whether a browser asks, and so wants a page.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}
