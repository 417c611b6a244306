//! PATCH /licenses/users: adds and removes licences and attendances of one person (Webex Licenses API). A request with a
//! mistake changes nothing and is refused with one of the documented error codes; what only lacks stock is left out of the
//! answer, with status 206.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::faults::Partly;
use crate::random::stable_uuid;
use crate::switches::{NoStock, Switches};
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, USER};
use crate::webex::ids;
use crate::webex::input::Input;
use crate::webex::licenses::{License, available};
use crate::webex::people::{Account, person_id};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

/// No page names the scope; both are accepted.
const SCOPES: [&str; 2] = ["spark-admin:people_write", "spark-admin:licenses_write"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    email: Option<String>,
    person_id: Option<String>,
    #[serde(default)]
    licenses: Vec<LicenseChange>,
    #[serde(default)]
    site_urls: Vec<SiteChange>,
}

#[derive(Deserialize)]
struct LicenseChange {
    id: String,
    #[serde(default)]
    operation: Operation,
    properties: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SiteChange {
    site_url: String,
    account_type: String,
    #[serde(default)]
    operation: Operation,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    #[default]
    Add,
    Remove,
}

pub(super) async fn assign_licenses(
    State(world): State<Shared>,
    caller: Caller,
    partly: Partly,
    Input(request): Input<Request>,
) -> Result<Response, Refusal> {
    caller.needs_admin(&SCOPES, &[FULL, USER])?;
    let now = world.clock.now();
    let (organization, switches) = {
        let core = world.core();
        (core.organization.id(), core.switches.clone())
    };
    let mut guard = lock(&world.webex);
    let state = &mut *guard;
    let changes = checked(state, &request.licenses)?;
    check_sites(state, &request.site_urls)?;
    let Some(id) = whom(state, &request)? else {
        return outsider(&request, &changes, organization, &switches);
    };
    let account = state.accounts.by_id(id).ok_or_else(nobody)?;
    let (wanted, missing) = outcome(state, account, &changes);
    let nothing_else = missing.len() == changes.len() && request.site_urls.is_empty();
    if !missing.is_empty() && (nothing_else || switches.webex_no_stock == NoStock::Refuse) {
        return Err(no_stock(&missing));
    }
    state.accounts.change(id, |account| {
        let before = account.belongs_to();
        account.licenses = wanted;
        if !partly.0 {
            attend(account, &request.site_urls);
        }
        account.drop_needless_attendances();
        account.settle(&before, now, switches.webex_propagation_seconds);
        account.modified = now;
    });
    let account = state.accounts.by_id(id).ok_or_else(nobody)?;
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    Ok((status, Json(body(account, organization, &switches))).into_response())
}

/// The person's id; `None` for somebody who is known to belong to another organization.
fn whom(state: &Webex, request: &Request) -> Result<Option<Uuid>, Refusal> {
    match (&request.person_id, &request.email) {
        (Some(id), _) => person_id(id).map(Some),
        (None, Some(email)) => Ok(state.accounts.by_email(email).map(|account| account.id)),
        (None, None) => Err(Refusal::malformed("Either email or personId must be given.")),
    }
}

fn nobody() -> Refusal {
    Refusal::not_found("The person is not found.")
}

/// A license operation that passed the checks.
type Change = (Arc<License>, Operation);

fn checked(state: &Webex, changes: &[LicenseChange]) -> Result<Vec<Change>, Refusal> {
    changes.iter().map(|change| check(state, change)).collect()
}

fn check(state: &Webex, change: &LicenseChange) -> Result<Change, Refusal> {
    let license = state.licenses.iter().find(|license| license.id == change.id);
    let Some(license) = license else {
        let text = format!("License not recognized {}", change.id);
        return Err(Refusal::coded("License not recognized", &text, 400_000));
    };
    if license.implicit && change.operation == Operation::Remove {
        return Err(implicit(license));
    }
    let properties = change.properties.as_ref().unwrap_or(&Value::Null);
    let has = |name: &str| properties[name].as_str().is_some_and(|text| !text.is_empty());
    let calling = license.kind.starts_with("BC") && change.operation == Operation::Add;
    if calling && !has("phoneNumber") && !has("extension") {
        let text = format!(
            "Each Webex Calling license should contain its own calling properties. The following license(s) do not have properties: {}",
            license.id
        );
        return Err(Refusal::coded("License properties missing", &text, 400_411));
    }
    if calling && !has("phoneNumber") && !has("locationId") {
        return Err(Refusal::coded("Unable to find location", "Unable to find location.", 400));
    }
    Ok((license.clone(), change.operation))
}

/// The refusal of PATCH and PUT alike (Webex Licenses API, error 700006).
pub(crate) fn implicit(license: &License) -> Refusal {
    let text = format!("{} {} is implicitly assigned and cannot be removed", license.name, license.id);
    Refusal::coded("License removal not allowed", &text, 700_006)
}

fn check_sites(state: &Webex, changes: &[SiteChange]) -> Result<(), Refusal> {
    for change in changes {
        let known = state.sites.iter().any(|site| site.url == change.site_url);
        if !known || !change.account_type.eq_ignore_ascii_case("attendee") {
            return Err(Refusal::invalid_site(&change.site_url));
        }
    }
    Ok(())
}

/// The licences after the changes, and the ids of those without stock.
fn outcome(state: &Webex, account: &Account, changes: &[Change]) -> (Vec<Arc<License>>, Vec<String>) {
    let mut wanted = account.licenses.clone();
    let mut missing = Vec::new();
    for (license, operation) in changes {
        wanted.retain(|held| operation == &Operation::Add || held.id != license.id);
        let absent = !wanted.iter().any(|held| held.id == license.id);
        match operation {
            Operation::Add if !available(state, account, license) => missing.push(license.id.clone()),
            Operation::Add if absent => wanted.push(license.clone()),
            _ => {}
        }
    }
    wanted.sort_by_key(|license| license.place);
    (wanted, missing)
}

/// No code is documented for missing stock; this is the general one.
fn no_stock(missing: &[String]) -> Refusal {
    let text = format!("The following license(s) could not be applied as requested: {}", missing.join(","));
    Refusal::coded("License assignment failed", &text, 400_112)
}

fn attend(account: &mut Account, changes: &[SiteChange]) {
    for change in changes {
        let entry = format!("{}#attendee", change.site_url);
        account.profile.site_urls.retain(|known| *known != entry);
        if change.operation == Operation::Add {
            account.profile.site_urls.push(entry);
        }
    }
}

fn body(account: &Account, organization: Uuid, switches: &Switches) -> Value {
    let [host, attendee] = switches.webex_account_types.words();
    let mut sites: Vec<Value> =
        account.sites().iter().map(|site| json!({"siteUrl": site, "accountType": host})).collect();
    let attends = account.profile.site_urls.iter().filter_map(|entry| entry.strip_suffix("#attendee"));
    sites.extend(attends.map(|site| json!({"siteUrl": site, "accountType": attendee})));
    json!({
        "orgId": ids::encode("ORGANIZATION", &organization.to_string()),
        "personId": ids::person(account.id),
        "email": account.email,
        "licenses": account.licenses.iter().map(|license| &license.id).collect::<Vec<_>>(),
        "siteUrls": sites,
    })
}

/// Somebody of another organization: everything waits for their acceptance. Others do not exist.
fn outsider(
    request: &Request,
    changes: &[Change],
    organization: Uuid,
    switches: &Switches,
) -> Result<Response, Refusal> {
    let email = request.email.as_deref().unwrap_or_default();
    if !switches.webex_outsiders.iter().any(|known| known.eq_ignore_ascii_case(email)) {
        return Err(nobody());
    }
    let pending: Vec<&String> = changes.iter().map(|(license, _)| &license.id).collect();
    let sites: Vec<Value> = request
        .site_urls
        .iter()
        .map(|site| json!({"siteUrl": site.site_url, "accountType": switches.webex_account_types.words()[1]}))
        .collect();
    Ok(Json(json!({
        "orgId": ids::encode("ORGANIZATION", &organization.to_string()),
        "personId": ids::person(stable_uuid("webex outsider", email)),
        "email": email,
        "licenses": [],
        "siteUrls": [],
        "pendingLicenses": pending,
        "pendingSiteUrls": sites,
    }))
    .into_response())
}
