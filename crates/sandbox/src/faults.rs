//! Injected faults: rules that make chosen requests fail in chosen ways.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::requests::RequestId;
use crate::server::Cut;
use crate::world::Shared;

const MOST_RULES: usize = 1_000;
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// A rule as the control interface accepts it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Given by the sandbox.
    #[serde(default)]
    pub id: u64,
    /// Which requests it meets.
    #[serde(rename = "match", default)]
    pub matching: Match,
    /// How many requests it spoils; absent: all.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many matching requests it lets pass first.
    #[serde(default)]
    pub after: u32,
    /// What happens.
    pub fault: Fault,
    /// How many requests it has met so far.
    #[serde(default)]
    pub hits: u32,
}

/// Which requests a rule meets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// HTTP method; absent: any.
    pub method: Option<String>,
    /// A prefix of the path, or a pattern in which `*` stands for anything; absent: any.
    pub path: Option<String>,
}

/// What happens to a request. Fields combine: a delayed 503, a cut after the work was done.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// Answer with this status instead of doing the work.
    pub status: Option<u16>,
    /// The body of that answer; absent: the provider's own error shape.
    pub body: Option<Value>,
    /// Value of a Retry-After header; alone it means status 429.
    pub retry_after: Option<Value>,
    /// Wait before anything else, in milliseconds (at most 600,000).
    pub delay_ms: Option<u64>,
    /// Cut the connection.
    pub cut: Option<CutPoint>,
    /// Do the work, but answer half of the body as if it were whole.
    pub malformed: bool,
    /// Answer an HTML page, as a proxy in between would.
    pub html: bool,
    /// What is done although the answer is another one: all of the work, or its first part only.
    pub effect: Option<Effect>,
    /// Leave these fields out of the JSON answer.
    pub drop_fields: Vec<String>,
}

/// What a spoiled request has done all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Everything.
    Whole,
    /// The first part, where the provider's own services do several things: a person's profile but not the licences.
    Part,
}

/// Whether a handler shall stop after the first part of its work.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Partly(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for Partly {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CutPoint {
    /// Nothing is done, nothing is answered.
    Before,
    /// The work is done, nothing is answered.
    After,
    /// The work is done, half of the body is sent.
    Middle,
}

/// The rules in force, oldest first; the first that matches decides.
#[derive(Debug, Default)]
pub struct Faults(Mutex<(u64, Vec<Rule>)>);

impl Faults {
    /// Adds a rule and returns its id; `None` when there are too many.
    pub fn add(&self, mut rule: Rule) -> Option<u64> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rules.1.len() >= MOST_RULES {
            return None;
        }
        rules.0 += 1;
        rule.id = rules.0;
        rule.hits = 0;
        rules.1.push(rule);
        Some(rules.0)
    }

    /// The rules in force.
    pub fn all(&self) -> Vec<Rule> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Removes one rule, or all of them.
    pub fn remove(&self, id: Option<u64>) {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rules.1.retain(|rule| id.is_some_and(|id| rule.id != id));
    }

    fn take(&self, method: &str, path: &str) -> Option<(u64, Fault)> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for rule in rules.1.iter_mut().filter(|rule| rule.matching.meets(method, path)) {
            if rule.times == Some(0) {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            rule.times = rule.times.map(|times| times - 1);
            rule.hits += 1;
            return Some((rule.id, rule.fault.clone()));
        }
        None
    }
}

impl Match {
    fn meets(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|pattern| path_matches(pattern, path))
    }
}

/// Whether a path starts with the pattern, or fits one in which `*` stands for anything.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return true };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Middleware: spoils the requests that a rule meets.
pub(crate) async fn inject(State(world): State<Shared>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let Some((rule, fault)) = world.faults.take(request.method().as_str(), &path) else {
        return next.run(request).await;
    };
    if let Some(id) = request.extensions().get::<RequestId>() {
        world.requests.amend(*id, |entry| entry.fault = Some(rule));
    }
    if let Some(delay) = fault.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay).min(LONGEST_DELAY)).await;
    }
    if fault.cut == Some(CutPoint::Before) {
        return Cut::response();
    }
    let response = match instead(&fault, &path) {
        Some(response) => {
            if let Some(effect) = fault.effect {
                request.extensions_mut().insert(Partly(effect == Effect::Part));
                next.run(request).await;
            }
            response
        }
        None => next.run(request).await,
    };
    match fault.cut {
        Some(CutPoint::After) => Cut::response(),
        _ => spoil(response, &fault).await,
    }
}

/// The answer that replaces the work, if the fault names one.
fn instead(fault: &Fault, path: &str) -> Option<Response> {
    let status = match (fault.status, &fault.retry_after) {
        (Some(status), _) => StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        (None, Some(_)) => StatusCode::TOO_MANY_REQUESTS,
        (None, None) if fault.html => StatusCode::OK,
        (None, None) => return None,
    };
    let mut response = if fault.html {
        let page = "<!DOCTYPE html><html><head><title>Please wait</title></head>\
                    <body><h1>Upstream proxy</h1><p>The service is being maintained.</p></body></html>";
        (status, axum::response::Html(page)).into_response()
    } else {
        match &fault.body {
            Some(Value::String(text)) => (status, text.clone()).into_response(),
            Some(body) => (status, axum::Json(body)).into_response(),
            None => (status, axum::Json(error_body(path, status))).into_response(),
        }
    };
    if let Some(value) = &fault.retry_after {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
    }
    Some(response)
}

/// An error in the dialect of whoever owns the path.
fn error_body(path: &str, status: StatusCode) -> Value {
    let reason = status.canonical_reason().unwrap_or("Error");
    if path.starts_with("/v1.0/") {
        json!({"error": {"code": reason.replace(' ', ""), "message": reason, "innerError": {}}})
    } else if path.contains("/oauth2/") && !path.starts_with("/idb/") {
        json!({"error": "temporarily_unavailable", "error_description": reason, "error_codes": []})
    } else {
        json!({"message": reason, "errors": [{"description": reason}], "trackingId": "SANDBOX_FAULT"})
    }
}

async fn spoil(response: Response, fault: &Fault) -> Response {
    if fault.cut.is_none() && !fault.malformed && fault.drop_fields.is_empty() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body = without(body, &fault.drop_fields);
    let half = body.slice(..body.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    if fault.cut == Some(CutPoint::Middle) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len().max(1)));
        let end = async {
            // The server flushes the first half while it waits here.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("cut by an injected fault"))
        };
        let broken = stream::once(async { Ok::<Bytes, std::io::Error>(half) }).chain(stream::once(end));
        return Response::from_parts(parts, Body::from_stream(broken));
    }
    Response::from_parts(parts, Body::from(if fault.malformed { half } else { body }))
}

fn without(body: Bytes, fields: &[String]) -> Bytes {
    match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(mut object)) if !fields.is_empty() => {
            object.retain(|name, _| !fields.contains(name));
            Bytes::from(Value::Object(object).to_string())
        }
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults, Match, Rule, path_matches};

    fn rule(path: &str, times: Option<u32>, after: u32) -> Rule {
        let matching = Match { method: None, path: Some(path.to_owned()) };
        Rule { id: 0, matching, times, after, fault: Fault::default(), hits: 0 }
    }

    #[test]
    fn a_path_matches_by_prefix_or_by_pattern() {
        assert!(path_matches("/v1/people", "/v1/people/me"));
        assert!(!path_matches("/v1/people", "/v1/meetings"));
        assert!(path_matches("/*/oauth2/v2.0/token", "/common/oauth2/v2.0/token"));
        assert!(!path_matches("/*/oauth2/v2.0/token", "/common/oauth2/v2.0/token/x"));
        assert!(path_matches("*", "/anything"));
    }

    #[test]
    fn a_rule_lets_the_first_pass_and_then_spoils_as_often_as_told() {
        let faults = Faults::default();
        faults.add(rule("/v1", Some(2), 1));
        let met: Vec<bool> = (0..4).map(|_| faults.take("GET", "/v1/x").is_some()).collect();
        assert_eq!(met, [false, true, true, false]);
    }
}
