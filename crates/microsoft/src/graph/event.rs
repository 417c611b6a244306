//! An event: what is written, and what Graph keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::items::Span;
use super::moment::{self, Moment, utc};

/// The named property that carries our transaction id where a filter can find it: `transactionId` itself cannot be
/// searched for (Graph, "extended properties"). The GUID is this product's own and must never change.
pub(super) const MARK: &str = "String {6f1d3c52-8e0b-4a57-9c4e-2b7d5a90e1f3} Name SwitchboardTransaction";

/// An event to be created; nobody is invited.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    pub subject: &'a str,
    pub start: Timestamp,
    pub end: Timestamp,
    pub body: Option<EventBody<'a>>,
    /// Where it takes place, in words.
    pub location: Option<&'a str>,
    pub show_as: ShowAs,
    pub sensitivity: Sensitivity,
    /// Minutes before the start; no reminder when absent.
    pub reminder: Option<u32>,
    /// Makes it a Teams meeting; the calendar must allow that, and it cannot be taken back.
    pub online_meeting: bool,
    /// Lets Graph drop a repeated request, and us find the event when the answer was lost.
    pub transaction_id: &'a str,
}

impl<'a> NewEvent<'a> {
    /// A plain busy event without text, place, reminder or meeting.
    pub fn new(subject: &'a str, (start, end): (Timestamp, Timestamp), transaction_id: &'a str) -> Self {
        Self {
            subject,
            start,
            end,
            body: None,
            location: None,
            show_as: ShowAs::Busy,
            sensitivity: Sensitivity::Normal,
            reminder: None,
            online_meeting: false,
            transaction_id,
        }
    }

    pub(super) fn json(&self) -> Value {
        let change = EventChange {
            subject: Some(self.subject),
            span: Some((self.start, self.end)),
            body: self.body,
            location: self.location,
            show_as: Some(self.show_as),
            sensitivity: Some(self.sensitivity),
            reminder: Some(self.reminder),
            make_online: self.online_meeting,
            if_match: None,
        };
        let mut fields = change.fields();
        fields.insert("transactionId".to_owned(), json!(self.transaction_id));
        let mark = json!([{ "id": MARK, "value": self.transaction_id }]);
        fields.insert("singleValueExtendedProperties".to_owned(), mark);
        Value::Object(fields)
    }
}

/// What shall become different; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct EventChange<'a> {
    pub subject: Option<&'a str>,
    /// Start and end; an all-day entry becomes one with times.
    pub span: Option<(Timestamp, Timestamp)>,
    /// On an online meeting only what stands before Graph's join information is replaced; where that cannot be told
    /// apart the text stays as it is, for losing the join information ends the meeting.
    pub body: Option<EventBody<'a>>,
    /// Where it takes place, in words; an empty text takes the place away.
    pub location: Option<&'a str>,
    pub show_as: Option<ShowAs>,
    pub sensitivity: Option<Sensitivity>,
    /// Minutes before the start, or no reminder.
    pub reminder: Option<Option<u32>>,
    /// Makes it a Teams meeting, if it is none yet.
    pub make_online: bool,
    /// Changes only this version ([`Event::etag`]); otherwise the answer is a conflict.
    pub if_match: Option<&'a str>,
}

impl EventChange<'_> {
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(subject) = self.subject {
            set("subject", json!(subject));
        }
        if let Some((start, end)) = self.span {
            set("start", utc(start));
            set("end", utc(end));
            // Graph refuses times of the day in an all-day entry (Graph, "event resource type", isAllDay), which a
            // person may have made of it.
            set("isAllDay", json!(false));
        }
        if let Some(body) = self.body {
            set("body", body.json());
        }
        if let Some(location) = self.location {
            set("location", json!({ "displayName": location }));
        }
        if let Some(show_as) = self.show_as {
            set("showAs", json!(show_as));
        }
        if let Some(sensitivity) = self.sensitivity {
            set("sensitivity", json!(sensitivity));
        }
        if let Some(reminder) = self.reminder {
            set("isReminderOn", json!(reminder.is_some()));
            if let Some(minutes) = reminder {
                set("reminderMinutesBeforeStart", json!(minutes));
            }
        }
        if self.make_online {
            set("isOnlineMeeting", json!(true));
            set("onlineMeetingProvider", json!("teamsForBusiness"));
        }
        fields
    }
}

/// An event's text. Outlook wraps and cleans HTML, so what is read back is never byte for byte what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBody<'a> {
    Html(&'a str),
    Text(&'a str),
}

impl EventBody<'_> {
    fn json(self) -> Value {
        let (kind, content) = match self {
            Self::Html(content) => ("html", content),
            Self::Text(content) => ("text", content),
        };
        json!({ "contentType": kind, "content": content })
    }
}

/// How an event shows in free/busy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ShowAs {
    Free,
    Tentative,
    Busy,
    Oof,
    WorkingElsewhere,
    /// Graph's own word, and what we do not know either.
    #[serde(other)]
    Unknown,
}

/// Who may read an event's details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sensitivity {
    Normal,
    Personal,
    Confidential,
    /// Also what we do not know.
    #[serde(other)]
    Private,
}

/// An event as Graph keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Case-sensitive.
    pub id: String,
    pub subject: Option<String>,
    pub show_as: Option<ShowAs>,
    pub sensitivity: Option<Sensitivity>,
    /// The version as [`EventChange::if_match`] takes it.
    #[serde(rename = "@odata.etag")]
    pub etag: Option<String>,
    /// The version as listings and deltas show it.
    pub change_key: Option<String>,
    /// As it was created with.
    pub transaction_id: Option<String>,
    is_all_day: Option<bool>,
    is_cancelled: Option<bool>,
    is_online_meeting: Option<bool>,
    online_meeting: Option<OnlineMeeting>,
    #[serde(default, deserialize_with = "moment::lenient")]
    start: Option<Moment>,
    #[serde(default, deserialize_with = "moment::lenient")]
    end: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnlineMeeting {
    join_url: Option<String>,
}

impl Event {
    /// When it takes place; none when Graph told no readable times.
    pub fn span(&self) -> Option<Span> {
        Span::read(self.start.as_ref()?, self.end.as_ref()?, self.is_all_day == Some(true))
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled == Some(true)
    }

    pub fn is_online_meeting(&self) -> bool {
        self.is_online_meeting == Some(true)
    }

    /// Where people join. May be absent for a while after an online meeting was made: read the event again.
    pub fn join_url(&self) -> Option<&str> {
        self.online_meeting.as_ref()?.join_url.as_deref().filter(|url| !url.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn times_are_read_in_utc_and_in_other_zones() {
        let event = event(json!({
            "id": "AAM=", "subject": null, "showAs": "free",
            "start": { "dateTime": "2026-01-31T09:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-01-31T02:00:00.0000000", "timeZone": "Pacific Standard Time" },
        }));
        let at = |text: &str| text.parse().unwrap();
        let span = Span::Instants { start: at("2026-01-31T09:00:00Z"), end: at("2026-01-31T10:00:00Z") };
        assert_eq!(event.span(), Some(span));
        assert_eq!(event.show_as, Some(ShowAs::Free));
    }

    #[test]
    fn an_all_day_event_is_known_by_its_dates() {
        let midnight =
            |day: &str| json!({ "dateTime": format!("{day}T00:00:00.0000000"), "timeZone": "UTC" });
        let (start, end) = (midnight("2026-01-31"), midnight("2026-02-02"));
        let event = event(json!({ "id": "a", "isAllDay": true, "start": start, "end": end }));
        let day = |text: &str| text.parse().unwrap();
        assert_eq!(event.span(), Some(Span::Days { first: day("2026-01-31"), until: day("2026-02-02") }));
    }

    #[test]
    fn the_join_link_may_come_later() {
        let of = |meeting: Value| {
            let json = json!({ "id": "a", "isOnlineMeeting": true, "onlineMeeting": meeting });
            event(json).join_url().map(str::to_owned)
        };
        assert_eq!(of(json!({ "joinUrl": "https://t.example/j" })).as_deref(), Some("https://t.example/j"));
        assert_eq!(of(json!({ "joinUrl": "", "phones": [] })), None);
        assert_eq!(of(json!({})), None);
        assert_eq!(of(Value::Null), None);
    }

    #[test]
    fn the_version_is_known_in_both_forms() {
        let event =
            event(json!({ "id": "a", "@odata.etag": "W/\"k\"", "changeKey": "k", "isCancelled": true }));
        assert_eq!((event.etag.as_deref(), event.change_key.as_deref()), (Some("W/\"k\""), Some("k")));
        assert!(event.is_cancelled() && !event.is_online_meeting());
    }

    #[test]
    fn only_what_changes_is_sent() {
        assert!(EventChange::default().fields().is_empty());
        let change = EventChange { location: Some(""), reminder: Some(None), ..EventChange::default() };
        let expected = json!({ "location": { "displayName": "" }, "isReminderOn": false });
        assert_eq!(Value::Object(change.fields()), expected);
    }
}
