//! What an administrator reads and changes in an organization: people with all their fields, licences, and per meeting
//! site the session types and tracking codes (Webex People, Licenses, and Admin Meeting Configuration APIs).

mod licenses;
mod people;
mod person;
mod session_types;
mod tracking_codes;

pub use licenses::{License, LicenseAnswer, LicenseChange, Operation, SiteAccount, is_license_conflict};
pub use people::{ListedPerson, PeoplePage};
pub use person::PersonRecord;
pub use session_types::SessionType;
pub use tracking_codes::{PersonTrackingCode, TrackingCode};

use oauth::{ApiError, with_query};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::Webex;

/// Whom a call about a meeting site is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSite<'a> {
    Person(&'a str),
    Email(&'a str),
}

/// An organization as its administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub id: String,
    #[serde(default)]
    pub display_name: String,
}

impl Webex {
    /// The organizations that the token's owner may administer; needs `spark-admin:organizations_read`.
    pub async fn organizations(&self, token: &SecretString) -> Result<Vec<Organization>, ApiError> {
        self.list(self.endpoints.api(&["organizations"]), token).await
    }

    /// A request about one person on one site. An address travels as a header there, not as a parameter (Webex Admin
    /// Meeting Configuration API, `userconfig`).
    fn about(&self, path: &[&str], token: &SecretString, site: &str, whom: OnSite<'_>) -> RequestBuilder {
        let url: Url = with_query(self.endpoints.api(path), &[("siteUrl", site)]);
        match whom {
            OnSite::Person(id) => self.request(Method::GET, with_query(url, &[("personId", id)]), token),
            OnSite::Email(email) => self.request(Method::GET, url, token).header("email", email),
        }
    }
}
