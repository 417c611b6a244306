//! The OpenAPI document, made from the code, and its readable page.

use axum::response::{IntoResponse, Response};
use http::header;
use platform::web::Shell;
use serde_json::{Value, json};

use super::{PRODUCT, router};

/// The document of the whole API.
pub fn document() -> Value {
    let (_, _, api) = router::rooms().into_parts();
    let mut document = serde_json::to_value(api).unwrap_or_default();
    document["info"] = json!({
        "title": format!("{PRODUCT} API"),
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Programs send an API key as `Authorization: Bearer …`; an administrator creates keys under \
            Admin → API keys. Errors are problem details (RFC 9457). Lists are paged: send `next` as `after`.",
        "license": { "name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later" },
    });
    document["components"]["securitySchemes"] = json!({
        "api_key": { "type": "http", "scheme": "bearer", "description": "An API key, or the session of a signed-in account." },
    });
    document["security"] = json!([{ "api_key": [] }]);
    document
}

/// Answers the document.
pub(super) fn serve(document: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document.to_owned()).into_response()
}

/// Answers the readable page.
pub(super) fn page(shell: Shell, document: &Value) -> Response {
    platform::api::docs::page(shell, document).into_response()
}
