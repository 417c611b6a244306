//! Up to twenty calls in one (Graph "JSON batching"); each part is throttled and answered on its own.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use super::ask::Body;
use super::failure::Failure;
use crate::world::Shared;

const MOST_PARTS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    depends_on: Option<Vec<String>>,
}

/// POST /$batch
pub(super) async fn batch(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let parts: Vec<Part> = serde_json::from_value(body.get("requests").clone())
        .map_err(|_| Failure::bad_request("Invalid batch payload format."))?;
    check(&parts)?;
    let router = super::router(&world).with_state(world.clone());
    let mut succeeded: HashSet<String> = HashSet::new();
    let mut answers = Vec::with_capacity(parts.len());
    for part in parts {
        let ready = part.depends_on.iter().flatten().all(|id| succeeded.contains(id));
        let (status, answer) = if ready {
            let request = request(&part, &headers)?;
            let Ok(response) = router.clone().oneshot(request).await;
            (response.status(), rendered(&part.id, response).await)
        } else {
            failed_dependency(&part.id)
        };
        if status.is_success() {
            succeeded.extend(answer["id"].as_str().map(str::to_owned));
        }
        answers.push(answer);
    }
    Ok(Json(json!({"responses": answers})).into_response())
}

fn check(parts: &[Part]) -> Result<(), Failure> {
    if parts.is_empty() || parts.len() > MOST_PARTS {
        let message = format!("Number of batch request steps exceeds the maximum value of {MOST_PARTS}.");
        return Err(Failure::bad_request(message));
    }
    let mut seen = HashSet::new();
    for part in parts {
        let known = part.depends_on.iter().flatten().all(|id| seen.contains(id.as_str()));
        if !known || !seen.insert(part.id.as_str()) {
            return Err(Failure::bad_request("Batch request ids must be unique and depend on earlier ones."));
        }
        if part.url.to_ascii_lowercase().contains("$batch") {
            return Err(Failure::bad_request("Batches cannot be nested."));
        }
    }
    Ok(())
}

fn request(part: &Part, outer: &HeaderMap) -> Result<Request<HttpBody>, Failure> {
    let bad = || Failure::bad_request(format!("The request with the id '{}' could not be read.", part.id));
    let uri = format!("/v1.0/{}", part.url.trim_start_matches('/'));
    let body = part.body.as_ref().map(Value::to_string).unwrap_or_default();
    let mut request = Request::builder()
        .method(part.method.to_ascii_uppercase().as_str())
        .uri(uri.replace(' ', "%20"))
        .body(HttpBody::from(body))
        .map_err(|_| bad())?;
    for (name, value) in &part.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        request.headers_mut().insert(name, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    // Parts speak with the token of the whole.
    for name in [header::AUTHORIZATION, HeaderName::from_static("client-request-id")] {
        if let Some(value) = outer.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    Ok(request)
}

async fn rendered(id: &str, response: Response) -> Value {
    let status = response.status().as_u16();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let headers: Map<String, Value> = ["content-type", "retry-after", "location", "preference-applied"]
        .iter()
        .filter_map(|name| Some((shown(name), parts.headers.get(*name)?.to_str().ok()?.into())))
        .collect();
    let mut answer = json!({"id": id, "status": status, "headers": headers});
    if !bytes.is_empty() {
        answer["body"] =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(BASE64.encode(&bytes)));
    }
    answer
}

fn shown(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join("-")
}

fn failed_dependency(id: &str) -> (StatusCode, Value) {
    let status = StatusCode::FAILED_DEPENDENCY;
    let error = json!({"code": "FailedDependency", "message": "A request this one depends on has failed."});
    (status, json!({"id": id, "status": status.as_u16(), "headers": {}, "body": {"error": error}}))
}
