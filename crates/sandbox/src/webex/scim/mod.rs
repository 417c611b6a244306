//! SCIM 2.0 users (RFC 7643, RFC 7644; Webex SCIM 2 Users API): the same people as in the People API, without licences.
//! The shape of its errors is not documented; here it is that of RFC 7644.

mod answer;
mod filter;
mod patch;
mod roles;
mod write;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, DEVICE, FULL, READ_ONLY, USER};
use crate::webex::input::Params;
use crate::webex::people::Account;
use crate::webex::refusal::Refusal;
use crate::webex::scim::answer::Frame;
use crate::world::{Shared, lock};

const READ: [&str; 2] = ["identity:people_read", "identity:people_rw"];
const READERS: [&str; 4] = [FULL, USER, READ_ONLY, DEVICE];
const LARGEST_PAGE: usize = 1_000;
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const CISCO: &str = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/identity/scim/v2/Users/me", get_me)
        .get("/identity/scim/{org}/v2/Users", list_users)
        .get("/identity/scim/{org}/v2/Users/{id}", get_user)
        .merge(write::routes())
}

/// A refusal in the shape of RFC 7644 §3.12, or one of those that all calls share.
enum Failure {
    Shared(Refusal),
    /// The status, the `scimType` where there is one, and the reason.
    Scim(StatusCode, Option<&'static str>, String),
}

impl Failure {
    fn invalid(detail: &str) -> Self {
        Self::Scim(StatusCode::BAD_REQUEST, None, detail.to_owned())
    }

    fn missing(detail: &str) -> Self {
        Self::Scim(StatusCode::NOT_FOUND, None, detail.to_owned())
    }

    fn taken() -> Self {
        Self::Scim(StatusCode::CONFLICT, Some("uniqueness"), "The userName is taken.".to_owned())
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
            Self::Scim(status, kind, detail) => {
                let status_text = status.as_u16().to_string();
                let mut body = json!({"schemas": [ERROR], "detail": detail, "status": status_text});
                if let Some(kind) = kind {
                    body["scimType"] = json!(kind);
                }
                (status, Json(body)).into_response()
            }
        }
    }
}

async fn get_me(State(world): State<Shared>, caller: Caller) -> Result<Json<Value>, Failure> {
    caller.needs(&["identity:people_read", "identity:people_rw", "spark:people_read"])?;
    let frame = Frame::own(&world);
    let state = lock(&world.webex);
    let account = state.accounts.by_id(caller.id).ok_or_else(unknown)?;
    Ok(Json(frame.body(account)))
}

async fn get_user(
    State(world): State<Shared>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    caller.needs_admin(&READ, &READERS)?;
    let frame = Frame::of(&world, &organization)?;
    let state = lock(&world.webex);
    Ok(Json(frame.body(find(&state, &id)?)))
}

/// Ids are bare UUIDs here.
fn find<'a>(state: &'a Webex, id: &str) -> Result<&'a Account, Failure> {
    Uuid::parse_str(id).ok().and_then(|id| state.accounts.by_id(id)).ok_or_else(unknown)
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
    let frame = Frame::of(&world, &organization)?;
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
    let resources: Vec<Value> = page.into_iter().map(|account| frame.body(account)).collect();
    Ok(Json(json!({
        "schemas": [LIST],
        "totalResults": total,
        "itemsPerPage": resources.len(),
        "startIndex": start,
        "Resources": resources,
    })))
}
