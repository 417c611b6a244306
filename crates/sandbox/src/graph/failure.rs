//! Graph's refusals: status, code and message; the envelope adds the ids (Graph "Error responses").

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// A refusal by Graph or by the mailbox or directory behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Seconds, as the text of a Retry-After header.
    pub(super) retry_after: Option<String>,
    /// Where to begin again (410 of delta queries).
    pub(super) location: Option<String>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, location: None }
    }

    /// 400 with the code that request parsing uses.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400 by Exchange about a property or parameter.
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401; clients refresh once and try again.
    pub(super) fn token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    /// 403 by Exchange: the scope is missing, or the mailbox is not shared.
    pub(super) fn access_denied() -> Self {
        let message = "Access is denied. Check credentials and try again.";
        Self::new(StatusCode::FORBIDDEN, "ErrorAccessDenied", message)
    }

    /// 403 by the directory.
    pub(super) fn request_denied() -> Self {
        let message = "Insufficient privileges to complete the operation.";
        Self::new(StatusCode::FORBIDDEN, "Authorization_RequestDenied", message)
    }

    /// 404 by Exchange.
    pub(super) fn item_not_found() -> Self {
        let message = "The specified object was not found in the store.";
        Self::new(StatusCode::NOT_FOUND, "ErrorItemNotFound", message)
    }

    /// 404 by the directory.
    pub(super) fn resource_not_found(id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// 400 for a path that Graph does not have.
    pub(super) fn no_such_path(path: &str) -> Self {
        let path: String = path.chars().take(100).collect();
        Self::bad_request(format!("Resource not found for the segment '{path}'."))
    }

    /// 410: a delta token that is too old or was forgotten (Graph "Use delta query", synchronization reset).
    pub(super) fn sync_state_not_found(location: String) -> Self {
        let message = "The sync state generation is not found; start a full synchronization.";
        Self { location: Some(location), ..Self::new(StatusCode::GONE, "SyncStateNotFound", message) }
    }

    /// 429; the fraction is what Graph really sends.
    pub(super) fn throttled(code: &'static str, message: &str, seconds: u64) -> Self {
        let retry_after = Some(format!("{seconds}.128"));
        Self { retry_after, ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message) }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
