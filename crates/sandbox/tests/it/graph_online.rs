//! Graph: Teams meetings of events, and what survives a change.

use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft::{CALENDARS, consultation, graph_refused as refused};
use crate::support::{BEN, World, text};

const PROPERTY: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SwitchboardBooking";

fn online() -> Value {
    let mut body = consultation();
    body["isOnlineMeeting"] = json!(true);
    body["onlineMeetingProvider"] = json!("teamsForBusiness");
    body["transactionId"] = json!("booking-1");
    body["singleValueExtendedProperties"] = json!([{"id": PROPERTY, "value": "booking-1"}]);
    body["body"] = json!({"contentType": "html", "content": "<p>Bring books</p>"});
    body
}

#[tokio::test]
async fn a_teams_meeting_keeps_its_link_through_every_change() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let made = world.post("/v1.0/me/events", &token, online()).await.expect(201);
    let link = text(&made["onlineMeeting"], "joinUrl");
    assert!(link.contains("/l/meetup-join/") && text(&made["body"], "content").contains(&link));
    let other = world.post("/v1.0/me/events", &token, {
        let mut body = online();
        body["transactionId"] = json!("booking-2");
        body
    });
    assert_ne!(other.await.expect(201)["onlineMeeting"]["joinUrl"], link.as_str());
    let path = format!("/v1.0/me/events/{}", text(&made, "id"));
    let changes = json!({
        "start": {"dateTime": "2030-03-06T09:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2030-03-06T09:30:00", "timeZone": "Europe/Berlin"},
        "isOnlineMeeting": false, "body": made["body"],
    });
    let moved = world.call(Method::PATCH, &path, &token, Some(changes)).await.expect(200);
    assert_eq!((&moved["isOnlineMeeting"], &moved["transactionId"]), (&json!(true), &json!("booking-1")));
    assert_eq!(moved["onlineMeeting"]["joinUrl"], link.as_str());
    assert_eq!(text(&moved["body"], "content").matches(&link).count(), 1);
    let expand = format!("{path}?$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')");
    let read = world.get(&expand, &token).await.expect(200);
    assert_eq!(read["singleValueExtendedProperties"][0]["value"], "booking-1");
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    refused(&world.get(&path, &token).await, 404, "ErrorItemNotFound");
}

#[tokio::test]
async fn a_join_link_may_come_later() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    world.switch("graph.online_meeting_seconds", json!(20)).await;
    let made = world.post("/v1.0/me/events", &token, online()).await.expect(201);
    assert_eq!((&made["isOnlineMeeting"], &made["onlineMeeting"]), (&json!(true), &Value::Null));
    world.advance(21).await;
    let read = world.get(&format!("/v1.0/me/events/{}", text(&made, "id")), &token).await.expect(200);
    assert!(read["onlineMeeting"]["joinUrl"].is_string());
}

#[tokio::test]
async fn without_a_teams_licence_there_is_no_online_meeting() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    world.switch("graph.without_teams", json!([BEN])).await;
    refused(&world.post("/v1.0/me/events", &token, online()).await, 400, "ErrorInvalidRequest");
    let calendar = world.get("/v1.0/me/calendar", &token).await.expect(200);
    assert_eq!(calendar["allowedOnlineMeetingProviders"], json!([]));
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
}

#[tokio::test]
async fn a_fifth_request_at_once_is_limited_however_the_mailbox_is_named() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let slow = json!({"match": {"path": "/v1.0/me/events"}, "fault": {"delay_ms": 3000}});
    world.set("/_sandbox/faults", slow).await;
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let request = world.http.get(world.url("/v1.0/me/events")).bearer_auth(&token);
            tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
        })
        .collect();
    while world.running.world.requests.all().iter().filter(|entry| entry.path == "/v1.0/me/events").count()
        < 4
    {
        tokio::task::yield_now().await;
    }
    let fifth = world.get(&format!("/v1.0/users/{BEN}/calendars"), &token).await;
    refused(&fifth, 429, "ApplicationThrottled");
    assert!(fifth.header("retry-after").is_some());
    for one in waiting {
        assert_eq!(one.await.unwrap(), 200);
    }
}
