//! Tracking codes of people (Webex Tracking Codes API for administrators).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::routes::Routes;
use crate::webex::caller::{Caller, FULL};
use crate::webex::ids;
use crate::webex::input::{Input, Params};
use crate::webex::people::Account;
use crate::webex::refusal::Refusal;
use crate::webex::sites::tracking::MAPPED;
use crate::webex::sites::{READ, READERS, Site, SiteAccount, WRITE, Whom, chosen, keep, user};
use crate::world::{Shared, lock};

const LONGEST_VALUE: usize = 120;

pub(super) fn routes() -> Routes {
    let path = "/v1/admin/meeting/userconfig/trackingCodes";
    Routes::new().get(path, get_user_tracking_codes).put(path, update_user_tracking_codes)
}

fn body(site: &Site, account: &Account, kept: &SiteAccount) -> Value {
    let codes = site.tracking_codes.iter().filter_map(|code| {
        let value = kept.tracking.get(&code.name)?;
        Some(json!({"id": code.id.to_string(), "name": code.name, "value": value}))
    });
    json!({
        "siteUrl": site.url,
        "personId": ids::person(account.id),
        "email": account.email,
        "trackingCodes": codes.collect::<Vec<_>>(),
    })
}

async fn get_user_tracking_codes(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&READ, &READERS)?;
    let switches = world.switches();
    let state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, params.text("siteUrl"))?;
    let (site, account, kept) = user(&world, &state, site, &Whom::asked(&params, &headers))?;
    Ok(Json(body(site, account, &kept)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    site_url: Option<String>,
    #[serde(default)]
    tracking_codes: Vec<Named>,
    #[serde(flatten)]
    whom: Whom,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    value: String,
}

async fn update_user_tracking_codes(
    State(world): State<Shared>,
    caller: Caller,
    Input(choice): Input<Choice>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&WRITE, &[FULL])?;
    let switches = world.switches();
    let url = choice.site_url.as_deref().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| Refusal::malformed("'siteUrl' cannot be empty"))?;
    if !switches.site_has_own_tracking(url) {
        return Err(Refusal::malformed(MAPPED));
    }
    let (url, id, wanted) = {
        let state = lock(&world.webex);
        let site = chosen(&switches, &state, &caller, Some(url))?;
        let (site, account, _) = user(&world, &state, site, &choice.whom)?;
        (site.url.clone(), account.id, checked(site, &choice.tracking_codes)?)
    };
    keep(&world, id, &url, |kept| kept.tracking = wanted);
    let state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, Some(&url))?;
    let (site, account, kept) = user(&world, &state, site, &choice.whom)?;
    Ok(Json(body(site, account, &kept)))
}

/// The whole set that the person has from now on; an empty value is none.
fn checked(site: &Site, wanted: &[Named]) -> Result<BTreeMap<String, String>, Refusal> {
    let mut all = BTreeMap::new();
    for Named { name, value } in wanted {
        let code = site.tracking_codes.iter().find(|code| code.name == *name);
        let code =
            code.ok_or_else(|| Refusal::malformed(&format!("Tracking code of '{name}' is not found.")))?;
        if value.chars().count() > LONGEST_VALUE || !code.allows(value) {
            return Err(Refusal::malformed(&format!("Value of tracking code '{name}' is invalid.")));
        }
        if !value.is_empty() {
            all.insert(code.name.clone(), value.clone());
        }
    }
    Ok(all)
}
