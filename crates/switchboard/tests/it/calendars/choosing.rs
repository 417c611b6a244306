//! Which calendars make a host busy, and which one receives bookings: the beginning, the page, the API.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, LEILA, at, status, text};
use crate::harness::{Browser, Setup};

const WEEK: &str = "2026-11-23T00:00:00Z";

/// The form as the page shows it, with changes: fields of every calendar in the order of the page.
fn form(body: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for part in body.split("name=\"calendar\" value=\"").skip(1) {
        fields.push(("calendar".to_owned(), part.split('"').next().unwrap().to_owned()));
        fields.push(("policy".to_owned(), "closed".to_owned()));
        fields.push(("minutes".to_owned(), "120".to_owned()));
    }
    fields
}

async fn send(who: &Browser, fields: &[(String, String)]) -> crate::harness::Reply {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    who.post("/my/calendars", &fields).await
}

#[tokio::test]
async fn a_host_who_connects_is_protected_before_they_look() {
    let desk = Desk::open().await;
    let own = desk.own().await;
    assert_eq!((&own["makes_busy"], &own["receives_bookings"]), (&json!(true), &json!(true)), "{own}");
    assert_eq!(own["when_unreadable"], "closed");
    assert!(own["read_at"].is_string() && own["trouble"].is_null(), "{own}");
    let others = desk.calendars().await;
    assert!(others.len() > 1);
    for calendar in others.values().filter(|calendar| calendar["is_default"] == false) {
        assert_eq!((&calendar["makes_busy"], &calendar["receives_bookings"]), (&json!(false), &json!(false)));
        assert!(calendar["read_at"].is_null(), "what nobody needs is not read");
    }
    let target =
        ::calendars::can_write(&desk.hub.hub, desk.organization, desk.account).await.unwrap().unwrap();
    assert_eq!((target.name, target.mailbox.as_str()), (text(&own, "name"), desk.email));
}

#[tokio::test]
async fn the_page_shows_every_calendar_and_saves_what_was_chosen() {
    let desk = Desk::open().await;
    let all = desk.calendars().await;
    let page = desk.host.get("/my/calendars").await.expect(200).body;
    for name in all.keys() {
        assert!(page.contains(name.as_str()), "{name}");
    }
    assert!(page.contains("up to date") && page.contains("read "), "{page}");
    let other = all.values().find(|calendar| calendar["is_default"] == false).unwrap();
    let mut fields = form(&page);
    fields.push(("busy".into(), text(other, "id")));
    fields.push(("receives".into(), String::new()));
    send(&desk.host, &fields).await.expect(303);
    desk.settle().await;
    let all = desk.calendars().await;
    let other = &all[&text(other, "name")];
    assert_eq!((&other["makes_busy"], other["read_at"].is_string()), (&json!(true), true), "{other}");
    let own = desk.own().await;
    assert_eq!((&own["makes_busy"], &own["receives_bookings"]), (&json!(false), &json!(false)));
    let why =
        ::calendars::can_write(&desk.hub.hub, desk.organization, desk.account).await.unwrap().unwrap_err();
    assert!(why.contains("Choose one"), "{why}");
    let audit = desk.program.get("/api/v1/audit?subject=calendar").await.body;
    assert!(audit.contains("calendar.chosen"), "{audit}");
}

#[tokio::test]
async fn a_mistake_keeps_what_was_typed() {
    let desk = Desk::open().await;
    let page = desk.host.get("/my/calendars").await.body;
    let own = text(&desk.own().await, "id");
    for typed in ["0", "a while", "10081", "-3", ""] {
        let mut fields = form(&page);
        let row = fields.iter().position(|(_, value)| *value == own).unwrap();
        fields[row + 1].1 = "last_known".into();
        fields[row + 2].1 = typed.to_owned();
        fields.push(("receives".into(), own.clone()));
        let again = send(&desk.host, &fields).await.expect(422).body;
        assert!(again.contains(&format!("value=\"{typed}\"")) && again.contains("Write a number"), "{again}");
        assert!(again.contains("value=\"last_known\" selected"));
        assert!(
            !again.contains(&format!("name=\"busy\" value=\"{own}\" checked")),
            "the tick was taken away"
        );
    }
    assert_eq!(desk.own().await["makes_busy"], true);
}

#[tokio::test]
async fn a_calendar_that_can_only_be_read_receives_no_bookings() {
    let desk = Desk::open().await;
    let all = desk.calendars().await;
    let locked =
        all.values().find(|calendar| calendar["is_writable"] == false).expect("a read-only calendar");
    let choice = json!({ "makes_busy": true, "receives_bookings": true, "when_unreadable": "open" });
    let refused = desk.choose(&text(locked, "id"), choice).await.expect(422).json();
    assert!(refused.to_string().contains("may only read"), "{refused}");
    assert_eq!(desk.own().await["receives_bookings"], true);
}

#[tokio::test]
async fn only_one_calendar_receives_bookings() {
    let desk = Desk::open().await;
    let made = desk.outlook(Method::POST, "/v1.0/me/calendars", &json!({ "name": "Consultations" })).await;
    made.expect(201);
    desk.host.get("/my/calendars").await.expect(200);
    let all = desk.calendars().await;
    let id = text(&all["Consultations"], "id");
    let choice = json!({ "makes_busy": false, "receives_bookings": true, "when_unreadable": "closed" });
    let chosen = desk.choose(&id, choice).await.expect(200).json();
    assert_eq!(chosen["receives_bookings"], true);
    assert_eq!(desk.own().await["receives_bookings"], false);
    let missing = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "last_known" });
    desk.choose(&id, missing).await.expect(422);
    desk.choose(
        "01a1fc74-6a0c-7724-8ab0-8adc588776e2",
        json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "open" }),
    )
    .await
    .expect(404);
}

#[tokio::test]
async fn the_page_answers_in_bounded_time_whatever_microsoft_does() {
    let desk = Desk::open().await;
    desk.spoil("GET", "/v1.0/me/calendars", status(503), None);
    let page = desk.host.get("/my/calendars").await.expect(200).body;
    assert!(page.contains("could not be read just now") && page.contains("Calendar"), "{page}");
    desk.heal();
    desk.spoil(
        "GET",
        "/v1.0/me/calendars",
        sandbox::Fault { delay_ms: Some(15_000), ..Default::default() },
        None,
    );
    let begun = std::time::Instant::now();
    let page = desk.host.get("/my/calendars").await.expect(200).body;
    assert!(begun.elapsed().as_secs() < 10 && page.contains("takes long to answer"), "{page}");
    desk.heal();
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_forgotten_unless_it_is_used() {
    let desk = Desk::open().await;
    let mut ids = Vec::new();
    for name in ["Idle", "Busy one"] {
        let made =
            desk.outlook(Method::POST, "/v1.0/me/calendars", &json!({ "name": name })).await.expect(201);
        ids.push(text(&made.json(), "id"));
    }
    desk.host.get("/my/calendars").await.expect(200);
    let used = text(&desk.calendars().await["Busy one"], "id");
    let choice = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&used, choice).await.expect(200);
    desk.settle().await;
    assert!(!desk.is_closed().await);
    let list =
        desk.outlook(Method::GET, "/v1.0/me/calendars?$top=100", &Value::Null).await.expect(200).json();
    let mut left = list["value"].as_array().unwrap().clone();
    left.retain(|calendar| !ids.contains(&text(calendar, "id")));
    let answer = sandbox::Fault { body: Some(json!({ "value": left })), ..status(200) };
    // The first rule that fits decides.
    desk.spoil("GET", "/v1.0/me/calendars/*", status(404), None);
    desk.spoil("GET", "/v1.0/me/calendars", answer, None);
    desk.host.get("/my/calendars").await.expect(200);
    let all = desk.calendars().await;
    assert!(!all.contains_key("Idle") && all.contains_key("Busy one"), "{all:?}");
    desk.settle().await;
    let all = desk.calendars().await;
    assert!(text(&all["Busy one"], "trouble").contains("no longer has this calendar"), "{all:?}");
    // What cannot be read is not free once it is old.
    desk.pass(super::desk::minutes(40)).await;
    assert!(desk.is_closed().await);
    let nothing = json!({ "makes_busy": false, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&used, nothing).await.expect(200);
    desk.settle().await;
    assert!(!desk.is_closed().await);
}

#[tokio::test]
async fn a_removed_connection_makes_nobody_look_free_and_leaves_the_entries() {
    let desk = Desk::open().await;
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    let entry = super::desk::booking("booking:1");
    ::calendars::write_entry(&desk.hub.hub, desk.organization, desk.account, &entry).await.unwrap();
    desk.settle().await;
    let id = text(&desk.own().await, "id");
    let path = format!("/api/v1/connections/{}", desk.connection);
    desk.program.call(Method::DELETE, &path, &Value::Null).await.expect(204);
    desk.settle().await;
    let left = desk.calendars().await;
    assert_eq!(left.len(), 1, "what was never used is forgotten: {left:?}");
    assert!(text(&desk.own().await, "trouble").contains("no longer connected"));
    assert_eq!(desk.week().await.len(), 1, "what was read still counts for a while");
    desk.pass(super::desk::minutes(40)).await;
    assert!(desk.is_closed().await);
    let written =
        ::calendars::write_entry(&desk.hub.hub, desk.organization, desk.account, &entry).await.unwrap();
    assert!(written.skipped.unwrap().contains("no longer connected"));
    let removal = desk.remove("booking:1").await.unwrap();
    assert!(
        matches!(removal, ::calendars::Removal::LeftThere(why) if why.contains("still stands in Outlook"))
    );
    assert_eq!(desk.view().await.len(), 2, "the entry was left");
    let page = desk.host.get("/my/calendars").await.expect(200).body;
    assert!(page.contains("No longer connected") && page.contains(&id), "{page}");
    let nothing = json!({ "makes_busy": false, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&id, nothing).await.expect(200);
    desk.settle().await;
    assert!(desk.calendars().await.is_empty());
    assert!(!desk.is_closed().await);
    let items: (i64,) =
        desk.hub.hub.db().sql("SELECT COUNT(*) FROM calendar_item").one(desk.hub.hub.db()).await.unwrap();
    assert_eq!(items.0, 0);
    let page = desk.host.get("/my/calendars").await.expect(200).body;
    assert!(page.contains("No Outlook calendar is connected"), "{page}");
}

#[tokio::test]
async fn an_entry_that_was_left_is_removed_once_its_mailbox_is_connected_again() {
    let desk = Desk::open().await;
    let entry = super::desk::booking("booking:1");
    desk.write(&entry).await.unwrap();
    let path = format!("/api/v1/connections/{}", desk.connection);
    desk.program.call(Method::DELETE, &path, &Value::Null).await.expect(204);
    desk.settle().await;
    for _ in 0..2 {
        let removal = desk.remove("booking:1").await.unwrap();
        assert_ne!(removal, ::calendars::Removal::Removed, "it stands there");
    }
    desk.connect_again().await;
    desk.settle().await;
    assert!(desk.told_above().await.is_empty());
    assert_eq!(desk.remove("booking:1").await.unwrap(), ::calendars::Removal::Removed);
    assert!(desk.view().await.is_empty());
}

#[tokio::test]
async fn a_mailbox_that_is_connected_again_goes_on_as_it_was_chosen() {
    let desk = Desk::open().await;
    let id = text(&desk.own().await, "id");
    let choice = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "open" });
    desk.choose(&id, choice).await.expect(200);
    let path = format!("/api/v1/connections/{}", desk.connection);
    desk.program.call(Method::DELETE, &path, &Value::Null).await.expect(204);
    desk.settle().await;
    let connection = desk.connect_again().await;
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    desk.settle().await;
    let own = desk.own().await;
    assert_eq!((text(&own, "id"), text(&own, "connection_id")), (id, connection));
    assert!(own["trouble"].is_null() && own["receives_bookings"] == false, "{own}");
    assert_eq!(desk.week().await.len(), 1);
}

#[tokio::test]
async fn an_administrator_sees_whose_calendars_are_well() {
    let desk = Desk::of(LEILA, Setup::default()).await;
    let page = desk.hub.admin().await.get("/admin/calendars").await.expect(200).body;
    for words in ["leila haddad", "makes busy, receives bookings", "up to date", "asked every minute"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let read: platform::Instant = at(&text(&desk.own().await, "known_until"));
    assert!(read > at(WEEK).after(super::desk::hours(24 * 98)));
}
