//! The people who were read.

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use platform::{
    Actor, Hub, Instant, Result,
    api::{Cursor, Json, List, Problem},
    error::{FieldError, invalid, invalid_field},
    id::OrganizationId,
    not_found,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use webex::PersonRecord;

use super::organization;
use crate::{
    people::{self, Listed, PeopleFilter},
    sites,
};

const TAG: &str = "Directory";
/// Between the two parts of a cursor; neither a name's sort key nor an id of Webex holds it.
const BETWEEN: char = '\u{1f}';
/// How somebody's account can stand.
const STATUSES: [&str; 3] = ["active", "inactive", "pending"];

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
    /// Host names of meeting sites that Webex names with the person: those of attendees. Who hosts on a site has a
    /// licence for it.
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
            record: Value::Object(PersonRecord::as_sent(
                serde_json::from_str(&person.record).unwrap_or_default(),
            )),
        }
    }
}

/// Which people are meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichPeople {
    /// Part of a name or an address.
    search: Option<String>,
    /// Only those with this licence, by id or name.
    licence: Option<String>,
    department: Option<String>,
    /// Only those who host or attend on the meeting site of this host name. In the layout `meetings` of an export, also
    /// the site that it is about; needed there where there are several.
    site: Option<String>,
    /// `active`, `inactive` or `pending`.
    status: Option<String>,
}

impl WhichPeople {
    /// The site as it was asked for.
    pub(super) fn site(&self) -> Option<&str> {
        self.site.as_deref().filter(|site| !site.trim().is_empty())
    }

    /// The filter; names become what the database knows them by.
    ///
    /// # Errors
    /// `Invalid` with one entry for each part that means nothing.
    pub(super) async fn filter(&self, hub: &Hub, organization: OrganizationId) -> Result<PeopleFilter> {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let mut filter = PeopleFilter {
            search: some(&self.search),
            department: some(&self.department),
            status: some(&self.status),
            ..PeopleFilter::default()
        };
        let mut problems = Vec::new();
        let mut wrong =
            |field: &str, message: String| problems.push(FieldError { field: field.into(), message });
        let (licence, site) = (some(&self.licence), some(&self.site));
        if licence.is_some() || site.is_some() {
            let catalog = sites::catalog(hub, organization).await?;
            match licence.map(|licence| catalog.licence(&licence).map(|found| found.id.clone())).transpose() {
                Ok(id) => filter.licence = id,
                Err(unknown) => wrong("licence", unknown.why("licence", "organization")),
            }
            match site.map(|site| catalog.site(Some(&site)).map(|(name, _)| name.to_owned())).transpose() {
                Ok(name) => filter.site = name,
                Err(unknown) => wrong("site", unknown.why("meeting site", "organization")),
            }
        }
        if filter.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
            wrong("status", "Send active, inactive or pending.".into());
        }
        if problems.is_empty() { Ok(filter) } else { Err(invalid(problems)) }
    }
}

/// Which page of them is listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeoplePage {
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

/// Lists people in the order of their names, as last read.
#[utoipa::path(get, path = "/api/v1/directory/people", tag = TAG, operation_id = "list_people", params(WhichPeople, PeoplePage),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = List<PersonBody>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn list_people(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(which): Query<WhichPeople>,
    Query(page): Query<PeoplePage>,
) -> Result<Json<List<PersonBody>>> {
    let cursor = Cursor { after: page.after, limit: page.limit };
    let after = cursor.after.as_deref().map(|text| {
        let (key, id) = text.split_once(BETWEEN)?;
        Some((key.to_owned(), id.to_owned()))
    });
    if after == Some(None) {
        return Err(invalid_field("after", "Send the `next` of the page before."));
    }
    let organization = organization(&actor)?;
    let filter = which.filter(&hub, organization).await?;
    let filter = PeopleFilter { after: after.flatten(), limit: cursor.limit() + 1, ..filter };
    let people = people::list(&hub, organization, &filter).await?;
    let bodies = people.into_iter().map(PersonBody::from).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body: &PersonBody| body.cursor.clone())))
}

/// Reads one person, as last read.
#[utoipa::path(get, path = "/api/v1/directory/people/{id}", tag = TAG, operation_id = "get_person",
    params(("id" = String, Path, description = "Webex's id of the person")),
    security(("api_key" = ["directory:read"])),
    responses(
        (status = 200, body = PersonBody),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ))]
pub(super) async fn get_person(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<PersonBody>> {
    let person = people::find(&hub, organization(&actor)?, &id).await?;
    Ok(Json(person.ok_or_else(|| not_found("person"))?.into()))
}
