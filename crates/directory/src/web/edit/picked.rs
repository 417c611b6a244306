//! Who was picked: people who were ticked, or everybody whom a filter finds.

use platform::{Hub, Result, error::invalid_field, id::OrganizationId};
use webex::PersonRecord;

use crate::{
    people::{self, Listed, PeopleFilter},
    web::{fields::Fields, people::Asked, words},
};

/// So many people are named on top of the form.
const NAMED: usize = 12;
/// Nobody ticks more people on one page.
const MOST_TICKED: usize = 500;
/// More people than these belong into a file, which can be kept and looked through.
const MOST_FOUND: i64 = 20_000;
const PAGE: i64 = 500;

/// The people an edit is about.
pub(super) enum Picked {
    Ticked(Vec<String>),
    Found(Asked),
}

/// A person on top of the form.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) record: PersonRecord,
}

impl Named {
    fn of(listed: &Listed) -> Self {
        let record: PersonRecord = serde_json::from_str(&listed.record).unwrap_or_default();
        let name = record.text("displayName").unwrap_or(&listed.email_key).to_owned();
        Self { name, record }
    }
}

impl Picked {
    pub(super) fn sent(fields: &Fields) -> Self {
        if fields.has("all") {
            return Self::Found(Asked::sent(fields));
        }
        let mut ids = fields.all("person");
        ids.dedup();
        ids.truncate(MOST_TICKED);
        Self::Ticked(ids)
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Ticked(ids) if ids.is_empty())
    }

    /// The same people as fields of a form.
    pub(super) fn hidden(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ticked(ids) => ids.iter().map(|id| ("person", id.clone())).collect(),
            Self::Found(asked) => {
                let filter = asked.pairs().into_iter().map(|(name, value)| (name, value.to_owned()));
                std::iter::once(("all", "true".to_owned())).chain(filter).collect()
            }
        }
    }

    pub(super) async fn count(&self, hub: &Hub, organization: OrganizationId) -> Result<i64> {
        match self {
            Self::Ticked(ids) => Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
            Self::Found(asked) => people::count(hub, organization, &asked.filter(1)).await,
        }
    }

    /// The first of them, to be named.
    pub(super) async fn first(&self, hub: &Hub, organization: OrganizationId) -> Result<Vec<Named>> {
        let mut first = Vec::new();
        match self {
            Self::Ticked(ids) => {
                for id in ids.iter().take(NAMED) {
                    first.extend(people::find(hub, organization, id).await?.as_ref().map(Named::of));
                }
            }
            Self::Found(asked) => {
                let limit = i64::try_from(NAMED).unwrap_or(i64::MAX);
                let found = people::list(hub, organization, &asked.filter(limit)).await?;
                first.extend(found.iter().map(Named::of));
            }
        }
        Ok(first)
    }

    /// Id and address of everybody; whoever has vanished since is left out.
    pub(super) async fn all(&self, hub: &Hub, organization: OrganizationId) -> Result<Vec<(String, String)>> {
        let mut all = Vec::new();
        match self {
            Self::Ticked(ids) => {
                for id in ids {
                    let found = people::find(hub, organization, id).await?;
                    all.extend(found.map(|person| (person.id, person.email_key)));
                }
            }
            Self::Found(asked) => {
                let count = self.count(hub, organization).await?;
                if count > MOST_FOUND {
                    let most = words::count(MOST_FOUND);
                    let say = format!("These are more than {most} people. Filter further, or upload a list.");
                    return Err(invalid_field("people", say));
                }
                let mut filter = asked.filter(PAGE);
                loop {
                    let page = people::list(hub, organization, &filter).await?;
                    let Some(last) = page.last() else { break };
                    filter = PeopleFilter { after: Some((last.sort_key.clone(), last.id.clone())), ..filter };
                    all.extend(page.into_iter().map(|person| (person.id, person.email_key)));
                }
            }
        }
        if all.is_empty() {
            return Err(invalid_field("people", "None of these people is there any more. Pick others."));
        }
        Ok(all)
    }
}
