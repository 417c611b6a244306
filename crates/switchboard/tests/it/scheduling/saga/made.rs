//! What a booking makes at the providers, and what becomes of it when the booking changes.

use serde_json::json;

use super::ALL_DONE;
use crate::scheduling::stage::{BEN, MEETINGS, MONDAY, Stage, VERA};

#[tokio::test]
async fn a_webex_booking_has_one_meeting_one_entry_and_one_mail_each() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.states(&id).await, ALL_DONE);
    let meetings = stage.meetings().await;
    assert_eq!(meetings.len(), 1, "{meetings:?}");
    assert_eq!(meetings[0]["title"], "Consultation webex: Vera Sommer");
    let booking = stage.booking(&id).await;
    let link = booking["meeting"]["join_url"].as_str().unwrap().to_owned();
    assert_eq!(meetings[0]["webLink"], link.as_str());
    let events = stage.events().await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0]["body"]["content"].as_str().unwrap().contains("/my/bookings/"));
    assert_eq!(
        (&events[0]["sensitivity"], &events[0]["location"]["displayName"]),
        (&json!("private"), &json!(link))
    );
    let mails = stage.mails_to(VERA);
    let [mail] = mails.as_slice() else { panic!("{:?}", stage.told(VERA)) };
    let password = meetings[0]["password"].as_str().unwrap();
    let digits =
        format!("Password in digits: {}", meetings[0]["phoneAndVideoSystemPassword"].as_str().unwrap());
    for part in [link.as_str(), password, &digits, "/booking/", "11:00–11:30 (Europe/Berlin)"] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    assert!(mail.html.as_ref().unwrap().contains("https://calendar.google.com/"), "{:?}", mail.html);
    let calendar = mail.calendar.as_ref().unwrap();
    assert_eq!((calendar.method.as_str(), calendar.sequence.as_str()), ("REQUEST", "0"));
    assert!(calendar.uid.starts_with(&id), "{}", calendar.uid);
    assert_eq!(stage.told(BEN), ["New"]);
    assert!(
        stage.hub.sandbox.world.mails.all().iter().all(|mail| mail.source == "smtp"),
        "Webex mailed, too"
    );
    stage.pass(3600).await;
    assert_eq!((stage.told(VERA).len(), stage.asked("POST", MEETINGS)), (1, 1));
}

#[tokio::test]
async fn a_teams_booking_gets_its_meeting_from_the_entry() {
    let stage = Stage::open().await;
    let it = stage.offer("teams", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.states(&id).await, ALL_DONE);
    let events = stage.events().await;
    assert_eq!(events.len(), 1, "{events:?}");
    let link = events[0]["onlineMeeting"]["joinUrl"].as_str().unwrap().to_owned();
    assert_eq!(stage.booking(&id).await["meeting"]["join_url"], link.as_str());
    assert!(stage.mails_to(VERA)[0].text.contains(&link));
    stage.reschedule(&id, "2026-11-24T10:00:00Z").await;
    stage.hub.run_jobs().await;
    let moved = stage.events().await;
    assert_eq!((moved.len(), &moved[0]["id"]), (1, &events[0]["id"]));
    assert_eq!(moved[0]["onlineMeeting"]["joinUrl"], link.as_str(), "the link stays");
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    assert!(stage.events().await.is_empty() && stage.meetings().await.is_empty());
    assert_eq!(stage.told(VERA), ["Your appointment", "New time", "Cancelled"]);
}

#[tokio::test]
async fn a_teams_link_that_comes_late_is_waited_for() {
    let stage = Stage::open().await;
    stage.switch(&json!({ "graph.online_meeting_seconds": 8 }));
    let it = stage.offer("teams", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    assert!(stage.told(VERA).is_empty());
    for _ in 0..6 {
        stage.pass(6).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    let told = stage.told(VERA);
    assert!(told.len() <= 2 && stage.mails_to(VERA).last().unwrap().text.contains("http"), "{told:?}");
    assert_eq!(stage.events().await.len(), 1);
}

#[tokio::test]
async fn meetings_in_person_and_by_phone_need_no_provider_for_the_meeting() {
    let stage = Stage::open().await;
    for (place, start, words) in
        [("in_person", MONDAY, "Room 4"), ("phone", "2026-11-24T10:00:00Z", "ben okafor calls +49 30 123456")]
    {
        let it = stage.offer(place, json!({})).await;
        let id = stage.book(&it, start).await;
        assert_eq!(stage.states(&id).await, ["calendar done", "visitor_mail done", "host_mail done"]);
        assert!(stage.mails_to(VERA).last().unwrap().text.contains(words));
    }
    assert_eq!((stage.events().await.len(), stage.asked("POST", MEETINGS)), (2, 0));
}

#[tokio::test]
async fn a_moved_booking_keeps_meeting_and_link() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    let before = stage.booking(&id).await["meeting"].clone();
    stage.reschedule(&id, "2026-11-24T09:00:00Z").await;
    stage.hub.run_jobs().await;
    assert_eq!(stage.booking(&id).await["meeting"], before);
    let meetings = stage.meetings().await;
    assert_eq!((meetings.len(), &meetings[0]["start"]), (1, &json!("2026-11-24T09:00:00Z")));
    let events = stage.events().await;
    assert!(
        events.len() == 1 && events[0]["start"]["dateTime"].as_str().unwrap().starts_with("2026-11-24T09:00")
    );
    assert_eq!(stage.told(VERA), ["Your appointment", "New time"]);
    assert_eq!(stage.mails_to(VERA)[1].calendar.as_ref().unwrap().sequence, "1");
    assert_eq!(stage.told(BEN), ["New", "Moved"]);
}

#[tokio::test]
async fn a_meeting_deleted_at_webex_is_made_anew_with_the_next_change() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    let old = stage.meetings().await[0]["id"].as_str().unwrap().to_owned();
    stage.delete_meeting(&old).await;
    stage.reschedule(&id, "2026-11-24T09:00:00Z").await;
    stage.hub.run_jobs().await;
    let meetings = stage.meetings().await;
    assert!(meetings.len() == 1 && meetings[0]["id"] != old.as_str(), "{meetings:?}");
    let link = stage.booking(&id).await["meeting"]["join_url"].as_str().unwrap().to_owned();
    assert!(stage.mails_to(VERA).last().unwrap().text.contains(&link));
}

#[tokio::test]
async fn every_move_says_so_in_the_same_invitation() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    for start in ["2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z"] {
        stage.reschedule(&id, start).await;
        stage.hub.run_jobs().await;
    }
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    let mails = stage.mails_to(VERA);
    let invitations: Vec<_> = mails.iter().map(|mail| mail.calendar.as_ref().unwrap()).collect();
    let said: Vec<_> = invitations.iter().map(|it| (it.method.as_str(), it.sequence.as_str())).collect();
    assert_eq!(said, [("REQUEST", "0"), ("REQUEST", "1"), ("REQUEST", "2"), ("CANCEL", "3")]);
    assert!(invitations.iter().all(|it| it.uid == invitations[0].uid), "{invitations:?}");
    assert!(stage.meetings().await.is_empty() && stage.events().await.is_empty());
    assert_eq!(stage.told(BEN), ["New", "Moved", "Moved", "Cancelled"]);
    assert_eq!((stage.asked("POST", MEETINGS), stage.asked("DELETE", MEETINGS)), (1, 1));
}
