//! Problem details (RFC 9457): how the API says what is wrong and what to do next.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

use crate::{Error, Fault, error::FieldError};

/// The body of every error of the API, as `application/problem+json`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Names the kind of problem; stable, to be compared by programs.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened and what to do next, for a person.
    pub detail: String,
    /// For bugs: how the administrator finds it in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// For invalid input: each field and what to write instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

pub(crate) fn respond(error: &Error, reference: Option<String>) -> Response {
    let (kind, title) = name(&error.fault);
    let status = error.status();
    let problem = Problem {
        kind: format!("urn:switchboard:problem:{kind}"),
        title: title.to_owned(),
        status: status.as_u16(),
        detail: error.say.clone(),
        reference,
        errors: match &error.fault {
            Fault::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        },
    };
    let mut response = (status, axum::Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if error.fault == Fault::SignIn {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn name(fault: &Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::Invalid(_) => ("invalid", "The input is not valid"),
        Fault::SignIn => ("unauthenticated", "An API key is needed"),
        Fault::Forbidden => ("forbidden", "Not allowed"),
        Fault::NotFound => ("not_found", "Not found"),
        Fault::Conflict => ("conflict", "Not possible in the present state"),
        Fault::AskPerson => ("reauthorization_required", "A person must authorize again"),
        Fault::AppTrouble => {
            ("integration_unusable", "The integration's registration needs its administrator")
        }
        Fault::Later(_) => ("temporarily_unavailable", "Passing trouble; try again later"),
        Fault::TooMany(_) => ("too_many_requests", "Too many requests"),
        Fault::Storage => ("storage_unavailable", "The server's database is not available"),
        Fault::TooLarge => ("too_large", "The request is too large"),
        Fault::Bug => ("internal", "Something went wrong on our side"),
    }
}
