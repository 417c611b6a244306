//! Refusals as problem details; a time that is taken comes with times that are not.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use platform::{Error, Instant, api::Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{booking::Refusal, texts::Language};

/// A refusal on its way to a program.
#[derive(Debug)]
pub(super) struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(Refusal::Other(error))
    }
}

/// The time is not, or no longer, on offer.
#[derive(Serialize, ToSchema)]
pub(super) struct TimeTaken {
    #[serde(flatten)]
    problem: Problem,
    /// Times on offer around it, earliest first; there may be none.
    #[schema(value_type = Vec<String>, format = DateTime)]
    alternatives: Vec<Instant>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let detail = self.0.text(Language::En);
        let Refusal::Taken { alternatives } = self.0 else { return self.0.into_error().into_response() };
        let problem = Problem {
            kind: "urn:switchboard:problem:time_taken".to_owned(),
            title: "The time is not on offer".to_owned(),
            status: StatusCode::CONFLICT.as_u16(),
            detail,
            reference: None,
            errors: Vec::new(),
        };
        let body = axum::Json(TimeTaken { problem, alternatives });
        let kind = HeaderValue::from_static("application/problem+json");
        (StatusCode::CONFLICT, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}
