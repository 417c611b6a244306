//! The room's pages: signing in and out, the first set-up, invitations, one's own account, and the administration of
//! accounts, API keys and the audit trail.

mod accounts;
mod audit;
mod invite;
mod keys;
mod my_account;
mod oidc;
mod setup;
mod sign_in;
mod wrong;

use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use platform::{
    Actor, Hub, Result, Role,
    actor::Person,
    web::{Access, Routes},
};

use crate::session;
use wrong::Wrong;

pub(crate) fn routes() -> Routes {
    visitors().merge(own()).merge(administration())
}

fn visitors() -> Routes {
    Routes::default()
        .get("/sign-in", Access::Public, sign_in::show_sign_in)
        .post("/sign-in", Access::Public, sign_in::sign_in)
        .post("/sign-out", Access::Public, sign_in::sign_out)
        .get("/sign-in/oidc", Access::Public, oidc::begin)
        .get(crate::oidc::CALLBACK, Access::Public, oidc::finish)
        .get("/setup/{token}", Access::Public, setup::show_setup)
        .post("/setup/{token}", Access::Public, setup::set_up)
        .get("/invite/{token}", Access::Public, invite::show_invitation)
        .post("/invite/{token}", Access::Public, invite::accept_invitation)
}

fn own() -> Routes {
    Routes::default()
        .get("/my/account", Access::SignedIn, my_account::show_account)
        .post("/my/account/profile", Access::SignedIn, my_account::update_profile)
        .post("/my/account/password", Access::SignedIn, my_account::change_password)
        .post("/my/account/sessions/revoke-others", Access::SignedIn, my_account::revoke_others)
        .post("/my/account/sessions/{id}/revoke", Access::SignedIn, my_account::revoke_session)
}

fn administration() -> Routes {
    let administrator = Access::Role(Role::Administrator);
    Routes::default()
        .get("/admin/accounts", administrator, accounts::list_accounts)
        .get("/admin/accounts/invite", administrator, accounts::show_invite)
        .post("/admin/accounts/invite", administrator, accounts::invite)
        .get("/admin/accounts/{id}", administrator, accounts::show_account)
        .post("/admin/accounts/{id}/roles", administrator, accounts::set_roles)
        .post("/admin/accounts/{id}/disable", administrator, accounts::disable)
        .post("/admin/accounts/{id}/enable", administrator, accounts::enable)
        .post("/admin/accounts/{id}/invitation", administrator, accounts::renew_invitation)
        .get("/admin/api-keys", administrator, keys::list_keys)
        .get("/admin/api-keys/new", administrator, keys::show_new_key)
        .post("/admin/api-keys/new", administrator, keys::create_key)
        .post("/admin/api-keys/{id}/revoke", administrator, keys::revoke_key)
        .get("/admin/audit", administrator, audit::show_audit)
}

/// After signing in: the session's cookie, and on to `path`.
fn signed_in(hub: &Hub, token: &str, path: &str) -> Response {
    (AppendHeaders([session::set_cookie(hub, token)]), Redirect::to(path)).into_response()
}

/// The person whom the route's access has let in.
fn person(actor: &Actor) -> Result<&Person> {
    actor.person().ok_or_else(|| platform::sign_in("Please sign in to see this page."))
}

/// A checkbox: its value, its label, what it means, whether it is ticked.
type Choice = (&'static str, &'static str, &'static str, bool);

fn role_choices(chosen: &[Role]) -> Vec<Choice> {
    let choice = |role: Role, label, meaning| (role.as_str(), label, meaning, chosen.contains(&role));
    vec![
        choice(
            Role::Administrator,
            "Administrator",
            "Sets up integrations, accounts and keys, sees every connection’s state",
        ),
        choice(Role::Host, "Host", "Has appointments and shifts, connects own accounts"),
        choice(Role::Operator, "Operator", "Sees presence"),
    ]
}

fn role_labels(roles: &[Role]) -> String {
    let labels: Vec<&str> =
        role_choices(roles).into_iter().filter(|choice| choice.3).map(|choice| choice.1).collect();
    labels.join(", ")
}

/// The chosen roles; what no form of ours sends is passed over.
fn read_roles(names: &[String]) -> Vec<Role> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
