//! Webex: OAuth at the paths of webexapis.com and of the identity broker, and the REST calls.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::routes::Routes;
use crate::seed::Seed;

pub(crate) struct State {}

impl State {
    pub(crate) fn new(_seed: &Seed) -> Self {
        Self {}
    }
}

pub(crate) fn routes() -> Routes {
    Routes::new()
}

pub(crate) async fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
