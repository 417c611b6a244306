//! The JSON API of this room: the directory as it was read, plans, runs, and the files of each.

mod directory;
mod events;
mod files;
mod people;
mod person_wishes;
mod plan_body;
mod plans;
mod rules;
mod run_body;
mod runs;

use platform::{
    Actor, Result, Role, Scope,
    id::OrganizationId,
    not_found,
    web::{Access, Routes},
};
use utoipa_axum::routes;

/// The operations with who may call them.
pub(crate) fn routes() -> Routes {
    let read = Access::Api(Scope::DirectoryRead, Role::Administrator);
    let write = Access::Api(Scope::DirectoryWrite, Role::Administrator);
    let known = Routes::default()
        .api(read, routes!(directory::get_directory))
        .api(write, routes!(directory::read_directory))
        .api(write, routes!(directory::update_directory_settings))
        .api(read, routes!(directory::list_licences))
        .api(read, routes!(directory::list_sites))
        .api(write, routes!(directory::choose_site_api))
        .api(read, routes!(people::list_people))
        .api(read, routes!(people::get_person))
        .api(read, routes!(files::export_people))
        .api(read, routes!(rules::get_rules))
        .api(write, routes!(rules::replace_rules));
    let plans = Routes::default()
        .api(write, routes!(plans::create_plan))
        .api(write, routes!(plans::create_plan_of_file))
        .api(read, routes!(plans::list_plans))
        .api(read, routes!(plans::get_plan))
        .api(read, routes!(plans::list_plan_rows))
        .api(read, routes!(files::download_plan))
        .api(write, routes!(plans::confirm_plan))
        .api(write, routes!(plans::approve_plan))
        .api(write, routes!(plans::delete_plan))
        .api(write, routes!(runs::apply_plan));
    let runs = Routes::default()
        .api(read, routes!(runs::list_runs))
        .api(read, routes!(runs::get_run))
        .api(read, routes!(runs::list_run_rows))
        .api(read, routes!(files::download_result))
        .api(read, routes!(events::watch_run))
        .api(write, routes!(runs::pause_run))
        .api(write, routes!(runs::resume_run))
        .api(write, routes!(runs::stop_run))
        .api(write, routes!(runs::retry_run))
        .api(write, routes!(runs::undo_run));
    known.merge(plans).merge(runs)
}

fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| not_found("directory"))
}

/// An id from an address; one that is none names nothing.
fn id<T: std::str::FromStr>(text: &str, thing: &str) -> Result<T> {
    text.parse().map_err(|_| not_found(thing))
}
