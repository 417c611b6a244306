//! My appointments → Appointment types: what can be booked, its link, and its form.

mod edit;
mod form;
mod list;
mod why;
mod why_words;

use platform::{Actor, Hub, Result, Role, id::AccountId, not_found, web::Routes};

pub(super) use form::place_title;

use super::{BOTH, desk};
use crate::appointment_type::{self, AppointmentType, TypeId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/my/appointment-types", BOTH, list::list)
        .get("/my/appointment-types/new", BOTH, edit::new_form)
        .post("/my/appointment-types/new", BOTH, edit::create)
        .get("/my/appointment-types/{id}", BOTH, edit::show)
        .post("/my/appointment-types/{id}", BOTH, edit::save)
        .get("/my/appointment-types/{id}/why", BOTH, why::why)
        .post("/my/appointment-types/{id}/open", BOTH, edit::open)
        .post("/my/appointment-types/{id}/close", BOTH, edit::close)
}

/// The type with its hosts. Types of other people do not exist for who is no administrator.
async fn visible(hub: &Hub, actor: &Actor, id: &str) -> Result<(AppointmentType, Vec<AccountId>)> {
    let person = desk(actor)?;
    let id: TypeId = id.parse().map_err(|_| not_found("appointment type"))?;
    let it = appointment_type::get(hub, person.organization, id).await?;
    let hosts = appointment_type::hosts(hub, hub.db(), person.organization, id).await?;
    let hosts: Vec<AccountId> = hosts.into_iter().map(|host| host.account_id).collect();
    let is_own = it.created_by == person.account || hosts.contains(&person.account);
    if is_own || actor.has_role(Role::Administrator) {
        return Ok((it, hosts));
    }
    Err(not_found("appointment type"))
}
