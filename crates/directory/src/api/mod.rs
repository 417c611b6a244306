//! The JSON API of this room.

use platform::web::Routes;

/// The operations with who may call them.
pub(crate) fn routes() -> Routes {
    Routes::default()
}
