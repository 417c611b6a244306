//! Who is invited to a meeting that exists (Webex Meeting Invitees API).

use oauth::{ApiError, ApiKind, read_json, with_query};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use crate::meeting::Invitee;
use crate::{Webex, lenient};

/// Someone who is invited, as Webex keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingInvitee {
    pub id: String,
    #[serde(default)]
    pub email: String,
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub co_host: bool,
}

impl Webex {
    /// Lists a meeting's invitees; needs `meeting:schedules_read`.
    pub async fn list_invitees(
        &self,
        token: &SecretString,
        meeting_id: &str,
    ) -> Result<Vec<MeetingInvitee>, ApiError> {
        let pairs = [("meetingId", meeting_id), ("max", "100")];
        let url = with_query(self.endpoints.api(&["meetingInvitees"]), &pairs);
        self.list(self.as_host(url, "hostEmail"), token).await
    }

    /// Invites someone without mail, or finds them invited already (then none is returned); needs
    /// `meeting:schedules_write`.
    pub async fn add_invitee(
        &self,
        token: &SecretString,
        meeting_id: &str,
        invitee: &Invitee<'_>,
    ) -> Result<Option<MeetingInvitee>, ApiError> {
        match self.send(self.inviting(token, meeting_id, invitee), token).await {
            Ok(answer) => read_json(&answer).map(Some),
            Err(error) if error.kind == ApiKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes an invitation back without mail, or finds it gone already; needs `meeting:schedules_write`.
    pub async fn remove_invitee(&self, token: &SecretString, invitee_id: &str) -> Result<(), ApiError> {
        let url = with_query(self.endpoints.api(&["meetingInvitees", invitee_id]), &[("sendEmail", "false")]);
        self.delete(self.as_host(url, "hostEmail"), token).await
    }

    fn inviting(&self, token: &SecretString, meeting_id: &str, invitee: &Invitee<'_>) -> RequestBuilder {
        let mut body = json!({
            "meetingId": meeting_id,
            "email": invitee.email,
            "coHost": invitee.co_host,
            "sendEmail": false,
        });
        if let Some(name) = invitee.display_name {
            body["displayName"] = json!(name);
        }
        self.name_host(&mut body);
        self.request(Method::POST, self.endpoints.api(&["meetingInvitees"]), token).json(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{body, webex};

    #[test]
    fn an_invitation_is_sent_without_webexs_mail() {
        let invitee = Invitee { email: "v@visitor.example", display_name: None, co_host: false };
        let request = webex().inviting(&"token".into(), "m", &invitee).build().unwrap();
        assert_eq!(request.url().path(), "/v1/meetingInvitees");
        let expected =
            json!({ "meetingId": "m", "email": "v@visitor.example", "coHost": false, "sendEmail": false });
        assert_eq!(body(&request), expected);
    }

    #[test]
    fn an_invitee_may_lack_everything_but_the_id() {
        let invitee: MeetingInvitee = serde_json::from_str(r#"{"id":"m_1","coHost":"true"}"#).unwrap();
        assert!(invitee.co_host && invitee.email.is_empty());
    }
}
