//! Rounds of reading: the window rolls, lost tokens lead to a new round, limits are obeyed, and nothing is lost on the way.

use platform::{Random, jobs};
use sandbox::{CutPoint, Fault};
use serde_json::{Value, json};
use switchboard::{App, app::Ambient};

use super::desk::{DELTA, Desk, at, hours, minutes, status, text};

#[tokio::test]
async fn changes_are_asked_for_and_the_calendar_is_not_read_anew() {
    let desk = Desk::open().await;
    desk.forget_requests();
    desk.settle().await;
    let asked: Vec<_> = desk.hub.sandbox.world.requests.all();
    let deltas: Vec<_> = asked.iter().filter(|request| request.path.ends_with("/delta")).collect();
    assert!(
        !deltas.is_empty() && deltas.iter().all(|request| request.query.contains("deltatoken")),
        "{deltas:?}"
    );
}

#[tokio::test]
async fn lost_tokens_lead_to_a_new_round() {
    let desk = Desk::open().await;
    let gone = desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1);
    desk.control("/_sandbox/resync", json!({})).await;
    desk.delete(&gone).await;
    desk.enter("2026-11-25T10:00:00", "2026-11-25T11:00:00", json!({})).await;
    desk.settle().await;
    let week = desk.week().await;
    assert!(week.len() == 1 && week[0].start == at("2026-11-25T10:00:00Z"), "{week:?}");
    assert!(desk.own().await["trouble"].is_null());
}

#[tokio::test]
async fn a_link_to_another_host_leads_to_a_new_round_and_is_not_followed() {
    let desk = Desk::open().await;
    let db = desk.hub.hub.db();
    // As after the configured address of Graph was changed.
    let elsewhere = "UPDATE calendar_link SET delta_link = 'http://127.0.0.1:9/v1.0/me/calendarView/delta?$deltatoken=x' \
                     WHERE delta_link IS NOT NULL";
    assert!(db.sql(elsewhere).execute(db).await.unwrap() > 0);
    desk.enter("2026-11-25T10:00:00", "2026-11-25T11:00:00", json!({})).await;
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1);
    assert!(desk.own().await["trouble"].is_null());
}

#[tokio::test]
async fn the_window_rolls_daily_and_what_is_known_stays_until_the_new_round_is_complete() {
    let desk = Desk::open().await;
    let before = at(&text(&desk.own().await, "known_until"));
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    let half = Fault { malformed: true, ..Fault::default() };
    desk.spoil("GET", DELTA, half, None);
    desk.hub.advance(hours(25));
    // Old, so only what is known without an age limit can be looked at.
    let choice = json!({ "makes_busy": true, "receives_bookings": true, "when_unreadable": "open" });
    desk.choose(&text(&desk.own().await, "id"), choice).await.expect(200);
    desk.settle().await;
    assert_eq!(desk.week().await.len(), 1, "the old round still counts");
    desk.heal();
    desk.pass(minutes(20)).await;
    desk.settle().await;
    let after = at(&text(&desk.own().await, "known_until"));
    assert!(after >= before.after(hours(24)), "{before} {after}");
    assert_eq!(desk.week().await.len(), 1);
    let rows: (i64,) =
        desk.hub.hub.db().sql("SELECT COUNT(*) FROM calendar_item").one(desk.hub.hub.db()).await.unwrap();
    assert_eq!(rows.0, 1, "the old round's rows are gone");
}

#[tokio::test]
async fn a_round_of_many_pages_goes_on_where_it_was_cut_off() {
    let desk = Desk::open().await;
    let daily = json!({ "recurrence": {
        "pattern": { "type": "daily", "interval": 1 },
        "range": { "type": "noEnd", "startDate": "2026-11-23" },
    } });
    desk.enter("2026-11-23T08:00:00", "2026-11-23T09:00:00", daily.clone()).await;
    desk.enter("2026-11-23T12:00:00", "2026-11-23T13:00:00", daily).await;
    desk.switch(&json!({ "graph.delta_empty_page": true }));
    desk.control("/_sandbox/resync", json!({})).await;
    // Every second answer is lost: the second page and the fourth.
    for after in [2, 4] {
        let cut = Fault { cut: Some(CutPoint::Before), ..Fault::default() };
        let matching = sandbox::Match { method: Some("GET".into()), path: Some(DELTA.into()) };
        let rule = sandbox::Rule { id: 0, matching, times: Some(1), after, fault: cut, hits: 0 };
        desk.hub.sandbox.world.faults.add(rule).unwrap();
    }
    for _ in 0..4 {
        desk.settle().await;
    }
    desk.heal();
    let found = desk.busy_of("2026-11-23T00:00:00Z", "2027-02-01T00:00:00Z").await.busy;
    assert_eq!(found.len(), 140, "two series of seventy days");
    assert!(found.iter().all(|busy| !busy.unreadable));
}

#[tokio::test]
async fn a_pause_that_microsoft_asks_for_is_kept() {
    let desk = Desk::open().await;
    let throttled = Fault { retry_after: Some(json!(600)), ..Fault::default() };
    desk.spoil("GET", DELTA, throttled, Some(1));
    desk.settle().await;
    desk.forget_requests();
    desk.pass(minutes(5)).await;
    let reading = format!("/api/v1/calendars/{}/readings", text(&desk.own().await, "id"));
    desk.program.call(reqwest::Method::POST, &reading, &serde_json::Value::Null).await.expect(202);
    desk.hub.run_jobs().await;
    let said = desk.host.post(&format!("/my/calendars/{}/read", text(&desk.own().await, "id")), &[]).await;
    let page = desk.host.follow(said.expect(303)).await.body;
    assert!(page.contains("Microsoft asked for a pause"), "{page}");
    assert_eq!(desk.asked("GET", "/delta"), 0, "nobody asks before the pause is over");
    desk.pass(minutes(6)).await;
    desk.settle().await;
    assert!(desk.own().await["trouble"].is_null());
    assert!(desk.asked("GET", "/delta") > 0);
}

/// Nine calendars of one mailbox make their host busy, and each answer takes its time.
async fn with_nine_calendars() -> Desk {
    let desk = Desk::open().await;
    for number in 0..8 {
        let body = json!({ "name": format!("Calendar {number}") });
        desk.outlook(reqwest::Method::POST, "/v1.0/me/calendars", &body).await.expect(201);
    }
    desk.host.get("/my/calendars").await.expect(200);
    for calendar in desk.calendars().await.values() {
        let choice = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "closed" });
        desk.choose(&text(calendar, "id"), choice).await.expect(200);
    }
    let slow = Fault { delay_ms: Some(150), ..Fault::default() };
    desk.spoil("GET", DELTA, slow, None);
    desk
}

/// All were read, and the sandbox, which refuses a fifth request as Exchange does, refused none.
async fn expect_all_read(desk: &Desk) {
    desk.heal();
    for (name, calendar) in desk.calendars().await {
        assert!(calendar["trouble"].is_null() && calendar["read_at"].is_string(), "{name}: {calendar}");
    }
    let refused = desk.hub.sandbox.world.requests.all().iter().filter(|one| one.status == Some(429)).count();
    assert_eq!(refused, 0);
}

#[tokio::test]
async fn at_most_four_requests_are_under_way_at_one_mailbox() {
    let desk = with_nine_calendars().await;
    desk.settle().await;
    expect_all_read(&desk).await;
}

#[tokio::test]
async fn two_servers_share_the_four_requests_of_one_mailbox() {
    let desk = with_nine_calendars().await;
    let hub = &desk.hub.hub;
    if !hub.db().is_shared() {
        // A database on SQLite has one server.
        return;
    }
    let mut config = desk.hub.config.clone();
    (config.keys.key_file, config.server.data_dir) = (Some(config.key_file()), desk.hub.dir().join("second"));
    let ambient = Ambient { clock: hub.clock().clone(), random: Random::seeded(43), ..Ambient::default() };
    let second = App::build(&config, ambient).await.unwrap();
    for pause in [77, 6] {
        desk.hub.advance(std::time::Duration::from_secs(pause));
        desk.hub.tick().await;
        let due = async { while jobs::run_due(&second.hub, &second.jobs).await.unwrap() > 0 {} };
        tokio::join!(desk.hub.run_jobs(), due);
    }
    expect_all_read(&desk).await;
}

#[tokio::test]
async fn two_servers_do_not_read_one_calendar_at_once() {
    let desk = Desk::open().await;
    let id = text(&desk.own().await, "id");
    let hub = &desk.hub.hub;
    let lease = "UPDATE calendar_link SET reading_until = $1 WHERE id = $2";
    hub.db().sql(lease).bind(hub.now().after(minutes(1))).bind(id.clone()).execute(hub.db()).await.unwrap();
    desk.forget_requests();
    let reading = format!("/api/v1/calendars/{id}/readings");
    desk.program.call(reqwest::Method::POST, &reading, &serde_json::Value::Null).await.expect(202);
    desk.hub.run_jobs().await;
    assert_eq!(desk.asked("GET", "/delta"), 0);
    // The other one died: what it was asked to read is read after its lease.
    desk.settle().await;
    assert!(desk.asked("GET", "/delta") > 0);
}

#[tokio::test]
async fn read_now_reads_now() {
    let desk = Desk::open().await;
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    let path = format!("/my/calendars/{}/read", text(&desk.own().await, "id"));
    let page = desk.host.follow(desk.host.post(&path, &[]).await.expect(303)).await.body;
    assert!(page.contains("was read just now"), "{page}");
    assert_eq!(desk.week().await.len(), 1);
    desk.spoil("GET", DELTA, status(500), None);
    let page = desk.host.follow(desk.host.post(&path, &[]).await.expect(303)).await.body;
    assert!(page.contains("could not be read."), "{page}");
    desk.heal();
}

/// The next page of changes says this, whatever stands in the mailbox.
fn say(desk: &Desk, changed: &Value) {
    let later = desk.hub.sandbox.base_url.join("/v1.0/me/calendarView/delta?$deltatoken=later").unwrap();
    let body = json!({ "value": changed, "@odata.deltaLink": later.as_str() });
    desk.spoil("GET", DELTA, Fault { body: Some(body), ..status(200) }, Some(1));
}

#[tokio::test]
async fn an_occurrence_whose_series_is_not_found_is_busy_all_the_same() {
    let desk = Desk::open().await;
    let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
    let bare = json!({ "id": "O", "type": "occurrence", "seriesMasterId": "gone",
        "start": utc("2026-11-24T10:00:00"), "end": utc("2026-11-24T11:00:00") });
    let removed = json!({ "@removed": { "reason": "deleted" }, "id": "R" });
    let before = json!({ "id": "R", "type": "singleInstance", "showAs": "busy",
        "start": utc("2026-11-25T10:00:00"), "end": utc("2026-11-25T11:00:00") });
    say(&desk, &json!([bare, before, removed]));
    desk.pass(minutes(1)).await;
    desk.pass(std::time::Duration::from_secs(6)).await;
    let week = desk.week().await;
    assert_eq!(week.len(), 1, "{week:?}");
    assert_eq!(week[0].start, at("2026-11-24T10:00:00Z"));
}

#[tokio::test]
async fn an_event_without_readable_times_is_trouble_and_not_free_time() {
    let desk = Desk::open().await;
    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    let odd = json!({ "id": "X", "type": "singleInstance", "showAs": "busy" });
    for _ in 0..9 {
        say(&desk, &json!([odd]));
    }
    desk.settle().await;
    assert!(text(&desk.own().await, "trouble").contains("does not say when"));
    assert_eq!(desk.week().await.len(), 1, "what was known stays");
    desk.heal();
    desk.pass(minutes(5)).await;
    desk.settle().await;
    assert!(desk.own().await["trouble"].is_null());
}
