//! Session types through REST: what a site offers, and what a person may start there.

use oauth::{ApiError, read_json, with_query};
use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::OnSite;
use crate::{Webex, lenient, paging::Page};

/// A kind of session, such as "3"/PRO or "9"/ONS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionType {
    /// Digits; the meetings API prints them as a number, this one as text.
    #[serde(deserialize_with = "digits")]
    pub id: String,
    #[serde(default)]
    pub short_name: String,
    #[serde(default)]
    pub name: String,
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfPerson {
    #[serde(default, deserialize_with = "lenient::list")]
    session_types: Vec<SessionType>,
}

impl Webex {
    /// The site's session types; needs `meeting:admin_config_read`.
    pub async fn site_session_types(
        &self,
        token: &SecretString,
        site: &str,
    ) -> Result<Vec<SessionType>, ApiError> {
        let url = self.endpoints.api(&["admin", "meeting", "config", "sessionTypes"]);
        let found: Page<SessionType> = self.get(with_query(url, &[("siteUrl", site)]), token).await?;
        Ok(found.items)
    }

    /// A person's session types on a site.
    pub async fn person_session_types(
        &self,
        token: &SecretString,
        site: &str,
        whom: OnSite<'_>,
    ) -> Result<Vec<SessionType>, ApiError> {
        let request = self.about(&["admin", "meeting", "userconfig", "sessionTypes"], token, site, whom);
        let found: Page<OfPerson> = read_json(&self.send(request, token).await?)?;
        Ok(found.items.into_iter().flat_map(|person| person.session_types).collect())
    }

    /// Replaces a person's session types on a site by this whole list; needs `meeting:admin_config_write`.
    pub async fn set_session_types(
        &self,
        token: &SecretString,
        site: &str,
        person_id: &str,
        ids: &[String],
    ) -> Result<Vec<SessionType>, ApiError> {
        let url = self.endpoints.api(&["admin", "meeting", "userconfig", "sessionTypes"]);
        let body = json!({"siteUrl": site, "personId": person_id, "sessionTypeIds": ids});
        let request = self.request(Method::PUT, url, token).json(&body);
        let set: OfPerson = read_json(&self.send(request, token).await?)?;
        Ok(set.session_types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_text_whatever_webex_prints() {
        let types: Vec<SessionType> =
            serde_json::from_str(r#"[{"id":"3","shortName":"PRO","name":"Pro"},{"id":9}]"#).unwrap();
        assert_eq!(types.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["3", "9"]);
    }
}
