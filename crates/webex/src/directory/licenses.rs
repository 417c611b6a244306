//! Licences: what was bought, and who has which.

use oauth::{ApiError, read_json};
use reqwest::Method;
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

/// What the person has after a change. Webex applies what it can and leaves the rest out, without a word about why; the
/// status 206 says no more than that something was (Webex Licenses API, "Assign Licenses to Users"). So the lists count,
/// compared with what was asked for, and the status does not: 207, which is not documented for this call, is read alike.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseAnswer {
    #[serde(default, deserialize_with = "lenient::list")]
    pub licenses: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub site_urls: Vec<SiteAccount>,
    /// Those that somebody of another organization has to accept first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub pending_licenses: Vec<String>,
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
        read_json(&self.send(self.request(Method::PATCH, url, token).json(change), token).await?)
    }
}

/// Whether licences were refused because nobody can have them beside others (Webex Licenses API, "License conflict").
pub fn is_license_conflict(error: &ApiError) -> bool {
    matches!(error.code.as_deref(), Some("400404" | "400406" | "400407" | "400413"))
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
    fn an_answer_says_what_the_person_has() {
        let answer = |value: serde_json::Value| serde_json::from_value::<LicenseAnswer>(value).unwrap();
        let partial = answer(json!({
            "orgId": "o", "personId": "p", "email": "ada@l.example", "licenses": ["l1"], "pendingLicenses": ["l2"],
            "siteUrls": [{"siteUrl": "l.webex.com", "accountType": "attendee"}],
        }));
        let site = SiteAccount { site_url: "l.webex.com".into(), account_type: "attendee".into() };
        assert_eq!((partial.licenses, partial.site_urls), (vec!["l1".to_owned()], vec![site]));
        assert_eq!(partial.pending_licenses, ["l2"]);
        let nothing = LicenseAnswer { licenses: vec![], site_urls: vec![], pending_licenses: vec![] };
        assert_eq!(answer(json!({"licenses": null, "pendingLicenses": null})), nothing);
        assert_eq!(answer(json!({"items": [{"id": "l1", "httpStatus": "400"}]})), nothing);
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
