//! The pages of this room.

mod admin;
mod form;
mod mine;
mod view;

use platform::{
    Role,
    web::{Access, Routes},
};

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/my/calendars", Access::SignedIn, mine::show)
        .post("/my/calendars", Access::SignedIn, mine::save)
        .post("/my/calendars/{id}/read", Access::SignedIn, mine::read_now)
        .get("/admin/calendars", Access::Role(Role::Administrator), admin::list)
}
