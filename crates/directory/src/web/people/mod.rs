//! Directory → People: the people as they were read, searched, filtered, and picked to be edited.

mod list;
mod show;

use platform::web::Routes;

pub(super) use list::{Asked, PersonView};

use super::ADMIN;

pub(super) fn routes() -> Routes {
    Routes::default().get("/admin/directory/people", ADMIN, list::list).get(
        "/admin/directory/people/{id}",
        ADMIN,
        show::show,
    )
}
