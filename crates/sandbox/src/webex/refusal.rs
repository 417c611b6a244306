//! Webex's error shape: `{message, errors: [{description}], trackingId}` with the trackingId header.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::world::Shared;

const UNAUTHORIZED: &str =
    "The request requires a valid access token set in the Authorization request header.";
const FORBIDDEN: &str = "The server understood the request, but refused to fulfill it because the access token \
                         is missing required scopes or the user is missing required roles or licenses.";
const MALFORMED: &str = "The request could not be understood by the server due to malformed syntax. See 'errors' for more details.";

/// A refused request; the body is written by [`finish`], which knows the tracking id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    message: String,
    description: String,
    code: Option<u32>,
    retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: &str, description: &str) -> Self {
        let (message, description) = (message.to_owned(), description.to_owned());
        Self { status, message, description, code: None, retry_after: None }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED)
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, FORBIDDEN, FORBIDDEN)
    }

    pub(crate) fn forbidden_because(description: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, FORBIDDEN, description)
    }

    pub(crate) fn not_found(description: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "The requested resource could not be found.", description)
    }

    pub(crate) fn malformed(description: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, MALFORMED, description)
    }

    pub(crate) fn invalid(description: &str) -> Self {
        let message = "The input parameters contain invalid items.";
        Self::new(StatusCode::BAD_REQUEST, message, description)
    }

    pub(crate) fn conflict(description: &str) -> Self {
        Self::new(StatusCode::CONFLICT, description, description)
    }

    /// A 400 with a number, as the Licenses API has them.
    pub(crate) fn coded(message: &str, description: &str, code: u32) -> Self {
        Self { code: Some(code), ..Self::new(StatusCode::BAD_REQUEST, message, description) }
    }

    /// An attendance at a site that the organization does not have.
    pub(crate) fn invalid_site(site: &str) -> Self {
        let text = format!("Request contains invalid attendee siteUrls: {site}");
        Self::coded("Invalid site URL", &text, 400_216)
    }

    /// 429; with a `Retry-After` of so many seconds, or without one.
    pub(crate) fn too_many(seconds: Option<u64>) -> Self {
        let message = "Too many requests have been sent in a given amount of time and the request has been rate limited.";
        let mut refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, message, message);
        refusal.retry_after = seconds;
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Middleware of all Webex REST calls: gives every answer a trackingId and every refusal its body.
pub(crate) async fn finish(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let tracking = format!("ROUTER_{}", world.random.uuid().to_string().to_uppercase());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && response.extensions().get::<Refusal>().is_none()
    {
        let message = "The method is not supported for this resource.";
        response.extensions_mut().insert(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message, message));
    }
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = written(&refusal, &tracking);
    }
    if let Ok(value) = HeaderValue::from_str(&tracking) {
        response.headers_mut().insert("trackingid", value);
    }
    response
}

fn written(refusal: &Refusal, tracking: &str) -> Response {
    let mut error = json!({"description": refusal.description});
    if let Some(code) = refusal.code {
        error["errorCode"] = json!(code);
    }
    let body = json!({"message": refusal.message, "errors": [error], "trackingId": tracking});
    let mut response = (refusal.status, axum::Json(body)).into_response();
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
