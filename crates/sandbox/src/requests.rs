//! The log of requests that the providers' side received, written at arrival and completed at the answer.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::server::Cut;
use crate::world::Shared;

const KEPT: usize = 10_000;
const LONGEST_SHOWN: usize = 2_000;

/// Query parameters whose values are never shown.
const SECRET: [&str; 9] = [
    "code",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "code_verifier",
    "password",
    "client_assertion",
];

/// One received request.
#[derive(Debug, Clone, Serialize)]
pub struct Received {
    /// Position in the order of arrival, from 1.
    pub id: u64,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query with secret values masked.
    pub query: String,
    /// When it arrived (sandbox clock).
    pub at: Timestamp,
    /// How far it came.
    pub state: Progress,
    /// The answered status.
    pub status: Option<u16>,
    /// The person on whose behalf it was made, once known.
    pub account: Option<String>,
    /// The app that made it, once known.
    pub client_id: Option<String>,
    /// What it was about, where the path does not say (the grant type at a token endpoint).
    pub detail: Option<String>,
    /// Whom it was about, where its body says so: an id or an address, and nothing else of the body.
    pub person: Option<String>,
    /// The injected fault that met it.
    pub fault: Option<u64>,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Received and not answered yet.
    InFlight,
    /// Answered with a status.
    Answered,
    /// Cut by a fault: the connection ended without an answer.
    Cut,
    /// The client went away first.
    Abandoned,
}

/// The number of the request in the log; found in every provider request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub u64);

/// The last 10,000 requests.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<(u64, VecDeque<Received>)>);

impl RequestLog {
    /// All kept requests, oldest first.
    pub fn all(&self) -> Vec<Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }

    /// Empties the log; numbers go on.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// Adds what became known about a request; requests that were dropped from the log are ignored.
    pub fn amend(&self, id: RequestId, change: impl FnOnce(&mut Received)) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.1.front().map_or(0, |entry| entry.id);
        let entry = id.0.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = entry.and_then(|index| kept.1.get_mut(index)) {
            change(entry);
        }
    }

    fn arrive(&self, request: &Parts, person: Option<String>, at: Timestamp) -> RequestId {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0;
        kept.1.push_back(Received {
            id,
            method: request.method.to_string(),
            path: shortened(request.uri.path().to_owned()),
            query: shortened(masked(request.uri.query().unwrap_or_default())),
            at,
            state: Progress::InFlight,
            status: None,
            account: None,
            client_id: None,
            detail: None,
            person,
            fault: None,
        });
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
        RequestId(id)
    }
}

/// Middleware: enters the request at arrival, completes the entry at the answer.
pub(crate) async fn record(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // The server has taken it in before, so nothing is waited for here.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let id = world.requests.arrive(&parts, person(&body), world.clock.now());
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(id);
    let mut watch = Watch { world, id, answered: false };
    let response = next.run(request).await;
    watch.answered = true;
    let cut = response.extensions().get::<Cut>().is_some();
    watch.world.requests.amend(id, |entry| {
        entry.state = if cut { Progress::Cut } else { Progress::Answered };
        entry.status = (!cut).then(|| response.status().as_u16());
    });
    response
}

/// Notices when a request's future is dropped because its client went away.
struct Watch {
    world: Shared,
    id: RequestId,
    answered: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.answered {
            self.world.requests.amend(self.id, |entry| entry.state = Progress::Abandoned);
        }
    }
}

/// Whom a request is about: JSON says it by id or address, XML by the account's name on the site.
fn person(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some((_, rest)) = text.split_once("<webExId>") {
        let (name, _) = rest.split_once("</webExId>")?;
        return Some(shortened(name.to_owned()));
    }
    let body: Value = serde_json::from_str(text).ok()?;
    let named = body["personId"].as_str().or(body["email"].as_str()).or(body["emails"][0].as_str())?;
    Some(shortened(named.to_owned()))
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST_SHOWN));
    text
}

fn masked(query: &str) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let secret = SECRET.contains(&name.to_lowercase().as_str());
        out.append_pair(&name, if secret { "***" } else { &value });
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::{masked, person};

    #[test]
    fn secrets_in_a_query_are_masked_and_the_rest_is_kept() {
        assert_eq!(masked("code=abc&state=x%20y&Client_Secret=s"), "code=***&state=x+y&Client_Secret=***");
    }

    #[test]
    fn a_body_says_whom_it_is_about_and_nothing_else_of_it_is_kept() {
        let said = |body: &str| person(body.as_bytes());
        let xml = "<securityContext><webExID>ada@l.example</webExID><sessionTicket>t</sessionTicket>\
                   </securityContext><bodyContent><webExId>ben@l.example</webExId></bodyContent>";
        assert_eq!(said(xml).as_deref(), Some("ben@l.example"));
        assert_eq!(said(r#"{"personId": "p", "email": "e"}"#).as_deref(), Some("p"));
        assert_eq!(said(r#"{"emails": ["e"], "displayName": "E"}"#).as_deref(), Some("e"));
        let login = "<webExID>ada@l.example</webExID><accessToken>s</accessToken>";
        for body in ["", "grant_type=refresh_token&refresh_token=s", "[]", "\"x\"", "<a/>", login] {
            assert_eq!(said(body), None, "{body}");
        }
        assert_eq!(person(&[0xff]), None);
    }
}
