//! SCIM 2.0 users (RFC 7643, RFC 7644; Webex SCIM 2 Users API): the same people as in the People API, without licences.
//! The shape of its errors is not documented; here it is that of RFC 7644.

mod filter;
mod patch;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::caller::{Caller, DEVICE, FULL, READ_ONLY, USER};
use crate::webex::input::{Input, Params};
use crate::webex::people::{Account, timestamp};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, World, lock};

const READ: [&str; 2] = ["identity:people_read", "identity:people_rw"];
const READERS: [&str; 4] = [FULL, USER, READ_ONLY, DEVICE];
const LARGEST_PAGE: usize = 1_000;
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const CISCO: &str = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/identity/scim/v2/Users/me", get_me)
        .get("/identity/scim/{org}/v2/Users", list_users)
        .get("/identity/scim/{org}/v2/Users/{id}", get_user)
        .patch("/identity/scim/{org}/v2/Users/{id}", patch_user)
}

/// A refusal in the shape of RFC 7644 §3.12, or one of those that all calls share.
enum Failure {
    Shared(Refusal),
    Scim(StatusCode, String),
}

impl Failure {
    fn invalid(detail: &str) -> Self {
        Self::Scim(StatusCode::BAD_REQUEST, detail.to_owned())
    }

    fn missing(detail: &str) -> Self {
        Self::Scim(StatusCode::NOT_FOUND, detail.to_owned())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Shared(refusal)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Shared(refusal) => refusal.into_response(),
            Self::Scim(status, detail) => {
                let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
                let status_text = status.as_u16().to_string();
                (status, Json(json!({"schemas": schemas, "detail": detail, "status": status_text})))
                    .into_response()
            }
        }
    }
}

fn check_organization(world: &World, text: &str) -> Result<Uuid, Failure> {
    let own = world.core().organization.id();
    if Uuid::parse_str(text) == Ok(own) {
        Ok(own)
    } else {
        Err(Failure::missing("The organization is not found."))
    }
}

async fn get_me(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Failure> {
    caller.needs(&["identity:people_read", "identity:people_rw", "spark:people_read"])?;
    let organization = world.core().organization.id();
    let state = lock(&world.webex);
    let account = state.accounts.by_id(caller.id).ok_or_else(unknown)?;
    Ok(Json(body(&world, organization, account)))
}

async fn get_user(
    State(world): State<Shared>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    caller.needs_admin(&READ, &READERS)?;
    let organization = check_organization(&world, &organization)?;
    let state = lock(&world.webex);
    let account = Uuid::parse_str(&id).ok().and_then(|id| state.accounts.by_id(id)).ok_or_else(unknown)?;
    Ok(Json(body(&world, organization, account)))
}

fn unknown() -> Failure {
    Failure::missing("The user is not found.")
}

async fn list_users(
    State(world): State<Shared>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Value>, Failure> {
    caller.needs_admin(&READ, &READERS)?;
    let organization = check_organization(&world, &organization)?;
    let start = params.number("startIndex", 1, usize::MAX)?;
    let count = params.number("count", 100, LARGEST_PAGE)?;
    let filter = params.text("filter").map(filter::parse).transpose()?;
    let state = lock(&world.webex);
    let fits = |account: &&Account| filter.as_ref().is_none_or(|filter| filter.fits(account));
    let (total, page): (usize, Vec<&Account>) = match filter.as_ref().and_then(filter::Filter::address) {
        // The one look-up that everybody does must not read a hundred thousand people.
        Some(email) => {
            let found: Vec<&Account> = state.accounts.by_email(email).filter(fits).into_iter().collect();
            (found.len(), found.into_iter().skip(start - 1).take(count).collect())
        }
        None if filter.is_none() => {
            (state.accounts.len(), state.accounts.all().skip(start - 1).take(count).collect())
        }
        None => {
            let found: Vec<&Account> = state.accounts.all().filter(fits).collect();
            (found.len(), found.into_iter().skip(start - 1).take(count).collect())
        }
    };
    let resources: Vec<Value> = page.into_iter().map(|account| body(&world, organization, account)).collect();
    Ok(Json(json!({
        "schemas": [LIST],
        "totalResults": total,
        "itemsPerPage": resources.len(),
        "startIndex": start,
        "Resources": resources,
    })))
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
    caller.needs_admin(&["identity:people_rw"], &[FULL, USER])?;
    let organization = check_organization(&world, &organization)?;
    let now = world.clock.now();
    let mut state = lock(&world.webex);
    let account = Uuid::parse_str(&id).ok().and_then(|id| state.accounts.by_id(id)).ok_or_else(unknown)?;
    let (id, old_email) = (account.id, account.email.clone());
    let mut changed = account.clone();
    for operation in &patch.operations {
        patch::apply(&mut changed, operation)?;
    }
    if state.accounts.by_email(&changed.email).is_some_and(|other| other.id != id) {
        return Err(Failure::Scim(StatusCode::CONFLICT, "The userName is taken.".to_owned()));
    }
    changed.modified = now;
    let answer = body(&world, organization, &changed);
    state.grants.move_to(&old_email, &changed.email);
    state.accounts.change(id, |account| *account = changed);
    Ok(Json(answer))
}

fn body(world: &World, organization: Uuid, account: &Account) -> Value {
    let base = world.base_url.as_str().trim_end_matches('/');
    let profile = &account.profile;
    let status = match (account.login_enabled, account.status.as_str()) {
        (false, _) => "disabled",
        (true, "pending") => "pending",
        (true, _) => "active",
    };
    let mut body = json!({
        "schemas": [CORE, ENTERPRISE, CISCO],
        "id": account.id,
        "userName": account.email,
        "userType": "user",
        "active": account.login_enabled,
        "displayName": profile.display_name,
        "timezone": account.timezone,
        "emails": [{"value": account.email, "type": "work", "primary": true}],
        "meta": {
            "resourceType": "User",
            "organizationID": organization,
            "created": timestamp(account.created),
            "lastModified": timestamp(account.modified),
            "version": format!("W/\"{}\"", account.modified.as_millisecond()),
            "location": format!("{base}/identity/scim/{organization}/v2/Users/{}", account.id),
        },
        ENTERPRISE: {},
        CISCO: {"accountStatus": status},
    });
    let texts = [("title", &profile.title), ("nickName", &profile.nick_name)];
    for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        body[name] = json!(value);
    }
    let names = [("givenName", &profile.first_name), ("familyName", &profile.last_name)];
    for (name, value) in names.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        body["name"][name] = json!(value);
    }
    if let Some(department) = &profile.department {
        body[ENTERPRISE]["department"] = json!(department);
    }
    if !profile.phone_numbers.is_empty() {
        body["phoneNumbers"] = json!(profile.phone_numbers);
    }
    body
}
