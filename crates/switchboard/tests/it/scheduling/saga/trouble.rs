//! What fails on the way: the booking stands, everybody is told, and it goes on by itself.

use sandbox::{CutPoint, Fault};
use serde_json::{Value, json};

use super::ALL_DONE;
use crate::scheduling::stage::{BEN, MEETINGS, MONDAY, Stage, VERA, status, text};

const EVENTS: &str = "/v1.0/me/*events";

fn cut() -> Fault {
    Fault { cut: Some(CutPoint::After), ..Fault::default() }
}

#[tokio::test]
async fn a_provider_that_is_down_holds_up_nobody_and_the_link_follows() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, status(503), None);
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.states(&id).await[..2], ["meeting waiting", "calendar done"]);
    assert!(stage.told(VERA).is_empty(), "the mail waits a moment for the link");
    for _ in 0..5 {
        stage.pass(6).await;
    }
    let mails = stage.mails_to(VERA);
    assert_eq!(mails.len(), 1, "the mail waits no longer");
    assert!(mails[0].text.contains("follows in another mail"), "{}", mails[0].text);
    let meeting = stage.step(&id, "meeting").await;
    assert!(meeting["last_error"].is_string() && meeting["next_attempt_at"].is_string(), "{meeting}");
    stage.heal();
    for _ in 0..20 {
        stage.pass(60).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert_eq!((stage.meetings().await.len(), stage.events().await.len()), (1, 1));
    let link = stage.booking(&id).await["meeting"]["join_url"].as_str().unwrap().to_owned();
    let mails = stage.mails_to(VERA);
    assert_eq!(stage.told(VERA), ["Your appointment", "The link to your appointment"]);
    assert!(mails[1].text.contains(&link));
    let invitations: Vec<_> = mails.iter().filter_map(|mail| mail.calendar.as_ref()).collect();
    assert_eq!(invitations[0].uid, invitations[1].uid);
    assert_eq!((invitations[0].sequence.as_str(), invitations[1].sequence.as_str()), ("0", "1"));
    assert_eq!(stage.events().await[0]["location"]["displayName"], link.as_str());
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_meeting_event_or_mail() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(), Some(1));
    stage.spoil("POST", EVENTS, cut(), Some(1));
    let id = stage.book(&it, MONDAY).await;
    for _ in 0..10 {
        stage.pass(10).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert_eq!(stage.asked("POST", MEETINGS), 1, "it was looked for first");
    assert_eq!((stage.meetings().await.len(), stage.events().await.len()), (1, 1));
    assert_eq!(
        (stage.told(VERA), stage.told(BEN)),
        (vec!["Your appointment".to_owned()], vec!["New".to_owned()])
    );
}

#[tokio::test]
async fn a_booking_cancelled_after_its_meetings_answer_was_lost_has_no_meeting() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, cut(), Some(1));
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.meetings().await.len(), 1);
    stage.cancel(&id).await;
    stage.pass(10).await;
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert!(stage.meetings().await.is_empty() && stage.events().await.is_empty());
    assert_eq!(stage.told(VERA), ["Cancelled"]);
    let calendar = stage.mails_to(VERA)[0].calendar.clone().unwrap();
    assert_eq!((calendar.method.as_str(), calendar.sequence.as_str()), ("CANCEL", "1"));
}

#[tokio::test]
async fn a_booking_cancelled_while_its_meeting_is_being_made_has_no_meeting() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, Fault { delay_ms: Some(1_000), ..Fault::default() }, Some(1));
    let id = stage.ask(&it, MONDAY).await;
    let cancelled = async {
        while stage.asked("POST", MEETINGS) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        stage.cancel(&id).await;
    };
    tokio::join!(stage.hub.run_jobs(), cancelled);
    for _ in 0..3 {
        stage.pass(10).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert!(stage.meetings().await.is_empty() && stage.events().await.is_empty());
    assert_eq!(stage.told(VERA), ["Cancelled"]);
    assert!(stage.booking(&id).await["meeting"].is_null());
}

#[tokio::test]
async fn a_switched_off_integration_tells_the_host_and_goes_on_when_it_is_on_again() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.ask(&it, MONDAY).await;
    stage.turn(&stage.webex, "disable").await;
    stage.hub.run_jobs().await;
    let meeting = stage.step(&id, "meeting").await;
    assert_eq!((&meeting["state"], &meeting["attempts"]), (&json!("failed"), &json!(0)));
    assert!(meeting["last_error"].as_str().unwrap().contains("switched off"), "{meeting}");
    assert!(stage.mails_to(VERA)[0].text.contains("follows in another mail"));
    assert_eq!(in_any_order(stage.told(BEN)), ["New", "No meeting yet"]);
    for _ in 0..5 {
        stage.pass(61).await;
    }
    assert_eq!((stage.told(VERA).len(), stage.told(BEN).len()), (1, 2), "nobody is told twice");
    assert_eq!(stage.asked("POST", MEETINGS), 0);
    stage.turn(&stage.webex, "enable").await;
    for _ in 0..3 {
        stage.pass(61).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert_eq!(stage.told(VERA), ["Your appointment", "The link to your appointment"]);
    assert_eq!(in_any_order(stage.told(BEN)), ["Meeting link", "New", "No meeting yet"]);
    assert_eq!(stage.meetings().await.len(), 1);
}

#[tokio::test]
async fn a_days_quota_is_waited_for_and_the_host_is_told() {
    let stage = Stage::open().await;
    // The test of the new connection was the first.
    stage.switch(&json!({ "webex.meetings_per_day": 2 }));
    let it = stage.offer("webex", json!({})).await;
    stage.book(&it, MONDAY).await;
    let id = stage.book(&it, "2026-11-24T10:00:00Z").await;
    let meeting = stage.step(&id, "meeting").await;
    assert_eq!(meeting["state"], "waiting", "{meeting}");
    assert!(meeting["last_error"].as_str().unwrap().contains("100 meetings in 24 hours"), "{meeting}");
    assert_eq!(stage.told(VERA).len(), 2);
    assert!(stage.mails_to(VERA)[1].text.contains("follows in another mail"));
    assert!(stage.told(BEN).contains(&"No meeting yet".to_owned()), "{:?}", stage.told(BEN));
    let asked = stage.asked("POST", MEETINGS);
    for _ in 0..10 {
        stage.pass(60).await;
    }
    assert_eq!(stage.asked("POST", MEETINGS), asked, "every attempt counts, so none is wasted");
    for _ in 0..26 {
        stage.pass(3600).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert_eq!(stage.meetings().await.len(), 2);
}

#[tokio::test]
async fn webex_is_not_asked_for_more_meetings_than_it_lets_a_host_create() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let first = stage.book(&it, MONDAY).await;
    assert_eq!(stage.states(&first).await, ALL_DONE);
    let db = stage.hub.hub.db();
    // As if it had been the last of a hundred.
    for number in 0..99 {
        let text = format!(
            "INSERT INTO meeting_creation SELECT organization_id, id || '-{number}', account_id, connection_id, \
             created_at, held_until FROM meeting_creation WHERE LENGTH(id) = 36"
        );
        db.sql(platform::db::built(text)).execute(db).await.unwrap();
    }
    let asked = stage.asked("POST", MEETINGS);
    let id = stage.book(&it, "2026-11-24T10:00:00Z").await;
    let meeting = stage.step(&id, "meeting").await;
    assert!(meeting["last_error"].as_str().unwrap().contains("100 meetings be created"), "{meeting}");
    assert!(stage.told(BEN).contains(&"No meeting yet".to_owned()), "{:?}", stage.told(BEN));
    assert_eq!(stage.asked("POST", MEETINGS), asked, "a refused one would count too");
    let week = stage.ben.get("/my/week").await.expect(200).body;
    assert!(week.contains("100 of 100 Webex meetings asked for in the last 24 hours"), "{week}");
    for _ in 0..25 {
        stage.pass(3600).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE, "{}", stage.booking(&id).await);
    assert_eq!(stage.meetings().await.len(), 2);
}

#[tokio::test]
async fn an_expired_secret_waits_for_the_administrator() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    // The token has ended, and the secret is refused.
    stage.spoil("POST", "/v1/access_token", wrong_secret(), None);
    stage.spoil("POST", MEETINGS, status(401), None);
    let id = stage.book(&it, MONDAY).await;
    let meeting = stage.step(&id, "meeting").await;
    assert_eq!(meeting["state"], "failed", "{meeting}");
    assert!(stage.mails_to(VERA)[0].text.contains("follows in another mail"));
    assert!(stage.told(BEN).contains(&"No meeting yet".to_owned()), "{:?}", stage.told(BEN));
    assert_eq!(stage.states(&id).await[1..], ALL_DONE[1..]);
    for _ in 0..3 {
        stage.pass(61).await;
    }
    let db = stage.hub.hub.db();
    let (counted,): (i64,) = db.sql("SELECT COUNT(*) FROM meeting_creation").one(db).await.unwrap();
    assert_eq!(counted, 0, "looking again, without asking Webex, uses nothing up");
    stage.heal();
    stage.post(&format!("/api/v1/integrations/{}/check", stage.webex), Value::Null).await;
    for _ in 0..30 {
        stage.pass(61).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE, "{}", stage.booking(&id).await);
    assert_eq!(stage.meetings().await.len(), 1);
}

/// Mails that are due together leave side by side.
fn in_any_order(mut told: Vec<String>) -> Vec<String> {
    told.sort();
    told
}

fn wrong_secret() -> Fault {
    let body = json!({ "error": "invalid_client", "error_description": "Client authentication failed." });
    Fault { status: Some(401), body: Some(body), ..Fault::default() }
}

#[tokio::test]
async fn retry_now_does_not_wait_for_the_next_attempt() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, status(403), None);
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.step(&id, "meeting").await["state"], "failed");
    assert!(stage.mails_to(VERA)[0].text.contains("follows in another mail"));
    stage.heal();
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await.expect(303);
    stage.hub.run_jobs().await;
    assert_eq!(stage.states(&id).await, ALL_DONE);
    assert_eq!((stage.told(VERA).len(), stage.meetings().await.len()), (2, 1));
    let trail = stage.program.get("/api/v1/audit").await.expect(200).body;
    assert!(trail.contains("booking.retried"), "{trail}");
}

/// Whatever can go wrong with one request that passes by itself, and how often that is worth trying.
fn passing() -> Vec<(Fault, u32)> {
    let cut = |point| Fault { cut: Some(point), ..Fault::default() };
    vec![
        (status(500), 2),
        (status(502), 1),
        (status(503), 2),
        (Fault { retry_after: Some(json!("45")), ..Fault::default() }, 2),
        (cut(CutPoint::Before), 2),
        (cut(CutPoint::After), 1),
        (cut(CutPoint::Middle), 1),
        (Fault { malformed: true, ..Fault::default() }, 1),
        (Fault { html: true, status: Some(502), ..Fault::default() }, 1),
    ]
}

#[tokio::test]
async fn whatever_passes_by_itself_ends_with_one_meeting_and_one_entry() {
    for (kind, path) in [("webex", MEETINGS), ("webex", EVENTS), ("teams", EVENTS)] {
        let stage = Stage::open().await;
        let it = stage.offer(kind, json!({})).await;
        for (index, (fault, times)) in passing().into_iter().enumerate() {
            let start = format!("2026-11-{}T{:02}:00:00Z", 23 + index / 4, 9 + index % 4);
            stage.spoil("POST", path, fault.clone(), Some(times));
            let id = stage.book(&it, &start).await;
            let mut tries = 0;
            while stage.states(&id).await != ALL_DONE {
                tries += 1;
                assert!(tries < 15, "{kind} {path} {fault:?} {}", stage.booking(&id).await);
                stage.pass(20).await;
            }
            stage.heal();
            let events = stage.events().await.len();
            let meetings = stage.meetings().await.len();
            let expected = (index + 1, if kind == "webex" { index + 1 } else { 0 });
            assert_eq!((events, meetings), expected, "{kind} {path} {fault:?}");
            let link = stage.booking(&id).await["meeting"]["join_url"].as_str().unwrap().to_owned();
            assert!(stage.mails_to(VERA).last().unwrap().text.contains(&link), "{kind} {path} {fault:?}");
        }
    }
}

#[tokio::test]
async fn webex_is_not_asked_again_before_it_allows() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let slow = Fault { retry_after: Some(json!("300")), ..Fault::default() };
    stage.spoil("POST", MEETINGS, slow, Some(1));
    let id = stage.book(&it, MONDAY).await;
    assert!(
        stage.mails_to(VERA)[0].text.contains("follows in another mail"),
        "five minutes are too long to wait"
    );
    for _ in 0..14 {
        stage.pass(20).await;
    }
    assert_eq!(stage.asked("POST", MEETINGS), 1);
    for _ in 0..3 {
        stage.pass(20).await;
    }
    assert_eq!(
        (stage.asked("POST", MEETINGS), stage.states(&id).await),
        (2, ALL_DONE.map(str::to_owned).to_vec())
    );
}

#[tokio::test]
async fn visitor_and_host_see_that_the_link_follows_and_why() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.spoil("POST", MEETINGS, status(503), None);
    let made = stage.made(&it, MONDAY).await;
    let (id, manage) = (text(&made, "id"), text(&made, "manage_url"));
    stage.hub.run_jobs().await;
    for _ in 0..5 {
        stage.pass(6).await;
    }
    let seen = stage.hub.anyone().get(&manage).await.expect(200).body;
    for words in ["You have an appointment", "It follows by mail and on this page", "tried again by itself"] {
        assert!(seen.contains(words), "{words} is not in {seen}");
    }
    let error = text(&stage.step(&id, "meeting").await, "last_error");
    let seen = stage.ben.get(&format!("/my/bookings/{id}")).await.expect(200).body;
    assert!(seen.contains(&error.replace('\'', "&#39;")), "{error} is not in {seen}");
    assert!(seen.contains(&format!("/my/bookings/{id}/retry")), "{seen}");
    // Ten minutes are worth a word to the host, once.
    for _ in 0..40 {
        stage.pass(60).await;
    }
    let told = stage.told(BEN);
    assert_eq!(told.iter().filter(|word| *word == "No meeting yet").count(), 1, "{told:?}");
    stage.heal();
    for _ in 0..31 {
        stage.pass(60).await;
    }
    assert_eq!(stage.states(&id).await, ALL_DONE);
    let seen = stage.hub.anyone().get(&manage).await.expect(200).body;
    assert!(seen.contains("Join the meeting") && !seen.contains("It follows by mail"), "{seen}");
}

#[tokio::test]
async fn an_entry_that_cannot_be_written_is_told_to_its_host_once() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({})).await;
    stage.spoil("POST", EVENTS, status(403), None);
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.step(&id, "calendar").await["state"], "failed");
    assert_eq!(in_any_order(stage.told(BEN)), ["New", "Not in Outlook yet"]);
    stage.pass(120).await;
    assert_eq!(stage.told(BEN).len(), 2);
}
