//! Licences: what was bought, and who has which.

use oauth::{ApiError, read_json};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Webex, lenient};

/// A licence of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct License {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// Absent or negative where there is no limit (the latter is not documented).
    pub total_units: Option<i64>,
    pub consumed_units: Option<i64>,
    pub consumed_by_users: Option<i64>,
    /// The meeting site it belongs to.
    pub site_url: Option<String>,
    pub site_type: Option<String>,
    pub subscription_id: Option<String>,
}

impl License {
    /// How many are left to assign; none where there is no limit.
    pub fn free(&self) -> Option<i64> {
        let total = self.total_units.filter(|total| *total >= 0)?;
        Some((total - self.consumed_units.unwrap_or(0)).max(0))
    }
}

/// To give or to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Add,
    Remove,
}

/// A person's licences to change; people of other organizations cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseChange<'a> {
    pub person_id: &'a str,
    pub licenses: Vec<LicenseOperation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub site_urls: Vec<SiteOperation<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LicenseOperation<'a> {
    pub id: &'a str,
    pub operation: Operation,
}

/// Attendee accounts on a site; who hosts there has a licence instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteOperation<'a> {
    pub site_url: &'a str,
    /// Always `attendee` (Webex Licenses API).
    pub account_type: &'static str,
    pub operation: Operation,
}

impl<'a> LicenseChange<'a> {
    pub fn of(person_id: &'a str) -> Self {
        Self { person_id, licenses: Vec::new(), site_urls: Vec::new() }
    }

    /// Gives or takes a licence.
    #[must_use]
    pub fn license(mut self, id: &'a str, operation: Operation) -> Self {
        self.licenses.push(LicenseOperation { id, operation });
        self
    }

    /// Gives or takes an attendee account on a site.
    #[must_use]
    pub fn attendee(mut self, site_url: &'a str, operation: Operation) -> Self {
        self.site_urls.push(SiteOperation { site_url, account_type: "attendee", operation });
        self
    }
}

/// An account on a site.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteAccount {
    #[serde(default)]
    pub site_url: String,
    #[serde(default)]
    pub account_type: String,
}

/// What the person has after a change. Webex applies what it can and leaves the rest out: 206 and 207 say so, 200 does
/// not always (Webex Licenses API), so that what counts is this list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseAnswer {
    #[serde(default, deserialize_with = "lenient::list")]
    pub licenses: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub site_urls: Vec<SiteAccount>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub pending_licenses: Vec<String>,
    /// Whether Webex said itself that only a part was done.
    #[serde(skip)]
    pub is_partial: bool,
}

impl Webex {
    /// Lists the organization's licences; needs `spark-admin:licenses_read`.
    pub async fn licenses(&self, token: &SecretString) -> Result<Vec<License>, ApiError> {
        self.list(self.endpoints.api(&["licenses"]), token).await
    }

    /// Changes a person's licences (Webex Licenses API, "Assign Licenses to Users").
    pub async fn change_licenses(
        &self,
        token: &SecretString,
        change: &LicenseChange<'_>,
    ) -> Result<LicenseAnswer, ApiError> {
        let url = self.endpoints.api(&["licenses", "users"]);
        let answer = self.send(self.request(Method::PATCH, url, token).json(change), token).await?;
        let partial = [StatusCode::PARTIAL_CONTENT, StatusCode::MULTI_STATUS].contains(&answer.status);
        let read: LicenseAnswer = read_json(&answer)?;
        Ok(LicenseAnswer { is_partial: partial, ..read })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_written_as_documented() {
        let change =
            LicenseChange::of("p1").license("l1", Operation::Add).attendee("l.webex.com", Operation::Remove);
        let expected = json!({
            "personId": "p1",
            "licenses": [{"id": "l1", "operation": "add"}],
            "siteUrls": [{"siteUrl": "l.webex.com", "accountType": "attendee", "operation": "remove"}],
        });
        assert_eq!(serde_json::to_value(change).unwrap(), expected);
    }

    #[test]
    fn stock_may_be_unlimited() {
        let license = |total: Option<i64>, used| License {
            id: "x".into(),
            name: String::new(),
            total_units: total,
            consumed_units: used,
            consumed_by_users: None,
            site_url: None,
            site_type: None,
            subscription_id: None,
        };
        assert_eq!(license(Some(5), Some(3)).free(), Some(2));
        assert_eq!(license(Some(5), Some(9)).free(), Some(0));
        assert_eq!((license(None, Some(9)).free(), license(Some(-1), None).free()), (None, None));
    }
}
