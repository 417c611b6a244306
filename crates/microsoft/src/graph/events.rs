//! Events in the person's calendars.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use oauth::{ApiError, read_json, with_query};
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Graph;

/// The named property that carries our transaction id where a filter can find it: `transactionId` itself cannot be
/// searched for (Graph, "extended properties"). The GUID is this product's own and must never change.
const MARK: &str = "String {6f1d3c52-8e0b-4a57-9c4e-2b7d5a90e1f3} Name SwitchboardTransaction";

/// An event to be created; no reminder is set and nobody is invited.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    pub subject: &'a str,
    pub start: Timestamp,
    pub end: Timestamp,
    pub show_as: ShowAs,
    pub sensitivity: Sensitivity,
    /// Lets Graph drop a repeated request, and us find the event when the answer was lost.
    pub transaction_id: &'a str,
}

/// How an event shows in free/busy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ShowAs {
    Free,
    Tentative,
    Busy,
    Oof,
    WorkingElsewhere,
}

/// Who may read an event's details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sensitivity {
    Normal,
    Personal,
    Private,
    Confidential,
}

/// An event as Graph keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Case-sensitive.
    pub id: String,
    pub subject: Option<String>,
    /// As Graph words it, such as `free`.
    pub show_as: Option<String>,
    /// As Graph words it, such as `private`.
    pub sensitivity: Option<String>,
    start: Option<Value>,
    end: Option<Value>,
}

impl Event {
    /// When it starts; none when Graph answered in another zone than UTC, which it is asked for.
    pub fn start(&self) -> Option<Timestamp> {
        instant(self.start.as_ref()?)
    }

    /// When it ends; see [`Event::start`].
    pub fn end(&self) -> Option<Timestamp> {
        instant(self.end.as_ref()?)
    }
}

impl Graph {
    /// Creates an event in one calendar, or in the default one; needs `Calendars.ReadWrite`.
    ///
    /// A repeated transaction id may be answered with the event that exists or with a conflict: then look it up.
    pub async fn create_event(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        event: &NewEvent<'_>,
    ) -> Result<Event, ApiError> {
        read_json(&self.send(self.creation(token, calendar_id, event), token).await?)
    }

    /// Reads one event.
    pub async fn get_event(&self, token: &SecretString, id: &str) -> Result<Event, ApiError> {
        self.get(self.url(&["me", "events", id]), token).await
    }

    /// Finds the events that were created with this transaction id, in one calendar or in the default one.
    pub async fn find_events(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        transaction_id: &str,
    ) -> Result<Vec<Event>, ApiError> {
        let url = with_query(self.url(&events_in(calendar_id)), &[("$filter", &marked(transaction_id))]);
        self.list(url, token).await
    }

    /// Deletes an event, or finds it gone already.
    pub async fn delete_event(&self, token: &SecretString, id: &str) -> Result<(), ApiError> {
        self.delete(self.url(&["me", "events", id]), token).await
    }

    fn creation(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        event: &NewEvent<'_>,
    ) -> RequestBuilder {
        let body = json!({
            "subject": event.subject,
            "start": utc(event.start),
            "end": utc(event.end),
            "showAs": event.show_as,
            "sensitivity": event.sensitivity,
            "isReminderOn": false,
            "transactionId": event.transaction_id,
            "singleValueExtendedProperties": [{ "id": MARK, "value": event.transaction_id }],
        });
        self.request(Method::POST, self.url(&events_in(calendar_id)), token).json(&body)
    }
}

fn events_in(calendar_id: Option<&str>) -> Vec<&str> {
    match calendar_id {
        Some(id) => vec!["me", "calendars", id, "events"],
        None => vec!["me", "events"],
    }
}

/// The filter that finds a mark; single quotes inside an OData text are doubled.
fn marked(transaction_id: &str) -> String {
    let value = transaction_id.replace('\'', "''");
    format!("singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{value}')")
}

/// Graph's dateTimeTimeZone, whose `dateTime` has no offset.
fn utc(instant: Timestamp) -> Value {
    json!({ "dateTime": instant.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC" })
}

fn instant(value: &Value) -> Option<Timestamp> {
    let time: DateTime = value["dateTime"].as_str()?.parse().ok()?;
    let is_utc = matches!(value["timeZone"].as_str()?, "UTC" | "Etc/UTC" | "Coordinated Universal Time");
    is_utc.then(|| TimeZone::UTC.to_timestamp(time).ok())?
}

#[cfg(test)]
mod tests {
    use reqwest::header::AUTHORIZATION;
    use url::Url;

    use super::*;

    fn request(calendar_id: Option<&str>) -> reqwest::Request {
        #[expect(clippy::disallowed_methods, reason = "the request is looked at, not sent")]
        let graph = Graph::new(reqwest::Client::new(), Url::parse("https://graph.microsoft.com").unwrap());
        let event = NewEvent {
            subject: "Switchboard connection test",
            start: "2026-11-21T10:00:00.5Z".parse().unwrap(),
            end: "2026-11-21T10:30:00Z".parse().unwrap(),
            show_as: ShowAs::Free,
            sensitivity: Sensitivity::Private,
            transaction_id: "t-1",
        };
        graph.creation(&"token".into(), calendar_id, &event).build().unwrap()
    }

    #[test]
    fn an_unobtrusive_event_is_asked_for_exactly() {
        let request = request(None);
        assert_eq!(request.url().as_str(), "https://graph.microsoft.com/v1.0/me/events");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer token");
        assert_eq!(request.headers()["Prefer"], r#"IdType="ImmutableId", outlook.timezone="UTC""#);
        let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
        assert_eq!(
            body,
            json!({
                "subject": "Switchboard connection test",
                "start": { "dateTime": "2026-11-21T10:00:00", "timeZone": "UTC" },
                "end": { "dateTime": "2026-11-21T10:30:00", "timeZone": "UTC" },
                "showAs": "free",
                "sensitivity": "private",
                "isReminderOn": false,
                "transactionId": "t-1",
                "singleValueExtendedProperties": [{ "id": MARK, "value": "t-1" }],
            })
        );
    }

    #[test]
    fn a_calendar_id_stays_one_segment_of_the_path() {
        let url = request(Some("AAM/k-A_==")).url().clone();
        assert_eq!(url.path(), "/v1.0/me/calendars/AAM%2Fk-A_==/events");
    }

    #[test]
    fn a_quote_cannot_leave_the_filters_text() {
        assert!(marked("x' or 'a' eq 'a").ends_with("ep/value eq 'x'' or ''a'' eq ''a')"));
    }

    #[test]
    fn times_are_read_in_utc_with_seven_fractional_digits() {
        let event: Event = serde_json::from_value(json!({
            "id": "AAM=", "subject": null, "showAs": "free",
            "start": { "dateTime": "2026-01-31T09:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-01-31T10:00:00.0000000", "timeZone": "Pacific Standard Time" },
        }))
        .unwrap();
        assert_eq!(event.start(), Some("2026-01-31T09:00:00Z".parse().unwrap()));
        assert_eq!(event.end(), None);
    }
}
