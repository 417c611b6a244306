//! The API of appointments, as programs and hosts use it.

use std::time::Duration;

use accounts::{NewAccount, NewApiKey};
use platform::{Actor, Role, Scope};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::desk::{Desk, MONDAY, VISITOR, later, text, wish, with};
use crate::harness::Browser;

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_is_made_read_changed_closed_and_opened() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    let made = desk.appointment_type(&id).await;
    assert_eq!(
        (&made["slug"], &made["active"], &made["version"]),
        (&json!("ask-a-librarian"), &json!(true), &json!(1))
    );
    let site = "lindenhof-university-library";
    assert_eq!(text(&made, "url"), format!("{}book/{site}/ask-a-librarian", desk.hub.base_url));
    assert_eq!(desk.appointment_type("ask-a-librarian").await["id"], made["id"]);

    let changed =
        desk.change(&id, json!({ "name": "Ask us", "durations": [60, 30], "version": 1 })).await.expect(200);
    assert_eq!((&changed.json()["durations"], &changed.json()["version"]), (&json!([30, 60]), &json!(2)));
    desk.change(&id, json!({ "version": 1 })).await.expect(409);
    let wrong = desk.change(&id, json!({ "durations": [], "step": 1 })).await.expect(422).json();
    assert_eq!(fields(&wrong), ["durations", "step"]);

    let path = format!("/api/v1/appointment-types/{id}");
    desk.program.call(Method::POST, &format!("{path}/close"), &Value::Null).await.expect(200);
    assert!(desk.starts(&id, "2026-11-23").await.is_empty());
    desk.book(&id, MONDAY).await.expect(409);
    desk.hold(&id, MONDAY).await.expect(409);
    let closed = desk.program.get("/api/v1/appointment-types?active=false").await.expect(200).json();
    assert_eq!(closed["items"].as_array().unwrap().len(), 1);
    desk.program.call(Method::POST, &format!("{path}/open"), &Value::Null).await.expect(200);
    desk.booked(&id, MONDAY).await;
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_type_shows_its_link_to_those_who_set_it_up() {
    let desk = Desk::open().await;
    let id = desk.make(&desk.settings(json!({ "is_private": true }))).await;
    let made = desk.appointment_type(&id).await;
    assert!(text(&made, "url").contains("?key="), "{made}");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_read_set_and_obeyed() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let path = format!("/api/v1/availability/{}", desk.ben.account);
    let usual = desk.program.get(&path).await.expect(200).json();
    assert_eq!((&usual["version"], &usual["time_zone"]), (&json!(0), &json!("Europe/Berlin")));
    assert_eq!(desk.starts(&kind, "2026-11-23").await.len(), 16);
    let hours = json!({
        "time_zone": "Europe/Berlin", "version": 0,
        "weekly": [{ "days": [1, 2], "start": "10:00", "end": "12:00" }],
        "overrides": [{ "date": "2026-11-24", "windows": [] }, { "date": "2026-11-25", "windows": [["14:00", "15:00"]] }],
    });
    let set = desk.ben.browser.call(Method::PUT, &path, &hours).await.expect(200).json();
    assert_eq!(set["version"], 1);
    desk.ben.browser.call(Method::PUT, &path, &hours).await.expect(409);
    assert_eq!(desk.starts(&kind, "2026-11-23").await.len(), 4);
    assert!(desk.starts(&kind, "2026-11-24").await.is_empty());
    assert_eq!(
        desk.starts(&kind, "2026-11-25").await,
        ["2026-11-25T13:00:00.000Z", "2026-11-25T13:30:00.000Z"]
    );
    let backwards =
        with(hours, json!({ "version": 1, "weekly": [{ "days": [1], "start": "12:00", "end": "10:00" }] }));
    desk.ben.browser.call(Method::PUT, &path, &backwards).await.expect(422);
    let twice = json!([
        { "days": [1, 2], "start": "09:00", "end": "12:00" },
        { "days": [2], "start": "11:00", "end": "13:00" },
    ]);
    let overlapping = with(backwards.clone(), json!({ "weekly": twice }));
    let answer = desk.ben.browser.call(Method::PUT, &path, &overlapping).await.expect(422);
    assert!(answer.body.contains("overlap on a day"), "{}", answer.body);
    let windows = json!([["09:00", "12:00"], ["11:00", "13:00"]]);
    let dates = json!([{ "date": "2026-12-24", "windows": windows }]);
    let overlapping = with(backwards, json!({ "weekly": [], "overrides": dates }));
    let answer = desk.ben.browser.call(Method::PUT, &path, &overlapping).await.expect(422);
    assert!(answer.body.contains("2026-12-24: two periods overlap"), "{}", answer.body);
    desk.chiara.browser.get(&path).await.expect(403);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn free_times_are_answered_in_utc_and_as_the_clock_shows_them() {
    let desk = Desk::open().await;
    desk.in_person().await;
    let path = "/api/v1/slots?type=ask-a-librarian&from=2026-11-23&to=2026-11-24&zone=Asia/Kolkata";
    let slots = desk.program.get(path).await.expect(200).json();
    let first = &slots["items"][0];
    assert_eq!(first["start"], "2026-11-23T08:00:00.000Z");
    assert_eq!(first["end"], "2026-11-23T08:30:00.000Z");
    assert_eq!(first["local_start"], "2026-11-23T13:30:00+05:30[Asia/Kolkata]");
    assert_eq!(first["hosts"], json!([desk.ben.account]));
    let get = async |more: &str| desk.program.get(&format!("/api/v1/slots{more}")).await;
    get("?type=ask-a-librarian&from=2026-11-01&to=2027-01-02").await.expect(200);
    for (more, field) in [
        ("?type=ask-a-librarian&from=2026-11-01&to=2027-01-03", "to"),
        ("?type=ask-a-librarian&from=2026-11-24&to=2026-11-23", "to"),
        ("?type=ask-a-librarian&from=tomorrow", "from"),
        ("?type=ask-a-librarian&zone=Mars/Olympus", "zone"),
        ("?type=ask-a-librarian&duration=31", "duration"),
        ("", "type"),
    ] {
        assert_eq!(fields(&get(more).await.expect(422).json()), [field], "{more}");
    }
    get("?type=nothing").await.expect(404);
    get("/explain?type=ask-a-librarian&from=2026-11-01&to=2026-11-30").await.expect(422);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_time_is_explained() {
    let desk = Desk::open().await;
    let kind = desk.make(&desk.settings(json!({ "cap_per_week": 2, "min_notice": 2880 }))).await;
    let id = text(&desk.booked(&kind, "2026-11-24T10:00:00Z").await, "id");
    let path = format!("/api/v1/slots/explain?type={kind}&from=2026-11-23&to=2026-11-25&zone=Europe/Berlin");
    let explained = desk.program.get(&path).await.expect(200).json();
    let at = |start: &str| {
        let items = explained["items"].as_array().unwrap();
        items
            .iter()
            .find(|it| it["start"] == start)
            .unwrap_or_else(|| panic!("no {start} in {explained}"))
            .clone()
    };
    let booked = at("2026-11-24T10:00:00.000Z");
    assert_eq!(booked["offered"], false);
    let why = &booked["hosts"][0]["reasons"][0];
    assert_eq!(
        (&why["reason"], &why["cause"], &why["booking_id"]),
        (&json!("busy"), &json!("booking"), &json!(id))
    );
    assert_eq!(at("2026-11-24T10:30:00.000Z")["offered"], true);
    assert_eq!(at("2026-11-23T08:00:00.000Z")["reasons"][0]["reason"], "too_soon");
    assert_eq!(at("2026-11-24T03:00:00.000Z")["hosts"][0]["reasons"][0]["reason"], "outside_availability");
    desk.booked(&kind, "2026-11-25T10:00:00Z").await;
    let explained = desk.program.get(&path).await.expect(200).json();
    assert!(explained.to_string().contains("cap_per_week"), "{explained}");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_made_read_moved_and_cancelled() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let booked = desk.booked(&kind, MONDAY).await;
    let id = text(&booked, "id");
    assert!(text(&booked, "manage_url").starts_with(&format!("{}booking/", desk.hub.base_url)));
    assert_eq!((&booked["start"], &booked["end"]), (&json!(later(MONDAY, 0)), &json!(later(MONDAY, 30))));
    assert_eq!((&booked["state"], &booked["visitor"]["email"]), (&json!("confirmed"), &json!(VISITOR)));
    assert!(!desk.is_offered(&kind, MONDAY).await);

    let read = desk.booking(&id).await;
    let kinds: Vec<&str> =
        read["steps"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["calendar", "visitor_mail", "host_mail"]);
    assert_eq!(read["manage_url"], Value::Null, "the visitor's link is told once");

    let moved = desk.move_to(&id, &later(MONDAY, 60)).await.expect(200).json();
    assert_eq!(moved["start"], later(MONDAY, 60));
    assert!(desk.is_offered(&kind, MONDAY).await);
    let cancelled = desk.cancel(&id).await.expect(200).json();
    assert_eq!(
        (&cancelled["state"], &cancelled["cancellation"]["by"]),
        (&json!("cancelled"), &json!("program"))
    );
    assert!(desk.is_offered(&kind, &later(MONDAY, 60)).await, "its time is free at once");
    desk.cancel(&id).await.expect(409);
    desk.move_to(&id, MONDAY).await.expect(409);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_moves_over_itself_but_not_over_another() {
    let desk = Desk::open().await;
    let kind = desk.make(&desk.settings(json!({ "step": 15, "after_buffer": 15 }))).await;
    let id = text(&desk.booked(&kind, MONDAY).await, "id");
    desk.move_to(&id, &later(MONDAY, 15)).await.expect(200);
    desk.booked(&kind, &later(MONDAY, 60)).await;
    let refused = desk.move_to(&id, &later(MONDAY, 45)).await.expect(409).json();
    assert_eq!(refused["type"], "urn:switchboard:problem:time_taken");
    assert_eq!(desk.booking(&id).await["start"], later(MONDAY, 15), "it stays where it was");
    desk.move_to(&id, "2026-11-20T10:00:00Z").await.expect(409);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buffers_keep_types_of_one_host_apart() {
    let desk = Desk::open().await;
    let plain = desk.in_person().await;
    let buffered = desk
        .make(
            &desk.settings(
                json!({ "name": "With a walk", "before_buffer": 30, "after_buffer": 15, "step": 15 }),
            ),
        )
        .await;
    desk.booked(&plain, MONDAY).await;
    desk.book(&buffered, &later(MONDAY, 30)).await.expect(409);
    desk.booked(&buffered, &later(MONDAY, 60)).await;
    desk.book(&plain, &later(MONDAY, 90)).await.expect(409);
    desk.booked(&plain, &later(MONDAY, 120)).await;
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_becomes_a_booking_or_runs_out() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let held = desk.hold(&kind, MONDAY).await.expect(201).json();
    desk.book(&kind, MONDAY).await.expect(409);
    let own = with(wish(&kind, MONDAY), json!({ "hold": held["token"] }));
    let booked = desk.send(&own).await.expect(201).json();
    assert_eq!(desk.send(&own).await.expect(201).json()["id"], booked["id"], "the form was sent twice");

    let second = later(MONDAY, 60);
    let held = desk.hold(&kind, &second).await.expect(201).json();
    desk.hub.advance(Duration::from_secs(601));
    let late = with(wish(&kind, &second), json!({ "hold": held["token"] }));
    desk.send(&late).await.expect(201);

    let third = later(MONDAY, 120);
    let held = desk.hold(&kind, &third).await.expect(201).json();
    desk.hub.advance(Duration::from_secs(601));
    desk.booked(&kind, &third).await;
    let beaten = with(wish(&kind, &third), json!({ "hold": held["token"] }));
    desk.send(&beaten).await.expect(409);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_wish_is_said_at_once() {
    let desk = Desk::open().await;
    let question = json!({ "key": "topic", "label": "Topic", "kind": "text", "required": true });
    let places = json!([{ "kind": "in_person", "detail": "Room 4" }, { "kind": "phone" }]);
    let kind = desk.make(&desk.settings(json!({ "questions": [question], "places": places }))).await;
    let nonsense = json!({
        "type": kind, "start": MONDAY, "duration": 31, "place": 7,
        "visitor": { "name": "A\nB", "email": "nobody", "zone": "Mars/Olympus" },
    });
    let mut named = fields(&desk.send(&nonsense).await.expect(422).json())
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    named.sort_unstable();
    assert_eq!(named, ["answer_topic", "duration", "email", "name", "place", "zone"]);
    let by_phone = with(wish(&kind, MONDAY), json!({ "place": 1, "answers": { "topic": "Loans" } }));
    assert_eq!(fields(&desk.send(&by_phone).await.expect(422).json()), ["phone"]);
    let fine = with(wish(&kind, MONDAY), json!({ "place": 0, "answers": { "topic": "Loans" } }));
    assert_eq!(desk.send(&fine).await.expect(201).json()["answers"][0]["text"], "Loans");
    desk.send(&json!({ "start": "yesterday" })).await.expect(422);
    desk.send_with_key(&wish(&kind, MONDAY), &"k".repeat(300)).await.expect(422);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_listed_page_by_page_and_filtered() {
    let desk = Desk::open().await;
    let bens = desk.in_person().await;
    let chiaras = desk.make(&desk.settings(json!({ "name": "Loans", "hosts": [desk.chiara.account] }))).await;
    for hour in 0..3 {
        desk.hub.advance(Duration::from_secs(1));
        desk.booked(&bens, &later(MONDAY, hour * 60)).await;
    }
    desk.booked(&chiaras, MONDAY).await;
    let list =
        async |more: &str| desk.program.get(&format!("/api/v1/bookings?{more}")).await.expect(200).json();
    let count = |list: &Value| list["items"].as_array().unwrap().len();
    let first = list("limit=3").await;
    assert_eq!(count(&first), 3);
    let rest = list(&format!("limit=3&after={}", text(&first, "next"))).await;
    assert_eq!((count(&rest), &rest["next"]), (1, &Value::Null));
    assert_eq!(count(&list("type=loans").await), 1);
    assert_eq!(count(&list(&format!("host={}", desk.ben.account)).await), 3);
    assert_eq!(count(&list(&format!("from={}&to={}", later(MONDAY, 60), later(MONDAY, 90))).await), 1);
    assert_eq!(count(&list("email=MARA@visitor.example&state=confirmed").await), 4);
    assert_eq!(count(&list("state=cancelled").await), 0);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_sees_and_changes_only_what_is_theirs() {
    let desk = Desk::open().await;
    let bens = desk.in_person().await;
    let id = text(&desk.booked(&bens, MONDAY).await, "id");
    let (ben, chiara) = (&desk.ben.browser, &desk.chiara.browser);
    let (kind, booking) = (format!("/api/v1/appointment-types/{bens}"), format!("/api/v1/bookings/{id}"));
    ben.get(&kind).await.expect(200);
    ben.get(&booking).await.expect(200);
    for path in
        [&kind, &booking, &format!("/api/v1/slots?type={bens}"), &format!("/api/v1/bookings?type={bens}")]
    {
        chiara.get(path).await.expect(404);
    }
    chiara.call(Method::POST, &format!("{booking}/cancel"), &json!({})).await.expect(404);
    chiara.call(Method::POST, &format!("{kind}/close"), &json!({})).await.expect(404);
    let path = format!("/api/v1/bookings?host={}", desk.ben.account);
    for list in ["/api/v1/appointment-types", "/api/v1/bookings", &path] {
        assert_eq!(chiara.get(list).await.expect(200).json()["items"], json!([]), "{list}");
    }
    let foreign = desk.settings(json!({ "name": "Not mine" }));
    let refused = chiara.call(Method::POST, "/api/v1/appointment-types", &foreign).await.expect(422);
    assert_eq!(fields(&refused.json()), ["hosts"]);
    let own = desk.settings(json!({ "name": "Mine", "hosts": [desk.chiara.account] }));
    chiara.call(Method::POST, "/api/v1/appointment-types", &own).await.expect(201);
    let admin = desk.hub.admin().await;
    assert_eq!(
        admin.get("/api/v1/appointment-types").await.expect(200).json()["items"].as_array().unwrap().len(),
        2
    );
    ben.call(Method::POST, &format!("{booking}/cancel"), &json!({})).await.expect(200);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_finds_nothing_and_takes_nothing() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let id = text(&desk.booked(&kind, MONDAY).await, "id");
    let held = desk.hold(&kind, &later(MONDAY, 60)).await.expect(201).json();
    let hub = &desk.hub.hub;
    let elsewhere = accounts::create_organization(hub, "Harbour College", "Europe/Lisbon").await.unwrap();
    let key = NewApiKey { name: "Elsewhere".into(), scopes: Scope::ALL.to_vec(), expires_at: None };
    let key = accounts::create_api_key(hub, &Actor::system(elsewhere), key).await.unwrap();
    let stranger = Browser::with_key(desk.hub.base_url.clone(), key.secret.expose_secret());
    for path in [
        format!("/api/v1/appointment-types/{kind}"),
        format!("/api/v1/bookings/{id}"),
        format!("/api/v1/slots?type={kind}"),
        format!("/api/v1/availability/{}", desk.ben.account),
    ] {
        stranger.get(&path).await.expect(404);
    }
    let post = async |path: &str, body: &Value| stranger.call(Method::POST, path, body).await;
    post("/api/v1/bookings", &wish(&kind, &later(MONDAY, 120))).await.expect(404);
    post(&format!("/api/v1/bookings/{id}/cancel"), &json!({})).await.expect(404);
    let release = format!("/api/v1/holds/{}", text(&held, "token"));
    stranger.call(Method::DELETE, &release, &Value::Null).await.expect(204);
    desk.hold(&kind, &later(MONDAY, 60)).await.expect(409);
    assert_eq!(stranger.get("/api/v1/bookings").await.expect(200).json()["items"], json!([]));

    let new = NewAccount {
        organization: elsewhere,
        name: "Rui".into(),
        email: "rui@harbour.example".into(),
        password: None,
        roles: vec![Role::Host],
        time_zone: None,
    };
    let rui = accounts::create_account(hub, new).await.unwrap();
    post("/api/v1/appointment-types", &desk.settings(json!({}))).await.expect(422);
    let own = desk.settings(json!({ "hosts": [rui] }));
    let own = text(&post("/api/v1/appointment-types", &own).await.expect(201).json(), "id");
    post("/api/v1/bookings", &wish(&own, MONDAY)).await.expect(201);
    assert_eq!(desk.bookings().await.len(), 1);
    desk.hub.stop().await;
}
