//! The room's pages: what became of mails, and how they are worded.

mod mails;
mod templates;

use platform::{
    Role,
    web::{Access, Routes},
};

/// The room's pages.
pub fn routes() -> Routes {
    let access = Access::Role(Role::Administrator);
    Routes::default()
        .get("/admin/mails", access, mails::list_mails)
        .post("/admin/mails/{id}/send", access, mails::send_mail_again)
        .get("/admin/mail-templates", access, templates::list_templates)
        .get("/admin/mail-templates/{kind}/{language}", access, templates::show_template)
        .post("/admin/mail-templates/{kind}/{language}", access, templates::save_template)
        .post("/admin/mail-templates/{kind}/{language}/reset", access, templates::reset_template)
}
