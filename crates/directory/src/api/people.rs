//! The people who were read.

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use platform::{
    Actor, Hub, Instant, Result,
    api::{Cursor, Json, List, Problem},
    error::invalid_field,
    not_found,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::organization;
use crate::people::{self, Listed, PeopleFilter};

const TAG: &str = "Directory";
/// Between the two parts of a cursor; neither a name's sort key nor an id of Webex holds it.
const BETWEEN: char = '\u{1f}';

/// A person as last read.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectoryPerson)]
pub(super) struct PersonBody {
    /// Webex's id.
    id: String,
    email: String,
    department: String,
    /// Ids of licences.
    licences: Vec<String>,
    /// Host names of meeting sites.
    sites: Vec<String>,
    /// Whether the person may sign in.
    active: bool,
    /// Invited, and has not signed in yet.
    pending: bool,
    #[schema(value_type = String, format = DateTime)]
    read_at: Instant,
    /// Everything Webex says of the person, in Webex's own words.
    #[schema(value_type = Object)]
    record: Value,
    #[serde(skip)]
    cursor: String,
}

impl From<Listed> for PersonBody {
    fn from(person: Listed) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Self {
            cursor: format!("{}{BETWEEN}{}", person.sort_key, person.id),
            licences: words(&person.licences),
            sites: words(&person.sites),
            id: person.id,
            email: person.email_key,
            department: person.department,
            active: person.is_active,
            pending: person.is_pending,
            read_at: person.read_at,
            record: serde_json::from_str(&person.record).unwrap_or_default(),
        }
    }
}

/// Which people are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeopleQuery {
    /// Part of a name or an address.
    search: Option<String>,
    /// Only those with the licence of this id.
    licence: Option<String>,
    department: Option<String>,
    /// Only those on the site of this host name.
    site: Option<String>,
    /// `active`, `inactive` or `pending`.
    status: Option<String>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// Lists people in the order of their names, as last read.
#[utoipa::path(get, path = "/api/v1/directory/people", tag = TAG, operation_id = "list_people", params(PeopleQuery),
    security(("api_key" = ["directory:read"])),
    responses((status = 200, body = List<PersonBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_people(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<PeopleQuery>,
) -> Result<Json<List<PersonBody>>> {
    let cursor = Cursor { after: query.after, limit: query.limit };
    let after = cursor.after.as_deref().map(|text| {
        let (key, id) = text.split_once(BETWEEN)?;
        Some((key.to_owned(), id.to_owned()))
    });
    if after == Some(None) {
        return Err(invalid_field("after", "Send the `next` of the page before."));
    }
    if let Some(status) = &query.status
        && !["active", "inactive", "pending"].contains(&status.as_str())
    {
        return Err(invalid_field("status", "Send active, inactive or pending."));
    }
    let filter = PeopleFilter {
        search: query.search,
        licence: query.licence,
        department: query.department,
        site: query.site,
        status: query.status,
        after: after.flatten(),
        limit: cursor.limit() + 1,
    };
    let people = people::list(&hub, organization(&actor)?, &filter).await?;
    let bodies = people.into_iter().map(PersonBody::from).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body: &PersonBody| body.cursor.clone())))
}

/// Reads one person, as last read.
#[utoipa::path(get, path = "/api/v1/directory/people/{id}", tag = TAG, operation_id = "get_person",
    params(("id" = String, Path, description = "Webex's id of the person")),
    security(("api_key" = ["directory:read"])),
    responses((status = 200, body = PersonBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_person(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<PersonBody>> {
    let person = people::find(&hub, organization(&actor)?, &id).await?;
    Ok(Json(person.ok_or_else(|| not_found("person"))?.into()))
}
