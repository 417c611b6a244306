//! Events in the person's calendars: create, read, find, change, delete.

use oauth::{ApiError, read_json, with_query};
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::error::is_item_gone;
use super::event::MARK;
use super::online_body::merged;
use super::{Event, EventBody, EventChange, Graph, NewEvent};

/// An event with its text, which only an update needs.
#[derive(Deserialize)]
struct WithBody {
    #[serde(flatten)]
    event: Event,
    #[serde(default)]
    body: ItemBody,
}

#[derive(Default, Deserialize)]
struct ItemBody {
    #[serde(default)]
    content: String,
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

    /// Reads one event, in one calendar or in the mailbox; events of a shared calendar are found in it only.
    pub async fn get_event(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        id: &str,
    ) -> Result<Event, ApiError> {
        self.get(self.url(&event_in(calendar_id, id)), token).await
    }

    /// Changes an event; needs `Calendars.ReadWrite`. [`is_item_gone`] tells whether somebody deleted it.
    ///
    /// A new text reads the event first, to keep an online meeting's join information, and then changes only the
    /// version it read: a conflict means that somebody else was quicker, and the change can be tried again.
    pub async fn update_event(
        &self,
        token: &SecretString,
        (calendar_id, id): (Option<&str>, &str),
        change: &EventChange<'_>,
    ) -> Result<Event, ApiError> {
        let url = self.url(&event_in(calendar_id, id));
        let Some(body) = change.body else {
            return read_json(&self.send(self.patch(token, url, change), token).await?);
        };
        let now: WithBody = self.get(url.clone(), token).await?;
        let kept = kept_body(&now, body);
        let change = EventChange {
            body: if now.event.is_online_meeting() {
                kept.as_deref().map(EventBody::Html)
            } else {
                Some(body)
            },
            if_match: change.if_match.or(now.event.etag.as_deref()),
            ..change.clone()
        };
        read_json(&self.send(self.patch(token, url, &change), token).await?)
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

    /// Deletes an event of the mailbox, or finds it gone already.
    pub async fn delete_event(&self, token: &SecretString, id: &str) -> Result<(), ApiError> {
        match self.delete_event_in(token, None, id).await {
            Err(error) if is_item_gone(&error) => Ok(()),
            deleted => deleted,
        }
    }

    /// Deletes an event in one calendar or in the mailbox; [`is_item_gone`] tells whether it was not there.
    pub async fn delete_event_in(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        id: &str,
    ) -> Result<(), ApiError> {
        let url = self.url(&event_in(calendar_id, id));
        self.send(self.request(Method::DELETE, url, token), token).await.map(drop)
    }

    fn creation(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        event: &NewEvent<'_>,
    ) -> RequestBuilder {
        self.request(Method::POST, self.url(&events_in(calendar_id)), token).json(&event.json())
    }

    fn patch(&self, token: &SecretString, url: Url, change: &EventChange<'_>) -> RequestBuilder {
        let request = self.request(Method::PATCH, url, token);
        let request = request.json(&change.fields());
        match change.if_match {
            Some(etag) => request.header(IF_MATCH, etag),
            None => request,
        }
    }
}

/// The text to send for an online meeting; none leaves the text that is there.
fn kept_body(now: &WithBody, new: EventBody<'_>) -> Option<String> {
    merged(new, &now.body.content, now.event.join_url()?)
}

fn events_in(calendar_id: Option<&str>) -> Vec<&str> {
    match calendar_id {
        Some(id) => vec!["me", "calendars", id, "events"],
        None => vec!["me", "events"],
    }
}

fn event_in<'a>(calendar_id: Option<&'a str>, id: &'a str) -> Vec<&'a str> {
    let mut path = events_in(calendar_id);
    path.push(id);
    path
}

/// The filter that finds a mark; single quotes inside an OData text are doubled.
fn marked(transaction_id: &str) -> String {
    let value = transaction_id.replace('\'', "''");
    format!("singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{value}')")
}

#[cfg(test)]
mod tests {
    use reqwest::header::AUTHORIZATION;
    use serde_json::json;

    use super::*;
    use crate::graph::testing::{body, graph};
    use crate::graph::{Sensitivity, ShowAs};

    fn plain() -> NewEvent<'static> {
        let span = ("2026-11-21T10:00:00.5Z".parse().unwrap(), "2026-11-21T10:30:00Z".parse().unwrap());
        NewEvent::new("Switchboard connection test", span, "t-1")
    }

    fn request(calendar_id: Option<&str>, event: &NewEvent<'_>) -> reqwest::Request {
        graph().creation(&"token".into(), calendar_id, event).build().unwrap()
    }

    #[test]
    fn an_unobtrusive_event_is_asked_for_exactly() {
        let event = NewEvent { show_as: ShowAs::Free, sensitivity: Sensitivity::Private, ..plain() };
        let request = request(None, &event);
        assert_eq!(request.url().as_str(), "https://graph.microsoft.com/v1.0/me/events");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer token");
        assert_eq!(request.headers()["Prefer"], r#"IdType="ImmutableId", outlook.timezone="UTC""#);
        assert_eq!(
            body(&request),
            json!({
                "subject": "Switchboard connection test",
                "start": { "dateTime": "2026-11-21T10:00:00", "timeZone": "UTC" },
                "end": { "dateTime": "2026-11-21T10:30:00", "timeZone": "UTC" },
                "isAllDay": false,
                "showAs": "free",
                "sensitivity": "private",
                "isReminderOn": false,
                "transactionId": "t-1",
                "singleValueExtendedProperties": [{ "id": MARK, "value": "t-1" }],
            })
        );
    }

    #[test]
    fn an_appointment_brings_text_place_reminder_and_a_teams_meeting() {
        let event = NewEvent {
            body: Some(EventBody::Html("<p>Hello</p>")),
            location: Some("Room 1"),
            reminder: Some(15),
            online_meeting: true,
            ..plain()
        };
        let sent = body(&request(None, &event));
        assert_eq!(sent["body"], json!({ "contentType": "html", "content": "<p>Hello</p>" }));
        assert_eq!(sent["location"], json!({ "displayName": "Room 1" }));
        assert_eq!((&sent["isReminderOn"], &sent["reminderMinutesBeforeStart"]), (&json!(true), &json!(15)));
        assert_eq!((&sent["isOnlineMeeting"], &sent["showAs"]), (&json!(true), &json!("busy")));
        assert_eq!(sent["onlineMeetingProvider"], "teamsForBusiness");
    }

    #[test]
    fn a_change_names_the_version_it_was_made_for() {
        let span = ("2026-11-21T11:00:00Z".parse().unwrap(), "2026-11-21T11:30:00Z".parse().unwrap());
        let change = EventChange { span: Some(span), if_match: Some("W/\"k\""), ..EventChange::default() };
        let url = graph().url(&event_in(None, "A/b="));
        let request = graph().patch(&"token".into(), url, &change).build().unwrap();
        assert_eq!((request.method(), request.url().path()), (&Method::PATCH, "/v1.0/me/events/A%2Fb="));
        assert_eq!(request.headers()[IF_MATCH], "W/\"k\"");
        assert_eq!(
            body(&request),
            json!({
                "start": { "dateTime": "2026-11-21T11:00:00", "timeZone": "UTC" },
                "end": { "dateTime": "2026-11-21T11:30:00", "timeZone": "UTC" },
                "isAllDay": false,
            })
        );
    }

    #[test]
    fn a_calendar_id_stays_one_segment_of_the_path() {
        let url = request(Some("AAM/k-A_=="), &plain()).url().clone();
        assert_eq!(url.path(), "/v1.0/me/calendars/AAM%2Fk-A_==/events");
        let url = graph().url(&event_in(Some("c"), "A/b="));
        assert_eq!(url.path(), "/v1.0/me/calendars/c/events/A%2Fb=");
    }

    #[test]
    fn a_quote_cannot_leave_the_filters_text() {
        assert!(marked("x' or 'a' eq 'a").ends_with("ep/value eq 'x'' or ''a'' eq ''a')"));
    }
}
