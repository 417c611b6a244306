//! People, the organization, and the OpenID Connect user info endpoint, which Graph hosts.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::ask::{Ask, Paging, with_context};
use super::failure::Failure;
use crate::seed::Person;
use crate::world::Shared;

const READ_ONESELF: [&str; 5] =
    ["User.Read", "User.ReadWrite", "User.ReadBasic.All", "User.Read.All", "Directory.Read.All"];
const READ_OTHERS: [&str; 3] = ["User.ReadBasic.All", "User.Read.All", "Directory.Read.All"];
const READ_ALL_AS_APP: [&str; 2] = ["User.Read.All", "Directory.Read.All"];
const READ_ORGANIZATION: [&str; 4] =
    ["User.Read", "User.Read.All", "Organization.Read.All", "Directory.Read.All"];

/// What a user answers with when nothing is selected (Graph "Get a user").
const DEFAULT_PROPERTIES: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// GET /me and GET /users/{id or user principal name}
pub(super) async fn get_user(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = if may_read_others(&ask) { ask.person(&world)? } else { oneself(&world, &ask)? };
    let user = with_context(&world, "users/$entity", user(&person, ask.options.select.is_some()));
    Ok(ask.one(StatusCode::OK, user))
}

/// The person who signed in; anybody else is out of reach.
fn oneself(world: &Shared, ask: &Ask) -> Result<Person, Failure> {
    let allowed = !ask.is_app_only() && ask.has_any(&READ_ONESELF);
    if !allowed && ask.is_app_only() && ask.param("user").is_empty() {
        ask.person(world)?;
    }
    let person = if allowed { ask.person(world)? } else { return Err(Failure::request_denied()) };
    if ask.is_own(&person) { Ok(person) } else { Err(Failure::request_denied()) }
}

/// GET /users
pub(super) async fn list_users(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    if !may_read_others(&ask) {
        return Err(Failure::request_denied());
    }
    // A filter may name any property, so all are there until the answer is cut to size.
    let whole = ask.options.select.is_some() || ask.options.filter.is_some();
    let users: Vec<Value> = {
        let core = world.core();
        core.people
            .iter()
            .filter(|person| person.microsoft.is_some())
            .map(|person| user(person, whole))
            .collect()
    };
    ask.collection(&world, &Paging::directory("users"), users)
}

fn may_read_others(ask: &Ask) -> bool {
    if ask.is_app_only() { ask.has_any(&READ_ALL_AS_APP) } else { ask.has_any(&READ_OTHERS) }
}

fn user(person: &Person, whole: bool) -> Value {
    let mut user = json!({
        "businessPhones": [],
        "displayName": person.display_name(),
        "givenName": person.first_name,
        "jobTitle": person.title,
        "mail": person.email,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": person.last_name,
        "userPrincipalName": person.email,
        "id": person.entra_id(),
        "accountEnabled": true,
        "department": person.department,
        "mailNickname": person.email.split('@').next(),
        "userType": "Member",
        "proxyAddresses": [format!("SMTP:{}", person.email)],
    });
    if let Some(object) = user.as_object_mut().filter(|_| !whole) {
        object.retain(|name, _| DEFAULT_PROPERTIES.contains(&name.as_str()));
    }
    user
}

/// GET /organization
pub(super) async fn list_organization(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    if !ask.has_any(&READ_ORGANIZATION) {
        return Err(Failure::request_denied());
    }
    let organization = {
        let core = world.core();
        json!({
            "id": core.organization.id(),
            "displayName": core.organization.name,
            "tenantType": "AAD",
            "countryLetterCode": null,
            "verifiedDomains": [{
                "name": core.organization.domain, "isDefault": true, "isInitial": false,
                "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline",
            }],
        })
    };
    ask.collection(&world, &Paging::directory("organization"), vec![organization])
}

/// GET and POST /oidc/userinfo (OpenID Connect Core §5.3)
pub(super) async fn user_info(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    if !ask.has_any(&["openid"]) {
        return Err(Failure::request_denied());
    }
    let person = ask.person(&world)?;
    let subject = crate::entra::subject(&ask.bearer.client_id, &person);
    let mut claims = json!({"sub": subject});
    if ask.has_any(&["profile"]) {
        claims["name"] = person.display_name().into();
        claims["given_name"] = person.first_name.clone().into();
        claims["family_name"] = person.last_name.clone().into();
    }
    if ask.has_any(&["email"]) {
        claims["email"] = person.email.into();
    }
    Ok(Json(claims).into_response())
}
