//! Webex Meetings: scheduling with its rules, invitees, join links and the mails that Webex sends about them.

mod invitees;
mod join;
mod notices;
mod options;
mod read;
mod rules;
mod write;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::graph::Entry;
use crate::routes::Routes;
use crate::webex::ids;
use crate::world::{World, lock};

pub(crate) fn routes() -> Routes {
    read::routes().merge(write::routes()).merge(join::routes()).merge(invitees::routes())
}

/// The meetings that a person hosts in a window, for the calendar page.
pub(crate) fn entries(world: &World, email: &str, from: Timestamp, to: Timestamp) -> Vec<Entry> {
    let state = lock(&world.webex);
    let hosted = state.meetings.by_id.values().filter(|meeting| {
        meeting.host_email.eq_ignore_ascii_case(email) && meeting.start < to && from < meeting.end
    });
    let entry = |meeting: &Meeting| Entry {
        id: String::new(),
        title: meeting.title.clone(),
        start: meeting.start,
        end: meeting.end,
        is_all_day: false,
        show_as: "meeting".to_owned(),
        remarks: vec![meeting.number.clone()],
    };
    hosted.map(entry).collect()
}

/// All meetings, and who created how many of them lately.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Meetings {
    by_id: BTreeMap<String, Meeting>,
    creations: HashMap<String, Vec<Timestamp>>,
    /// Numbers for invitee ids.
    invitee_counter: u64,
}

/// A scheduled meeting: in Webex's words a series, even when it happens once.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Meeting {
    id: String,
    number: String,
    host: Uuid,
    host_email: String,
    host_name: String,
    client_id: String,
    title: String,
    password: String,
    start: Timestamp,
    end: Timestamp,
    timezone: String,
    site: String,
    recurrence: Option<String>,
    integration_tags: Vec<String>,
    invitees: Vec<Invitee>,
    /// Option fields, echoed as they were sent.
    options: Map<String, Value>,
    phone_password: String,
    host_key: String,
    access_code: String,
    link_token: String,
}

/// Somebody invited.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Invitee {
    id: String,
    email: String,
    display_name: String,
    co_host: bool,
    panelist: bool,
}

/// What a meeting is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The answer to POST and GET one.
    Series,
    /// An item of a list, or the answer to a change.
    Item,
    /// The occurrence of a series.
    Occurrence,
}

/// For whom, when and in which zone a meeting is shown.
struct Viewer<'a> {
    client_id: &'a str,
    /// Host, co-host or administrator: sees passwords and the host key.
    trusted: bool,
    now: Timestamp,
    zone: &'a TimeZone,
}

impl Meeting {
    fn web_link(&self) -> String {
        let name = self.site.split('.').next().unwrap_or_default();
        format!("https://{}/{name}/j.php?MTID=m{}", self.site, self.link_token)
    }

    fn state(&self, shape: Shape, now: Timestamp) -> &'static str {
        match (shape, self.recurrence.is_some()) {
            (Shape::Occurrence, _) if self.end <= now => "missed",
            (Shape::Occurrence, _) if self.start <= now => "ready",
            (Shape::Occurrence, _) => "scheduled",
            // Occurrences of a recurring series are not computed; it counts as active.
            (_, false) if self.end <= now => "expired",
            _ => "active",
        }
    }

    fn occurrence_id(&self) -> String {
        format!("{}_{}", self.id, self.start.strftime("%Y%m%dT%H%M%SZ"))
    }

    fn body(&self, shape: Shape, viewer: &Viewer<'_>) -> Value {
        let mut body = Value::Object(self.options.clone());
        body["id"] = json!(if shape == Shape::Occurrence { self.occurrence_id() } else { self.id.clone() });
        body["meetingNumber"] = json!(self.number);
        body["title"] = json!(self.title);
        body["meetingType"] =
            json!(if shape == Shape::Occurrence { "scheduledMeeting" } else { "meetingSeries" });
        body["state"] = json!(self.state(shape, viewer.now));
        body["timezone"] = json!(viewer.zone.iana_name().unwrap_or("UTC"));
        body["start"] = json!(written(self.start, viewer.zone));
        body["end"] = json!(written(self.end, viewer.zone));
        body["hostUserId"] = json!(ids::person(self.host));
        body["hostDisplayName"] = json!(self.host_name);
        body["hostEmail"] = json!(self.host_email);
        body["siteUrl"] = json!(self.site);
        body["webLink"] = json!(self.web_link());
        body["sipAddress"] = json!(format!("{}@{}", self.number, self.site));
        body["dialInIpAddress"] = json!("192.0.2.68");
        body["telephony"] = self.telephony();
        if viewer.trusted {
            body["password"] = json!(self.password);
            body["phoneAndVideoSystemPassword"] = json!(self.phone_password);
            body["hostKey"] = json!(self.host_key);
        }
        if let Some(recurrence) = &self.recurrence {
            body["recurrence"] = json!(recurrence);
        }
        // Tags are shown to the app that wrote them, to no other (Meetings API).
        if !self.integration_tags.is_empty() && viewer.client_id == self.client_id {
            body["integrationTags"] = json!(self.integration_tags);
        }
        if shape != Shape::Series {
            self.add_item_fields(&mut body);
        }
        body
    }

    fn add_item_fields(&self, body: &mut Value) {
        body["meetingSeriesId"] = json!(self.id);
        for name in [
            "hasChat",
            "hasRecording",
            "hasTranscription",
            "hasClosedCaption",
            "hasPolls",
            "hasQA",
            "isModified",
        ] {
            body[name] = json!(false);
        }
        body["hasRegistration"] = json!(self.options.contains_key("registration"));
    }

    fn telephony(&self) -> Value {
        json!({
            "accessCode": self.access_code,
            "callInNumbers": [
                {"label": "Germany Toll", "callInNumber": "+49-619-6781-9736", "tollType": "toll"},
            ],
            "links": [{
                "rel": "globalCallinNumbers",
                "href": format!("/api/v1/meetings/{}/globalCallinNumbers", self.id),
                "method": "GET",
            }],
        })
    }
}

impl Meetings {
    /// A meeting by its own id or that of its occurrence.
    fn find(&self, id: &str) -> Option<&Meeting> {
        self.by_id.get(series_id(id)).filter(|meeting| id == meeting.id || id == meeting.occurrence_id())
    }
}

fn series_id(id: &str) -> &str {
    id.split('_').next().unwrap_or_default()
}

/// RFC 3339 in a zone: `…Z` for UTC, an offset otherwise.
fn written(at: Timestamp, zone: &TimeZone) -> String {
    if zone.iana_name() == Some("UTC") {
        return at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
