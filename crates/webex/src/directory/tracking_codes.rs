//! Tracking codes through REST: what a site asks for, and what a person has there.

use oauth::{ApiError, read_json, with_query};
use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::OnSite;
use crate::{Webex, lenient, paging::Page};

/// A tracking code of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackingCode {
    #[serde(default)]
    pub id: String,
    pub name: String,
    /// `text`, `select`, `editableSelect` or `hostProfileSelect`.
    #[serde(default)]
    pub input_mode: String,
    /// `optional`, `required`, `adminSet` or `notUsed`.
    #[serde(default)]
    pub host_profile_code: String,
    #[serde(default, deserialize_with = "lenient::list")]
    pub options: Vec<TrackingOption>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingOption {
    pub value: String,
}

/// What a person has for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonTrackingCode {
    pub name: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub value: String,
}

/// What a person has. The codes may be left out where there are none; the site is always named (Webex Tracking Codes API),
/// and an answer without it says nothing: taken for one without codes, it would cost the person those that they have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfPerson {
    #[expect(dead_code, reason = "it has to be there")]
    site_url: String,
    #[serde(default, deserialize_with = "lenient::list")]
    tracking_codes: Vec<PersonTrackingCode>,
}

impl Webex {
    /// The site's tracking codes; needs `meeting:admin_config_read`.
    pub async fn site_tracking_codes(
        &self,
        token: &SecretString,
        site: &str,
    ) -> Result<Vec<TrackingCode>, ApiError> {
        let url = self.endpoints.api(&["admin", "meeting", "config", "trackingCodes"]);
        let found: Page<TrackingCode> = self.get(with_query(url, &[("siteUrl", site)]), token).await?;
        Ok(found.items)
    }

    /// A person's tracking codes on a site.
    pub async fn person_tracking_codes(
        &self,
        token: &SecretString,
        site: &str,
        whom: OnSite<'_>,
    ) -> Result<Vec<PersonTrackingCode>, ApiError> {
        let request = self.about(&["admin", "meeting", "userconfig", "trackingCodes"], token, site, whom);
        let found: OfPerson = read_json(&self.send(request, token).await?)?;
        Ok(found.tracking_codes)
    }

    /// Sets a person's tracking codes on a site by name; needs `meeting:admin_config_write`.
    pub async fn set_tracking_codes(
        &self,
        token: &SecretString,
        site: &str,
        person_id: &str,
        codes: &[PersonTrackingCode],
    ) -> Result<Vec<PersonTrackingCode>, ApiError> {
        let url = self.endpoints.api(&["admin", "meeting", "userconfig", "trackingCodes"]);
        let body = json!({"siteUrl": site, "personId": person_id, "trackingCodes": codes});
        let request = self.request(Method::PUT, url, token).json(&body);
        let set: OfPerson = read_json(&self.send(request, token).await?)?;
        Ok(set.tracking_codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_says_nothing_is_nobody_without_codes() {
        let codes =
            |text: &str| serde_json::from_str::<OfPerson>(text).map(|person| person.tracking_codes).ok();
        assert_eq!(codes(r#"{"siteUrl": "l.webex.com", "trackingCodes": null}"#), Some(Vec::new()));
        assert_eq!(codes(r#"{"siteUrl": "l.webex.com"}"#), Some(Vec::new()));
        assert_eq!(codes("{}"), None);
    }
}
