//! The pages of this room, all of them for administrators: the directory as it was read, its people, plans, rules and
//! runs. They only translate: what is done is done by the same verbs that the API calls.

mod changes;
mod downloads;
mod edit;
mod fields;
mod overview;
mod paging;
mod people;
mod plans;
mod rules;
mod runs;
mod settings;
mod words;

use platform::{
    Actor, Error, Fault, Result, Role, forbidden,
    id::OrganizationId,
    web::{Access, Routes},
};

const ADMIN: Access = Access::Role(Role::Administrator);

/// The pages with who may see them.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/admin/directory", ADMIN, overview::show)
        .get("/admin/directory/reading", ADMIN, overview::reading)
        .post("/admin/directory/read", ADMIN, overview::read)
        .post("/admin/directory/site", ADMIN, overview::choose_way)
        .post("/admin/directory/settings", ADMIN, settings::save)
        .merge(people::routes())
        .merge(edit::routes())
        .merge(plans::routes())
        .merge(rules::routes())
        .merge(runs::routes())
        .merge(downloads::routes())
}

/// The organization of the administrator who looks.
fn organization(actor: &Actor) -> Result<OrganizationId> {
    let person = actor.person().ok_or_else(|| forbidden("This page is for people."))?;
    Ok(person.organization)
}

/// Only wrong fields; anything else goes its usual way.
fn is_invalid(error: &Error) -> bool {
    matches!(error.fault, Fault::Invalid(_))
}

/// Pairs of a query as they follow `?`, those without a value left out.
fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}
