//! JSON bodies, refused in our own words when they cannot be read.

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Fault, Hub, Result};

/// A JSON body, in or out.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Hub> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self> {
        // The parser's own sentence names the field and the line, and holds nothing but the caller's input.
        axum::Json::<T>::from_request(request, hub).await.map(|json| Self(json.0)).map_err(|rejection| {
            let say = format!(
                "The body must be JSON as the OpenAPI document describes it. {}",
                rejection.body_text()
            );
            Error::new(
                if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                    Fault::TooLarge
                } else {
                    Fault::Invalid(Vec::new())
                },
                say,
            )
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}
