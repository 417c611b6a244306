//! GET and PUT /meetingPreferences/sites: on which Meetings sites a person may host.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::{Input, Params};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const FOREIGN: &str = "Not permitted to view or change other user's preferences.";

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/meetingPreferences/sites", list_sites)
        .put("/v1/meetingPreferences/sites", set_default_site)
}

async fn list_sites(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let id = whose(&world, &caller, &params, "read")?;
    let state = lock(&world.webex);
    let account = state.accounts.by_id(id).ok_or_else(|| Refusal::forbidden_because(FOREIGN))?;
    let site = |(index, site)| json!({"siteUrl": site, "default": index == 0});
    let sites: Vec<Value> = account.sites().into_iter().enumerate().map(site).collect();
    Ok(Json(json!({"sites": sites})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SiteChoice {
    site_url: String,
}

async fn set_default_site(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
    Input(choice): Input<SiteChoice>,
) -> Result<Json<Value>, Refusal> {
    let id = whose(&world, &caller, &params, "write")?;
    if !params.flag("defaultSite", false)? {
        return Err(Refusal::malformed("'defaultSite' must be true."));
    }
    let mut state = lock(&world.webex);
    let account = state.accounts.by_id(id).ok_or_else(|| Refusal::forbidden_because(FOREIGN))?;
    if !account.sites().contains(&choice.site_url) {
        return Err(Refusal::malformed("'siteUrl' is not one of the user's sites."));
    }
    state.accounts.change(id, |account| account.default_site = Some(choice.site_url.clone()));
    Ok(Json(json!({"siteUrl": choice.site_url, "default": true})))
}

/// Whose preferences are meant; others' need an admin scope and a Full Administrator.
fn whose(world: &Shared, caller: &Caller, params: &Params, verb: &str) -> Result<Uuid, Refusal> {
    let own = format!("meeting:preferences_{verb}");
    let admin = format!("meeting:admin_preferences_{verb}");
    caller.needs(&[&own, &admin])?;
    match params.text("userEmail") {
        Some(email) if !email.eq_ignore_ascii_case(&caller.email) => {
            if !caller.is_admin(&[&admin], &[FULL]) {
                return Err(Refusal::forbidden_because(FOREIGN));
            }
            let state = lock(&world.webex);
            state
                .accounts
                .by_email(email)
                .map(|account| account.id)
                .ok_or_else(|| Refusal::forbidden_because(FOREIGN))
        }
        _ => Ok(caller.id),
    }
}
