//! Graph: calendars, events, free and busy times.

use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft::{CALENDARS, consultation, event, graph_refused as refused};
use crate::support::{ADA, BEN, World, text};

const PROPERTY: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SwitchboardBooking";

#[tokio::test]
async fn calendars_are_listed_made_and_read() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let calendars = world.get("/v1.0/me/calendars", &token).await.expect(200);
    let calendars = calendars["value"].as_array().unwrap();
    let default = calendars.iter().find(|calendar| calendar["isDefaultCalendar"] == true).unwrap();
    assert_eq!(default["owner"]["address"], BEN);
    assert!(calendars.iter().any(|calendar| calendar["canEdit"] == false));
    assert_eq!(world.get("/v1.0/me/calendar", &token).await.expect(200)["id"], default["id"]);
    let made = world.post("/v1.0/me/calendars", &token, json!({"name": "Desk"})).await.expect(201);
    let again = world.get(&format!("/v1.0/me/calendars/{}", text(&made, "id")), &token).await.expect(200);
    assert_eq!(again["name"], "Desk");
    let twice = world.post("/v1.0/me/calendars", &token, json!({"Name": "desk"})).await;
    refused(&twice, 409, "ErrorFolderExists");
    refused(&world.post("/v1.0/me/calendars", &token, json!({})).await, 400, "ErrorInvalidRequest");
    refused(&world.get("/v1.0/me/calendars/none", &token).await, 404, "ErrorItemNotFound");

    let holidays = calendars.iter().find(|calendar| calendar["canEdit"] == false).unwrap();
    let path = format!("/v1.0/me/calendars/{}/events", text(holidays, "id"));
    refused(&world.post(&path, &token, consultation()).await, 403, "ErrorAccessDenied");
}

#[tokio::test]
async fn an_event_is_created_once_changed_by_version_and_deleted() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut body = consultation();
    body["transactionId"] = json!("booking-1");
    body["@odata.type"] = json!("#microsoft.graph.event");
    let made = world.post("/v1.0/me/events", &token, body.clone()).await.expect(201);
    assert_eq!(made["start"], json!({"dateTime": "2030-03-05T08:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!((&made["showAs"], &made["originalStartTimeZone"]), (&json!("busy"), &json!("Europe/Berlin")));
    let again = world.post("/v1.0/me/events", &token, body).await.expect(201);
    assert_eq!(again["id"], made["id"]);
    assert_eq!(world.get("/v1.0/me/events", &token).await.expect(200)["value"].as_array().unwrap().len(), 1);

    let path = format!("/v1.0/me/events/{}", text(&made, "id"));
    let etag = text(&made, "@odata.etag");
    let change = async |etag: &str| {
        let body = json!({"subject": "Moved", "showAs": "free"});
        world.graph(Method::PATCH, &path, &token, &[("if-match", etag)], Some(body)).await
    };
    let changed = change(&etag).await.expect(200);
    assert_eq!((&changed["subject"], &changed["showAs"]), (&json!("Moved"), &json!("free")));
    assert_eq!(changed["start"], made["start"]);
    refused(&change(&etag).await, 412, "ErrorIrresolvableConflict");
    let stale = world.graph(Method::DELETE, &path, &token, &[("if-match", &etag)], None).await;
    refused(&stale, 412, "ErrorIrresolvableConflict");
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    refused(&world.call(Method::DELETE, &path, &token, None).await, 404, "ErrorItemNotFound");
    refused(&world.get(&path, &token).await, 404, "ErrorItemNotFound");
}

#[tokio::test]
async fn immutable_ids_and_calendar_paths_lead_to_the_same_event() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    let events = format!("/v1.0/me/calendars/{calendar}/events");
    let made = world.post(&events, &token, consultation()).await.expect(201);
    let path = format!("{events}/{}", text(&made, "id"));
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let seen = world.graph(Method::GET, &path, &token, &immutable, None).await;
    assert_eq!(seen.header("preference-applied"), Some("IdType=\"ImmutableId\""));
    let seen = seen.expect(200);
    assert_ne!(seen["id"], made["id"]);
    let by_immutable = format!("/v1.0/me/events/{}", text(&seen, "id"));
    assert_eq!(world.get(&by_immutable, &token).await.expect(200)["iCalUId"], made["iCalUId"]);
    world.call(Method::PATCH, &path, &token, Some(json!({"subject": "x"}))).await.expect(200);
    let other = world.post("/v1.0/me/calendars", &token, json!({"name": "Other"})).await.expect(201);
    let wrong = format!("/v1.0/me/calendars/{}/events/{}", text(&other, "id"), text(&made, "id"));
    refused(&world.get(&wrong, &token).await, 404, "ErrorItemNotFound");
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
}

#[tokio::test]
async fn what_an_event_cannot_be_is_refused() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let try_out = async |change: Value| {
        let mut body = consultation();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.post("/v1.0/me/events", &token, body).await
    };
    let backwards = json!({"end": {"dateTime": "2030-03-05T08:00:00", "timeZone": "Europe/Berlin"}});
    refused(&try_out(backwards).await, 400, "ErrorCalendarEndDateIsEarlierThanStartDate");
    refused(&try_out(json!({"isAllDay": true})).await, 400, "ErrorInvalidRequest");
    refused(&try_out(json!({"start": null})).await, 400, "ErrorPropertyValidationFailure");
    let mars = json!({"start": {"dateTime": "2030-03-05T08:00:00", "timeZone": "Mars Standard Time"}});
    refused(&try_out(mars).await, 400, "TimeZoneNotSupportedException");
    refused(&try_out(json!({"favourite": true})).await, 400, "RequestBodyRead");
    refused(
        &try_out(json!({"recurrence": {"pattern": {"type": "daily"}}})).await,
        400,
        "ErrorRecurrenceInvalid",
    );
    let accepted = json!({"transactionId": null, "recurrence": null, "isOnlineMeeting": "false"});
    try_out(accepted).await.expect(201);
}

#[tokio::test]
async fn an_all_day_event_keeps_its_dates_in_every_zone() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut body = event("Holiday", "2030-03-05T00:00:00", "2030-03-06T00:00:00");
    body["isAllDay"] = json!(true);
    let made = world.post("/v1.0/me/events", &token, body).await.expect(201);
    assert_eq!(
        (&made["start"]["dateTime"], &made["showAs"]),
        (&json!("2030-03-05T00:00:00.0000000"), &json!("free"))
    );
    let path = format!("/v1.0/me/events/{}", text(&made, "id"));
    let prefer = [("prefer", "outlook.timezone=\"Tokyo Standard Time\"")];
    let seen = world.graph(Method::GET, &path, &token, &prefer, None).await.expect(200);
    let expected = json!({"dateTime": "2030-03-05T00:00:00.0000000", "timeZone": "Tokyo Standard Time"});
    assert_eq!(seen["start"], expected);
}

#[tokio::test]
async fn a_calendar_view_needs_a_window_and_comes_in_tens() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    for path in ["/v1.0/me/calendarView", "/v1.0/me/calendar/calendarView?startDateTime=2030-03-01"] {
        refused(&world.get(path, &token).await, 400, "ErrorInvalidParameter");
    }
    for day in 1..=12 {
        let body =
            event("Desk", &format!("2030-03-{day:02}T09:00:00"), &format!("2030-03-{day:02}T10:00:00"));
        world.post("/v1.0/me/calendar/events", &token, body).await.expect(201);
    }
    let window = "STARTDATETIME=2030-03-01T00:00:00Z&endDateTime=2030-03-12T08:00:00Z";
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    let path = format!("/v1.0/me/calendars/{calendar}/calendarView?{window}&$select=subject,start");
    let prefer = [("prefer", "outlook.timezone=\"W. Europe Standard Time\"")];
    let first = world.graph(Method::GET, &path, &token, &prefer, None).await.expect(200);
    assert_eq!(first["value"].as_array().unwrap().len(), 10);
    assert_eq!(first["value"][0]["start"]["dateTime"], "2030-03-01T09:00:00.0000000");
    assert!(first["value"][0]["end"].is_null() && first["value"][0]["id"].is_string());
    let second = world.get(&text(&first, "@odata.nextLink"), &token).await.expect(200);
    // The twelfth begins where the window ends.
    assert_eq!(second["value"].as_array().unwrap().len(), 1);
    let ordered = "/v1.0/me/calendar/events?$orderby=start/dateTime desc&$top=1&$count=true";
    let last = world.get(ordered, &token).await.expect(200);
    assert_eq!(last["@odata.count"], 12);
    assert_eq!(last["value"][0]["start"]["dateTime"], "2030-03-12T08:00:00.0000000");
    let small = [("prefer", "odata.maxpagesize=3")];
    let page = world.graph(Method::GET, "/v1.0/me/events", &token, &small, None).await.expect(200);
    assert_eq!(page["value"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_event_is_found_by_its_extended_property() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut body = consultation();
    body["singleValueExtendedProperties"] = json!([{"id": PROPERTY, "value": "booking-41"}]);
    let made = world.post("/v1.0/me/events", &token, body).await.expect(201);
    assert!(made["singleValueExtendedProperties"].is_null());
    world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let find = async |value: &str| {
        let filter =
            format!("singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{value}')");
        let expand = format!("singleValueExtendedProperties($filter=id eq '{PROPERTY}')");
        let path = format!("/v1.0/me/events?$filter={filter}&$expand={expand}");
        world.get(&path, &token).await.expect(200)["value"].as_array().unwrap().clone()
    };
    let found = find("booking-41").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], made["id"]);
    assert_eq!(found[0]["singleValueExtendedProperties"], json!([{"id": PROPERTY, "value": "booking-41"}]));
    assert!(find("booking-42").await.is_empty());
}

#[tokio::test]
async fn attendees_get_mail_when_an_event_comes_moves_and_goes() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    let mut body = consultation();
    body["attendees"] = json!([{"emailAddress": {"address": ADA}}]);
    let made = world.post("/v1.0/me/events", &token, body).await.expect(201);
    let path = format!("/v1.0/me/events/{}", text(&made, "id"));
    let patch = async |body| world.call(Method::PATCH, &path, &token, Some(body)).await.expect(200);
    patch(json!({"reminderMinutesBeforeStart": 5})).await;
    patch(json!({"location": {"displayName": "Room 4"}})).await;
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    let mails = world.running.world.mails.all();
    let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["Consultation", "Updated: Consultation", "Canceled: Consultation"]);
    assert_eq!(mails[0].to, [ADA]);
}

#[tokio::test]
async fn schedules_show_busy_slots_and_an_error_per_unknown_address() {
    let world = World::start().await;
    let ada = world.graph_token(ADA, &CALENDARS).await;
    world.post("/v1.0/me/events", &ada, consultation()).await.expect(201);
    let ben = world.graph_token(BEN, &["Calendars.ReadBasic"]).await;
    let at = |time: &str| json!({"dateTime": time, "timeZone": "W. Europe Standard Time"});
    let ask = |schedules: Value, end: &str| json!({"Schedules": schedules, "StartTime": at("2030-03-05T08:00:00"), "EndTime": at(end)});
    let path = "/v1.0/me/calendar/getSchedule";
    let body = ask(json!([ADA, "nobody@x.test"]), "2030-03-05T11:00:00");
    let found = world.post(path, &ben, body).await.expect(200);
    assert_eq!(found["value"][0]["availabilityView"], "002000");
    let item = &found["value"][0]["scheduleItems"][0];
    assert_eq!((&item["status"], &item["subject"]), (&json!("busy"), &Value::Null));
    assert_eq!(found["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    let own = world.post(path, &ada, ask(json!([ADA]), "2030-03-05T11:00:00")).await.expect(200);
    assert_eq!(own["value"][0]["scheduleItems"][0]["subject"], "Consultation");
    let long = world.post(path, &ben, ask(json!([ADA]), "2030-07-05T11:00:00")).await;
    refused(&long, 400, "ErrorInvalidTimeInterval");
    refused(
        &world.post(path, &ben, ask(json!([]), "2030-03-05T11:00:00")).await,
        400,
        "ErrorInvalidParameter",
    );
}

#[tokio::test]
async fn the_paths_of_a_named_person_answer_as_those_of_me() {
    let world = World::start().await;
    let scopes = ["Calendars.ReadWrite", "MailboxSettings.Read", "Presence.Read"];
    let token = world.graph_token(BEN, &scopes).await;
    let made = world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let calendar = text(&world.get("/v1.0/me/calendar", &token).await.expect(200), "id");
    let window = "startDateTime=2030-03-01T00:00:00Z&endDateTime=2030-04-01T00:00:00Z";
    let (event, view) = (text(&made, "id"), format!("calendarView?{window}"));
    let user = format!("/v1.0/users/{BEN}");
    for path in [
        "presence".to_owned(),
        "mailboxSettings".to_owned(),
        "calendar".to_owned(),
        "calendars".to_owned(),
        format!("calendars/{calendar}"),
        "events".to_owned(),
        "calendar/events".to_owned(),
        format!("calendars/{calendar}/events"),
        format!("calendars/{calendar}/events/{event}"),
        view.clone(),
        format!("calendar/{view}"),
        format!("calendars/{calendar}/{view}"),
    ] {
        let mine = world.get(&format!("/v1.0/me/{path}"), &token).await.expect(200);
        assert_eq!(world.get(&format!("{user}/{path}"), &token).await.expect(200), mine, "{path}");
    }
    let schedule = json!({"schedules": [BEN], "startTime": made["start"], "endTime": made["end"]});
    world.post(&format!("{user}/calendar/getSchedule"), &token, schedule).await.expect(200);
    world.post(&format!("{user}/calendars"), &token, json!({"name": "Desk"})).await.expect(201);
    world.post(&format!("{user}/calendar/events"), &token, consultation()).await.expect(201);
    world.post(&format!("{user}/calendars/{calendar}/events"), &token, consultation()).await.expect(201);
    let path = format!("{user}/calendars/{calendar}/events/{event}");
    world.call(Method::PATCH, &path, &token, Some(json!({"subject": "x"}))).await.expect(200);
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
}
