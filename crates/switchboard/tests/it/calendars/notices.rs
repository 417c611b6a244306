//! Microsoft tells of changes: subscriptions and their life, and what is made of posts by anybody.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, at, hours, minutes, status, text};

const HOOK: &str = "/hooks/microsoft/calendars";

async fn subscriptions(desk: &Desk) -> Vec<Value> {
    let list = desk.outlook(Method::GET, "/v1.0/subscriptions", &Value::Null).await;
    list.expect(200).json()["value"].as_array().unwrap().clone()
}

/// A desk that Microsoft tells of changes, once the subscription is made.
async fn desk() -> Desk {
    let desk = Desk::notified().await;
    desk.settle().await;
    assert!(desk.own().await["notified_until"].is_string(), "{}", desk.own().await);
    desk.forget_requests();
    desk
}

/// Runs the jobs that arrive until the week has this many busy times; no time passes.
async fn until_busy(desk: &Desk, count: usize) {
    desk.until("the change is told and read", || async {
        desk.hub.run_jobs().await;
        desk.week().await.len() == count
    })
    .await;
}

#[tokio::test]
async fn a_change_is_told_and_read_at_once() {
    let desk = desk().await;
    let id = desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    until_busy(&desk, 1).await;
    desk.delete(&id).await;
    until_busy(&desk, 0).await;
    let page = desk.host.get("/my/calendars").await.body;
    assert!(page.contains("Microsoft tells of changes"), "{page}");
    let page = desk.hub.admin().await.get("/admin/calendars").await.body;
    assert!(page.contains("Microsoft tells of changes"), "{page}");
}

#[tokio::test]
async fn a_calendar_that_is_told_of_is_still_asked_now_and_then() {
    let desk = desk().await;
    desk.switch(&json!({ "graph.notifications": false }));
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    assert_eq!(desk.asked("GET", "/delta"), 0, "not every minute");
    desk.pass(minutes(19)).await;
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1);
}

#[tokio::test]
async fn the_handshake_is_answered_in_plain_text_and_nothing_else() {
    let desk = desk().await;
    let token = "Validation: Testing client application <b>é</b> & more + %";
    let path = format!(
        "{HOOK}?validationToken={}",
        url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>()
    );
    let reply = desk.hub.anyone().send(Method::POST, &path, |request| request).await.expect(200);
    assert_eq!(reply.body, token);
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let long = format!("{HOOK}?validationToken={}", "x".repeat(5000));
    desk.hub.anyone().send(Method::POST, &long, |request| request).await.expect(422);
}

async fn post(desk: &Desk, body: &Value) -> u16 {
    let reply = desk.hub.anyone().send(Method::POST, HOOK, |request| request.json(body)).await;
    assert!(reply.body.is_empty(), "{}", reply.body);
    reply.status.as_u16()
}

#[tokio::test]
async fn whatever_is_forged_is_answered_alike_and_does_nothing() {
    let desk = desk().await;
    let known = text(&subscriptions(&desk).await[0], "id");
    desk.forget_requests();
    let entry = |id: &str, state: &Value, more: Value| {
        let mut entry = json!({ "subscriptionId": id, "clientState": state, "changeType": "updated", "resource": "me/events" });
        entry.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!({ "value": [entry] })
    };
    let removed = json!({ "lifecycleEvent": "subscriptionRemoved" });
    let forged = [
        entry(&known, &json!("guess"), json!({})),
        entry(&known, &Value::Null, json!({})),
        entry(&known, &json!(""), removed.clone()),
        entry("00000000-0000-0000-0000-000000000000", &json!("guess"), removed),
        json!({ "value": [] }),
        json!({ "value": "x" }),
        json!([]),
    ];
    for body in forged {
        assert_eq!(post(&desk, &body).await, 202, "{body}");
    }
    let raw = desk.hub.anyone().send(Method::POST, HOOK, |request| request.body("not json")).await;
    assert_eq!((raw.status.as_u16(), raw.body.as_str()), (202, ""));
    desk.hub.run_jobs().await;
    assert_eq!(desk.asked("GET", "/delta"), 0);
    assert!(desk.own().await["notified_until"].is_string());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let desk = desk().await;
    let large = "x".repeat(2 * 1024 * 1024);
    let reply = desk.hub.anyone().send(Method::POST, HOOK, |request| request.body(large)).await;
    assert_eq!(reply.status.as_u16(), 413);
}

#[tokio::test]
async fn a_notification_may_come_again_as_often_as_it_likes() {
    let desk = desk().await;
    desk.switch(&json!({ "graph.notification_copies": 3 }));
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    until_busy(&desk, 1).await;
    let delivered = desk.hub.sandbox.world.courier.all();
    let id = delivered.last().unwrap().id;
    desk.forget_requests();
    for _ in 0..5 {
        desk.control("/_sandbox/notifications", json!({ "replay": id })).await;
    }
    desk.control("/_sandbox/notifications", json!({ "replay": id, "client_state": "forged" })).await;
    desk.until("all replays are delivered", || async {
        let all = desk.hub.sandbox.world.courier.all();
        all.len() >= delivered.len() + 6 && all.iter().all(|one| one.status == Some(202))
    })
    .await;
    desk.hub.run_jobs().await;
    assert!(desk.asked("GET", "/delta") <= 5);
    assert_eq!(desk.week().await.len(), 1);
}

#[tokio::test]
async fn subscriptions_are_renewed_long_before_they_end() {
    let desk = desk().await;
    let first = at(&text(&desk.own().await, "notified_until"));
    assert!(first > desk.hub.hub.now().after(hours(24 * 6)));
    for _ in 0..4 {
        desk.pass(hours(22)).await;
        desk.settle().await;
    }
    let renewed = at(&text(&desk.own().await, "notified_until"));
    assert!(renewed > first && desk.hub.hub.now() < first, "{renewed} {first}");
    assert_eq!(subscriptions(&desk).await.len(), 1);
}

async fn lifecycle(desk: &Desk, event: &str) {
    let before = desk.hub.sandbox.world.courier.all().len();
    desk.control("/_sandbox/notifications", json!({ "lifecycle": event })).await;
    desk.until("the event is delivered", || async {
        let all = desk.hub.sandbox.world.courier.all();
        all.len() > before && all.iter().all(|one| one.status == Some(202))
    })
    .await;
    desk.hub.run_jobs().await;
}

#[tokio::test]
async fn what_was_missed_is_read() {
    let desk = desk().await;
    desk.switch(&json!({ "graph.notifications": false }));
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.switch(&json!({ "graph.notifications": true }));
    lifecycle(&desk, "missed").await;
    assert_eq!(desk.week().await.len(), 1);
}

#[tokio::test]
async fn a_removed_subscription_is_made_anew_and_a_tired_one_renewed() {
    let desk = desk().await;
    let before = text(&subscriptions(&desk).await[0], "id");
    lifecycle(&desk, "subscriptionRemoved").await;
    desk.settle().await;
    let now = subscriptions(&desk).await;
    assert_eq!(now.len(), 1, "{now:?}");
    assert_ne!(text(&now[0], "id"), before);
    desk.hub.advance(hours(2));
    let end = at(&text(&desk.own().await, "notified_until"));
    lifecycle(&desk, "reauthorizationRequired").await;
    assert!(at(&text(&desk.own().await, "notified_until")) > end);
    assert_eq!(subscriptions(&desk).await.len(), 1);
}

#[tokio::test]
async fn one_that_silently_went_is_made_anew() {
    let desk = desk().await;
    let id = text(&subscriptions(&desk).await[0], "id");
    desk.outlook(Method::DELETE, &format!("/v1.0/subscriptions/{id}"), &Value::Null).await;
    for _ in 0..4 {
        desk.pass(hours(22)).await;
        desk.settle().await;
    }
    let now = subscriptions(&desk).await;
    assert!(now.len() == 1 && text(&now[0], "id") != id, "{now:?}");
}

#[tokio::test]
async fn where_microsoft_cannot_reach_us_it_is_not_asked_to() {
    let desk = Desk::open().await;
    desk.forget_requests();
    desk.settle().await;
    assert!(desk.asked("GET", "/delta") > 0, "without notifications every minute");
    assert_eq!(desk.asked("POST", "/v1.0/subscriptions"), 0, "and none are asked for");
}

#[tokio::test]
async fn a_refused_subscription_falls_back_to_asking() {
    let desk = Desk::notified().await;
    let body = json!({ "error": { "code": "InvalidRequest", "message": "Subscription validation request timed out." } });
    let refused = sandbox::Fault { body: Some(body), ..status(400) };
    // The subscription that stands is gone, and no new one can be made.
    desk.settle().await;
    desk.spoil("POST", "/v1.0/subscriptions", refused, None);
    lifecycle(&desk, "subscriptionRemoved").await;
    desk.settle().await;
    let page = desk.host.get("/my/calendars").await.body;
    assert!(page.contains("asked every minute. Microsoft could not reach"), "{page}");
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1);
    desk.heal();
    desk.pass(hours(3)).await;
    desk.settle().await;
    assert!(desk.own().await["notified_until"].is_string());
}

#[tokio::test]
async fn a_calendar_that_nobody_needs_is_not_told_of_any_more() {
    let desk = desk().await;
    let choice = json!({ "makes_busy": false, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&text(&desk.own().await, "id"), choice).await.expect(200);
    desk.settle().await;
    assert!(subscriptions(&desk).await.is_empty());
    assert!(desk.own().await["read_at"].is_null());
}
