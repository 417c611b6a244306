//! Webex OAuth 2.0: pages to click through, codes, tokens, revocation (Webex Integrations guide).

mod authorize;
mod scopes;
mod token;

use serde_json::Value;

use crate::apps::Provider;
use crate::routes::Routes;
use crate::webex::grants::{AccessToken, Grant};
use crate::world::{Revocation, World, later, lock};

/// Personal access tokens of the developer portal live 12 hours.
const PERSONAL_SECONDS: i64 = 43_200;
/// The app that personal access tokens belong to.
const PORTAL_CLIENT: &str = "C4ad9c9c6a1fdc5f8c9ed1b3f3d67bb0c6a8c0b7f3c8d6c1a9e2f4b7d5e3a1c0f9";

pub(crate) use scopes::ALL as ALL_SCOPES;

pub(crate) fn routes() -> Routes {
    authorize::routes().merge(token::routes())
}

/// A token of three parts, the last one naming the organization, as Webex prints them.
fn token_value(world: &World) -> String {
    let organization = world.core().organization.id();
    format!("{}_P0A1_{organization}", world.random.token().replace('_', "-"))
}

fn access_token(world: &World, seconds: i64) -> AccessToken {
    let now = world.clock.now();
    let id = world.random.uuid();
    AccessToken { id, value: token_value(world), created_at: now, expires_at: later(now, seconds) }
}

/// A personal access token, valid for 12 hours; `None` when nobody has that address. No scopes means all.
pub(crate) fn issue_token(world: &World, email: &str, scopes: &[String]) -> Option<Value> {
    let access = access_token(world, PERSONAL_SECONDS);
    let value = access.value.clone();
    let scopes = if scopes.is_empty() { ALL_SCOPES.map(str::to_owned).to_vec() } else { scopes.to_vec() };
    let scope = scopes.join(" ");
    let id = world.random.uuid();
    let mut state = lock(&world.webex);
    let email = state.accounts.by_email(email)?.email.clone();
    let created_at = access.created_at;
    let client_id = PORTAL_CLIENT.to_owned();
    state.grants.insert(Grant {
        id,
        client_id,
        email,
        scopes,
        created_at,
        refresh: None,
        access: vec![access],
    });
    Some(serde_json::json!({
        "access_token": value,
        "expires_in": PERSONAL_SECONDS,
        "token_type": "Bearer",
        "scope": scope,
    }))
}

/// Ends a person's tokens; returns false when nobody has that address.
pub(crate) fn revoke(world: &World, email: &str, why: Revocation) -> bool {
    world.sign_out(Provider::Webex, email);
    let mut state = lock(&world.webex);
    let Some(account) = state.accounts.by_email(email) else { return false };
    let (id, email) = (account.id, account.email.clone());
    state.grants.revoke_where(|grant| grant.email == email);
    match why {
        Revocation::PasswordChanged => {}
        Revocation::Revoked => state.consents.retain(|(_, who), _| *who != email),
        Revocation::AccountDisabled => {
            state.accounts.change(id, |account| account.login_enabled = false);
        }
    }
    true
}

/// Ends all grants of an app, as blocking it in Control Hub does.
pub(crate) fn revoke_app(world: &World, client_id: &str) {
    let mut state = lock(&world.webex);
    state.grants.revoke_where(|grant| grant.client_id == client_id);
    state.consents.retain(|(client, _), _| client != client_id);
}
