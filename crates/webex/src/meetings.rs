//! Meetings of the person behind the token.

use jiff::Timestamp;
use oauth::{ApiError, read_json, with_query};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};

use crate::{Webex, lenient};

/// A meeting to be created.
///
/// Webex wants 10 minutes to 23 h 59 min of length, a start that is not past, a title of at most 128 characters
/// and at most three tags of 64 characters; seconds are cut off (Webex Meetings API).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMeeting<'a> {
    pub title: &'a str,
    #[serde(serialize_with = "to_the_second")]
    pub start: Timestamp,
    #[serde(serialize_with = "to_the_second")]
    pub end: Timestamp,
    /// IANA name of the zone that mails and pages show the meeting in.
    pub timezone: &'a str,
    /// Whether Webex mails the host and the invitees.
    pub send_email: bool,
    /// The host's preferred site when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_url: Option<&'a str>,
    /// Marks that only this integration sees, to find the meeting by when the answer was lost.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub integration_tags: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub invitees: &'a [Invitee<'a>],
}

/// Someone invited to a meeting.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitee<'a> {
    pub email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<&'a str>,
    pub co_host: bool,
}

/// A meeting as Webex keeps it. Its password and host key are left out on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    pub id: String,
    #[serde(default)]
    pub title: String,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub start: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub end: Option<Timestamp>,
    pub timezone: Option<String>,
    pub state: Option<String>,
    pub meeting_number: Option<String>,
    /// Where participants join.
    pub web_link: Option<String>,
    pub site_url: Option<String>,
    pub host_email: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub integration_tags: Vec<String>,
}

impl Webex {
    /// Creates a meeting; needs `meeting:schedules_write`.
    ///
    /// Webex documents no idempotency key: after a lost answer look the meeting up by its tag before trying again.
    pub async fn create_meeting(
        &self,
        token: &SecretString,
        meeting: &NewMeeting<'_>,
    ) -> Result<Meeting, ApiError> {
        read_json(&self.send(self.creation(token, meeting), token).await?)
    }

    /// Reads one meeting; needs `meeting:schedules_read`.
    pub async fn get_meeting(&self, token: &SecretString, id: &str) -> Result<Meeting, ApiError> {
        self.get(self.endpoints.api(&["meetings", id]), token).await
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
        self.list(with_query(self.endpoints.api(&["meetings"]), &pairs), token).await
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
        self.delete(url, token).await
    }

    fn creation(&self, token: &SecretString, meeting: &NewMeeting<'_>) -> RequestBuilder {
        self.request(Method::POST, self.endpoints.api(&["meetings"]), token).json(meeting)
    }
}

fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn to_the_second<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&seconds(*instant))
}

#[cfg(test)]
mod tests {
    use reqwest::header::AUTHORIZATION;
    use serde_json::{Value, json};
    use url::Url;

    use super::*;
    use crate::Endpoints;

    fn webex() -> Webex {
        let host = Url::parse("https://webexapis.com").unwrap();
        #[expect(clippy::disallowed_methods, reason = "the request is looked at, not sent")]
        Webex::new(reqwest::Client::new(), Endpoints { api: host.clone(), idbroker: host })
    }

    #[test]
    fn a_silent_test_meeting_is_asked_for_exactly() {
        let meeting = NewMeeting {
            title: "Switchboard connection test",
            start: "2026-11-21T10:00:00.987Z".parse().unwrap(),
            end: "2026-11-21T10:30:00Z".parse().unwrap(),
            timezone: "Europe/Berlin",
            send_email: false,
            site_url: Some("lindenhof.webex.com"),
            integration_tags: &["switchboard-test-1"],
            invitees: &[],
        };
        let request = webex().creation(&"token".into(), &meeting).build().unwrap();
        assert_eq!(request.url().as_str(), "https://webexapis.com/v1/meetings");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer token");
        assert!(request.headers()[AUTHORIZATION].is_sensitive());
        let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
        assert_eq!(
            body,
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
    fn a_meeting_is_read_in_any_offset_and_without_its_password() {
        let meeting: Meeting = serde_json::from_value(json!({
            "id": "dfb45ece33264639a7bc3dd9535d53f7", "title": "T", "password": "BgJep@43", "hostKey": "123456",
            "start": "2019-11-01T20:00:00+08:00", "end": "odd", "integrationTags": null, "telephony": {},
        }))
        .unwrap();
        assert_eq!(meeting.start, Some("2019-11-01T12:00:00Z".parse().unwrap()));
        assert_eq!(meeting.end, None);
        assert!(!format!("{meeting:?}").contains("BgJep"));
    }
}
