//! Webex Meetings sites as administrators see them: session types, tracking codes, common settings, and what a site keeps
//! of each person. The same facts are behind the REST calls here and behind the XML API.

mod common_settings;
mod sessions;
mod tracking;
mod user_tracking;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::routes::Routes;
use crate::seed::Seed;
use crate::switches::Switches;
use crate::webex::State as Webex;
use crate::webex::caller::{Caller, FULL, READ_ONLY};
use crate::webex::input::Params;
use crate::webex::people::{Account, person_id};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

pub(crate) use tracking::{InputMode, TrackingCode};

/// Which pair of scopes goes with session types is not documented; both are accepted.
const READ: [&str; 2] = ["meeting:admin_config_read", "meeting:admin_schedule_read"];
const WRITE: [&str; 2] = ["meeting:admin_config_write", "meeting:admin_schedule_write"];
/// Whoever administers the organization administers its sites here.
const READERS: [&str; 2] = [FULL, READ_ONLY];

/// A Meetings site.
#[derive(Debug)]
pub(crate) struct Site {
    /// Its host name, such as `lindenhof.webex.com`.
    pub(crate) url: String,
    /// The number that the XML API knows it by too.
    pub(crate) id: u64,
    pub(crate) session_types: Vec<SessionType>,
    pub(crate) tracking_codes: Vec<TrackingCode>,
    pub(crate) common_settings: Value,
}

/// A kind of session that people of the site may start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionType {
    pub(crate) id: u64,
    /// The product code: PRO, ONS …
    pub(crate) short: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// The service as the XML API names it.
    pub(crate) service: &'static str,
    /// Whether new hosts get it.
    pub(crate) given: bool,
}

/// What a site keeps of a person. Seeded people have none until something is changed: the defaults hold for them.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct SiteAccount {
    pub(crate) site: String,
    /// From when on the site knows the person.
    pub(crate) since: Timestamp,
    pub(crate) active: bool,
    /// Session type ids; `None` is what new hosts get.
    pub(crate) sessions: Option<Vec<u64>>,
    /// Values by the name of the tracking code.
    pub(crate) tracking: BTreeMap<String, String>,
}

impl SiteAccount {
    pub(crate) fn new(site: String, since: Timestamp) -> Self {
        Self { site, since, active: true, sessions: None, tracking: BTreeMap::new() }
    }
}

/// Codes beyond PRO and ONS, and the ids, are believable rather than known.
const SESSION_TYPES: [SessionType; 5] = [
    SessionType {
        id: 3,
        short: "PRO",
        name: "Pro meeting",
        kind: "meeting",
        service: "MeetingCenter",
        given: true,
    },
    SessionType {
        id: 9,
        short: "ONS",
        name: "Online Event",
        kind: "EventCenter",
        service: "EventCenter",
        given: false,
    },
    SessionType {
        id: 13,
        short: "TRS",
        name: "Training session",
        kind: "TrainCenter",
        service: "TrainingCenter",
        given: false,
    },
    SessionType {
        id: 214,
        short: "SMT",
        name: "Support session",
        kind: "SupportCenter",
        service: "SupportCenter",
        given: false,
    },
    SessionType {
        id: 74_377,
        short: "PRO",
        name: "Pro meeting without recording",
        kind: "meeting",
        service: "MeetingCenter",
        given: false,
    },
];

pub(crate) fn sites(seed: &Seed) -> Vec<Site> {
    let site = |(index, url): (u64, &String)| Site {
        url: url.clone(),
        id: 700_100 + index,
        session_types: SESSION_TYPES.to_vec(),
        tracking_codes: tracking::believable(url),
        common_settings: common_settings::believable(),
    };
    (1..).zip(&seed.organization.webex_sites).map(site).collect()
}

pub(crate) fn routes() -> Routes {
    sessions::routes()
        .merge(tracking::routes())
        .merge(user_tracking::routes())
        .merge(common_settings::routes())
}

impl Site {
    /// The part of the host name that the XML API calls the site's name.
    pub(crate) fn name(&self) -> &str {
        self.url.split('.').next().unwrap_or(&self.url)
    }
}

impl Account {
    /// What a site keeps of the person; `None` while it does not know them.
    pub(crate) fn at_site(&self, site: &Site, now: Timestamp) -> Option<SiteAccount> {
        if !self.belongs_to().contains(&site.url) {
            return None;
        }
        match self.site_accounts.iter().find(|account| account.site == site.url) {
            Some(account) => (account.since <= now).then(|| account.clone()),
            None => Some(SiteAccount::new(site.url.clone(), self.created)),
        }
    }

    /// The same, to be changed.
    pub(crate) fn at_site_mut(&mut self, site: &str) -> &mut SiteAccount {
        let position = self.site_accounts.iter().position(|account| account.site == site);
        let position = position.unwrap_or_else(|| {
            self.site_accounts.push(SiteAccount::new(site.to_owned(), self.created));
            self.site_accounts.len() - 1
        });
        &mut self.site_accounts[position]
    }

    /// The session types that the person may use on a site: those chosen, or what new hosts get.
    pub(crate) fn sessions_at(&self, site: &Site, kept: &SiteAccount) -> Vec<SessionType> {
        let hosts = self.sites().contains(&site.url);
        let may = |kind: &&SessionType| match &kept.sessions {
            Some(chosen) => chosen.contains(&kind.id),
            None => hosts && kind.given,
        };
        site.session_types.iter().filter(may).copied().collect()
    }
}

/// The position of the site that is named, or of the caller's own preferred one.
fn chosen(
    switches: &Switches,
    state: &Webex,
    caller: &Caller,
    named: Option<&str>,
) -> Result<usize, Refusal> {
    let preferred = || state.accounts.by_id(caller.id).and_then(|account| account.sites().first().cloned());
    let url = named.map(str::to_owned).or_else(preferred);
    let position = match &url {
        Some(url) => state.sites.iter().position(|site| site.url.eq_ignore_ascii_case(url)),
        None => (!state.sites.is_empty()).then_some(0),
    };
    let position =
        position.ok_or_else(|| Refusal::malformed("'siteUrl' is not a site of the organization."))?;
    if switches.site_has_rest(&state.sites[position].url) {
        Ok(position)
    } else {
        Err(Refusal::not_found("The site does not offer this API."))
    }
}

/// Whom a user-level call means; the id wins over the address.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Whom {
    person_id: Option<String>,
    email: Option<String>,
}

impl Whom {
    /// Of a GET: the id in the query, the address in a header.
    fn asked(params: &Params, headers: &http::HeaderMap) -> Self {
        let email = headers.get("email").and_then(|value| value.to_str().ok());
        Self {
            person_id: params.text("personId").map(str::to_owned),
            email: email.filter(|email| !email.is_empty()).map(str::to_owned),
        }
    }

    fn find<'a>(&self, state: &'a Webex) -> Result<&'a Account, Refusal> {
        let found = match (&self.person_id, &self.email) {
            (Some(id), _) => state.accounts.by_id(person_id(id)?),
            (None, Some(email)) => state.accounts.by_email(email.trim()),
            (None, None) => return Err(Refusal::malformed("Either 'personId' or 'email' must be given.")),
        };
        found.ok_or_else(|| Refusal::not_found("The user is not found."))
    }
}

/// A person and what a site keeps of them; 404 while the site does not know them.
fn user<'a>(
    world: &Shared,
    state: &'a Webex,
    site: usize,
    whom: &Whom,
) -> Result<(&'a Site, &'a Account, SiteAccount), Refusal> {
    let account = whom.find(state)?;
    let site = &state.sites[site];
    let kept = account.at_site(site, world.clock.now());
    let kept = kept.ok_or_else(|| Refusal::not_found("The user is not found on the site."))?;
    Ok((site, account, kept))
}

/// Changes what a site keeps of a person.
fn keep(world: &Shared, id: uuid::Uuid, site: &str, change: impl FnOnce(&mut SiteAccount)) {
    lock(&world.webex).accounts.change(id, |account| change(account.at_site_mut(site)));
}
