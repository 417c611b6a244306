//! The person behind a token and their meeting sites.

use oauth::ApiError;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{Webex, lenient};

/// A person as Webex describes them to themselves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: String,
    #[serde(default, deserialize_with = "lenient::list")]
    pub emails: Vec<String>,
    #[serde(default)]
    pub display_name: String,
    pub org_id: Option<String>,
    /// IANA name.
    pub timezone: Option<String>,
    /// `person`, `bot` or `appuser`.
    #[serde(rename = "type")]
    pub person_type: Option<String>,
}

impl Person {
    /// The address that names the account; one address is effective today (Webex People API).
    pub fn email(&self) -> Option<&str> {
        self.emails.first().map(String::as_str)
    }
}

/// A Webex Meetings site of the person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// The host name, such as `example.webex.com`.
    pub site_url: String,
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub default: bool,
}

#[derive(Deserialize)]
struct Sites {
    #[serde(default, deserialize_with = "lenient::list")]
    sites: Vec<Site>,
}

impl Webex {
    /// Tells whose token this is; needs `spark:people_read`.
    pub async fn me(&self, token: &SecretString) -> Result<Person, ApiError> {
        self.get(self.endpoints.api(&["people", "me"]), token).await
    }

    /// Lists the person's meeting sites, or those of the host this client is for; needs `meeting:preferences_read`.
    pub async fn sites(&self, token: &SecretString) -> Result<Vec<Site>, ApiError> {
        let url = self.as_host(self.endpoints.api(&["meetingPreferences", "sites"]), "userEmail");
        let sites: Sites = self.get(url, token).await?;
        Ok(sites.sites)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_may_lack_everything_but_the_id() {
        let person: Person = serde_json::from_str(r#"{"id":"x","emails":null,"status":"active"}"#).unwrap();
        assert_eq!((person.email(), person.display_name.as_str()), (None, ""));
        let person: Person =
            serde_json::from_str(r#"{"id":"x","emails":["a@b.example"],"type":"person"}"#).unwrap();
        assert_eq!(person.email(), Some("a@b.example"));
    }

    #[test]
    fn a_default_site_may_be_marked_by_text() {
        let json = r#"{"sites":[{"siteUrl":"a.webex.com","default":"true"},{"siteUrl":"b.webex.com","default":false},
            {"siteUrl":"c.webex.com"}]}"#;
        let sites = serde_json::from_str::<Sites>(json).unwrap().sites;
        assert_eq!(sites.iter().map(|site| site.default).collect::<Vec<_>>(), [true, false, false]);
        assert!(serde_json::from_str::<Sites>("{}").unwrap().sites.is_empty());
    }
}
