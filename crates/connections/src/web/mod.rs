//! The pages of this room.

mod admin;
mod authorize;
mod connections;
mod integrations;
mod view;

use platform::{
    Role,
    web::{Access, Routes},
};

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    let administrator = Access::Role(Role::Administrator);
    Routes::default()
        .get("/my/connections", Access::SignedIn, connections::list)
        .get("/my/connections/{id}", Access::SignedIn, connections::show)
        .get("/my/connections/{id}/tests/{test}", Access::SignedIn, connections::test_steps)
        .post("/my/connections/{id}/test", Access::SignedIn, connections::start_test)
        .post("/my/connections/{id}/remove", Access::SignedIn, connections::remove)
        .post("/my/connections/authorize", Access::SignedIn, authorize::begin)
        .get("/oauth/callback", Access::SignedIn, authorize::callback)
        .get("/my/authorizations/{id}", Access::SignedIn, authorize::show)
        .post("/my/authorizations/{id}/complete", Access::SignedIn, authorize::complete)
        .post("/my/authorizations/{id}/confirm", Access::SignedIn, authorize::confirm)
        .post("/my/authorizations/{id}/dismiss", Access::SignedIn, authorize::dismiss)
        .get("/admin/connections", administrator, admin::list)
        .post("/admin/connections/{id}/remove", administrator, admin::remove)
        .merge(integrations::routes())
}
