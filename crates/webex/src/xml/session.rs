//! What a site says about itself without a session, and about the person of a session.

use oauth::ApiError;

use super::{
    ApiVersion, Me, SessionTicket, XmlApi,
    envelope::{Operation, SecurityContext},
};

impl XmlApi {
    /// Asks for the version; needs no session, so it tells whether a site has the XML API at all.
    pub async fn version(&self) -> Result<ApiVersion, ApiError> {
        let answer = self.ask(&SecurityContext::Site, &Operation::plain("ep.GetAPIVersion"), None).await?;
        Ok(ApiVersion::read(&answer))
    }

    /// Tells whose session it is (Webex's guide to managing users by API, GetMe).
    pub async fn me(&self, ticket: &SessionTicket) -> Result<Me, ApiError> {
        Ok(Me::read(&self.with_ticket(ticket, &Operation::plain("user.GetMe")).await?))
    }
}
