//! What a sandbox starts with: one organization, its people, sites, licences and registered apps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::apps::App;
use crate::random::stable_uuid;
use crate::world::BadSeed;

mod believable;

pub(crate) use believable::{APPLICATION, DELEGATED};

const MOST_PEOPLE: usize = 20_000;
const MOST_GENERATED: u32 = 200_000;

/// The content of a seed file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The organization that owns everything.
    pub organization: Organization,
    /// Its people; the first is taken for the administrator by demos.
    pub people: Vec<Person>,
    /// How many people the Webex organization has in all; those beyond `people` are generated, with Webex accounts
    /// only.
    #[serde(default)]
    pub webex_people: u32,
    /// Webex licences.
    #[serde(default)]
    pub licenses: Vec<License>,
    /// Registered apps.
    #[serde(default)]
    pub apps: Vec<App>,
    /// Changes to the switches, by their dotted names.
    #[serde(default)]
    pub switches: Map<String, Value>,
    /// Where the clock stands still; absent: it runs with the machine.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// Makes ids and tokens repeatable.
    #[serde(default)]
    pub random: Option<u64>,
}

/// An organization in both worlds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its name.
    pub name: String,
    /// Its mail and Entra domain.
    pub domain: String,
    /// Its Webex sites; the first is everyone's default.
    pub webex_sites: Vec<String>,
}

/// A Webex licence of the organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// As Control Hub shows it, such as "Meeting - Webex Meetings Suite".
    pub name: String,
    /// The prefix of its id: MC, EE, CMR, MS, CF …
    pub kind: String,
    /// The site it belongs to, for meeting licences.
    #[serde(default)]
    pub site: Option<String>,
    /// How many were bought.
    pub total_units: u32,
    /// Whether Webex gives it to everybody by itself and lets nobody take it away.
    #[serde(default)]
    pub implicit: bool,
}

/// A person with an account at one or both providers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Mail address, Webex user name and Entra user principal name in one.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Department, where known.
    #[serde(default)]
    pub department: Option<String>,
    /// Job title, where known.
    #[serde(default)]
    pub title: Option<String>,
    /// IANA time zone.
    #[serde(default = "utc")]
    pub timezone: String,
    /// The Webex side; absent: no Webex account.
    #[serde(default)]
    pub webex: Option<WebexAccount>,
    /// The Microsoft side; absent: no Entra account.
    #[serde(default)]
    pub microsoft: Option<MicrosoftAccount>,
}

/// A person's Webex account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebexAccount {
    /// Role names as GET /roles lists them, such as "Full Administrator".
    pub roles: Vec<String>,
    /// Names of assigned licences.
    pub licenses: Vec<String>,
    /// Presence: active, inactive, call, meeting, presenting, DoNotDisturb, OutOfOffice, pending, unknown.
    pub status: Option<String>,
}

/// A person's Microsoft account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicrosoftAccount {
    /// Directory roles, such as "Global Administrator".
    pub roles: Vec<String>,
    /// Presence availability: Available, Busy, DoNotDisturb, Away, BeRightBack, Offline …
    pub availability: Option<String>,
    /// Whether there is no Exchange mailbox behind the account.
    pub no_mailbox: bool,
    /// Whether the calendar begins with a believable week: series with exceptions, all-day, private and tentative
    /// entries, and zones of several kinds. Empty otherwise.
    pub sample_week: bool,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Seed {
    /// The Lindenhof University Library: 26 people, two Webex sites, two registered apps.
    pub fn believable() -> Self {
        believable::seed()
    }

    /// Refuses seeds that would make a sandbox without people, sites or a distinct address for everybody.
    pub(crate) fn check(&self) -> Result<(), BadSeed> {
        if self.people.is_empty() || self.people.len() > MOST_PEOPLE {
            return Err(BadSeed(format!("It needs between 1 and {MOST_PEOPLE} people.")));
        }
        if self.webex_people > MOST_GENERATED {
            return Err(BadSeed(format!("At most {MOST_GENERATED} Webex people can be generated.")));
        }
        if self.organization.webex_sites.is_empty() {
            return Err(BadSeed("The organization needs at least one Webex site.".to_owned()));
        }
        let mut emails: Vec<String> = self.people.iter().map(|person| person.email.to_lowercase()).collect();
        emails.sort();
        match emails.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(BadSeed(format!("Two people have the address {}.", pair[0]))),
            None => Ok(()),
        }
    }
}

impl Organization {
    /// The organization's id in both worlds: Webex organization and Entra tenant.
    pub fn id(&self) -> Uuid {
        stable_uuid("organization", &self.domain)
    }
}

impl Person {
    /// Given and family name.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// The person's Webex id without its base64 dress.
    pub fn webex_id(&self) -> Uuid {
        stable_uuid("webex person", &self.email)
    }

    /// The person's Entra object id.
    pub fn entra_id(&self) -> Uuid {
        stable_uuid("entra user", &self.email)
    }
}
