//! A meeting: what is written, and what Webex keeps.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::lenient;

/// A meeting to be created.
///
/// Webex wants 10 minutes to 23 h 59 min of length, a start that is not past, a title of at most 128 characters, an
/// agenda of at most 1,300 and at most three tags of 64; seconds are cut off, and a password that suits the site is
/// made (Webex Meetings API, "Create a Meeting").
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agenda: Option<&'a str>,
    /// Whether Webex mails the host and the invitees.
    pub send_email: bool,
    /// The preferred site of the person behind the token when absent. Always name the host's own site together with
    /// [`crate::Webex::for_host`]: the administrator's may be another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_url: Option<&'a str>,
    /// Marks that only this integration sees, to find the meeting by when the answer was lost.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub integration_tags: &'a [&'a str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub invitees: &'a [Invitee<'a>],
    /// Whether people may enter before the host; the site's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_join_before_host: Option<bool>,
    /// How early: 0, 5, 10 or 15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_before_host_minutes: Option<u8>,
    /// What people without a Webex account of the organization meet at the door; the site's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlocked_meeting_join_security: Option<JoinSecurity>,
}

impl<'a> NewMeeting<'a> {
    /// A plain meeting on the preferred site, without mail, tag or invitees.
    pub fn new(title: &'a str, (start, end): (Timestamp, Timestamp), timezone: &'a str) -> Self {
        Self {
            title,
            start,
            end,
            timezone,
            agenda: None,
            send_email: false,
            site_url: None,
            integration_tags: &[],
            invitees: &[],
            enabled_join_before_host: None,
            join_before_host_minutes: None,
            unlocked_meeting_join_security: None,
        }
    }
}

/// How guests enter a meeting that is not locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum JoinSecurity {
    AllowJoin,
    AllowJoinWithLobby,
    BlockFromJoin,
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

/// What shall become different; what is absent stays. Site and host of a meeting cannot change, invitees have calls
/// of their own.
#[derive(Debug, Clone, Default)]
pub struct MeetingChange<'a> {
    pub title: Option<&'a str>,
    /// An empty text takes the agenda away.
    pub agenda: Option<&'a str>,
    /// Start and end, always both: Webex checks the one against the other.
    pub span: Option<(Timestamp, Timestamp)>,
    /// IANA name.
    pub timezone: Option<&'a str>,
    /// Whether Webex mails the host and the invitees.
    pub send_email: bool,
}

impl MeetingChange<'_> {
    pub(crate) fn json(&self) -> Value {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(title) = self.title {
            set("title", json!(title));
        }
        if let Some(agenda) = self.agenda {
            set("agenda", if agenda.is_empty() { Value::Null } else { json!(agenda) });
        }
        if let Some((start, end)) = self.span {
            set("start", json!(seconds(start)));
            set("end", json!(seconds(end)));
        }
        if let Some(timezone) = self.timezone {
            set("timezone", json!(timezone));
        }
        set("sendEmail", json!(self.send_email));
        Value::Object(fields)
    }
}

/// A meeting as Webex keeps it. Its host key, which makes whoever has it the host, is left out on purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meeting {
    pub id: String,
    #[serde(default)]
    pub title: String,
    pub agenda: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub start: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub end: Option<Timestamp>,
    pub timezone: Option<String>,
    /// Of a series `active`, `inProgress` or `expired`.
    pub state: Option<String>,
    pub meeting_number: Option<String>,
    /// Where participants join.
    pub web_link: Option<String>,
    pub site_url: Option<String>,
    pub host_email: Option<String>,
    /// What participants type in where the link does not carry it.
    pub password: Option<SecretString>,
    /// The same for telephones and video systems: digits only.
    #[serde(rename = "phoneAndVideoSystemPassword")]
    pub phone_password: Option<SecretString>,
    /// Where video systems dial.
    pub sip_address: Option<String>,
    /// An IPv4 address that old video systems dial.
    pub dial_in_ip_address: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub telephony: Telephony,
    #[serde(default, deserialize_with = "lenient::list")]
    pub integration_tags: Vec<String>,
}

/// How to join by telephone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telephony {
    /// Typed in after dialling.
    pub access_code: Option<SecretString>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub call_in_numbers: Vec<CallInNumber>,
}

/// A number to dial.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallInNumber {
    /// Such as `US Toll`.
    #[serde(default)]
    pub label: String,
    #[serde(rename = "callInNumber")]
    pub number: String,
    /// `toll` or `tollFree`.
    pub toll_type: Option<String>,
}

impl CallInNumber {
    pub fn is_toll_free(&self) -> bool {
        self.toll_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("tollFree"))
    }
}

/// An instant as Webex takes it; whole seconds.
pub(crate) fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn to_the_second<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&seconds(*instant))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn meeting(json: Value) -> Meeting {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_meeting_is_read_in_any_offset_and_never_prints_its_secrets() {
        let meeting = meeting(json!({
            "id": "dfb45ece33264639a7bc3dd9535d53f7", "title": "T", "password": "BgJep@43", "hostKey": "123456",
            "phoneAndVideoSystemPassword": "12345678", "sipAddress": "25550@lindenhof.webex.com",
            "start": "2019-11-01T20:00:00+08:00", "end": "odd", "integrationTags": null,
            "telephony": { "accessCode": "25550001", "callInNumbers": [
                { "label": "DE Toll", "callInNumber": "+49-30-000", "tollType": "toll" },
                { "label": "DE free", "callInNumber": "0800-000", "tollType": "tollFree" }],
                "links": [{ "rel": "globalCallinNumbers" }] },
        }));
        assert_eq!(meeting.start, "2019-11-01T12:00:00Z".parse().ok());
        assert_eq!(meeting.end, None);
        assert_eq!(meeting.password.as_ref().unwrap().expose_secret(), "BgJep@43");
        let free: Vec<bool> =
            meeting.telephony.call_in_numbers.iter().map(CallInNumber::is_toll_free).collect();
        assert_eq!(free, [false, true]);
        let printed = format!("{meeting:?}");
        for secret in ["BgJep", "123456", "25550001"] {
            assert!(!printed.contains(secret), "{secret}");
        }
    }

    #[test]
    fn a_meeting_without_telephony_is_a_meeting() {
        for telephony in [Value::Null, json!({}), json!({ "callInNumbers": null }), json!("none")] {
            let meeting = meeting(json!({ "id": "m", "telephony": telephony }));
            assert!(meeting.telephony.call_in_numbers.is_empty() && meeting.telephony.access_code.is_none());
        }
        assert!(meeting(json!({ "id": "m" })).telephony.access_code.is_none());
    }

    #[test]
    fn an_empty_agenda_takes_the_agenda_away() {
        let change = MeetingChange { agenda: Some(""), title: Some("N"), ..MeetingChange::default() };
        assert_eq!(change.json(), json!({ "title": "N", "agenda": null, "sendEmail": false }));
    }
}
