//! Licences: what was bought, how much of it is used, and by whom (Webex Licenses API).

mod assign;

use std::sync::Arc;

pub(crate) use assign::implicit;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::random::stable_uuid;
use crate::routes::Routes;
use crate::seed::Seed;
use crate::webex::State as Webex;
use crate::webex::caller::Caller;
use crate::webex::directory::READERS;
use crate::webex::ids;
use crate::webex::input::Params;
use crate::webex::people::{Account, link};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const LARGEST_PAGE: usize = 300;

/// A licence with its public id.
#[derive(Debug)]
pub(crate) struct License {
    pub(crate) id: String,
    /// Its place among the organization's licences.
    pub(crate) place: usize,
    pub(crate) name: String,
    /// The prefix of its inner id: MC, MS, EC …
    pub(crate) kind: String,
    pub(crate) site: Option<String>,
    /// Given by Webex itself; nobody can take it away.
    pub(crate) implicit: bool,
    pub(crate) total_units: u32,
}

pub(crate) fn licenses(seed: &Seed) -> Vec<Arc<License>> {
    let organization = seed.organization.id();
    let license = |(place, license): (usize, &crate::seed::License)| {
        // Generated people must not exhaust what the listed ones left.
        let total_units = match seed.webex_people {
            0 => license.total_units,
            people => license.total_units.max(people.saturating_add(license.total_units)),
        };
        let site = license.site.as_ref().map(|site| format!("_{site}")).unwrap_or_default();
        let inner = format!("{}_{}_{total_units}{site}", license.kind, stable_uuid("licence", &license.name));
        Arc::new(License {
            id: ids::encode("LICENSE", &format!("{organization}:{inner}")),
            place,
            name: license.name.clone(),
            kind: license.kind.clone(),
            site: license.site.clone(),
            implicit: license.implicit,
            total_units,
        })
    };
    seed.licenses.iter().enumerate().map(license).collect()
}

/// Whether the person may get the licence: it is theirs already, or there is stock.
pub(crate) fn available(state: &Webex, account: &Account, license: &Arc<License>) -> bool {
    holds(account, license) || state.accounts.holders(license.place) < license.total_units
}

pub(crate) fn holds(account: &Account, license: &Arc<License>) -> bool {
    account.licenses.iter().any(|held| held.id == license.id)
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/licenses", list_licenses)
        .get("/v1/licenses/{id}", get_license)
        .patch("/v1/licenses/users", assign::assign_licenses)
}

async fn list_licenses(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["spark-admin:licenses_read"], &READERS)?;
    let state = lock(&world.webex);
    let items: Vec<Value> = state.licenses.iter().map(|license| body(&state, license)).collect();
    Ok(Json(json!({"items": items})))
}

async fn get_license(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, Refusal> {
    caller.needs_admin(&["spark-admin:licenses_read"], &READERS)?;
    let state = lock(&world.webex);
    let license = state.licenses.iter().find(|license| license.id == id);
    let license = license.ok_or_else(|| Refusal::not_found("The license is not found."))?;
    let mut body = body(&state, license);
    let mut next = None;
    match params.text("includeAssignedTo") {
        None => {}
        Some("user") => (body["users"], next) = users(&state, license, &params)?,
        Some(_) => return Err(Refusal::malformed("'includeAssignedTo' must be user.")),
    }
    let mut response = Json(body).into_response();
    if let Some(next) = next {
        link(&world, &mut response, &format!("/v1/licenses/{id}?{}", params.with("next", &next)));
    }
    Ok(response)
}

/// One page of those who hold the licence, with the token of the next page where there is one.
fn users(state: &Webex, license: &Arc<License>, params: &Params) -> Result<(Value, Option<String>), Refusal> {
    let limit = params.number("limit", LARGEST_PAGE, LARGEST_PAGE)?;
    let after = match params.text("next") {
        None => 0,
        Some(next) => next.parse().map_err(|_| Refusal::malformed("'next' is not valid."))?,
    };
    let holders = state.accounts.after(after).filter(|account| holds(account, license));
    let mut page: Vec<&Account> = holders.take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| last.place.to_string());
    let user = |account: &&Account| {
        json!({
            "id": ids::person(account.id),
            "type": "INTERNAL",
            "displayName": account.display_name(),
            "email": account.email,
        })
    };
    Ok((page.iter().map(user).collect(), next))
}

fn body(state: &Webex, license: &License) -> Value {
    let used = state.accounts.holders(license.place);
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
}
