//! The JSON API of this room: integrations, connections and their tokens.

mod connections;
mod integrations;

use platform::{
    Role, Scope,
    web::{Access, Routes},
};
use utoipa_axum::routes;

/// The operations with who may call them.
pub(crate) fn routes() -> Routes {
    let read_integrations = Access::Api(Scope::IntegrationsRead, Role::Administrator);
    let write_integrations = Access::Api(Scope::IntegrationsWrite, Role::Administrator);
    let read = Access::Api(Scope::ConnectionsRead, Role::Administrator);
    let write = Access::Api(Scope::ConnectionsWrite, Role::Administrator);
    Routes::default()
        .api(read_integrations, routes!(integrations::list_integrations))
        .api(write_integrations, routes!(integrations::create_integration))
        .api(read_integrations, routes!(integrations::get_integration))
        .api(write_integrations, routes!(integrations::update_integration))
        .api(write_integrations, routes!(integrations::check_integration))
        .api(write_integrations, routes!(integrations::enable_integration))
        .api(write_integrations, routes!(integrations::disable_integration))
        .api(write_integrations, routes!(integrations::add_secret))
        .api(write_integrations, routes!(integrations::remove_secret))
        .api(read, routes!(connections::list_connections))
        .api(read, routes!(connections::get_connection))
        .api(Access::KeyOnly(Scope::TokensRead), routes!(connections::get_token))
        .api(write, routes!(connections::start_test))
        .api(read, routes!(connections::get_test))
        .api(write, routes!(connections::remove_connection))
}
