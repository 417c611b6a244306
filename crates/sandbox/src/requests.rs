//! The log of requests that the providers' side received, written at arrival and completed at the answer.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;

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

    fn arrive(&self, request: &Request, at: Timestamp) -> RequestId {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0;
        kept.1.push_back(Received {
            id,
            method: request.method().to_string(),
            path: shortened(request.uri().path().to_owned()),
            query: shortened(masked(request.uri().query().unwrap_or_default())),
            at,
            state: Progress::InFlight,
            status: None,
            account: None,
            client_id: None,
            detail: None,
            fault: None,
        });
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
        RequestId(id)
    }
}

/// Middleware: enters the request at arrival, completes the entry at the answer.
pub(crate) async fn record(State(world): State<Shared>, mut request: Request, next: Next) -> Response {
    let id = world.requests.arrive(&request, world.clock.now());
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
    use super::masked;

    #[test]
    fn secrets_in_a_query_are_masked_and_the_rest_is_kept() {
        assert_eq!(masked("code=abc&state=x%20y&Client_Secret=s"), "code=***&state=x+y&Client_Secret=***");
    }
}
