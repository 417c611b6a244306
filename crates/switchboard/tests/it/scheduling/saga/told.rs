//! Who is told what, and when.

use reqwest::Method;
use serde_json::json;

use crate::{
    harness::Setup,
    scheduling::stage::{BEN, MEETINGS, MONDAY, Stage, VERA, text},
};

/// Where no mail can leave.
const ALL_BUT_MAILS: [&str; 4] =
    ["meeting done", "calendar done", "visitor_mail waiting", "host_mail waiting"];

#[tokio::test]
async fn mails_never_leave_before_meeting_and_calendar_were_tried() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.hub.sandbox.world.requests.clear();
    stage.book(&it, MONDAY).await;
    let all = stage.hub.sandbox.world.requests.all();
    let at = |method: &str, part: &str| {
        all.iter().position(|request| request.method == method && request.path.contains(part)).unwrap()
    };
    assert!(at("POST", MEETINGS) < at("POST", "/events"));
    let text = &stage.mails_to(VERA)[0].text;
    assert!(text.contains("webex.com"), "{text}");
}

#[tokio::test]
async fn reminders_leave_in_their_time_and_are_taken_back() {
    let stage = Stage::open().await;
    let it = stage.offer("in_person", json!({ "reminders": [60, 2880], "follow_up": 30 })).await;
    let moved = stage.book(&it, MONDAY).await;
    let cancelled = stage.book(&it, "2026-11-23T12:00:00Z").await;
    stage.reschedule(&moved, "2026-11-24T10:00:00Z").await;
    stage.cancel(&cancelled).await;
    stage.hub.run_jobs().await;
    stage.hub.sandbox.world.mails.clear();
    let mut times = Vec::new();
    for _ in 0..24 * 4 {
        stage.pass(3600).await;
        for mail in stage.mails_to(VERA) {
            times.push(format!("{} {}", mail.subject.split(':').next().unwrap(), mail.at.strftime("%d %H")));
        }
        stage.hub.sandbox.world.mails.clear();
    }
    assert_eq!(times, ["Reminder 22 10", "Reminder 24 09", "Thank you 24 11"]);
}

#[tokio::test]
async fn visitors_are_addressed_in_their_language_and_hosts_may_hide_their_address() {
    let stage = Stage::open().await;
    let path = format!("/api/v1/availability/{}", stage.account);
    let mut hours = stage.program.get(&path).await.expect(200).json();
    hours["email_hidden"] = json!(true);
    stage.program.call(Method::PUT, &path, &hours).await.expect(200);
    let it = stage.offer("webex", json!({})).await;
    let visitor =
        json!({ "name": "Vera {{password}}", "email": VERA, "zone": "America/New_York", "language": "de" });
    let body = json!({ "type": it, "start": MONDAY, "visitor": visitor });
    stage.post("/api/v1/bookings", body).await.expect(201);
    stage.hub.run_jobs().await;
    let mail = stage.mails_to(VERA).remove(0);
    assert!(
        mail.subject.starts_with("Ihr Termin: Consultation webex, Montag, 23. November 2026, 05:00"),
        "{}",
        mail.subject
    );
    assert!(mail.text.contains("Guten Tag Vera {{password}}"), "{}", mail.text);
    assert!(!mail.raw.contains(BEN) && mail.raw.contains("no-reply@lindenhof.example"), "{}", mail.raw);
    assert_eq!(stage.meetings().await[0]["title"], "Consultation webex: Vera {{password}}");
}

#[tokio::test]
async fn changes_in_a_row_are_one_mail() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    stage.reschedule(&id, "2026-11-24T09:00:00Z").await;
    stage.reschedule(&id, "2026-11-25T09:00:00Z").await;
    stage.hub.run_jobs().await;
    assert_eq!(
        (stage.told(VERA), stage.told(BEN)),
        (words(&["Your appointment", "New time"]), words(&["New", "Moved"]))
    );
    let calendar = stage.mails_to(VERA)[1].calendar.clone().unwrap();
    assert_eq!(calendar.sequence, "2");
    // Trying again what is done tells nobody anything.
    stage.ben.post(&format!("/my/bookings/{id}/retry"), &[]).await;
    stage.pass(3600).await;
    assert_eq!((stage.told(VERA).len(), stage.told(BEN).len()), (2, 2));
    assert!(stage.hub.sandbox.world.mails.all().iter().all(|mail| mail.duplicates == 0));
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[tokio::test]
async fn without_a_mail_server_everything_else_works_and_a_banner_says_so() {
    let none = |config: &mut switchboard::Config, _: &sandbox::Running| config.mail.host = None;
    let stage = Stage::with(Setup { configure: none, ..Setup::default() }).await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    assert_eq!(stage.states(&id).await, ALL_BUT_MAILS);
    let why = text(&stage.step(&id, "visitor_mail").await, "last_error");
    assert!(why.starts_with("No mail server is configured"), "{why}");
    assert_eq!((stage.meetings().await.len(), stage.events().await.len()), (1, 1));
    assert!(stage.hub.sandbox.world.mails.all().is_empty());
    let page = stage.hub.admin().await.get("/admin").await.expect(200).body;
    assert!(
        page.contains("because no mail server is configured") && page.contains("booking mails to hosts: 1"),
        "{page}"
    );
    stage.reschedule(&id, "2026-11-24T09:00:00Z").await;
    stage.hub.run_jobs().await;
    assert_eq!(stage.meetings().await[0]["start"], "2026-11-24T09:00:00Z");
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    assert_eq!(stage.states(&id).await, ALL_BUT_MAILS);
    assert!(stage.meetings().await.is_empty() && stage.events().await.is_empty());
}
