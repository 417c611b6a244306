//! Licences, organizations and roles (Webex Admin API; administrators only, save for one's own organization).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::random::stable_uuid;
use crate::routes::Routes;
use crate::seed::Seed;
use crate::webex::caller::{Caller, DEVICE, FULL, READ_ONLY, USER};
use crate::webex::ids;
use crate::webex::people::timestamp;
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

/// The roles an organization knows.
pub(crate) const ROLES: [&str; 5] = [FULL, READ_ONLY, USER, DEVICE, "Compliance Officer"];

const READERS: [&str; 4] = [FULL, READ_ONLY, USER, DEVICE];
const FOUNDED: i64 = 1_445_178_376;

/// A licence with its public id.
#[derive(Debug, Clone)]
pub(crate) struct License {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) site: Option<String>,
    total_units: u32,
}

pub(crate) fn licenses(seed: &Seed) -> Vec<License> {
    let organization = seed.organization.id();
    let license = |license: &crate::seed::License| {
        let site = license.site.as_ref().map(|site| format!("_{site}")).unwrap_or_default();
        let inner = format!(
            "{}_{}_{}{site}",
            license.kind,
            stable_uuid("licence", &license.name),
            license.total_units
        );
        License {
            id: ids::encode("LICENSE", &format!("{organization}:{inner}")),
            name: license.name.clone(),
            site: license.site.clone(),
            total_units: license.total_units,
        }
    };
    seed.licenses.iter().map(license).collect()
}

pub(crate) fn role_id(name: &str) -> String {
    ids::encode("ROLE", &stable_uuid("role", name).to_string())
}

pub(crate) fn role_by_id(id: &str) -> Option<&'static str> {
    ROLES.into_iter().find(|name| role_id(name) == id)
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/licenses", list_licenses)
        .get("/v1/licenses/{id}", get_license)
        .get("/v1/organizations", list_organizations)
        .get("/v1/organizations/{id}", get_organization)
        .get("/v1/roles", list_roles)
        .get("/v1/roles/{id}", get_role)
}

async fn list_licenses(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["spark-admin:licenses_read"], &READERS)?;
    Ok(Json(json!({"items": license_bodies(&world)})))
}

async fn get_license(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["spark-admin:licenses_read"], &READERS)?;
    let found = license_bodies(&world).into_iter().find(|license| license["id"] == json!(id));
    found.map(Json).ok_or_else(|| Refusal::not_found("The license is not found."))
}

fn license_bodies(world: &Shared) -> Vec<Value> {
    let state = lock(&world.webex);
    let mut consumed: BTreeMap<&str, u32> = BTreeMap::new();
    for id in state.accounts.all().flat_map(|account| &account.licenses) {
        *consumed.entry(id).or_default() += 1;
    }
    let body = |license: &License| {
        let used = consumed.get(license.id.as_str()).copied().unwrap_or_default();
        let mut body = json!({
            "id": license.id,
            "name": license.name,
            "totalUnits": license.total_units,
            "consumedUnits": used,
            "consumedByUsers": used,
            "consumedByWorkspaces": 0,
        });
        if let Some(site) = &license.site {
            body["siteUrl"] = json!(site);
            body["siteType"] = json!("Control Hub managed site");
        }
        body
    };
    state.licenses.iter().map(body).collect()
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
