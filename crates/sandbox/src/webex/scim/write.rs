//! POST, PUT, PATCH and DELETE of users (administrators with identity:people_rw). What people do not have here is ignored
//! by POST and PUT, as Webex ignores what it does not know; PATCH refuses it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::routes::Routes;
use crate::switches::{Omitted, Switches};
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, USER};
use crate::webex::input::Input;
use crate::webex::people::Account;
use crate::webex::scim::answer::Frame;
use crate::webex::scim::{CORE, DEPARTMENT, ENTERPRISE, Failure, find, patch, unknown};
use crate::world::{Shared, later, lock};

const SCOPES: [&str; 1] = ["identity:people_rw"];
const WRITERS: [&str; 2] = [FULL, USER];

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/identity/scim/{org}/v2/Users", create_user)
        .put("/identity/scim/{org}/v2/Users/{id}", replace_user)
        .patch("/identity/scim/{org}/v2/Users/{id}", patch_user)
        .delete("/identity/scim/{org}/v2/Users/{id}", delete_user)
}

/// Licences are no part of SCIM: a new user has those that everybody has.
async fn create_user(
    State(world): State<Shared>,
    caller: Caller,
    Path(organization): Path<String>,
    Input(body): Input<Value>,
) -> Result<Response, Failure> {
    caller.needs_admin(&SCOPES, &WRITERS)?;
    let frame = Frame::of(&world, &organization)?;
    let now = world.clock.now();
    let mut state = lock(&world.webex);
    state.accounts.check_room()?;
    let blank = Account::new(world.random.uuid(), String::new(), now);
    let mut account = replaced(&blank, &body, &frame.switches)?;
    check_free(&state, &frame.switches, &account)?;
    account.sip_since = later(now, frame.switches.webex_propagation_seconds);
    account.licenses = state.licenses.iter().filter(|license| license.implicit).cloned().collect();
    let location = [(header::LOCATION, frame.location(&account))];
    let answer = (StatusCode::CREATED, location, Json(frame.body(&account))).into_response();
    state.accounts.insert(account);
    Ok(answer)
}

async fn replace_user(
    State(world): State<Shared>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
    Input(body): Input<Value>,
) -> Result<Json<Value>, Failure> {
    caller.needs_admin(&SCOPES, &WRITERS)?;
    let frame = Frame::of(&world, &organization)?;
    let mut state = lock(&world.webex);
    let changed = replaced(find(&state, &id)?, &body, &frame.switches)?;
    save(&mut state, &frame, changed, world.clock.now())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Patch {
    operations: Vec<patch::Operation>,
}

async fn patch_user(
    State(world): State<Shared>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
    Input(patch): Input<Patch>,
) -> Result<Json<Value>, Failure> {
    caller.needs_admin(&SCOPES, &WRITERS)?;
    let frame = Frame::of(&world, &organization)?;
    let mut state = lock(&world.webex);
    let mut changed = find(&state, &id)?.clone();
    for operation in &patch.operations {
        patch::apply(&mut changed, operation)?;
    }
    save(&mut state, &frame, changed, world.clock.now())
}

async fn delete_user(
    State(world): State<Shared>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<StatusCode, Failure> {
    caller.needs_admin(&SCOPES, &WRITERS)?;
    Frame::of(&world, &organization)?;
    let mut state = lock(&world.webex);
    let id = find(&state, &id)?.id;
    state.remove(id);
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the account in the place of the one with its id.
fn save(
    state: &mut Webex,
    frame: &Frame,
    mut changed: Account,
    now: Timestamp,
) -> Result<Json<Value>, Failure> {
    check_free(state, &frame.switches, &changed)?;
    let id = changed.id;
    let old_email = state.accounts.by_id(id).ok_or_else(unknown)?.email.clone();
    changed.modified = now;
    let answer = frame.body(&changed);
    state.grants.move_to(&old_email, &changed.email);
    state.accounts.change(id, |account| *account = changed);
    Ok(Json(answer))
}

/// Nobody else at Webex has the address, in this organization or in another one.
fn check_free(state: &Webex, switches: &Switches, account: &Account) -> Result<(), Failure> {
    let own = state.accounts.by_email(&account.email).is_some_and(|other| other.id != account.id);
    let foreign = switches.webex_outsiders.iter().any(|known| known.eq_ignore_ascii_case(&account.email));
    if own || foreign { Err(Failure::taken()) } else { Ok(()) }
}

/// The account as the body wants it: what SCIM knows and the body leaves out is lost. Nobody is without a time zone and
/// without a yes or no to signing in, so these stay where the body says nothing; roles do as the switch says.
fn replaced(account: &Account, body: &Value, switches: &Switches) -> Result<Account, Failure> {
    let mut changed = account.clone();
    changed.email = user_name(body)?;
    for (path, value) in [
        ("name.givenName", &body["name"]["givenName"]),
        ("name.familyName", &body["name"]["familyName"]),
        ("nickName", &body["nickName"]),
        ("title", &body["title"]),
        (DEPARTMENT, &body[ENTERPRISE]["department"]),
        ("phoneNumbers", &body["phoneNumbers"]),
        ("addresses", &body["addresses"]),
    ] {
        patch::set(&mut changed, path, value)?;
    }
    let clears = switches.webex_put_omitted == Omitted::Clear;
    for (path, needed) in [("timezone", false), ("active", false), ("roles", clears)] {
        if needed || !body[path].is_null() {
            patch::set(&mut changed, path, &body[path])?;
        }
    }
    let profile = &changed.profile;
    let names = [profile.first_name.as_deref(), profile.last_name.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    let display_name = match patch::text(&body["displayName"])? {
        Some(name) => name,
        None if names.is_empty() => changed.email.clone(),
        None => names.join(" "),
    };
    changed.profile.display_name = display_name;
    Ok(changed)
}

/// The address of a user that can be written: of the right schema and type, and with no other primary address.
fn user_name(body: &Value) -> Result<String, Failure> {
    if !entries(&body["schemas"]).iter().any(|schema| schema == CORE) {
        return Err(Failure::invalid(&format!("'schemas' must name {CORE}.")));
    }
    if body["userType"] != "user" {
        return Err(Failure::invalid("'userType' must be user; others are not played."));
    }
    let name = patch::address(&patch::needed(&body["userName"])?)?;
    let differs = |entry: &Value| {
        let primary = entry["primary"] == true && entry["type"] == "work";
        primary && !entry["value"].as_str().is_some_and(|value| value.eq_ignore_ascii_case(&name))
    };
    if entries(&body["emails"]).iter().any(differs) {
        return Err(Failure::invalid("The primary work address must be the userName."));
    }
    Ok(name)
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
