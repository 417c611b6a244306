//! What a host does in Outlook reaches the booking: it follows, or the host is asked.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{BEN, MONDAY, Stage, VERA, text};

fn utc(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "UTC" })
}

impl Stage {
    /// Ben's only entry.
    async fn entry(&self) -> String {
        let events = self.events().await;
        assert_eq!(events.len(), 1, "{events:?}");
        text(&events[0], "id")
    }

    async fn move_entry(&self, id: &str, start: &str, end: &str) {
        let change = json!({ "start": utc(start), "end": utc(end) });
        self.outlook(BEN, Method::PATCH, &format!("/v1.0/me/events/{id}"), &change).await.expect(200);
        self.notice().await;
    }

    async fn delete_entry(&self, id: &str) {
        self.outlook(BEN, Method::DELETE, &format!("/v1.0/me/events/{id}"), &Value::Null).await.expect(204);
        self.notice().await;
    }

    /// Lets the calendar be read, and what comes of it be done; twice, because nothing may come of it twice.
    async fn notice(&self) {
        self.settle().await;
        self.settle().await;
    }

    /// Ben's decision about the change he made.
    async fn decide(&self, id: &str, accept: bool) {
        let path = format!("/my/bookings/{id}/decide");
        let answer = if accept { "accept" } else { "refuse" };
        self.ben.post(&path, &[("decision", answer)]).await.expect(303);
        self.hub.run_jobs().await;
    }

    /// A program's decision; there is nothing to decide afterwards.
    async fn decide_by_program(&self, id: &str, decision: &str) {
        let path = format!("/api/v1/bookings/{id}/decision");
        let odd = self.program.call(Method::POST, &path, &json!({ "decision": "perhaps" })).await;
        assert!(odd.status.is_client_error(), "{odd:?}");
        let wish = json!({ "decision": decision });
        let decided = self.program.call(Method::POST, &path, &wish).await.expect(200).json();
        assert!(decided["proposal"].is_null(), "{decided}");
        self.program.call(Method::POST, &path, &wish).await.expect(409);
        self.hub.run_jobs().await;
    }
}

async fn booked(policy: &str) -> (Stage, String, String) {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({ "outlook_changes": policy })).await;
    let id = stage.book(&it, MONDAY).await;
    stage.notice().await;
    let entry = stage.entry().await;
    (stage, id, entry)
}

#[tokio::test]
async fn a_booking_follows_its_moved_and_shortened_entry_once() {
    let (stage, id, entry) = booked("follow").await;
    stage.move_entry(&entry, "2026-11-24T12:00:00", "2026-11-24T12:20:00").await;
    let booking = stage.booking(&id).await;
    assert_eq!(booking["start"], "2026-11-24T12:00:00.000Z");
    assert_eq!(booking["end"], "2026-11-24T12:20:00.000Z");
    assert_eq!(stage.meetings().await[0]["start"], "2026-11-24T12:00:00Z");
    assert_eq!(stage.told(VERA), ["Your appointment", "New time"]);
    assert_eq!(stage.entry().await, entry);
    let calendar = stage.mails_to(VERA)[1].calendar.clone().unwrap();
    assert_eq!(calendar.sequence, "1");
}

#[tokio::test]
async fn a_deleted_entry_cancels_the_booking() {
    let (stage, id, entry) = booked("follow").await;
    stage.delete_entry(&entry).await;
    let booking = stage.booking(&id).await;
    assert_eq!((&booking["state"], &booking["cancellation"]["by"]), (&json!("cancelled"), &json!("outlook")));
    assert!(stage.meetings().await.is_empty() && stage.events().await.is_empty());
    assert_eq!(stage.told(VERA), ["Your appointment", "Cancelled"]);
}

#[tokio::test]
async fn another_appointment_in_the_way_makes_it_the_hosts_decision() {
    let (stage, id, entry) = booked("follow").await;
    let other = stage.offer("in_person", json!({})).await;
    stage.book(&other, "2026-11-24T12:00:00Z").await;
    stage.move_entry(&entry, "2026-11-24T12:15:00", "2026-11-24T12:45:00").await;
    let booking = stage.booking(&id).await;
    assert_eq!(booking["start"], MONDAY);
    assert_eq!(booking["proposal"]["start"], "2026-11-24T12:15:00.000Z");
    assert!(booking["proposal"]["obstacle"].as_str().unwrap().contains("in the way"), "{booking}");
    let told = stage.told(BEN);
    assert_eq!(told.iter().filter(|word| *word == "Your decision").count(), 1, "{told:?}");
}

#[tokio::test]
async fn a_host_who_wants_to_be_asked_is_asked_once() {
    let (stage, id, entry) = booked("ask").await;
    stage.move_entry(&entry, "2026-11-24T12:00:00", "2026-11-24T12:30:00").await;
    let booking = stage.booking(&id).await;
    assert_eq!((&booking["start"], booking["proposal"].is_null()), (&json!(MONDAY), false));
    assert_eq!(stage.told(VERA), ["Your appointment"], "nothing has changed for the visitor");
    let asked = |stage: &Stage| stage.told(BEN).iter().filter(|word| *word == "Your decision").count();
    assert_eq!(asked(&stage), 1);
    stage.move_entry(&entry, "2026-11-24T13:00:00", "2026-11-24T13:30:00").await;
    assert_eq!(asked(&stage), 2);
}

#[tokio::test]
async fn a_refused_change_puts_the_entry_back_and_an_accepted_one_is_followed() {
    let (stage, id, entry) = booked("ask").await;
    stage.move_entry(&entry, "2026-11-24T12:00:00", "2026-11-24T12:30:00").await;
    stage.decide(&id, false).await;
    let events = stage.events().await;
    assert!(
        events.len() == 1 && events[0]["start"]["dateTime"].as_str().unwrap().starts_with("2026-11-23T10:00")
    );
    assert!(stage.booking(&id).await["proposal"].is_null());
    assert_eq!(stage.told(VERA), ["Your appointment"]);
    stage.notice().await;
    stage.move_entry(&entry, "2026-11-24T12:00:00", "2026-11-24T12:30:00").await;
    stage.decide_by_program(&id, "accept").await;
    assert_eq!(stage.booking(&id).await["start"], "2026-11-24T12:00:00.000Z");
    assert_eq!(stage.told(VERA), ["Your appointment", "New time"]);
    stage.notice().await;
    stage.delete_entry(&entry).await;
    assert_eq!(stage.booking(&id).await["state"], "confirmed");
    stage.decide(&id, false).await;
    assert_eq!((stage.events().await.len(), stage.meetings().await.len()), (1, 1));
}
