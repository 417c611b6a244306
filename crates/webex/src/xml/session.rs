//! What a site says about itself without a session, and about the person of a session.

use oauth::ApiError;

use super::{
    SessionTicket, XmlApi,
    envelope::{Operation, SecurityContext},
};

/// Which version of the XML API a site answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersion {
    /// Such as `WebEx XML API V10.0.0`.
    pub version: String,
    pub release: Option<String>,
}

/// The person of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    pub email: String,
    pub webex_id: String,
    /// `siteAdmin` for administrators of the site; other values are not documented.
    pub role: String,
}

impl XmlApi {
    /// Asks for the version; needs no session, so it tells whether a site has the XML API at all.
    pub async fn version(&self) -> Result<ApiVersion, ApiError> {
        let answer = self.ask(&SecurityContext::Site, &Operation::plain("ep.GetAPIVersion")).await?;
        Ok(ApiVersion {
            version: answer.text_at(&["apiVersion"]).unwrap_or_default().to_owned(),
            release: answer.text_at(&["release"]).map(str::to_owned),
        })
    }

    /// Tells whose session it is.
    pub async fn me(&self, ticket: &SessionTicket) -> Result<Me, ApiError> {
        let answer = self.with_ticket(ticket, &Operation::plain("user.GetMe")).await?;
        let text = |name: &str| answer.text_at(&[name]).unwrap_or_default().to_owned();
        Ok(Me { email: text("email"), webex_id: text("webExID"), role: text("userRole") })
    }
}
