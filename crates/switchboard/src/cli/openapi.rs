//! `openapi`: the document of the API, as the server serves it.

use super::output;
use crate::{Trouble, app};

pub(super) fn print() -> Result<(), Trouble> {
    output::line(&serde_json::to_string_pretty(&app::document()).unwrap_or_default())
}
