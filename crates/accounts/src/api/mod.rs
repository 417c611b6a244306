//! The room's operations in the JSON API.

mod accounts;
mod audit;
mod keys;
mod me;

use platform::{
    Actor, Result, Role, Scope,
    id::OrganizationId,
    sign_in,
    web::{Access, Routes},
};
use utoipa_axum::routes;

pub(crate) fn routes() -> Routes {
    let read = Access::Api(Scope::AccountsRead, Role::Administrator);
    let write = Access::Api(Scope::AccountsWrite, Role::Administrator);
    Routes::default()
        .api(Access::Caller, routes!(me::get_me))
        .api(read, routes!(accounts::list_accounts))
        .api(write, routes!(accounts::invite_account))
        .api(read, routes!(accounts::get_account))
        .api(write, routes!(accounts::set_account_roles))
        .api(write, routes!(accounts::disable_account))
        .api(write, routes!(accounts::enable_account))
        .api(write, routes!(accounts::renew_account_invitation))
        .api(read, routes!(keys::list_api_keys))
        .api(write, routes!(keys::create_api_key))
        .api(write, routes!(keys::revoke_api_key))
        .api(Access::Api(Scope::AuditRead, Role::Administrator), routes!(audit::list_audit_entries))
}

/// The organization whose things are asked for.
fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| sign_in("Send an API key as `Authorization: Bearer …`."))
}
