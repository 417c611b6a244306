//! The pages of this room.

mod host;

use platform::web::Routes;

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    host::routes()
}
