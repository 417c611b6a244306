//! This room knows who is who: organizations, accounts and their roles, how people sign in (by password or by
//! OpenID Connect), their sessions, and the API keys of programs. Its middleware puts the actor into every request,
//! so that no other room has to ask. What an actor may do is declared with each route and checked by the platform.

mod account;
mod api;
mod api_key;
mod clean;
mod identify;
mod invitation;
mod network;
mod oidc;
mod organization;
mod password;
mod session;
mod settings;
mod setup;
mod sign_in;
mod throttle;
mod web;
mod zone;

pub use account::{
    Account, Email, NewAccount, account, accounts_with, administrators, create_account, find, list,
    reset_password, set_roles,
};
pub use api_key::{ApiKey, ApiKeyId, CreatedKey, NewApiKey, create_api_key, maker_of_key, revoke_api_key};
pub use clean::jobs;
pub use identify::identify;
pub use invitation::{Invited, NewInvitation, invite, renew_invitation};
pub use network::{Network, neighbourhood};
pub use organization::{
    Organization, create_organization, find_organization, get as organization, organizations,
};
pub use settings::{OidcSettings, SignInSettings, configure};
pub use setup::ensure_setup_link;
pub use zone::parse as parse_zone;

/// The room's pages and operations of the API.
pub fn routes() -> platform::web::Routes {
    web::routes().merge(api::routes())
}

#[cfg(test)]
mod testing;
