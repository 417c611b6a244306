//! Who the caller is.

use axum::Extension;
use platform::{
    Actor, Result, Role, Scope,
    actor::Who,
    api::{Json, Problem},
    sign_in,
};
use serde::Serialize;

/// The caller as Switchboard knows it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    kind: CallerKind,
    /// The account's or the API key's id.
    id: String,
    name: String,
    organization_id: String,
    /// For accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// For accounts: the IANA name of the zone the person reads times in.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    roles: Vec<Role>,
    /// For API keys: what the key may do.
    scopes: Vec<&'static str>,
}

/// What kind of caller it is.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallerKind {
    Account,
    ApiKey,
}

#[utoipa::path(
    get, path = "/api/v1/me", tag = "Accounts", summary = "Who am I?",
    description = "Answers the account or the API key that is asking; useful to try a new key.",
    responses(
        (status = 200, body = Me),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = []))
)]
pub(crate) async fn get_me(Extension(actor): Extension<Actor>) -> Result<Json<Me>> {
    match actor.who {
        Who::Person(person) => Ok(Json(Me {
            kind: CallerKind::Account,
            id: person.account.to_string(),
            name: person.name,
            organization_id: person.organization.to_string(),
            email: Some(person.email),
            time_zone: person.zone.iana_name().map(str::to_owned),
            roles: person.roles,
            scopes: Vec::new(),
        })),
        Who::Key(key) => Ok(Json(Me {
            kind: CallerKind::ApiKey,
            id: key.id.to_string(),
            name: key.name.clone(),
            organization_id: key.organization.to_string(),
            email: None,
            time_zone: None,
            roles: Vec::new(),
            scopes: key.scopes.iter().copied().map(Scope::as_str).collect(),
        })),
        Who::Anyone | Who::System(_) => Err(sign_in("Send an API key as `Authorization: Bearer …`.")),
    }
}
