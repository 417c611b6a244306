//! Entries of rooms above: written once whatever is lost on the way, made equal to the wish, and removed.

use ::calendars::{Entry, Removal, Written, remove_entry, write_entry};
use platform::{Fault as Kind, Result};
use reqwest::Method;
use sandbox::{CutPoint, Fault};
use serde_json::{Value, json};

use super::desk::{Desk, at, booking, minutes, status, text};

impl Desk {
    pub(super) async fn write(&self, entry: &Entry) -> Result<Written> {
        write_entry(&self.hub.hub, self.organization, self.account, entry).await
    }

    pub(super) async fn remove(&self, key: &str) -> Result<Removal> {
        remove_entry(&self.hub.hub, self.organization, self.account, key).await
    }

    /// Writes as a job does: again, as often as it is told to come later.
    pub(super) async fn write_until_done(&self, entry: &Entry) -> Written {
        for _ in 0..20 {
            match self.write(entry).await {
                Ok(written) => return written,
                Err(error) => assert!(matches!(error.fault, Kind::Later(_)), "{error:?}"),
            }
            self.hub.advance(minutes(1));
        }
        panic!("never written");
    }
}

#[tokio::test]
async fn an_entry_stands_in_outlook_as_it_was_wished_for() {
    let desk = Desk::open().await;
    let entry = Entry { private: true, ..booking("booking:1") };
    let written = desk.write(&entry).await.unwrap();
    assert_eq!(written.calendar.unwrap().to_string(), text(&desk.own().await, "id"));
    assert_eq!((written.join_url, written.skipped), (None, None));
    let events = desk.view().await;
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event["subject"], "Consultation with Mara");
    assert_eq!(event["start"]["dateTime"], "2026-11-23T10:00:00.0000000");
    assert_eq!(event["end"]["dateTime"], "2026-11-23T10:30:00.0000000");
    assert_eq!((&event["showAs"], &event["sensitivity"]), (&json!("busy"), &json!("private")));
    assert_eq!(event["location"]["displayName"], "Room 4");
    assert!(event["body"]["content"].as_str().unwrap().contains("About her thesis"));
}

#[tokio::test]
async fn the_same_key_is_the_same_entry_however_often_it_is_written() {
    let desk = Desk::open().await;
    for _ in 0..3 {
        desk.write(&booking("booking:1")).await.unwrap();
    }
    let first = desk.view().await;
    assert_eq!(first.len(), 1);
    let later = Entry {
        start: at("2026-11-24T14:00:00Z"),
        end: at("2026-11-24T15:00:00Z"),
        subject: "Moved".into(),
        location: None,
        ..booking("booking:1")
    };
    desk.write(&later).await.unwrap();
    let moved = desk.view().await;
    assert_eq!((moved.len(), &moved[0]["id"]), (1, &first[0]["id"]));
    assert_eq!(moved[0]["start"]["dateTime"], "2026-11-24T14:00:00.0000000");
    assert_eq!(moved[0]["subject"], "Moved");
    desk.forget_requests();
    desk.write(&later).await.unwrap();
    assert_eq!(desk.asked("PATCH", "/events"), 0, "what is equal is not written again");
    desk.write(&booking("booking:2")).await.unwrap();
    assert_eq!(desk.view().await.len(), 2);
    desk.settle().await;
    assert!(desk.told_above().await.is_empty(), "our own writing, read back, is no change");
}

#[tokio::test]
async fn lost_answers_neither_lose_nor_double_an_entry() {
    let half = Fault { malformed: true, ..Fault::default() };
    let cut = |at| Fault { cut: Some(at), ..Fault::default() };
    let faults =
        [cut(CutPoint::Before), cut(CutPoint::After), cut(CutPoint::Middle), half, status(500), status(503)];
    let desk = Desk::open().await;
    for (number, fault) in faults.into_iter().enumerate() {
        let key = format!("booking:{number}");
        desk.spoil("POST", "/v1.0/me/*events", fault.clone(), Some(2));
        desk.write_until_done(&booking(&key)).await;
        assert_eq!(desk.view().await.len(), 1, "created under {fault:?}");
        desk.spoil("PATCH", "/v1.0/me/events/*", fault.clone(), Some(2));
        let later =
            Entry { start: at("2026-11-24T08:00:00Z"), end: at("2026-11-24T09:00:00Z"), ..booking(&key) };
        desk.write_until_done(&later).await;
        let view = desk.view().await;
        assert_eq!((view.len(), &view[0]["start"]["dateTime"]), (1, &json!("2026-11-24T08:00:00.0000000")));
        desk.spoil("DELETE", "/v1.0/me/events/*", fault.clone(), Some(1));
        while let Err(error) = desk.remove(&key).await {
            assert!(matches!(error.fault, Kind::Later(_)), "{error:?}");
            desk.hub.advance(minutes(1));
        }
        assert!(desk.view().await.is_empty(), "removed under {fault:?}");
    }
}

#[tokio::test]
async fn two_writers_of_one_entry_make_one() {
    let desk = Desk::open().await;
    let entry = booking("booking:1");
    let both = futures_util::future::join_all((0..6).map(|_| desk.write(&entry))).await;
    assert!(both.iter().any(Result::is_ok), "{both:?}");
    for failed in both.iter().filter_map(|one| one.as_ref().err()) {
        assert!(matches!(failed.fault, Kind::Later(_)), "{failed:?}");
    }
    desk.write_until_done(&entry).await;
    assert_eq!(desk.view().await.len(), 1);
}

#[tokio::test]
async fn what_a_crashed_writer_left_is_found_by_its_mark() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    // As if the process had ended between Microsoft's answer and our note of it.
    let forget = "UPDATE calendar_entry SET event_id = NULL, written = NULL, state = 'wanted'";
    desk.hub.hub.db().sql(forget).execute(desk.hub.hub.db()).await.unwrap();
    desk.write(&booking("booking:1")).await.unwrap();
    assert_eq!(desk.view().await.len(), 1);
    desk.hub.hub.db().sql(forget).execute(desk.hub.hub.db()).await.unwrap();
    assert_eq!(desk.remove("booking:1").await.unwrap(), Removal::Removed);
    assert!(desk.view().await.is_empty());
}

#[tokio::test]
async fn what_microsoft_made_for_an_earlier_wish_is_made_equal_to_the_present_one() {
    let nothing_yet = Fault { status: Some(200), body: Some(json!({ "value": [] })), ..Fault::default() };
    let after = Fault { cut: Some(CutPoint::After), ..Fault::default() };
    let desk = Desk::open().await;
    desk.spoil("POST", "/v1.0/me/*events", after, Some(1));
    assert!(desk.write(&booking("booking:1")).await.is_err());
    // The search does not show it yet, and creating it once more answers what was made then.
    desk.spoil("GET", "/v1.0/me/*events", nothing_yet, Some(1));
    let later = Entry {
        start: at("2026-11-24T08:00:00Z"),
        end: at("2026-11-24T09:00:00Z"),
        subject: "Moved".into(),
        ..booking("booking:1")
    };
    desk.forget_requests();
    desk.write(&later).await.unwrap();
    assert_eq!(desk.asked("POST", "/events"), 1, "it was not found");
    let view = desk.view().await;
    assert_eq!((view.len(), &view[0]["start"]["dateTime"]), (1, &json!("2026-11-24T08:00:00.0000000")));
    assert_eq!(view[0]["subject"], "Moved");
    desk.settle().await;
    assert!(desk.told_above().await.is_empty(), "nobody moved it");
}

#[tokio::test]
async fn removing_is_done_once_and_again_is_safe() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    for _ in 0..3 {
        assert_eq!(desk.remove("booking:1").await.unwrap(), Removal::Removed);
    }
    assert_eq!(desk.remove("booking:never").await.unwrap(), Removal::Removed);
    assert!(desk.view().await.is_empty());
    desk.settle().await;
    assert!(desk.told_above().await.is_empty(), "our own deletion is no change by a person");
    desk.write(&booking("booking:1")).await.unwrap();
    assert_eq!(desk.view().await.len(), 1, "what was removed can be written again");
}

#[tokio::test]
async fn a_teams_link_is_read_back_also_when_it_comes_later() {
    let desk = Desk::open().await;
    let teams = |key: &str| Entry { online_meeting: true, ..booking(key) };
    let url = desk.write(&teams("booking:1")).await.unwrap().join_url.unwrap();
    assert!(url.starts_with("http"), "{url}");
    desk.switch(&json!({ "graph.online_meeting_seconds": 120 }));
    let first = desk.write(&teams("booking:2")).await.unwrap();
    assert_eq!((first.join_url, first.skipped), (None, None));
    desk.hub.advance(minutes(3));
    let url = desk.write(&teams("booking:2")).await.unwrap().join_url.unwrap();
    let moved =
        Entry { start: at("2026-11-24T08:00:00Z"), end: at("2026-11-24T09:00:00Z"), ..teams("booking:2") };
    assert_eq!(desk.write(&moved).await.unwrap().join_url, Some(url), "moving keeps the meeting");
    assert_eq!(desk.view().await.len(), 2);
}

#[tokio::test]
async fn without_teams_or_a_calendar_it_is_said_in_words() {
    let desk = Desk::open().await;
    desk.switch(&json!({ "graph.without_teams": ["*"] }));
    desk.host.get("/my/calendars").await.expect(200);
    let can = ::calendars::can_write(&desk.hub.hub, desk.organization, desk.account).await.unwrap();
    let teams = Entry { online_meeting: true, ..booking("booking:1") };
    match can {
        Err(why) => assert!(why.contains("Teams"), "{why}"),
        // Where the calendar does not say so, only trying can tell.
        Ok(_) => assert!(desk.write(&teams).await.is_err()),
    }
    desk.switch(&json!({ "graph.without_teams": [] }));
    let nothing = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&text(&desk.own().await, "id"), nothing).await.expect(200);
    let written = desk.write(&booking("booking:2")).await.unwrap();
    assert!(written.skipped.unwrap().contains("No Outlook calendar receives bookings"));
    assert!(desk.view().await.is_empty());
}

#[tokio::test]
async fn an_entry_stays_where_it_was_written_when_another_calendar_is_chosen() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    let made = desk.outlook(Method::POST, "/v1.0/me/calendars", &json!({ "name": "Consultations" })).await;
    let other = text(&made.expect(201).json(), "id");
    desk.host.get("/my/calendars").await.expect(200);
    let choice = json!({ "makes_busy": false, "receives_bookings": true, "when_unreadable": "closed" });
    desk.choose(&text(&desk.calendars().await["Consultations"], "id"), choice).await.expect(200);
    let later =
        Entry { start: at("2026-11-24T08:00:00Z"), end: at("2026-11-24T09:00:00Z"), ..booking("booking:1") };
    desk.write(&later).await.unwrap();
    desk.write(&booking("booking:2")).await.unwrap();
    let list =
        desk.outlook(Method::GET, &format!("/v1.0/me/calendars/{other}/events"), &Value::Null).await.json();
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(desk.view().await.len(), 1, "the first one is still in the default calendar");
}

#[tokio::test]
async fn what_cannot_be_an_entry_is_refused() {
    let desk = Desk::open().await;
    let backwards = Entry { end: at("2026-11-23T09:00:00Z"), ..booking("booking:1") };
    assert!(matches!(desk.write(&backwards).await.unwrap_err().fault, Kind::Invalid(_)));
    let hostile = Entry { subject: "A\r\nB\u{0}<script>".repeat(100), ..booking("booking:' or 'a' eq 'a") };
    desk.write(&hostile).await.unwrap();
    desk.write(&hostile).await.unwrap();
    assert_eq!(desk.view().await.len(), 1);
}
