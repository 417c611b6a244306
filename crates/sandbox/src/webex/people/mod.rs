//! People of the organization (Webex People API): accounts, their directory entry, presence and licences.

mod read;
mod write;

pub(crate) use read::link;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::seed::{Person, Seed};
use crate::webex::directory::{License, role_id};
use crate::webex::ids;

pub(crate) fn routes() -> Routes {
    read::routes().merge(write::routes())
}

/// A Webex account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) roles: Vec<String>,
    pub(crate) licenses: Vec<String>,
    pub(crate) timezone: String,
    pub(crate) login_enabled: bool,
    /// The site chosen by PUT /meetingPreferences/sites.
    pub(crate) default_site: Option<String>,
    profile: Profile,
    status: String,
    created: Timestamp,
    modified: Timestamp,
}

/// What PUT /people replaces as a whole.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Profile {
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nick_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phone_numbers: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    site_urls: Vec<String>,
}

/// All accounts, in the order of their display names.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Vec<Account>);

/// How much of a person the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// A colleague: directory entry and presence.
    Colleague,
    /// Oneself: also the time zone.
    Own,
    /// An administrator: everything.
    Admin,
    /// By a list of ids: no presence, no administrative fields.
    ByIds,
}

impl Accounts {
    pub(crate) fn seeded(seed: &Seed, licenses: &[License]) -> Self {
        let mut accounts = Self(seed.people.iter().filter_map(|person| seeded(person, licenses)).collect());
        accounts.sort();
        accounts
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Account> {
        self.0.iter()
    }

    pub(crate) fn by_email(&self, email: &str) -> Option<&Account> {
        self.0.iter().find(|account| account.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Account> {
        self.0.iter().find(|account| account.id == id)
    }

    pub(crate) fn by_id_mut(&mut self, id: Uuid) -> Option<&mut Account> {
        self.0.iter_mut().find(|account| account.id == id)
    }

    fn insert(&mut self, account: Account) {
        self.0.push(account);
        self.sort();
    }

    fn remove(&mut self, id: Uuid) {
        self.0.retain(|account| account.id != id);
    }

    fn sort(&mut self) {
        self.0.sort_by(|a, b| (&a.profile.display_name, a.id).cmp(&(&b.profile.display_name, b.id)));
    }
}

impl Account {
    pub(crate) fn display_name(&self) -> &str {
        &self.profile.display_name
    }

    /// The Meetings sites on which the person may host, default first.
    pub(crate) fn sites(&self, licenses: &[License]) -> Vec<String> {
        let held = licenses.iter().filter(|license| self.licenses.contains(&license.id));
        let mut sites: Vec<String> = held.filter_map(|license| license.site.clone()).collect();
        sites.dedup();
        sites.sort_by_key(|site| self.default_site.as_ref() != Some(site));
        sites
    }

    /// Now for whoever is busy, a while ago for the idle (inactive means ten minutes), never for the invited.
    fn last_activity(&self, now: Timestamp) -> Option<Timestamp> {
        let idle = match self.status.as_str() {
            "pending" | "unknown" => return None,
            "inactive" => 25,
            "OutOfOffice" => 3 * 24 * 60,
            _ => 1,
        };
        now.checked_sub(SignedDuration::from_mins(idle)).ok()
    }

    /// The person as GET /people answers it.
    pub(crate) fn body(&self, organization: Uuid, view: View, now: Timestamp) -> Value {
        let mut body = serde_json::to_value(&self.profile).unwrap_or_default();
        body["id"] = json!(ids::person(self.id));
        body["emails"] = json!([self.email]);
        body["orgId"] = json!(ids::encode("ORGANIZATION", &organization.to_string()));
        body["created"] = json!(timestamp(self.created));
        body["type"] = json!("person");
        if view != View::ByIds {
            body["status"] = json!(self.status);
            if let Some(at) = self.last_activity(now) {
                body["lastActivity"] = json!(timestamp(at));
            }
        }
        if matches!(view, View::Own | View::Admin) {
            body["timezone"] = json!(self.timezone);
        }
        if view == View::Admin {
            body["roles"] = json!(self.roles.iter().map(|role| role_id(role)).collect::<Vec<_>>());
            body["licenses"] = json!(self.licenses);
            body["lastModified"] = json!(timestamp(self.modified));
            body["invitePending"] = json!(self.status == "pending");
            body["loginEnabled"] = json!(self.login_enabled);
        }
        body
    }
}

/// RFC 3339 in UTC with milliseconds, as the People API prints instants.
pub(crate) fn timestamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn seeded(person: &Person, licenses: &[License]) -> Option<Account> {
    let webex = person.webex.as_ref()?;
    let epoch = Timestamp::from_second(1_568_102_400).unwrap_or_default();
    let held = licenses.iter().filter(|license| webex.licenses.contains(&license.name));
    Some(Account {
        id: person.webex_id(),
        email: person.email.clone(),
        roles: webex.roles.clone(),
        licenses: held.map(|license| license.id.clone()).collect(),
        timezone: person.timezone.clone(),
        login_enabled: true,
        default_site: None,
        profile: Profile {
            display_name: person.display_name(),
            first_name: Some(person.first_name.clone()),
            last_name: Some(person.last_name.clone()),
            nick_name: Some(person.first_name.clone()),
            department: person.department.clone(),
            title: person.title.clone(),
            ..Profile::default()
        },
        status: webex.status.clone().unwrap_or_else(|| "unknown".to_owned()),
        created: epoch,
        modified: epoch,
    })
}
