//! Graph: subscriptions and the notifications that come of them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::hook::Hook;
use crate::microsoft::{CALENDARS, consultation, graph_refused as refused};
use crate::support::{ADA, Answer, BEN, World, text};

const PATH: &str = "/v1.0/subscriptions";

fn wish(hook: &Hook, changes: &Value) -> Value {
    let mut body = json!({
        "changeType": "created,updated,deleted", "resource": "me/events", "clientState": "s3cret",
        "notificationUrl": hook.url, "lifecycleNotificationUrl": hook.url,
        "expirationDateTime": "2030-03-10T09:00:00Z",
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn subscribed() -> (World, Hook, String, Value) {
    let (world, hook) = (World::start().await, Hook::start().await);
    let token = world.graph_token(BEN, &CALENDARS).await;
    let made = world.post(PATH, &token, wish(&hook, &json!({}))).await.expect(201);
    (world, hook, token, made)
}

#[tokio::test]
async fn a_change_is_told_to_whoever_subscribed() {
    let (world, hook, token, made) = subscribed().await;
    let event = world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let path = format!("/v1.0/me/events/{}", text(&event, "id"));
    world.call(Method::PATCH, &path, &token, Some(json!({"subject": "x"}))).await.expect(200);
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    let received = hook.wait(3).await;
    let mut kinds: Vec<&str> =
        received.iter().map(|one| one["value"][0]["changeType"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["created", "deleted", "updated"]);
    let first = &received[0]["value"][0];
    assert_eq!((&first["clientState"], &first["subscriptionId"]), (&json!("s3cret"), &made["id"]));
    assert_eq!(first["resourceData"]["id"], event["id"]);
    assert_eq!(first["resourceData"]["@odata.type"], "#Microsoft.Graph.Event");
    assert!(text(first, "resource").ends_with(&format!("/Events/{}", text(&event, "id"))));
    let ada = world.graph_token(ADA, &CALENDARS).await;
    world.post("/v1.0/me/events", &ada, consultation()).await.expect(201);
    let shown = world.control(Method::GET, "/_sandbox/notifications", Value::Null).await.expect(200);
    assert_eq!(shown["deliveries"].as_array().unwrap().len(), 3, "nobody watches Ada");
    assert_eq!(shown["subscriptions"][0]["id"], made["id"]);
}

#[tokio::test]
async fn a_subscription_is_made_renewed_and_removed() {
    let (world, hook, token, made) = subscribed().await;
    assert_eq!(made["expirationDateTime"], "2030-03-10T09:00:00.0000000Z");
    let path = format!("{PATH}/{}", text(&made, "id"));
    let short = json!({"expirationDateTime": "2030-03-04T09:01:00Z"});
    let renewed = world.call(Method::PATCH, &path, &token, Some(short)).await.expect(200);
    assert_eq!(renewed["expirationDateTime"], "2030-03-04T09:45:00.0000000Z", "raised to 45 minutes");
    world.post(&format!("{path}/reauthorize"), &token, json!({})).await.expect(204);
    assert_eq!(world.get(PATH, &token).await.expect(200)["value"].as_array().unwrap().len(), 1);
    let ada = world.graph_token(ADA, &CALENDARS).await;
    assert_eq!(world.get(PATH, &ada).await.expect(200)["value"], json!([]));
    refused(&world.get(&path, &ada).await, 404, "ResourceNotFound");
    world.advance(46 * 60).await;
    refused(&world.get(&path, &token).await, 404, "ResourceNotFound");
    let late = json!({"expirationDateTime": "2030-03-05T09:00:00Z"});
    refused(&world.call(Method::PATCH, &path, &token, Some(late)).await, 404, "ResourceNotFound");
    let again = world.post(PATH, &token, wish(&hook, &json!({}))).await.expect(201);
    let path = format!("{PATH}/{}", text(&again, "id"));
    assert_eq!(world.get(&path, &token).await.expect(200)["clientState"], "s3cret");
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    assert!(world.running.world.courier.all().is_empty());
}

#[tokio::test]
async fn what_a_subscription_cannot_be_is_refused() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let token = world.graph_token(BEN, &CALENDARS).await;
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    let attempt = async |changes: Value| world.post(PATH, &token, wish(&hook, &changes)).await;
    for (changes, status, code) in [
        (json!({"expirationDateTime": "2030-03-11T09:00:01Z"}), 400, "ValidationError"),
        (json!({"expirationDateTime": "2030-03-04T08:00:00Z"}), 400, "ValidationError"),
        (json!({"expirationDateTime": "soon"}), 400, "InvalidRequest"),
        (json!({"clientState": "x".repeat(129)}), 400, "InvalidRequest"),
        (json!({"changeType": "moved"}), 400, "InvalidRequest"),
        (json!({"notificationUrl": "http://hooks.example/x"}), 400, "InvalidRequest"),
        (json!({"resource": "me/events/AAMk"}), 400, "ExtensionError"),
        (json!({"resource": "me/messages"}), 400, "ExtensionError"),
        (json!({"resource": format!("users/{ADA}/events")}), 403, "ErrorAccessDenied"),
        (json!({"resource": "me/calendars/none/events"}), 404, "ErrorItemNotFound"),
    ] {
        refused(&attempt(changes).await, status, code);
    }
    attempt(json!({"resource": format!("me/calendars/{calendar}/events")})).await.expect(201);
    attempt(json!({"resource": format!("users('{BEN}')/events")})).await.expect(201);
    let said = |answer: &Answer| text(&answer.json()["error"], "message");
    hook.echo("something else");
    refused(&attempt(json!({})).await, 400, "InvalidRequest");
    hook.answer(401);
    let unauthorized = attempt(json!({})).await;
    assert!(said(&unauthorized).contains("HTTP status code is 'Unauthorized'"), "{}", said(&unauthorized));
    let nobody = attempt(json!({"notificationUrl": "http://127.0.0.1:9/x"})).await;
    assert_eq!(said(&nobody), "Subscription validation request timed out.");
}

#[tokio::test]
async fn a_failing_endpoint_is_tried_again_when_time_passes() {
    let (world, hook, token, _) = subscribed().await;
    hook.answer(503);
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    hook.wait(1).await;
    hook.answer(202);
    world.advance(6).await;
    let received = hook.wait(2).await;
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn notifications_can_be_lost_late_doubled_and_forged() {
    let (world, hook, token, _) = subscribed().await;
    let make = async || world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    world.switch("graph.notifications", json!(false)).await;
    make().await;
    world.switch("graph.notifications", json!(true)).await;
    world.switch("graph.notification_copies", json!(2)).await;
    world.switch("graph.notification_delay_seconds", json!(30)).await;
    make().await;
    let waiting = world.running.world.courier.all();
    assert_eq!(waiting.len(), 2, "the first is lost, the second doubled");
    assert!(waiting.iter().all(|delivery| delivery.attempts == 0));
    world.advance(31).await;
    let received = hook.wait(2).await;
    assert_eq!(received[0], received[1]);
    let forged = json!({"replay": waiting[0].id, "client_state": "guessed"});
    world.set("/_sandbox/notifications", forged).await;
    assert_eq!(hook.wait(3).await[2]["value"][0]["clientState"], "guessed");
    world.control(Method::POST, "/_sandbox/notifications", json!({"replay": 99})).await.expect(404);
    world.control(Method::POST, "/_sandbox/notifications", json!({"lifecycle": "x"})).await.expect(400);
    let cleared = world.control(Method::DELETE, "/_sandbox/notifications", Value::Null).await.expect(200);
    assert_eq!(cleared["deliveries"], json!([]));
}

#[tokio::test]
async fn lifecycle_events_are_sent_on_demand() {
    let (world, hook, token, made) = subscribed().await;
    for event in ["missed", "reauthorizationRequired"] {
        let sent = world.set("/_sandbox/notifications", json!({"lifecycle": event})).await;
        assert_eq!(sent["sent"], 1);
    }
    let body = json!({"lifecycle": "subscriptionRemoved", "subscription": made["id"]});
    world.set("/_sandbox/notifications", body).await;
    let received = hook.wait(3).await;
    assert!(received.iter().all(|one| one["value"][0]["clientState"] == "s3cret"));
    let mut events: Vec<&str> =
        received.iter().map(|one| one["value"][0]["lifecycleEvent"].as_str().unwrap()).collect();
    events.sort_unstable();
    assert_eq!(events, ["missed", "reauthorizationRequired", "subscriptionRemoved"]);
    assert_eq!(world.get(PATH, &token).await.expect(200)["value"], json!([]));
    tokio::time::timeout(Duration::from_secs(5), world.running.stop()).await.unwrap();
}
