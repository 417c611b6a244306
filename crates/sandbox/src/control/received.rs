//! What arrived: requests at the providers' paths, and mails. JSON for tests, pages for people.

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Problem, wants_page};
use crate::faults::path_matches;
use crate::mails::Mail;
use crate::pages::page;
use crate::requests::{Progress, Received};
use crate::world::Shared;

const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "control/requests.html")]
struct RequestsPage {
    requests: Vec<Received>,
}

#[derive(Template)]
#[template(path = "control/mails.html")]
struct MailsPage {
    mails: Vec<Mail>,
    to: String,
}

#[derive(Template)]
#[template(path = "control/mail.html")]
struct MailPage {
    mail: Mail,
}

/// Which requests are asked for; everything given must fit.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RequestFilter {
    method: Option<String>,
    /// A prefix, or a pattern with `*`.
    path: Option<String>,
    account: Option<String>,
    detail: Option<String>,
    in_flight: Option<bool>,
    /// Only requests with a greater id.
    after: Option<u64>,
}

impl RequestFilter {
    fn fits(&self, entry: &Received) -> bool {
        let flying = entry.state == Progress::InFlight;
        self.method.as_ref().is_none_or(|method| entry.method.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|path| path_matches(path, &entry.path))
            && self.account.as_ref().is_none_or(|account| entry.account.as_ref() == Some(account))
            && self.detail.as_ref().is_none_or(|detail| entry.detail.as_ref() == Some(detail))
            && self.in_flight.is_none_or(|wanted| wanted == flying)
            && self.after.is_none_or(|after| entry.id > after)
    }
}

pub(super) async fn requests(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(filter): Query<RequestFilter>,
) -> Response {
    let mut requests: Vec<Received> =
        world.requests.all().into_iter().filter(|entry| filter.fits(entry)).collect();
    if wants_page(&headers) {
        requests.reverse();
        requests.truncate(SHOWN);
        return page(StatusCode::OK, &RequestsPage { requests });
    }
    Json(json!({"requests": requests})).into_response()
}

pub(super) async fn clear_requests(State(world): State<Shared>) -> Json<Value> {
    world.requests.clear();
    Json(json!({"requests": []}))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MailFilter {
    /// One of the recipients.
    to: Option<String>,
    source: Option<String>,
}

pub(super) async fn mails(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(filter): Query<MailFilter>,
) -> Response {
    let fits = |mail: &Mail| {
        filter
            .to
            .as_ref()
            .filter(|to| !to.is_empty())
            .is_none_or(|to| mail.to.iter().any(|known| known.eq_ignore_ascii_case(to)))
            && filter.source.as_ref().is_none_or(|source| mail.source == source)
    };
    let mut mails: Vec<Mail> = world.mails.all().into_iter().filter(fits).collect();
    if wants_page(&headers) {
        mails.reverse();
        mails.truncate(SHOWN);
        return page(StatusCode::OK, &MailsPage { mails, to: filter.to.unwrap_or_default() });
    }
    Json(json!({"mails": mails})).into_response()
}

/// GET /_sandbox/mails/{id}
pub(super) async fn mail(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let mail = world.mails.get(id).ok_or_else(|| Problem::missing("There is no such mail."))?;
    if wants_page(&headers) {
        return Ok(page(StatusCode::OK, &MailPage { mail }));
    }
    Ok(Json(mail).into_response())
}

/// GET /_sandbox/mails/{id}/html: the HTML part, without scripts and without reaching out.
pub(super) async fn mail_html(State(world): State<Shared>, Path(id): Path<u64>) -> Result<Response, Problem> {
    let html = world.mails.get(id).and_then(|mail| mail.html);
    let html = html.ok_or_else(|| Problem::missing("There is no such mail, or it has no HTML part."))?;
    let policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                  frame-ancestors 'self'";
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(format!("<base target=\"_blank\">{html}")))
        .into_response())
}

pub(super) async fn clear_mails(State(world): State<Shared>) -> Json<Value> {
    world.mails.clear();
    Json(json!({"mails": []}))
}
