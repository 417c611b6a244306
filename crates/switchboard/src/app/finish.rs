//! What was begun is finished, even when the browser goes away in the middle: between a commit and what must follow
//! it, or between a provider's answer and its storing, nobody may be interrupted by a closed tab.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::bug;

/// Runs the handler as a task of its own, which a dropped connection does not cancel.
pub(super) async fn whatever_happens(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => bug("a handler ended early").because(error).into_response(),
    }
}
