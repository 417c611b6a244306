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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_and_files_are_declared_as_they_are_sent() {
        let (_, _, document) = routes().into_parts();
        let document = serde_json::to_value(document).unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                let answers = operation["responses"].as_object().unwrap();
                for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                    let kinds: Vec<&String> = answer["content"].as_object().unwrap().keys().collect();
                    assert_eq!(kinds, ["application/problem+json"], "{path} {status}");
                }
            }
        }
        let plans = "/api/v1/directory/plans";
        let upload = &document["paths"][format!("{plans}/files")]["post"]["requestBody"]["content"];
        let schema = &upload["application/octet-stream"]["schema"];
        assert_eq!(schema["type"], "string", "{upload}");
        assert_eq!(schema["format"], "binary", "{upload}");
        let download = &document["paths"][format!("{plans}/{{id}}/document")]["get"]["responses"]["200"];
        assert_eq!(download["content"]["application/json"]["schema"]["type"], "object", "{download}");
    }
}
