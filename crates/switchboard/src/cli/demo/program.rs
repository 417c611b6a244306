//! A program with the demo's API key, which speaks to the server without a network in between.

use axum::{Router, body::Body};
use http::{Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::record::Record;
use crate::Trouble;

/// No answer of the demo's own API is larger.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// The program.
pub(super) struct Program {
    router: Router,
    key: String,
}

impl Program {
    pub(super) fn new(router: Router, record: &Record) -> Self {
        Self { router, key: record.api_key.clone() }
    }

    /// The items of a list.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Value>, Trouble> {
        let list = self.call(Method::GET, path, None).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// Calls an operation of the API; whatever is no success is trouble.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let request = request.map_err(|error| Trouble::new(format!("{path} cannot be asked: {error}")))?;
        let Ok(reply) = self.router.clone().oneshot(request).await;
        let status = reply.status();
        let bytes = axum::body::to_bytes(reply.into_body(), LARGEST_ANSWER).await.unwrap_or_default();
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => Ok(answer),
            _ => Err(Trouble::new(format!("the demo could not be set up ({path}): {status} {answer}"))),
        }
    }
}
