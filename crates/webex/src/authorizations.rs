//! What a person has authorized, seen and withdrawn through Webex's own API. Best effort: it needs the scopes
//! `identity:tokens_read` and `identity:tokens_write` and an administrator's role.

use jiff::Timestamp;
use oauth::{ApiError, with_query};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{Webex, lenient};

/// One token that a person has granted to an app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    pub id: String,
    pub client_id: Option<String>,
    pub application_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub created: Option<Timestamp>,
    /// `refresh` or `access`; deleting a refresh token ends its access tokens too (Webex Authorizations API).
    #[serde(rename = "type")]
    pub token_type: Option<String>,
}

impl Webex {
    /// Lists a person's authorizations; this list has no pages.
    pub async fn authorizations(
        &self,
        token: &SecretString,
        person_id: &str,
    ) -> Result<Vec<Authorization>, ApiError> {
        let url = with_query(self.endpoints.api(&["authorizations"]), &[("personId", person_id)]);
        self.list(url, token).await
    }

    /// Withdraws an authorization; Webex may honour the token a little longer from its cache.
    pub async fn delete_authorization(&self, token: &SecretString, id: &str) -> Result<(), ApiError> {
        self.delete(self.endpoints.api(&["authorizations", id]), token).await
    }
}
