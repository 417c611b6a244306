//! POST, PUT and DELETE of people (administrators with spark-admin:people_write).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, USER};
use crate::webex::directory::role_by_id;
use crate::webex::input::{Input, Params};
use crate::webex::people::read::{person_id, unknown};
use crate::webex::people::{Account, Profile, View};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

const MOST_ACCOUNTS: usize = 50_000;
const WRITERS: [&str; 2] = [FULL, USER];

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/v1/people", create_person)
        .put("/v1/people/{id}", update_person)
        .delete("/v1/people/{id}", delete_person)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersonWrite {
    emails: Option<Vec<String>>,
    roles: Option<Vec<String>>,
    licenses: Option<Vec<String>>,
    login_enabled: Option<bool>,
    #[serde(flatten)]
    profile: Profile,
}

async fn create_person(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
    Input(input): Input<PersonWrite>,
) -> Result<Response, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let minimal = params.flag("minResponse", false)?;
    let email = only_email(input.emails.as_deref())?.to_lowercase();
    let profile = named(input.profile)?;
    let now = world.clock.now();
    let organization = world.core().organization.id();
    let mut state = lock(&world.webex);
    if state.accounts.all().count() >= MOST_ACCOUNTS {
        return Err(Refusal::forbidden_because("The organization has reached its number of users."));
    }
    if state.accounts.by_email(&email).is_some() {
        return Err(Refusal::conflict("User already exists."));
    }
    let account = Account {
        id: world.random.uuid(),
        email,
        roles: roles(input.roles.unwrap_or_default())?,
        licenses: known_licenses(&state, input.licenses.unwrap_or_default()),
        timezone: "UTC".to_owned(),
        login_enabled: true,
        default_site: None,
        profile,
        status: "pending".to_owned(),
        created: now,
        modified: now,
    };
    let body = account.body(organization, View::Admin, world.clock.now());
    state.accounts.insert(account);
    Ok(Json(if minimal { json!({"id": body["id"]}) } else { body }).into_response())
}

async fn update_person(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    Input(input): Input<PersonWrite>,
) -> Result<Response, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let minimal = params.flag("minResponse", false)?;
    let id = person_id(&id)?;
    if input.profile.display_name.trim().is_empty() {
        return Err(Refusal::malformed("'displayName' cannot be empty."));
    }
    let email =
        input.emails.as_deref().map(|emails| only_email(Some(emails))).transpose()?.map(str::to_lowercase);
    let roles = input.roles.map(roles).transpose()?;
    let organization = world.core().organization.id();
    let mut state = lock(&world.webex);
    let taken =
        email.as_ref().and_then(|email| state.accounts.by_email(email)).is_some_and(|other| other.id != id);
    if taken {
        return Err(Refusal::conflict("User already exists."));
    }
    let licenses = input.licenses.map(|licenses| known_licenses(&state, licenses));
    let account = state.accounts.by_id_mut(id).ok_or_else(unknown)?;
    // PUT replaces: what the body leaves out of the profile is lost (Webex People API).
    account.profile = input.profile;
    replace(account, email, roles, licenses);
    account.login_enabled = input.login_enabled.unwrap_or(account.login_enabled);
    account.modified = world.clock.now();
    let body = account.body(organization, View::Admin, world.clock.now());
    state.accounts.sort();
    Ok(if minimal { StatusCode::NO_CONTENT.into_response() } else { Json(body).into_response() })
}

fn replace(
    account: &mut Account,
    email: Option<String>,
    roles: Option<Vec<String>>,
    licenses: Option<Vec<String>>,
) {
    account.email = email.unwrap_or_else(|| account.email.clone());
    account.roles = roles.unwrap_or_else(|| account.roles.clone());
    account.licenses = licenses.unwrap_or_else(|| account.licenses.clone());
}

async fn delete_person(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let id = person_id(&id)?;
    let mut state = lock(&world.webex);
    let email = state.accounts.by_id(id).ok_or_else(unknown)?.email.clone();
    state.accounts.remove(id);
    state.grants.revoke_where(|grant| grant.email == email);
    Ok(StatusCode::NO_CONTENT)
}

/// Webex keeps one address per person today, although the field is a list.
fn only_email(emails: Option<&[String]>) -> Result<&str, Refusal> {
    match emails {
        Some([email, ..])
            if email.len() <= 320 && email.split('@').filter(|part| !part.is_empty()).count() == 2 =>
        {
            Ok(email)
        }
        _ => Err(Refusal::malformed("'emails' must hold one valid address.")),
    }
}

fn named(mut profile: Profile) -> Result<Profile, Refusal> {
    if profile.display_name.trim().is_empty() {
        let parts = [profile.first_name.as_deref(), profile.last_name.as_deref()];
        profile.display_name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    }
    match profile.display_name.trim() {
        "" => Err(Refusal::malformed("One of displayName, firstName and lastName must be given.")),
        _ => Ok(profile),
    }
}

fn roles(ids: Vec<String>) -> Result<Vec<String>, Refusal> {
    let name = |id: String| role_by_id(&id).map(str::to_owned);
    ids.into_iter()
        .map(name)
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::malformed("A role id is not known."))
}

/// Unknown licences are skipped silently, as Webex does; the answer shows what was assigned.
fn known_licenses(state: &Webex, ids: Vec<String>) -> Vec<String> {
    ids.into_iter().filter(|id| state.licenses.iter().any(|license| license.id == *id)).collect()
}
