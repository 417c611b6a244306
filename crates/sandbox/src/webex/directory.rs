//! Organizations and roles (Webex Admin API; administrators only, save for one's own organization).

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::random::stable_uuid;
use crate::routes::Routes;
use crate::webex::caller::{Caller, DEVICE, FULL, READ_ONLY, USER};
use crate::webex::ids;
use crate::webex::people::timestamp;
use crate::webex::refusal::Refusal;
use crate::world::Shared;

/// The roles an organization knows.
pub(crate) const ROLES: [&str; 5] = [FULL, READ_ONLY, USER, DEVICE, "Compliance Officer"];

/// Roles that may read what administrators may.
pub(crate) const READERS: [&str; 4] = [FULL, READ_ONLY, USER, DEVICE];
const FOUNDED: i64 = 1_445_178_376;

/// Webex names the roles of administrators so; of others only UUIDs are known.
pub(crate) fn role_id(name: &str) -> String {
    match name {
        FULL => ids::encode("ROLE", "id_full_admin"),
        READ_ONLY => ids::encode("ROLE", "id_readonly_admin"),
        USER => ids::encode("ROLE", "id_user_admin"),
        DEVICE => ids::encode("ROLE", "id_device_admin"),
        other => ids::encode("ROLE", &stable_uuid("role", other).to_string()),
    }
}

pub(crate) fn role_by_id(id: &str) -> Option<&'static str> {
    ROLES.into_iter().find(|name| role_id(name) == id)
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/organizations", list_organizations)
        .get("/v1/organizations/{id}", get_organization)
        .get("/v1/roles", list_roles)
        .get("/v1/roles/{id}", get_role)
}

async fn list_organizations(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({"items": [organization(&world, &caller)?]})))
}

async fn get_organization(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let body = organization(&world, &caller)?;
    let wanted = ids::decode("ORGANIZATION", &id);
    let own = world.core().organization.id().to_string();
    if wanted == Some(own) {
        Ok(Json(body))
    } else {
        Err(Refusal::not_found("The organization is not found."))
    }
}

fn organization(world: &Shared, caller: &Caller) -> Result<Value, Refusal> {
    let admin =
        ["spark-admin:organizations_read", "identity:organizations_rw", "identity:organizations_read"];
    if !caller.is_admin(&admin, &READERS) {
        caller.needs(&["spark:organizations_read"])?;
    }
    let organization = world.core().organization.clone();
    Ok(json!({
        "id": ids::encode("ORGANIZATION", &organization.id().to_string()),
        "displayName": organization.name,
        "created": timestamp(jiff::Timestamp::from_second(FOUNDED).unwrap_or_default()),
    }))
}

async fn list_roles(caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["spark-admin:roles_read"], &READERS)?;
    let items: Vec<Value> = ROLES.iter().map(|name| json!({"id": role_id(name), "name": name})).collect();
    Ok(Json(json!({"items": items})))
}

async fn get_role(caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["spark-admin:roles_read"], &READERS)?;
    let name = role_by_id(&id).ok_or_else(|| Refusal::not_found("The role is not found."))?;
    Ok(Json(json!({"id": role_id(name), "name": name})))
}
