//! The pages of this room.

mod host;
mod visitor;

use platform::web::Routes;

pub(crate) use host::banner;

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    host::routes().merge(visitor::routes())
}
