//! People of the organization (Webex People API): accounts, their directory entry, presence and licences.

mod accounts;
mod bulk;
mod kept;
mod read;
mod write;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use accounts::Accounts;
pub(crate) use kept::KeptPeople;
pub(crate) use read::{link, person_id};

use crate::routes::Routes;
use crate::seed::{Person, Seed};
use crate::webex::directory::role_id;
use crate::webex::ids;
use crate::webex::licenses::License;
use crate::webex::sites::{Site, SiteAccount};
use crate::world::later;

pub(crate) fn routes() -> Routes {
    read::routes().merge(write::routes())
}

/// A Webex account.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Account {
    pub(crate) id: Uuid,
    /// Its place in the order of arrival.
    pub(crate) place: u64,
    pub(crate) email: String,
    pub(crate) roles: Vec<String>,
    /// Shared with everybody who holds them; kept by their ids.
    #[serde(skip)]
    pub(crate) licenses: Vec<Arc<License>>,
    pub(crate) timezone: String,
    pub(crate) login_enabled: bool,
    /// The site chosen by PUT /meetingPreferences/sites.
    pub(crate) default_site: Option<String>,
    /// What Meetings sites keep of the person.
    pub(crate) site_accounts: Vec<SiteAccount>,
    pub(crate) profile: Profile,
    pub(crate) status: String,
    /// From when on the SIP addresses are shown.
    pub(crate) sip_since: Timestamp,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// What PUT /people replaces as a whole.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Profile {
    pub(crate) display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nick_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manager: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manager_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extension: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) phone_numbers: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) addresses: Vec<Value>,
    /// Sites as an attendee only, as `site#attendee`; who may host is a matter of licences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) site_urls: Vec<String>,
}

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

/// The accounts that a seed lists and generates.
pub(crate) fn seeded(seed: &Seed, licenses: &[Arc<License>]) -> Accounts {
    let mut accounts = Accounts::default();
    for account in seed.people.iter().filter_map(|person| listed(person, licenses)) {
        accounts.insert(account);
    }
    let listed = accounts.len();
    for account in bulk::generated(seed, licenses, listed) {
        accounts.insert(account);
    }
    accounts.begin();
    accounts
}

impl Account {
    /// An account with an address and nothing else.
    pub(crate) fn new(id: Uuid, email: String, created: Timestamp) -> Self {
        Self {
            id,
            place: 0,
            email,
            roles: Vec::new(),
            licenses: Vec::new(),
            timezone: "UTC".to_owned(),
            login_enabled: true,
            default_site: None,
            site_accounts: Vec::new(),
            profile: Profile::default(),
            status: "pending".to_owned(),
            sip_since: created,
            created,
            modified: created,
        }
    }

    pub(crate) fn display_name(&self) -> &str {
        &self.profile.display_name
    }

    /// The Meetings sites on which the person may host, default first.
    pub(crate) fn sites(&self) -> Vec<String> {
        let mut held: Vec<&Arc<License>> = self.licenses.iter().collect();
        held.sort_by_key(|license| license.place);
        let mut sites: Vec<String> = held.iter().filter_map(|license| license.site.clone()).collect();
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

    /// SIP addresses come some time after the account; the personal room's needs a site to host on.
    fn sip_addresses(&self, now: Timestamp) -> Option<Value> {
        if now < self.sip_since {
            return None;
        }
        let (user, domain) = self.email.split_once('@')?;
        let organization = domain.split('.').next().unwrap_or(domain);
        let calls = format!("{user}@{organization}.calls.webex.com");
        let mut all = vec![json!({"type": "cloud-calling", "value": calls, "primary": true})];
        if let Some(site) = self.sites().first() {
            all.push(json!({"type": "personal-room", "value": format!("{user}@{site}"), "primary": false}));
        }
        Some(Value::Array(all))
    }

    /// The person as GET /people answers it.
    pub(crate) fn body(&self, organization: Uuid, view: View, now: Timestamp) -> Value {
        let mut body = serde_json::to_value(&self.profile).unwrap_or_default();
        body["id"] = json!(ids::person(self.id));
        body["emails"] = json!([self.email]);
        body["orgId"] = json!(ids::encode("ORGANIZATION", &organization.to_string()));
        body["created"] = json!(timestamp(self.created));
        body["type"] = json!("person");
        if let Some(addresses) = self.sip_addresses(now) {
            body["sipAddresses"] = addresses;
        }
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
            body["licenses"] = json!(self.licenses.iter().map(|license| &license.id).collect::<Vec<_>>());
            body["lastModified"] = json!(timestamp(self.modified));
            body["invitePending"] = json!(self.status == "pending");
            body["loginEnabled"] = json!(self.login_enabled);
        } else if let Some(body) = body.as_object_mut() {
            body.remove("siteUrls");
        }
        body
    }

    /// All that administrators can change, in an order that does not depend on how it came about.
    pub(crate) fn canonical(&self, sites: &[Site], now: Timestamp) -> Value {
        let names = |names: Vec<&str>| {
            let mut names = names;
            names.sort_unstable();
            json!(names)
        };
        let at = |site: &Site| {
            let kept = self.at_site(site, now)?;
            let sessions: Vec<u64> = self.sessions_at(site, &kept).iter().map(|kind| kind.id).collect();
            let (active, tracking) = (kept.active, kept.tracking);
            Some((
                site.url.clone(),
                json!({"active": active, "session_types": sessions, "tracking_codes": tracking}),
            ))
        };
        json!({
            "email": self.email,
            "profile": self.profile,
            "roles": names(self.roles.iter().map(String::as_str).collect()),
            "licenses": names(self.licenses.iter().map(|license| license.name.as_str()).collect()),
            "login_enabled": self.login_enabled,
            "sites": sites.iter().filter_map(at).collect::<Map<String, Value>>(),
        })
    }

    /// Notes at which sites the person is new since `before`: the sites learn of it after the delay.
    pub(crate) fn settle(&mut self, before: &[String], now: Timestamp, delay_seconds: i64) {
        let since = later(now, delay_seconds);
        for site in self.belongs_to().into_iter().filter(|site| !before.contains(site)) {
            match self.site_accounts.iter_mut().find(|account| account.site == site) {
                Some(account) => account.since = since,
                None => self.site_accounts.push(SiteAccount::new(site, since)),
            }
        }
    }

    /// The sites on which the person hosts or attends.
    pub(crate) fn belongs_to(&self) -> Vec<String> {
        let attends = self.profile.site_urls.iter().filter_map(|entry| entry.strip_suffix("#attendee"));
        let mut sites = self.sites();
        for site in attends {
            if !sites.iter().any(|known| known == site) {
                sites.push(site.to_owned());
            }
        }
        sites
    }

    /// Whoever may host on a site is not its attendee too.
    pub(crate) fn drop_needless_attendances(&mut self) {
        let hosts = self.sites();
        let needless = |entry: &String| {
            entry.strip_suffix("#attendee").is_some_and(|site| hosts.iter().any(|host| host == site))
        };
        self.profile.site_urls.retain(|entry| !needless(entry));
    }
}

/// RFC 3339 in UTC with milliseconds, as the People API prints instants.
pub(crate) fn timestamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// When seeded people joined.
fn long_ago() -> Timestamp {
    Timestamp::from_second(1_568_102_400).unwrap_or_default()
}

fn listed(person: &Person, licenses: &[Arc<License>]) -> Option<Account> {
    let webex = person.webex.as_ref()?;
    let held = licenses.iter().filter(|license| license.implicit || webex.licenses.contains(&license.name));
    Some(Account {
        roles: webex.roles.clone(),
        licenses: held.cloned().collect(),
        timezone: person.timezone.clone(),
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
        ..Account::new(person.webex_id(), person.email.clone(), long_ago())
    })
}
