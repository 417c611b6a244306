//! Graph: delta queries over a window of a calendar.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::microsoft::{CALENDARS, consultation, event, graph_refused as refused};
use crate::support::{ADA, BEN, World, text};

const WINDOW: &str = "startDateTime=2030-03-01T00:00:00Z&endDateTime=2030-04-01T00:00:00Z";

/// Path and query of a link, as `World::get` takes it.
pub(crate) fn link(answer: &Value, name: &str) -> String {
    let url = Url::parse(&text(answer, name)).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// A whole round: all items, and the path of the next one.
pub(crate) async fn round(world: &World, token: &str, path: &str) -> (Vec<Value>, String) {
    let (mut items, mut path) = (Vec::new(), path.to_owned());
    for _ in 0..50 {
        let page = world.get(&path, token).await.expect(200);
        items.extend(page["value"].as_array().unwrap().clone());
        if page["@odata.deltaLink"].is_string() {
            return (items, link(&page, "@odata.deltaLink"));
        }
        path = link(&page, "@odata.nextLink");
    }
    panic!("the round does not end");
}

pub(crate) fn first() -> String {
    format!("/v1.0/me/calendarView/delta?{WINDOW}")
}

#[tokio::test]
async fn a_round_tells_the_window_and_the_next_ones_what_changed() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let one = world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let two = world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let outside = event("Later", "2030-06-05T09:00:00", "2030-06-05T09:30:00");
    world.post("/v1.0/me/events", &token, outside.clone()).await.expect(201);
    let (items, next) = round(&world, &token, &first()).await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["subject"], "Consultation");
    let (items, next) = round(&world, &token, &next).await;
    assert!(items.is_empty(), "{items:?}");

    let path = |event: &Value| format!("/v1.0/me/events/{}", text(event, "id"));
    let patch = json!({"subject": "Moved"});
    world.call(Method::PATCH, &path(&one), &token, Some(patch)).await.expect(200);
    world.call(Method::DELETE, &path(&two), &token, None).await.expect(204);
    let far = world.post("/v1.0/me/events", &token, outside).await.expect(201);
    let (items, after) = round(&world, &token, &next).await;
    let of = |event: &Value| items.iter().find(|item| item["id"] == event["id"]).unwrap().clone();
    assert_eq!(of(&one)["subject"], "Moved");
    assert_eq!(of(&two), json!({"id": two["id"], "@removed": {"reason": "deleted"}}));
    assert_eq!(of(&far)["@removed"]["reason"], "deleted", "told although it never was in the window");
    assert_eq!(items.len(), 3);
    // A link may be followed again and tells the same; the one after it tells nothing.
    assert_eq!(round(&world, &token, &next).await.0, items);
    assert!(round(&world, &token, &after).await.0.is_empty());
}

#[tokio::test]
async fn pages_of_a_round_do_not_shift_when_events_change_in_between() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut made = Vec::new();
    for day in 1..=7 {
        let (start, end) = (format!("2030-03-0{day}T09:00:00"), format!("2030-03-0{day}T10:00:00"));
        made.push(world.post("/v1.0/me/events", &token, event("Desk", &start, &end)).await.expect(201));
    }
    let small = [("prefer", "odata.maxpagesize=3")];
    let page = world.graph(Method::GET, &first(), &token, &small, None).await;
    assert_eq!(page.header("preference-applied"), Some("odata.maxpagesize=3"));
    let page = page.expect(200);
    assert_eq!(page["value"].as_array().unwrap().len(), 3);
    let gone = format!("/v1.0/me/events/{}", text(&made[0], "id"));
    world.call(Method::DELETE, &gone, &token, None).await.expect(204);
    let next = link(&page, "@odata.nextLink");
    let rest = round(&world, &token, &next).await;
    assert_eq!(
        rest.0.iter().map(|item| &item["id"]).collect::<Vec<_>>(),
        made[3..].iter().map(|event| &event["id"]).collect::<Vec<_>>()
    );
    let (items, _) = round(&world, &token, &rest.1).await;
    assert_eq!(items, [json!({"id": made[0]["id"], "@removed": {"reason": "deleted"}})]);
}

#[tokio::test]
async fn a_token_that_is_old_or_forgotten_asks_for_a_new_round() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let (_, next) = round(&world, &token, &first()).await;
    world.set("/_sandbox/resync", json!({"email": BEN})).await;
    let gone = world.get(&next, &token).await;
    refused(&gone, 410, "SyncStateNotFound");
    assert!(gone.header("location").unwrap().ends_with("/v1.0/me/calendarView/delta?$deltatoken="));
    let (_, next) = round(&world, &token, &first()).await;
    world.switch("graph.delta_token_seconds", json!(600)).await;
    world.advance(601).await;
    refused(&world.get(&next, &token).await, 410, "SyncStateNotFound");
    world.control(Method::POST, "/_sandbox/resync", json!({"email": "nobody@x.test"})).await.expect(404);
    world.set("/_sandbox/resync", json!({})).await;
}

#[tokio::test]
async fn what_a_delta_query_does_not_take_is_refused() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    for option in ["$select=id", "$filter=subject eq 'x'", "$orderby=subject", "$expand=attachments"] {
        let answer = world.get(&format!("{}&{option}", first()), &token).await;
        refused(&answer, 400, "ErrorInvalidUrlQuery");
    }
    refused(&world.get("/v1.0/me/calendarView/delta", &token).await, 400, "ErrorInvalidParameter");
    let nonsense = world.get("/v1.0/me/calendarView/delta?$deltatoken=abc", &token).await;
    refused(&nonsense, 400, "SyncStateInvalid");
    let (_, next) = round(&world, &token, &first()).await;
    let ada = world.graph_token(ADA, &CALENDARS).await;
    refused(&world.get(&next, &ada).await, 400, "SyncStateInvalid");
    refused(&world.get("/v1.0/me/events?$skiptoken=abc", &token).await, 400, "BadRequest");
}

#[tokio::test]
async fn every_path_of_a_delta_query_answers_the_same_round() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    let (expected, _) = round(&world, &token, &first()).await;
    for who in ["me".to_owned(), format!("users/{BEN}")] {
        for place in [String::new(), "/calendar".to_owned(), format!("/calendars/{calendar}")] {
            for delta in ["delta", "delta()"] {
                let path = format!("/v1.0/{who}{place}/calendarView/{delta}?{WINDOW}");
                assert_eq!(round(&world, &token, &path).await.0, expected, "{path}");
            }
        }
    }
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let page = world.graph(Method::GET, &first(), &token, &immutable, None).await.expect(200);
    let path = format!("/v1.0/me/events/{}", text(&expected[0], "id"));
    let seen = world.graph(Method::GET, &path, &token, &immutable, None).await.expect(200);
    assert_eq!(page["value"][0]["id"], seen["id"]);
    let desk = world.post("/v1.0/me/calendars", &token, json!({"name": "Desk"})).await.expect(201);
    let path = format!("/v1.0/me/calendars/{}/calendarView/delta?{WINDOW}", text(&desk, "id"));
    assert!(round(&world, &token, &path).await.0.is_empty());
}

#[tokio::test]
async fn a_round_may_begin_with_an_empty_page() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    world.switch("graph.delta_empty_page", json!(true)).await;
    let page = world.get(&first(), &token).await.expect(200);
    assert_eq!(page["value"], json!([]));
    let (items, next) = round(&world, &token, &link(&page, "@odata.nextLink")).await;
    assert_eq!(items.len(), 1);
    assert!(round(&world, &token, &next).await.0.is_empty());
}
