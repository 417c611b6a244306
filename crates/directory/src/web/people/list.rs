//! The list of people.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};
use serde::Deserialize;
use webex::PersonRecord;

use crate::{
    people::{self, Listed, PeopleFilter},
    planning, settings, sites,
    web::{changes::Names, fields::Fields, organization, query, words},
};

/// How many people one page shows.
const PAGE: usize = 50;
/// So many departments can be chosen from a list; where there are more, they are typed.
const MOST_CHOICES: usize = 300;
/// Longer texts are cut before they are looked for; no licence's id and no site's name is longer.
const LONGEST: usize = 200;
/// Licences of a person that are named in the list; the others are counted.
const MOST_NAMED: usize = 4;

/// The filter as it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Asked {
    q: String,
    licence: String,
    department: String,
    site: String,
    status: String,
    /// Name and id of the last person on the page before.
    after_name: String,
    after: String,
}

impl Asked {
    /// The filter in a form of picked people.
    pub(in crate::web) fn sent(fields: &Fields) -> Self {
        let [q, licence, department, site, status] =
            ["q", "licence", "department", "site", "status"].map(|name| fields.text(name));
        Self { q, licence, department, site, status, ..Self::default() }
    }

    pub(in crate::web) fn filter(&self, limit: i64) -> PeopleFilter {
        let some = |text: &str, longest: usize| {
            let text: String = text.trim().chars().take(longest).collect();
            (!text.is_empty()).then_some(text)
        };
        PeopleFilter {
            search: some(&self.q, LONGEST),
            licence: some(&self.licence, LONGEST),
            // Compared as a whole with what Webex has, however long that is.
            department: some(&self.department, usize::MAX),
            site: some(&self.site, LONGEST),
            status: some(&self.status, LONGEST),
            after: (!self.after.is_empty()).then(|| (self.after_name.clone(), self.after.clone())),
            limit,
        }
    }

    /// Name and value of each part that is set, without the place in the list.
    pub(in crate::web) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", self.q.as_str()),
            ("licence", &self.licence),
            ("department", &self.department),
            ("site", &self.site),
            ("status", &self.status),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// A person as a row shows them.
pub(in crate::web) struct PersonView {
    pub(in crate::web) id: String,
    pub(in crate::web) name: String,
    pub(in crate::web) email: String,
    pub(in crate::web) department: String,
    pub(in crate::web) title: String,
    pub(in crate::web) licences: Vec<String>,
    /// Licences that are not named here.
    pub(in crate::web) more: usize,
    pub(in crate::web) status: (&'static str, &'static str),
}

impl PersonView {
    pub(in crate::web) fn new(listed: &Listed, names: &Names) -> Self {
        // What cannot be read any more is shown by its address; the next reading mends it.
        let record: PersonRecord = serde_json::from_str(&listed.record).unwrap_or_default();
        let text = |field: &str| record.text(field).unwrap_or_default().to_owned();
        let email = if record.email().is_empty() { &listed.email_key } else { record.email() };
        let mut licences: Vec<String> = listed
            .licences
            .split_whitespace()
            .map(|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()))
            .collect();
        licences.sort();
        let more = licences.len().saturating_sub(MOST_NAMED);
        licences.truncate(MOST_NAMED);
        Self {
            id: listed.id.clone(),
            name: record.text("displayName").map_or_else(|| email.to_owned(), str::to_owned),
            email: email.to_owned(),
            department: text("department"),
            title: text("title"),
            licences,
            more,
            status: status(listed),
        }
    }
}

/// Whether the person can work, as a badge.
pub(super) fn status(listed: &Listed) -> (&'static str, &'static str) {
    match (listed.is_active, listed.is_pending) {
        (false, _) => ("off", "sign-in off"),
        (true, true) => ("waiting", "invited"),
        (true, false) => ("ok", "active"),
    }
}

#[derive(Template)]
#[template(path = "directory/people.html")]
struct ListPage {
    shell: Shell,
    is_known: bool,
    asked: Asked,
    rows: Vec<PersonView>,
    found: String,
    licences: Vec<(String, String)>,
    departments: Vec<(String, String)>,
    /// Departments are typed, because there are so many.
    types_department: bool,
    sites: Vec<(String, String)>,
    statuses: Vec<(String, String)>,
    next: Option<String>,
    /// The filter for links, without the place in the list.
    kept: String,
}

/// The page of people.
pub(super) async fn list(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(asked): Query<Asked>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let is_known = settings::find(&hub, organization).await?.is_some_and(|it| it.generation > 0);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let filter = asked.filter(limit);
    let mut listed = people::list(&hub, organization, &filter).await?;
    let has_more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed.last().filter(|_| has_more).map(|last| {
        let mut pairs = asked.pairs();
        pairs.extend([("after_name", last.sort_key.as_str()), ("after", last.id.as_str())]);
        query(&pairs)
    });
    let found_count = people::count(&hub, organization, &PeopleFilter { after: None, ..filter }).await?;
    let names = planning::names(&hub, organization).await?;
    let catalog = sites::catalog(&hub, organization).await?;
    let departments = people::departments(&hub, organization).await?;
    let types_department = departments.len() > MOST_CHOICES;
    let choice = |all: &str, more: Vec<(String, String)>| {
        std::iter::once((String::new(), all.to_owned())).chain(more).collect::<Vec<_>>()
    };
    let same = |name: String| (name.clone(), name);
    let licences = catalog.licences.iter().map(|it| {
        let name = it.site.as_ref().map_or_else(|| it.name.clone(), |site| format!("{} ({site})", it.name));
        (it.id.clone(), name)
    });
    let statuses = [("active", "Active"), ("inactive", "Sign-in off"), ("pending", "Invited")];
    let statuses = statuses.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    Ok(Page(ListPage {
        is_known,
        rows: listed.iter().map(|person| PersonView::new(person, &names)).collect(),
        found: words::people(found_count),
        licences: choice("any", licences.collect()),
        departments: choice("any", departments.into_iter().take(MOST_CHOICES).map(same).collect()),
        types_department,
        sites: choice("any", catalog.sites.into_keys().map(same).collect()),
        statuses: choice("any", statuses),
        next,
        kept: query(&asked.pairs()),
        asked,
        shell,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_is_looked_for_as_a_whole_and_a_search_is_cut() {
        let asked = Asked { q: "q".repeat(250), department: "d".repeat(250), ..Asked::default() };
        let filter = asked.filter(1);
        assert_eq!(filter.search.map(|text| text.len()), Some(LONGEST));
        assert_eq!(filter.department.map(|text| text.len()), Some(250));
        assert_eq!((filter.licence, filter.site), (None, None));
    }
}
