//! The pages of this room.

use platform::web::Routes;

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    Routes::default()
}
