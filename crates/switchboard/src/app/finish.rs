//! What was begun is finished, even when the browser goes away in the middle: between a commit and what must follow
//! it, or between a provider's answer and its storing, nobody may be interrupted by a closed tab.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::bug;

/// Runs the handler as a task of its own, which a dropped connection does not cancel. Reading needs none.
pub(super) async fn whatever_happens(request: Request, next: Next) -> Response {
    let only_reads = request.method().is_safe() && !request.uri().path().ends_with("/callback");
    if only_reads {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => bug("a handler ended early").because(error).into_response(),
    }
}
