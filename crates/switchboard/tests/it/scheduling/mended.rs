//! What the saga does where two things happen at once, where answers are lost for longer, and where hosts do odd things
//! in Outlook.

use platform::Role;
use reqwest::Method;
use sandbox::{CutPoint, Fault};
use serde_json::{Value, json};

use super::stage::{BEN, CHIARA, MEETINGS, MONDAY, Stage, VERA, status, text};
use crate::harness::Setup;

/// An id that belongs to nothing.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const EVENTS: &str = "/v1.0/me/*events";

fn cut(at: CutPoint) -> Fault {
    Fault { cut: Some(at), ..Fault::default() }
}

/// Webex lists nothing for a while.
fn hide_meetings(stage: &Stage) {
    let nothing = Fault { status: Some(200), body: Some(json!({ "items": [] })), ..Fault::default() };
    stage.spoil("GET", MEETINGS, nothing, None);
}

async fn booked(place: &str, policy: &str) -> (Stage, String, String) {
    let stage = Stage::open().await;
    let it = stage.offer(place, json!({ "outlook_changes": policy })).await;
    let id = stage.book(&it, MONDAY).await;
    notice(&stage).await;
    let entry = only_entry(&stage, BEN).await;
    (stage, id, entry)
}

async fn only_entry(stage: &Stage, email: &str) -> String {
    let events = stage.events_of(email).await;
    assert_eq!(events.len(), 1, "{events:?}");
    text(&events[0], "id")
}

/// Lets the calendars be read, and what comes of it be done.
async fn notice(stage: &Stage) {
    stage.settle().await;
    stage.settle().await;
}

async fn change_entry(stage: &Stage, entry: &str, change: Value) {
    stage.outlook(BEN, Method::PATCH, &format!("/v1.0/me/events/{entry}"), &change).await.expect(200);
    notice(stage).await;
}

async fn delete_entry(stage: &Stage, email: &str, entry: &str) {
    stage.outlook(email, Method::DELETE, &format!("/v1.0/me/events/{entry}"), &Value::Null).await.expect(204);
}

async fn decide(stage: &Stage, id: &str, answer: &str) {
    stage.ben.post(&format!("/my/bookings/{id}/decide"), &[("decision", answer)]).await.expect(303);
    stage.hub.run_jobs().await;
}

fn times(start: &str, end: &str) -> Value {
    let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
    json!({ "start": utc(start), "end": utc(end) })
}

async fn proposal(stage: &Stage, id: &str) -> Value {
    stage.booking(id).await["proposal"].clone()
}

async fn count(stage: &Stage, text: &'static str) -> i64 {
    let db = stage.hub.hub.db();
    let (count,): (i64,) = db.sql(text).one(db).await.unwrap();
    count
}

// --- what hosts do in Outlook ---

#[tokio::test]
async fn an_entry_made_longer_than_a_day_is_the_hosts_decision() {
    let (stage, id, entry) = booked("in_person", "follow").await;
    change_entry(&stage, &entry, times("2026-11-24T09:00:00", "2026-11-25T12:00:00")).await;
    let proposed = proposal(&stage, &id).await;
    assert!(proposed["obstacle"].as_str().unwrap().contains("a day"), "{proposed}");
    assert_eq!(stage.booking(&id).await["start"], MONDAY);
    assert_eq!(count(&stage, "SELECT COUNT(*) FROM job WHERE dead_at IS NOT NULL").await, 0);
    decide(&stage, &id, "refuse").await;
    let events = stage.events().await;
    assert!(events[0]["end"]["dateTime"].as_str().unwrap().starts_with("2026-11-23T10:30"), "{events:?}");
}

#[tokio::test]
async fn an_entry_moved_into_the_past_is_the_hosts_decision() {
    let (stage, id, entry) = booked("in_person", "follow").await;
    change_entry(&stage, &entry, times("2026-11-21T07:00:00", "2026-11-21T07:30:00")).await;
    let proposed = proposal(&stage, &id).await;
    assert!(proposed["obstacle"].as_str().unwrap().contains("passed"), "{proposed}");
    assert_eq!(stage.told(BEN).iter().filter(|word| *word == "Your decision").count(), 1);
}

#[tokio::test]
async fn a_report_older_than_the_bookings_last_change_is_dropped() {
    let (stage, id, entry) = booked("in_person", "follow").await;
    // The report is queued, but nobody looks at it before the visitor moves the appointment.
    let db = stage.hub.hub.db();
    let moved = times("2026-11-24T12:00:00", "2026-11-24T12:30:00");
    stage.outlook(BEN, Method::PATCH, &format!("/v1.0/me/events/{entry}"), &moved).await.expect(200);
    stage.reschedule(&id, "2026-11-25T10:00:00Z").await;
    let payload = json!({
        "account": stage.account, "key": format!("booking:{id}"), "version": 1_000,
        "change": { "kind": "moved", "start": "2026-11-24T12:00:00Z", "end": "2026-11-24T12:30:00Z" },
        "at": stage.hub.hub.now().before(std::time::Duration::from_secs(1)),
    });
    let mut tx = db.begin().await.unwrap();
    let job = platform::jobs::NewJob {
        organization: stage.hub.organization().await,
        kind: calendars::ENTRY_CHANGED,
        dedupe: None,
        payload,
        run_at: stage.hub.hub.now(),
    };
    platform::jobs::enqueue(&stage.hub.hub, &mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    stage.hub.run_jobs().await;
    assert_eq!(stage.booking(&id).await["start"], "2026-11-25T10:00:00.000Z");
    assert_eq!(stage.told(VERA), ["Your appointment", "New time"]);
    let proposed = proposal(&stage, &id).await;
    assert!(
        proposed["obstacle"].as_str().unwrap().contains("before that"),
        "two people moved it: {proposed}"
    );
}

/// Does what waits while the clock ticks, as it does outside of tests.
async fn run_jobs_ticking(stage: &Stage) {
    let tick = std::time::Duration::from_millis(1);
    let ticking = async {
        loop {
            stage.hub.advance(tick);
            tokio::time::sleep(tick).await;
        }
    };
    tokio::select! {
        () = ticking => {}
        () = stage.hub.run_jobs() => {}
    }
}

#[tokio::test]
async fn an_entry_found_moved_while_the_booking_is_written_is_the_hosts_decision() {
    let (stage, id, entry) = booked("in_person", "ask").await;
    let moved = times("2026-11-24T12:00:00", "2026-11-24T12:30:00");
    stage.outlook(BEN, Method::PATCH, &format!("/v1.0/me/events/{entry}"), &moved).await.expect(200);
    // Nobody has read the calendar yet when the visitor chooses another time.
    stage.reschedule(&id, "2026-11-25T10:00:00Z").await;
    run_jobs_ticking(&stage).await;
    assert_eq!(proposal(&stage, &id).await["start"], "2026-11-24T12:00:00.000Z");
    for _ in 0..3 {
        stage.pass(6).await;
    }
    let starts_with =
        |events: &[Value], day: &str| events[0]["start"]["dateTime"].as_str().unwrap().starts_with(day);
    assert!(starts_with(&stage.events().await, "2026-11-24T12:00"), "it stays until the host has decided");
    assert_eq!(stage.told(BEN).iter().filter(|word| *word == "Your decision").count(), 1);
    decide(&stage, &id, "refuse").await;
    stage.pass(6).await;
    assert!(starts_with(&stage.events().await, "2026-11-25T10:00"));
    assert_eq!(stage.step(&id, "calendar").await["state"], "done");
}

#[tokio::test]
async fn a_moved_entry_is_not_put_back_by_a_link_that_comes_late() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({ "outlook_changes": "ask" })).await;
    stage.spoil("POST", MEETINGS, status(503), None);
    let id = stage.book(&it, MONDAY).await;
    notice(&stage).await;
    let entry = only_entry(&stage, BEN).await;
    change_entry(&stage, &entry, times("2026-11-24T12:00:00", "2026-11-24T12:30:00")).await;
    assert!(!proposal(&stage, &id).await.is_null());
    stage.heal();
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await.expect(303);
    stage.pass(30).await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    let start = |events: Vec<Value>| text(&events[0]["start"], "dateTime");
    assert!(start(stage.events().await).starts_with("2026-11-24T12:00"));
    decide(&stage, &id, "refuse").await;
    assert!(start(stage.events().await).starts_with("2026-11-23T10:00"));
    let link = text(&stage.booking(&id).await["meeting"], "join_url");
    assert_eq!(stage.events().await[0]["location"]["displayName"], link);
}

#[tokio::test]
async fn a_running_appointment_can_be_shortened_in_outlook() {
    let (stage, id, entry) = booked("in_person", "follow").await;
    let at = |text: &str| platform::Instant::from(text.parse::<jiff::Timestamp>().unwrap());
    stage.hub.advance(at("2026-11-23T10:05:00Z").since(stage.hub.hub.now()));
    change_entry(&stage, &entry, times("2026-11-23T10:00:00", "2026-11-23T10:20:00")).await;
    let booking = stage.booking(&id).await;
    assert_eq!((&booking["start"], &booking["end"]), (&json!(MONDAY), &json!("2026-11-23T10:20:00.000Z")));
    assert!(booking["proposal"].is_null());
}

#[tokio::test]
async fn a_co_host_who_deletes_the_entry_cancels_for_nobody_without_asking() {
    let stage = Stage::open().await;
    let account = stage.hub.account(CHIARA, &[Role::Host]).await;
    let chiara = stage.hub.signed_in(CHIARA, &[Role::Host]).await;
    stage.hub.connect(&chiara, &stage.microsoft, CHIARA).await;
    stage.settle().await;
    let both = json!({ "outlook_changes": "follow", "mode": "all", "hosts": [stage.account, account] });
    let it = stage.offer("in_person", both).await;
    let id = stage.book(&it, MONDAY).await;
    notice(&stage).await;
    let before = stage.events_of(CHIARA).await;
    let ours = before.iter().find(|event| event["subject"].as_str().unwrap().contains("Vera")).unwrap();
    delete_entry(&stage, CHIARA, &text(ours, "id")).await;
    notice(&stage).await;
    assert_eq!(stage.booking(&id).await["state"], "confirmed");
    assert!(proposal(&stage, &id).await["obstacle"].as_str().unwrap().contains("Other people"));
    assert!(stage.told(CHIARA).contains(&"Your decision".to_owned()), "{:?}", stage.told(CHIARA));
    let bens = only_entry(&stage, BEN).await;
    delete_entry(&stage, BEN, &bens).await;
    notice(&stage).await;
    assert_eq!(stage.booking(&id).await["state"], "cancelled", "the organizer speaks for all");
}

#[tokio::test]
async fn a_deleted_entry_is_not_written_again_before_its_host_has_decided() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({ "outlook_changes": "ask" })).await;
    stage.spoil("POST", MEETINGS, status(503), None);
    let id = stage.book(&it, MONDAY).await;
    notice(&stage).await;
    let entry = only_entry(&stage, BEN).await;
    delete_entry(&stage, BEN, &entry).await;
    notice(&stage).await;
    assert!(!proposal(&stage, &id).await.is_null());
    stage.heal();
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await.expect(303);
    stage.hub.run_jobs().await;
    stage.pass(30).await;
    assert_eq!(stage.meetings().await.len(), 1, "the link came meanwhile");
    assert!(stage.events().await.is_empty());
    let calendar = stage.step(&id, "calendar").await;
    assert_eq!(calendar["state"], "not_needed", "{calendar}");
    decide(&stage, &id, "refuse").await;
    assert_eq!(stage.events().await.len(), 1);
    assert_eq!(stage.step(&id, "calendar").await["state"], "done");
}

#[tokio::test]
async fn a_teams_entry_found_deleted_by_its_own_step_still_cancels_the_booking() {
    let (stage, id, entry) = booked("teams", "follow").await;
    delete_entry(&stage, BEN, &entry).await;
    // Nobody has read the calendar yet when the steps are done once more.
    let db = stage.hub.hub.db();
    db.sql("UPDATE booking_step SET done_wish = 0, state = 'waiting'").execute(db).await.unwrap();
    stage.pass(6).await;
    assert_eq!(stage.booking(&id).await["state"], "cancelled");
    stage.pass(61).await;
    assert!(stage.events().await.is_empty());
}

// --- lost answers ---

#[tokio::test]
async fn after_a_lost_answer_no_second_meeting_is_asked_for_before_the_first_could_be_listed() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(CutPoint::Before), Some(1));
    let id = stage.book(&it, MONDAY).await;
    stage.pass(16).await;
    assert_eq!(stage.asked("POST", MEETINGS), 1);
    assert!(text(&stage.step(&id, "meeting").await, "last_error").contains("looked for"));
    stage.pass(8).await;
    assert_eq!((stage.asked("POST", MEETINGS), stage.meetings().await.len()), (2, 1));
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
}

#[tokio::test]
async fn a_refusal_leaves_nothing_to_wait_for() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, status(429), Some(1));
    let id = stage.book(&it, MONDAY).await;
    for _ in 0..4 {
        stage.pass(16).await;
    }
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    assert_eq!(stage.asked("GET", MEETINGS), 0, "there is nothing to look for");
}

#[tokio::test]
async fn a_meeting_that_shows_up_too_late_is_deleted_some_minutes_later() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(CutPoint::After), Some(1));
    hide_meetings(&stage);
    let id = stage.book(&it, MONDAY).await;
    stage.pass(8).await;
    stage.pass(21).await;
    stage.heal();
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    assert_eq!(stage.meetings().await.len(), 2);
    stage.pass(301).await;
    let meetings = stage.meetings().await;
    assert_eq!(meetings.len(), 1, "{meetings:?}");
    assert_eq!(stage.booking(&id).await["meeting"]["join_url"], meetings[0]["webLink"]);
}

#[tokio::test]
async fn a_cancelled_booking_deletes_a_meeting_that_shows_up_late() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(CutPoint::After), Some(1));
    hide_meetings(&stage);
    let id = stage.book(&it, MONDAY).await;
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "waiting");
    stage.pass(26).await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    stage.heal();
    stage.pass(301).await;
    assert!(stage.meetings().await.is_empty());
}

#[tokio::test]
async fn a_lost_answers_meeting_is_found_by_the_app_that_made_it() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(CutPoint::After), Some(1));
    let id = stage.book(&it, MONDAY).await;
    let list = stage.program.get("/api/v1/connections").await.expect(200).json();
    let is_webex = |it: &&Value| it["provider"] == "webex" && it["state"] != "removed";
    let webex = text(list["items"].as_array().unwrap().iter().find(is_webex).unwrap(), "id");
    stage.ben.post(&format!("/my/connections/{webex}/remove"), &[]).await.expect(303);
    stage.pass(30).await;
    let meeting = stage.step(&id, "meeting").await;
    assert_eq!(meeting["state"], "failed", "{meeting}");
    assert!(text(&meeting, "last_error").contains("removed since"), "{meeting}");
    assert_eq!(stage.asked("POST", MEETINGS), 1);
    stage.hub.connect(&stage.ben, &stage.webex, BEN).await;
    let tests = stage.asked("POST", MEETINGS);
    stage.pass(61).await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    let ours = stage.meetings().await;
    let ours = ours.iter().filter(|it| it["title"].as_str().unwrap().contains("Vera")).count();
    assert_eq!(ours, 1, "{tests} requests before");
}

// --- mails ---

#[tokio::test]
async fn an_invitation_keeps_uid_and_organizer_whatever_the_host_changes() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    let path = format!("/api/v1/availability/{}", stage.account);
    let mut hours = stage.program.get(&path).await.expect(200).json();
    hours["email_hidden"] = json!(true);
    stage.program.call(Method::PUT, &path, &hours).await.expect(200);
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    let hidden = stage.book(&it, MONDAY).await;
    let mails = stage.mails_to(VERA);
    let parts: Vec<_> = mails.iter().map(|mail| mail.calendar.clone().unwrap()).collect();
    assert_eq!((parts[0].method.as_str(), parts[1].method.as_str()), ("REQUEST", "CANCEL"));
    assert_eq!((&parts[0].uid, &parts[1].uid, &parts[2].uid), (&id, &id, &hidden));
    let has = |mail: usize, address: &str| mails[mail].raw.replace("=\r\n", "").contains(address);
    assert!(has(0, BEN) && has(1, BEN), "{}", mails[1].raw);
    assert!(!has(2, BEN) && has(2, "no-reply@lindenhof.example"), "{}", mails[2].raw);
}

/// A mail server that nobody reaches.
async fn without_mail_server() -> Stage {
    Stage::with(Setup { configure: |config, _| config.mail.port = 1, ..Setup::default() }).await
}

#[tokio::test]
async fn older_news_that_have_not_left_are_taken_back_and_none_outlives_the_appointment() {
    let stage = without_mail_server().await;
    let it = stage.offer("in_person", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    stage.reschedule(&id, "2026-11-24T10:00:00Z").await;
    stage.hub.run_jobs().await;
    let waiting = "SELECT COUNT(*) FROM mail WHERE about LIKE 'booking:%:%' AND withdrawn_at IS NULL";
    assert_eq!(count(&stage, waiting).await, 2, "one for the visitor, one for the host");
    let withdrawn = "SELECT COUNT(*) FROM mail WHERE about LIKE 'booking:%:%' AND withdrawn_at IS NOT NULL";
    assert_eq!(count(&stage, withdrawn).await, 2);
    let (until,): (i64,) = {
        let db = stage.hub.hub.db();
        let text = "SELECT MAX(not_after) FROM mail WHERE about LIKE 'booking:%:%' AND withdrawn_at IS NULL";
        db.sql(text).one(db).await.unwrap()
    };
    let end: jiff::Timestamp = "2026-11-24T10:30:00Z".parse().unwrap();
    assert_eq!(until, end.as_microsecond());
}

#[tokio::test]
async fn a_reminder_that_is_due_stays_when_only_the_link_is_new() {
    let stage = without_mail_server().await;
    let it = stage.offer("webex", json!({ "reminders": [2820, 60] })).await;
    stage.spoil("POST", MEETINGS, status(503), None);
    let id = stage.book(&it, MONDAY).await;
    stage.pass(30).await;
    // The first reminder's time comes; no mail server takes it.
    stage.pass(2 * 3600 + 60).await;
    stage.heal();
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await.expect(303);
    stage.pass(30).await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "done");
    let due = "SELECT COUNT(*) FROM mail WHERE dedupe LIKE '%:reminder:2820:%' AND attempts > 0";
    assert_eq!(count(&stage, due).await, 1, "it still leaves");
    let later = "SELECT COUNT(*) FROM mail WHERE dedupe LIKE '%:reminder:60:%'";
    assert_eq!(count(&stage, later).await, 1, "with the link");
    let withdrawn = "SELECT COUNT(*) FROM mail WHERE not_before IS NOT NULL AND withdrawn_at IS NOT NULL";
    assert_eq!(count(&stage, withdrawn).await, 1, "without the link");
}

#[tokio::test]
async fn a_mail_that_cannot_be_opened_is_given_up_and_listed() {
    let stage = without_mail_server().await;
    let it = stage.offer("in_person", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    let mail = stage.step(&id, "visitor_mail").await;
    assert_eq!(mail["state"], "waiting", "no server takes it: {mail}");
    assert!(mail["last_error"].is_string() && mail["next_attempt_at"].is_string(), "{mail}");
    let db = stage.hub.hub.db();
    db.sql("UPDATE mail SET body = 'v1.nothing'").execute(db).await.unwrap();
    stage.pass(3600).await;
    assert_eq!(count(&stage, "SELECT COUNT(*) FROM mail WHERE given_up_at IS NOT NULL").await, 2);
    assert_eq!(stage.step(&id, "visitor_mail").await["state"], "failed");
    let page = stage.ben.get(&format!("/my/bookings/{id}")).await.expect(200).body;
    assert!(page.contains("cannot be opened") && page.contains("Retry now"), "{page}");
    let told = "SELECT COUNT(*) FROM mail WHERE dedupe LIKE '%:undelivered:%'";
    assert_eq!(count(&stage, told).await, 1, "the host hears of the visitor's mail");
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await.expect(303);
    assert_eq!(count(&stage, "SELECT COUNT(*) FROM mail WHERE given_up_at IS NOT NULL").await, 0);
    assert_eq!(count(&stage, "SELECT COUNT(*) FROM job WHERE dead_at IS NOT NULL").await, 0);
}

// --- what holds up, and what does not ---

#[tokio::test]
async fn a_booking_that_cannot_be_read_is_not_tried_with_every_look() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({})).await;
    let id = stage.ask(&it, MONDAY).await;
    let db = stage.hub.hub.db();
    db.sql("UPDATE booking SET type_id = $1").bind(NOBODY.to_owned()).execute(db).await.unwrap();
    for _ in 0..20 {
        stage.pass(6).await;
    }
    let jobs = "SELECT COUNT(*) FROM job WHERE kind = 'scheduling.carry_out'";
    assert!(count(&stage, jobs).await <= 3, "{}", count(&stage, jobs).await);
    db.sql("UPDATE booking SET type_id = $1").bind(it).execute(db).await.unwrap();
    stage.pass(601).await;
    assert_eq!(stage.states(&id).await, ["calendar done", "visitor_mail done", "host_mail done"]);
}

#[tokio::test]
async fn a_host_who_is_gone_keeps_nobody_waiting() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({})).await;
    let id = stage.ask(&it, MONDAY).await;
    let db = stage.hub.hub.db();
    let gone = "UPDATE booking_step SET account_id = $1 WHERE step IN ('calendar', 'host_mail')";
    db.sql(gone).bind(NOBODY.to_owned()).execute(db).await.unwrap();
    stage.hub.run_jobs().await;
    assert_eq!(stage.states(&id).await, ["calendar not_needed", "visitor_mail done", "host_mail not_needed"]);
}

#[tokio::test]
async fn a_calendar_that_hangs_does_not_hold_up_the_visitors_mail() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({})).await;
    stage.spoil("POST", EVENTS, Fault { delay_ms: Some(19_000), ..Fault::default() }, Some(1));
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.told(VERA), ["Your appointment"]);
    assert_eq!(stage.states(&id).await[0], "calendar waiting");
    stage.hub.stop().await;
}
