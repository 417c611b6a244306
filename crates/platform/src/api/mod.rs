//! The shell of the JSON API: bodies, problem details, cursor paging, the OpenAPI document and its page.

pub mod docs;
pub mod json;
pub mod page;
pub mod problem;

pub use json::Json;
pub use page::{Cursor, List};
pub use problem::Problem;
