//! Graph: recurring events, their occurrences and exceptions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::graph_delta::round;
use crate::microsoft::{CALENDARS, event, graph_refused as refused};
use crate::support::{BEN, World, text};

const LEILA: &str = "leila.haddad@lindenhof.example";

/// Mondays at nine in Berlin, across the change to summer time on 31 March 2030.
fn weekly(end: &str) -> Value {
    let mut body = event("Team", "2030-03-11T09:00:00", "2030-03-11T10:00:00");
    body["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"},
        "range": {"type": "endDate", "startDate": "2030-03-11", "endDate": end},
    });
    body
}

fn window(path: &str) -> String {
    format!("{path}?startDateTime=2030-03-01T00:00:00Z&endDateTime=2030-05-01T00:00:00Z&$top=50")
}

async fn starts(world: &World, token: &str, path: &str) -> Vec<String> {
    let found = world.get(&window(path), token).await.expect(200);
    found["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["start"], "dateTime")[..16].to_owned())
        .collect()
}

/// The item of a view that starts on a day.
async fn on(world: &World, token: &str, day: &str) -> Value {
    let found = world.get(&window("/v1.0/me/calendarView"), token).await.expect(200);
    let items = found["value"].as_array().unwrap();
    items.iter().find(|item| text(&item["start"], "dateTime").starts_with(day)).unwrap().clone()
}

fn path(event: &Value) -> String {
    format!("/v1.0/me/events/{}", text(event, "id"))
}

#[tokio::test]
async fn a_series_keeps_its_wall_clock_time_across_summer_time() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let master = world.post("/v1.0/me/events", &token, weekly("2030-04-08")).await.expect(201);
    assert_eq!(master["type"], "seriesMaster");
    assert_eq!(master["recurrence"]["range"]["endDate"], "2030-04-08");
    assert_eq!(master["recurrence"]["pattern"]["dayOfMonth"], 0);
    let expected =
        ["2030-03-11T08:00", "2030-03-18T08:00", "2030-03-25T08:00", "2030-04-01T07:00", "2030-04-08T07:00"];
    assert_eq!(starts(&world, &token, "/v1.0/me/calendarView").await, expected);
    let instances = format!("{}/instances", path(&master));
    assert_eq!(starts(&world, &token, &instances).await, expected);
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    for who in ["me".to_owned(), format!("users/{BEN}")] {
        let id = text(&master, "id");
        for place in [format!("/v1.0/{who}"), format!("/v1.0/{who}/calendars/{calendar}")] {
            assert_eq!(starts(&world, &token, &format!("{place}/events/{id}/instances")).await, expected);
        }
    }
    let listed = world.get("/v1.0/me/events", &token).await.expect(200);
    assert_eq!(listed["value"].as_array().unwrap().len(), 1, "lists hold the master only");

    let one = on(&world, &token, "2030-04-01").await;
    assert_eq!((&one["type"], &one["seriesMasterId"]), (&json!("occurrence"), &master["id"]));
    assert_eq!(one["originalStart"], "2030-04-01T07:00:00.0000000Z");
    let read = world.get(&path(&one), &token).await.expect(200);
    assert_eq!((&read["id"], &read["subject"]), (&one["id"], &json!("Team")));
    refused(&world.get(&path(&one).replace("20300401", "20300402"), &token).await, 404, "ErrorItemNotFound");
    let schedule = json!({"schedules": [BEN], "startTime": {"dateTime": "2030-04-01T07:00:00", "timeZone": "UTC"},
                          "endTime": {"dateTime": "2030-04-01T09:00:00", "timeZone": "UTC"}});
    let busy = world.post("/v1.0/me/calendar/getSchedule", &token, schedule).await.expect(200);
    assert_eq!(busy["value"][0]["availabilityView"], "2200");
}

#[tokio::test]
async fn one_occurrence_can_be_changed_moved_and_cancelled() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let master = world.post("/v1.0/me/events", &token, weekly("2030-04-08")).await.expect(201);
    let one = on(&world, &token, "2030-03-18").await;
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Europe/Berlin"});
    let moved = json!({"subject": "Team, later", "start": at("2030-03-19T11:00:00"), "end": at("2030-03-19T12:00:00")});
    let changed = world.call(Method::PATCH, &path(&one), &token, Some(moved)).await.expect(200);
    assert_eq!((&changed["type"], &changed["id"]), (&json!("exception"), &one["id"]));
    assert_eq!(changed["originalStart"], "2030-03-18T08:00:00.0000000Z");
    let across = json!({"start": at("2030-03-25T11:00:00"), "end": at("2030-03-25T12:00:00")});
    let across = world.call(Method::PATCH, &path(&one), &token, Some(across)).await;
    refused(&across, 400, "ErrorOccurrenceCrossingBoundary");
    let last = on(&world, &token, "2030-04-08").await;
    world.call(Method::DELETE, &path(&last), &token, None).await.expect(204);
    refused(&world.get(&path(&last), &token).await, 404, "ErrorItemNotFound");
    assert_eq!(
        starts(&world, &token, "/v1.0/me/calendarView").await,
        ["2030-03-11T08:00", "2030-03-19T10:00", "2030-03-25T08:00", "2030-04-01T07:00"]
    );
    let more = format!("{}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences", path(&master));
    let read = world.get(&more, &token).await.expect(200);
    assert_eq!(read["cancelledOccurrences"], json!([format!("OID.{}.2030-04-08", text(&master, "id"))]));

    // A new time for all makes the series regular again.
    let later = json!({"start": at("2030-03-11T15:00:00"), "end": at("2030-03-11T16:00:00")});
    world.call(Method::PATCH, &path(&master), &token, Some(later)).await.expect(200);
    assert_eq!(starts(&world, &token, "/v1.0/me/calendarView").await.len(), 5);
    world.call(Method::DELETE, &path(&master), &token, None).await.expect(204);
    assert!(starts(&world, &token, "/v1.0/me/calendarView").await.is_empty());
}

#[tokio::test]
async fn a_delta_query_tells_master_bare_occurrences_and_exceptions() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let master = world.post("/v1.0/me/events", &token, weekly("2030-04-08")).await.expect(201);
    let first = window("/v1.0/me/calendarView/delta").replace("&$top=50", "");
    let (items, next) = round(&world, &token, &first).await;
    let kinds: Vec<&str> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["seriesMaster", "occurrence", "occurrence", "occurrence", "occurrence", "occurrence"]);
    assert_eq!(items[0]["id"], master["id"]);
    let mut names: Vec<&str> = items[1].as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["@odata.etag", "end", "id", "seriesMasterId", "start", "type"]);

    let one = on(&world, &token, "2030-03-18").await;
    world.call(Method::PATCH, &path(&one), &token, Some(json!({"subject": "Other"}))).await.expect(200);
    let two = on(&world, &token, "2030-03-25").await;
    world.call(Method::DELETE, &path(&two), &token, None).await.expect(204);
    let (items, next) = round(&world, &token, &next).await;
    assert!(items.contains(&json!({"id": two["id"], "@removed": {"reason": "deleted"}})), "{items:?}");
    let exception = items.iter().find(|item| item["id"] == one["id"]).unwrap();
    assert_eq!((&exception["type"], &exception["subject"]), (&json!("exception"), &json!("Other")));
    assert_eq!(items.len(), 3, "the master, the exception, the removal: {items:?}");

    let shorter = json!({"recurrence": weekly("2030-03-18")["recurrence"]});
    world.call(Method::PATCH, &path(&master), &token, Some(shorter)).await.expect(200);
    let (items, next) = round(&world, &token, &next).await;
    let removed = items.iter().filter(|item| item["@removed"].is_object()).count();
    assert_eq!((removed, items.len()), (2, 5), "{items:?}");
    world.call(Method::DELETE, &path(&master), &token, None).await.expect(204);
    let (items, _) = round(&world, &token, &next).await;
    assert_eq!(items.len(), 3);
    assert!(items.iter().all(|item| item["@removed"]["reason"] == "deleted"));
}

#[tokio::test]
async fn a_wrong_recurrence_is_refused() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut body = weekly("2030-03-01");
    refused(&world.post("/v1.0/me/events", &token, body.clone()).await, 400, "ErrorRecurrenceInvalid");
    body = weekly("2030-04-08");
    body["recurrence"]["range"]["startDate"] = json!("2030-03-12");
    refused(&world.post("/v1.0/me/events", &token, body.clone()).await, 400, "ErrorRecurrenceInvalid");
    body["recurrence"] = json!({"pattern": {"type": "weekly"}});
    refused(&world.post("/v1.0/me/events", &token, body).await, 400, "ErrorRecurrenceInvalid");
    let master = world.post("/v1.0/me/events", &token, weekly("2030-04-08")).await.expect(201);
    let one = on(&world, &token, "2030-03-18").await;
    let nested = Some(json!({"recurrence": master["recurrence"]}));
    refused(&world.call(Method::PATCH, &path(&one), &token, nested).await, 400, "ErrorInvalidRequest");
    // The first Wednesday after the start is the first occurrence.
    let mut body = weekly("2030-04-08");
    body["recurrence"]["pattern"]["daysOfWeek"] = json!(["wednesday"]);
    let shifted = world.post("/v1.0/me/events", &token, body).await.expect(201);
    assert_eq!(shifted["start"]["dateTime"], "2030-03-13T08:00:00.0000000");
}

#[tokio::test]
async fn the_sample_week_holds_what_makes_calendars_hard_to_read() {
    let world = World::start().await;
    let token = world.graph_token(LEILA, &CALENDARS).await;
    let found = world.get(&window("/v1.0/me/calendarView"), &token).await.expect(200);
    let items = found["value"].as_array().unwrap();
    let has = |name: &str, value: Value| items.iter().any(|item| item[name] == value);
    for (name, value) in [
        ("isAllDay", json!(true)),
        ("sensitivity", json!("private")),
        ("showAs", json!("tentative")),
        ("showAs", json!("oof")),
        ("showAs", json!("workingElsewhere")),
        ("type", json!("exception")),
        ("type", json!("occurrence")),
        ("originalStartTimeZone", json!("W. Europe Standard Time")),
        ("originalStartTimeZone", json!("Central Standard Time")),
        ("originalStartTimeZone", json!("tzone://Microsoft/Custom")),
    ] {
        assert!(has(name, value.clone()), "{name} = {value}");
    }
    let titled = |title: &str| items.iter().filter(|item| item["subject"] == title).count();
    assert_eq!((titled("Team meeting (later this week)"), titled("Course: academic writing")), (1, 12));
    // Of nine Mondays one is moved and one is cancelled.
    assert_eq!(titled("Team meeting"), 7);
    let ben = world.graph_token(BEN, &CALENDARS).await;
    assert!(starts(&world, &ben, "/v1.0/me/calendarView").await.is_empty());
}
