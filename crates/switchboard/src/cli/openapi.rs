//! `openapi`: the document of the API, as the server serves it.

use super::output;
use crate::app;

pub(super) fn print() {
    output::line(&serde_json::to_string_pretty(&app::document()).unwrap_or_default());
}
