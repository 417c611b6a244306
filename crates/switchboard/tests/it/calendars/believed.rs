//! What is believed of Microsoft's answers about our entries: an entry counts as deleted only when Microsoft has looked
//! where it was and found nothing.

use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};

use super::desk::{Desk, booking, minutes, status, text};

/// A refusal with this code.
fn missing(code: &str) -> Fault {
    let body = json!({ "error": { "code": code, "message": "Somebody cannot be found." } });
    Fault { body: Some(body), ..status(404) }
}

fn utc(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "UTC" })
}

impl Desk {
    /// A second calendar receives the host's bookings; answers Graph's id of it.
    async fn receiving_elsewhere(&self) -> String {
        let made =
            self.outlook(Method::POST, "/v1.0/me/calendars", &json!({ "name": "Consultations" })).await;
        let id = text(&made.expect(201).json(), "id");
        self.host.get("/my/calendars").await.expect(200);
        let choice = json!({ "makes_busy": false, "receives_bookings": true, "when_unreadable": "closed" });
        self.choose(&text(&self.calendars().await["Consultations"], "id"), choice).await.expect(200);
        id
    }
}

#[tokio::test]
async fn a_mailbox_without_a_licence_for_an_hour_cancels_nothing() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    let event = text(&desk.view().await[0], "id");
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.spoil("GET", "/v1.0/me/events/*", missing("MailboxNotEnabledForRESTAPI"), None);
    desk.spoil("GET", "/v1.0/me/calendars/*/events*", missing("MailboxNotEnabledForRESTAPI"), None);
    desk.settle().await;
    assert!(desk.write(&booking("booking:1")).await.is_err());
    desk.pass(minutes(30)).await;
    assert!(desk.told_above().await.is_empty());
    desk.heal();
    desk.pass(minutes(30)).await;
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("moved")));
}

#[tokio::test]
async fn a_receiving_calendar_that_is_no_longer_shared_cancels_nothing() {
    let desk = Desk::open().await;
    let calendar = desk.receiving_elsewhere().await;
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    for method in ["GET", "PATCH", "DELETE"] {
        desk.spoil(method, &format!("/v1.0/me/calendars/{calendar}*"), missing("ErrorItemNotFound"), None);
        desk.spoil(method, "/v1.0/me/events/*", missing("ErrorItemNotFound"), None);
    }
    let failed = desk.write(&booking("booking:1")).await.unwrap_err();
    assert!(failed.say.contains("does not show the calendar"), "{failed:?}");
    desk.pass(minutes(30)).await;
    assert!(desk.told_above().await.is_empty());
    assert_eq!(desk.remove("booking:1").await.unwrap(), ::calendars::Removal::Removed);
}

#[tokio::test]
async fn an_entry_in_another_calendar_is_reached_there() {
    let desk = Desk::open().await;
    let calendar = desk.receiving_elsewhere().await;
    desk.write(&booking("booking:1")).await.unwrap();
    // As with a calendar that somebody else shares: its events are not in the person's own mailbox.
    for method in ["GET", "PATCH", "DELETE"] {
        desk.spoil(method, "/v1.0/me/events/*", missing("ErrorItemNotFound"), None);
    }
    let later = ::calendars::Entry { subject: "Another title".into(), ..booking("booking:1") };
    assert_eq!(desk.write(&later).await.unwrap().skipped, None);
    let path = format!("/v1.0/me/calendars/{calendar}/events");
    let list = desk.outlook(Method::GET, &path, &Value::Null).await.json();
    assert_eq!(list["value"][0]["subject"], "Another title");
    assert_eq!(desk.remove("booking:1").await.unwrap(), ::calendars::Removal::Removed);
    let list = desk.outlook(Method::GET, &path, &Value::Null).await.json();
    assert!(list["value"].as_array().unwrap().is_empty(), "{list}");
    assert!(desk.told_above().await.is_empty());
}
