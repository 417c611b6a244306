//! The JSON API of this room: calendars with their health, and what they are used for.

mod calendars;

use platform::{
    Role, Scope,
    web::{Access, Routes},
};
use utoipa_axum::routes;

/// The operations with who may call them.
pub(crate) fn routes() -> Routes {
    let read = Access::Api(Scope::ConnectionsRead, Role::Administrator);
    let write = Access::Api(Scope::ConnectionsWrite, Role::Administrator);
    Routes::default()
        .api(read, routes!(calendars::list_calendars))
        .api(read, routes!(calendars::get_calendar))
        .api(write, routes!(calendars::update_calendar))
        .api(write, routes!(calendars::read_calendar))
}
