//! A calendar that cannot be read: it marks only itself, its policy applies, and its owner is told once.

use platform::Fault as Kind;
use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};

use super::desk::{DELTA, Desk, booking, minutes, status, text};

async fn with_policy(policy: serde_json::Value) -> Desk {
    let desk = Desk::open().await;
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    let mut choice = json!({ "makes_busy": true, "receives_bookings": true });
    choice.as_object_mut().unwrap().extend(policy.as_object().cloned().unwrap());
    desk.choose(&text(&desk.own().await, "id"), choice).await.expect(200);
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1);
    desk.spoil("GET", DELTA, status(500), None);
    desk
}

#[tokio::test]
async fn closed_means_that_nobody_is_booked_over_what_is_not_known() {
    let desk = with_policy(json!({ "when_unreadable": "closed" })).await;
    desk.pass(minutes(20)).await;
    assert!(!desk.is_closed().await, "what was read a while ago still counts");
    desk.pass(minutes(20)).await;
    let week = desk.week().await;
    assert!(week.len() == 1 && week[0].unreadable, "{week:?}");
    desk.heal();
    desk.pass(minutes(20)).await;
    desk.settle().await;
    assert!(!desk.is_closed().await);
    assert_eq!(desk.week().await.len(), 1);
}

#[tokio::test]
async fn the_last_known_counts_as_long_as_the_host_said() {
    let desk = with_policy(json!({ "when_unreadable": "last_known", "last_known_minutes": 120 })).await;
    desk.pass(minutes(110)).await;
    let week = desk.week().await;
    assert!(week.len() == 1 && !week[0].unreadable, "{week:?}");
    desk.pass(minutes(15)).await;
    assert!(desk.is_closed().await);
}

#[tokio::test]
async fn open_goes_by_what_is_known_however_old() {
    let desk = with_policy(json!({ "when_unreadable": "open" })).await;
    desk.pass(minutes(3000)).await;
    let found = desk.busy_of("2026-11-23T00:00:00Z", "2027-06-01T00:00:00Z").await;
    assert!(found.busy.len() == 1 && !found.busy[0].unreadable, "{found:?}");
    assert!(found.calendars[0].is_stale && found.calendars[0].trouble.is_some());
}

#[tokio::test]
async fn the_owner_is_told_once_and_again_only_after_it_was_well() {
    let desk = with_policy(json!({ "when_unreadable": "closed" })).await;
    desk.settle().await;
    assert!(text(&desk.own().await, "trouble").contains("tried again by itself"));
    assert!(desk.mails().is_empty(), "passing trouble disturbs nobody");
    let page = desk.host.get("/my/calendars").await.body;
    assert!(page.contains("cannot be read") && !page.contains("banner attention"), "{page}");
    for _ in 0..4 {
        desk.pass(minutes(20)).await;
    }
    assert_eq!(desk.mails(), ["Your Outlook calendar cannot be read"]);
    let page = desk.host.get("/my/connections").await.body;
    assert!(page.contains("Your calendar “Calendar” cannot be read"), "{page}");
    desk.heal();
    desk.pass(minutes(20)).await;
    desk.settle().await;
    assert!(desk.own().await["trouble"].is_null());
    desk.spoil("GET", DELTA, status(500), None);
    for _ in 0..3 {
        desk.pass(minutes(20)).await;
    }
    assert_eq!(desk.mails().len(), 2);
}

#[tokio::test]
async fn one_broken_calendar_leaves_the_others_alone() {
    let desk = Desk::open().await;
    desk.outlook(reqwest::Method::POST, "/v1.0/me/calendars", &json!({ "name": "Shifts" })).await.expect(201);
    desk.host.get("/my/calendars").await.expect(200);
    let id = text(&desk.calendars().await["Shifts"], "id");
    let choice = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "open" });
    desk.choose(&id, choice).await.expect(200);
    desk.spoil("GET", "/v1.0/me/calendars/*calendarView*", status(403), None);
    desk.settle().await;
    let all = desk.calendars().await;
    assert!(text(&all["Shifts"], "trouble").contains("refuses"), "{all:?}");
    let own = desk.own().await;
    assert!(own["trouble"].is_null() && own["is_stale"] == false, "{own}");
}

#[tokio::test]
async fn a_dead_connection_is_told_about_once_and_not_a_second_time_for_its_calendars() {
    let desk = Desk::open().await;
    desk.control("/_sandbox/revoke", json!({ "provider": "microsoft", "email": desk.email })).await;
    desk.pass(minutes(90)).await;
    for _ in 0..4 {
        desk.pass(minutes(20)).await;
    }
    let own = desk.own().await;
    assert!(text(&own, "trouble").contains("Authorize again"), "{own}");
    assert_eq!(desk.mails(), ["Your Microsoft connection needs you"]);
    assert!(desk.is_closed().await);
}

#[tokio::test]
async fn a_pause_is_kept_for_the_whole_mailbox_and_leaves_no_jobs_waiting() {
    let desk = Desk::open().await;
    let own = text(&desk.own().await, "id");
    let db = desk.hub.hub.db();
    let held = "SELECT COUNT(*), COUNT(held_until) FROM calendar_link";
    let before: (i64, i64) = db.sql(held).one(db).await.unwrap();
    assert!(before.0 > 1 && before.1 == 0, "{before:?}");
    desk.spoil("GET", DELTA, Fault { retry_after: Some(json!(600)), ..Fault::default() }, Some(1));
    desk.settle().await;
    let after: (i64, i64) = db.sql(held).one(db).await.unwrap();
    assert_eq!(after, (before.0, before.0), "other servers leave every calendar of the mailbox alone too");
    desk.forget_requests();
    for _ in 0..3 {
        desk.program
            .call(Method::POST, &format!("/api/v1/calendars/{own}/readings"), &Value::Null)
            .await
            .expect(202);
        desk.hub.run_jobs().await;
    }
    let refused = desk.write(&booking("booking:1")).await.unwrap_err();
    assert!(matches!(refused.fault, Kind::Later(_)), "{refused:?}");
    assert_eq!(desk.asked("GET", "/v1.0/me") + desk.asked("POST", "/v1.0/me"), 0);
    let waiting = "SELECT COUNT(*) FROM job WHERE kind = 'calendars.read' AND done_at IS NULL";
    let waiting: (i64,) = db.sql(waiting).one(db).await.unwrap();
    assert_eq!(waiting.0, 0);
    desk.pass(minutes(11)).await;
    desk.settle().await;
    assert!(desk.own().await["trouble"].is_null());
    desk.write(&booking("booking:1")).await.unwrap();
}

#[tokio::test]
async fn a_suspicion_outlives_a_withdrawn_authorization() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    let event = text(&desk.view().await[0], "id");
    desk.spoil("GET", "/v1.0/me/events/*", status(503), None);
    desk.delete(&event).await;
    desk.settle().await;
    desk.heal();
    desk.control("/_sandbox/revoke", json!({ "provider": "microsoft", "email": desk.email })).await;
    desk.pass(minutes(90)).await;
    let refused = desk.write(&booking("booking:1")).await;
    assert!(refused.is_err_and(|error| matches!(error.fault, Kind::Later(_))));
    assert!(desk.told_above().await.is_empty());
    desk.connect_again().await;
    desk.pass(minutes(20)).await;
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1);
}
