//! Meetings: create, read, find by tag, change, delete.

use jiff::Timestamp;
use oauth::{ApiError, read_json, with_query};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::Webex;
use crate::meeting::{Meeting, MeetingChange, NewMeeting, seconds};

impl Webex {
    /// Creates a meeting; needs `meeting:schedules_write`, and for somebody else `meeting:admin_schedule_write`.
    ///
    /// Webex documents no idempotency key: after a lost answer look the meeting up by its tag before trying again. A
    /// person may create 100 meetings in 24 hours, refused attempts included ([`crate::is_daily_quota`]).
    pub async fn create_meeting(
        &self,
        token: &SecretString,
        meeting: &NewMeeting<'_>,
    ) -> Result<Meeting, ApiError> {
        read_json(&self.send(self.creation(token, meeting)?, token).await?)
    }

    /// Reads one meeting; needs `meeting:schedules_read`. Not found after it was deleted, by whomever.
    pub async fn get_meeting(&self, token: &SecretString, id: &str) -> Result<Meeting, ApiError> {
        self.get(self.as_host(self.endpoints.api(&["meetings", id]), "hostEmail"), token).await
    }

    /// Lists the series with this tag that overlap a span of time; needs `meeting:schedules_read`.
    ///
    /// Without a span Webex would look no more than seven days ahead (Webex Meetings API).
    pub async fn list_meetings(
        &self,
        token: &SecretString,
        tag: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Meeting>, ApiError> {
        let pairs = [
            ("meetingType", "meetingSeries"),
            ("integrationTag", tag),
            ("from", &*seconds(from)),
            ("to", &*seconds(to)),
            ("max", "100"),
        ];
        let url = with_query(self.endpoints.api(&["meetings"]), &pairs);
        self.list(self.as_host(url, "hostEmail"), token).await
    }

    /// Changes a meeting, keeping its link and number; needs `meeting:schedules_write`. Only what changes is sent:
    /// PATCH, unlike the older PUT, keeps the rest (Webex Meetings API, "Patch a Meeting").
    ///
    /// Not found means that it was deleted. Webex refuses a running meeting ([`crate::is_in_progress`]) and times
    /// that are over ([`crate::is_past`]).
    pub async fn update_meeting(
        &self,
        token: &SecretString,
        id: &str,
        change: &MeetingChange<'_>,
    ) -> Result<Meeting, ApiError> {
        read_json(&self.send(self.patch(token, id, change), token).await?)
    }

    /// Deletes a meeting, or finds it gone already; needs `meeting:schedules_write`. Webex mails a cancellation
    /// unless told not to.
    pub async fn delete_meeting(
        &self,
        token: &SecretString,
        id: &str,
        send_email: bool,
    ) -> Result<(), ApiError> {
        let send_email = if send_email { "true" } else { "false" };
        let url = with_query(self.endpoints.api(&["meetings", id]), &[("sendEmail", send_email)]);
        self.delete(self.as_host(url, "hostEmail"), token).await
    }

    fn creation(&self, token: &SecretString, meeting: &NewMeeting<'_>) -> Result<RequestBuilder, ApiError> {
        let mut body = serde_json::to_value(meeting).map_err(|_| unwritable())?;
        self.name_host(&mut body);
        Ok(self.request(Method::POST, self.endpoints.api(&["meetings"]), token).json(&body))
    }

    fn patch(&self, token: &SecretString, id: &str, change: &MeetingChange<'_>) -> RequestBuilder {
        let mut body = change.json();
        self.name_host(&mut body);
        self.request(Method::PATCH, self.endpoints.api(&["meetings", id]), token).json(&body)
    }

    /// Names the host in a body, where it is not the person behind the token.
    pub(crate) fn name_host(&self, body: &mut Value) {
        if let Some(host) = &self.host {
            body["hostEmail"] = json!(host);
        }
    }
}

fn unwritable() -> ApiError {
    oauth::Refusal::bug("the request to the provider could not be written").into()
}

#[cfg(test)]
mod tests {
    use reqwest::header::AUTHORIZATION;

    use super::*;
    use crate::meeting::{Invitee, JoinSecurity};
    use crate::testing::{body, webex};

    fn span() -> (Timestamp, Timestamp) {
        ("2026-11-21T10:00:00.987Z".parse().unwrap(), "2026-11-21T10:30:00Z".parse().unwrap())
    }

    #[test]
    fn a_silent_test_meeting_is_asked_for_exactly() {
        let meeting = NewMeeting {
            site_url: Some("lindenhof.webex.com"),
            integration_tags: &["switchboard-test-1"],
            ..NewMeeting::new("Switchboard connection test", span(), "Europe/Berlin")
        };
        let request = webex().creation(&"token".into(), &meeting).unwrap().build().unwrap();
        assert_eq!(request.url().as_str(), "https://webexapis.com/v1/meetings");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer token");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        assert_eq!(
            body(&request),
            json!({
                "title": "Switchboard connection test",
                "start": "2026-11-21T10:00:00Z",
                "end": "2026-11-21T10:30:00Z",
                "timezone": "Europe/Berlin",
                "sendEmail": false,
                "siteUrl": "lindenhof.webex.com",
                "integrationTags": ["switchboard-test-1"],
            })
        );
    }

    #[test]
    fn a_visitor_is_invited_and_may_enter_first() {
        let meeting = NewMeeting {
            agenda: Some("About theses"),
            invitees: &[Invitee { email: "v@visitor.example", display_name: Some("V"), co_host: false }],
            enabled_join_before_host: Some(true),
            join_before_host_minutes: Some(15),
            unlocked_meeting_join_security: Some(JoinSecurity::AllowJoinWithLobby),
            ..NewMeeting::new("Consultation", span(), "Europe/Berlin")
        };
        let sent = body(&webex().creation(&"token".into(), &meeting).unwrap().build().unwrap());
        assert_eq!(sent["agenda"], "About theses");
        let visitor = json!([{ "email": "v@visitor.example", "displayName": "V", "coHost": false }]);
        assert_eq!(sent["invitees"], visitor);
        assert_eq!(
            (&sent["enabledJoinBeforeHost"], &sent["joinBeforeHostMinutes"]),
            (&json!(true), &json!(15))
        );
        assert_eq!(sent["unlockedMeetingJoinSecurity"], "allowJoinWithLobby");
        assert_eq!((&sent["sendEmail"], &sent["hostEmail"]), (&json!(false), &Value::Null));
    }

    #[test]
    fn an_administrator_names_the_host_in_every_call() {
        let webex = webex().for_host("ben+1@lindenhof.example");
        let new = NewMeeting::new("T", span(), "UTC");
        let created = webex.creation(&"token".into(), &new).unwrap().build().unwrap();
        assert_eq!(body(&created)["hostEmail"], "ben+1@lindenhof.example");
        let changed = webex.patch(&"token".into(), "m", &MeetingChange::default()).build().unwrap();
        assert_eq!(body(&changed), json!({ "sendEmail": false, "hostEmail": "ben+1@lindenhof.example" }));
        let url = webex.as_host(webex.endpoints.api(&["meetings", "m"]), "hostEmail");
        assert_eq!(url.query(), Some("hostEmail=ben%2B1%40lindenhof.example"));
    }

    #[test]
    fn a_move_sends_both_ends_and_nothing_else() {
        let change = MeetingChange { span: Some(span()), ..MeetingChange::default() };
        let request = webex().patch(&"token".into(), "a/b", &change).build().unwrap();
        assert_eq!((request.method(), request.url().path()), (&Method::PATCH, "/v1/meetings/a%2Fb"));
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(
            body(&request),
            json!({ "start": "2026-11-21T10:00:00Z", "end": "2026-11-21T10:30:00Z", "sendEmail": false })
        );
    }
}
