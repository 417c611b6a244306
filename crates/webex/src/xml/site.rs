//! A site's session types and tracking codes.

use oauth::ApiError;

use super::{SessionTicket, SiteFacts, XmlApi, XmlSessionType, envelope::Operation};

impl XmlApi {
    /// The site's tracking codes (XML API reference, GetSite).
    pub async fn site(&self, ticket: &SessionTicket) -> Result<SiteFacts, ApiError> {
        let answer = self.with_ticket(ticket, &Operation::plain("site.GetSite")).await?;
        Ok(SiteFacts::read(&answer, &self.site_name))
    }

    /// The site's session types, inactive ones too (XML API reference, LstMeetingType).
    pub async fn session_types(&self, ticket: &SessionTicket) -> Result<Vec<XmlSessionType>, ApiError> {
        let answer = self.with_ticket(ticket, &Operation::plain("meetingtype.LstMeetingType")).await;
        match answer {
            Ok(answer) => Ok(XmlSessionType::read_all(&answer)),
            Err(error) if error.code.as_deref() == Some(super::NO_RECORD) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
