//! POST, PUT and DELETE of people (administrators with spark-admin:people_write).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::faults::Partly;
use crate::routes::Routes;
use crate::switches::{Omitted, Switches};
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, USER};
use crate::webex::directory::role_by_id;
use crate::webex::input::{Input, Params};
use crate::webex::licenses::{License, available, implicit};
use crate::webex::people::read::{person_id, unknown};
use crate::webex::people::{Account, Profile, View};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, later, lock};

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
    partly: Partly,
    Input(input): Input<PersonWrite>,
) -> Result<Response, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let minimal = params.flag("minResponse", false)?;
    let email = only_email(input.emails.as_deref())?.to_lowercase();
    let profile = named(input.profile)?;
    let roles = roles(input.roles.unwrap_or_default())?;
    let now = world.clock.now();
    let (organization, switches) = settings(&world);
    let mut state = lock(&world.webex);
    state.accounts.check_room()?;
    if state.accounts.by_email(&email).is_some() {
        return Err(Refusal::conflict("User already exists."));
    }
    check_sites(&state, &profile)?;
    let mut account = Account::new(world.random.uuid(), email, now);
    account.sip_since = later(now, switches.webex_propagation_seconds);
    account.profile = profile;
    if !partly.0 {
        account.roles = roles;
        let mut wanted = input.licenses.unwrap_or_default();
        let implicit = state.licenses.iter().filter(|license| license.implicit);
        wanted.extend(implicit.map(|license| license.id.clone()));
        account.licenses = assignable(&state, &account, &wanted);
        account.drop_needless_attendances();
        account.settle(&[], now, switches.webex_propagation_seconds);
    }
    let body = account.body(organization, View::Admin, now);
    state.accounts.insert(account);
    Ok(Json(if minimal { json!({"id": body["id"]}) } else { body }).into_response())
}

fn settings(world: &Shared) -> (Uuid, Switches) {
    let core = world.core();
    (core.organization.id(), core.switches.clone())
}

async fn update_person(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    partly: Partly,
    Input(input): Input<PersonWrite>,
) -> Result<Response, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let minimal = params.flag("minResponse", false)?;
    let id = person_id(&id)?;
    let (organization, switches) = settings(&world);
    let now = world.clock.now();
    let mut state = lock(&world.webex);
    let account = state.accounts.by_id(id).ok_or_else(unknown)?;
    let before = account.belongs_to();
    let old_email = account.email.clone();
    let mut changed = replaced(&state, account, input, params.flag("showAllTypes", false)?, &switches)?;
    if partly.0 {
        // The directory's own service was reached, the others were not.
        changed = Account { profile: changed.profile, ..account.clone() };
    }
    changed.modified = now;
    changed.settle(&before, now, switches.webex_propagation_seconds);
    let body = changed.body(organization, View::Admin, now);
    state.grants.move_to(&old_email, &changed.email);
    state.accounts.change(id, |account| *account = changed);
    Ok(if minimal { StatusCode::NO_CONTENT.into_response() } else { Json(body).into_response() })
}

/// The account as the body wants it. PUT replaces: what the body leaves out of the profile is lost (Webex People API).
fn replaced(
    state: &Webex,
    account: &Account,
    input: PersonWrite,
    all_types: bool,
    switches: &Switches,
) -> Result<Account, Refusal> {
    let mut changed = account.clone();
    if input.profile.display_name.trim().is_empty() {
        return Err(Refusal::malformed("'displayName' cannot be empty."));
    }
    if let Some(emails) = input.emails {
        changed.email = only_email(Some(&emails))?.to_lowercase();
    }
    if state.accounts.by_email(&changed.email).is_some_and(|other| other.id != account.id) {
        return Err(Refusal::conflict("User already exists."));
    }
    check_sites(state, &input.profile)?;
    changed.profile = input.profile;
    if !all_types {
        // Without showAllTypes, attendances can be added and not taken away.
        let kept = account.profile.site_urls.iter().filter(|site| !changed.profile.site_urls.contains(site));
        let kept: Vec<String> = kept.cloned().collect();
        changed.profile.site_urls.extend(kept);
    }
    let omitted = (switches.webex_put_omitted == Omitted::Clear).then(Vec::new);
    if let Some(wanted) = input.roles.or_else(|| omitted.clone()) {
        changed.roles = roles(wanted)?;
    }
    if let Some(wanted) = input.licenses.or(omitted) {
        let lost = account.licenses.iter().find(|held| held.implicit && !wanted.contains(&held.id));
        if let Some(license) = lost {
            return Err(implicit(license));
        }
        changed.licenses = assignable(state, account, &wanted);
    }
    changed.login_enabled = input.login_enabled.unwrap_or(account.login_enabled);
    changed.drop_needless_attendances();
    Ok(changed)
}

async fn delete_person(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    caller.needs_admin(&["spark-admin:people_write"], &WRITERS)?;
    let id = person_id(&id)?;
    if lock(&world.webex).remove(id) { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
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

/// Unknown licences, and those without stock, are skipped silently, as Webex does; the answer shows what was assigned.
fn assignable(state: &Webex, account: &Account, ids: &[String]) -> Vec<Arc<License>> {
    let wanted = state.licenses.iter().filter(|license| ids.contains(&license.id));
    wanted.filter(|license| available(state, account, license)).cloned().collect()
}

/// Only attendances at the organization's own sites can be written; a host's site is a matter of licences.
fn check_sites(state: &Webex, profile: &Profile) -> Result<(), Refusal> {
    for entry in &profile.site_urls {
        let site = entry.strip_suffix("#attendee");
        if !site.is_some_and(|site| state.sites.iter().any(|known| known.url == site)) {
            return Err(Refusal::invalid_site(entry));
        }
    }
    Ok(())
}
