//! Session types of sites and of people (Webex Session Types API for administrators).

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
use crate::webex::sites::{READ, READERS, SessionType, Site, SiteAccount, WRITE, Whom, chosen, keep, user};
use crate::world::{Shared, lock};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/v1/admin/meeting/config/sessionTypes", list_session_types)
        .get("/v1/admin/meeting/userconfig/sessionTypes", list_user_session_types)
        .put("/v1/admin/meeting/userconfig/sessionTypes", update_user_session_types)
}

async fn list_session_types(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&READ, &READERS)?;
    let switches = world.switches();
    let state = lock(&world.webex);
    let site = &state.sites[chosen(&switches, &state, &caller, params.text("siteUrl"))?];
    let items: Vec<Value> = site
        .session_types
        .iter()
        .map(|kind| {
            let mut item = body(kind);
            item["siteUrl"] = json!(site.url);
            item
        })
        .collect();
    Ok(Json(json!({"items": items})))
}

fn body(kind: &SessionType) -> Value {
    json!({"id": kind.id.to_string(), "shortName": kind.short, "name": kind.name, "type": kind.kind})
}

fn user_body(site: &Site, account: &Account, kept: &SiteAccount) -> Value {
    json!({
        "personId": ids::person(account.id),
        "email": account.email,
        "siteUrl": site.url,
        "sessionTypes": account.sessions_at(site, kept).iter().map(body).collect::<Vec<_>>(),
    })
}

async fn list_user_session_types(
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
    Ok(Json(json!({"items": [user_body(site, account, &kept)]})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice {
    site_url: Option<String>,
    session_type_ids: Option<Vec<String>>,
    #[serde(flatten)]
    whom: Whom,
}

async fn update_user_session_types(
    State(world): State<Shared>,
    caller: Caller,
    Input(choice): Input<Choice>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&WRITE, &[FULL])?;
    let switches = world.switches();
    let url = choice.site_url.as_deref().filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| Refusal::malformed("'siteUrl' cannot be empty"))?;
    let ids = choice.session_type_ids.filter(|ids| !ids.is_empty());
    let ids = ids.ok_or_else(|| Refusal::malformed("'sessionTypeIds' cannot be empty"))?;
    let (url, id, wanted) = {
        let state = lock(&world.webex);
        let site = chosen(&switches, &state, &caller, Some(url))?;
        let (site, account, _) = user(&world, &state, site, &choice.whom)?;
        (site.url.clone(), account.id, known(site, &ids)?)
    };
    keep(&world, id, &url, |kept| kept.sessions = Some(wanted));
    let state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, Some(&url))?;
    let (site, account, kept) = user(&world, &state, site, &choice.whom)?;
    Ok(Json(user_body(site, account, &kept)))
}

fn known(site: &Site, ids: &[String]) -> Result<Vec<u64>, Refusal> {
    let number = |text: &String| {
        let id = text.parse().ok().filter(|id| site.session_types.iter().any(|kind| kind.id == *id));
        id.ok_or_else(|| Refusal::malformed(&format!("Session type of '{text}' is not found.")))
    };
    let mut all = ids.iter().map(number).collect::<Result<Vec<u64>, _>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}
