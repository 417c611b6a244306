//! What leaves, and when.

use std::time::Duration;

use invitations::{Invitation, Method, Party, Status, to_ics};
use notifications::{CalendarPart, Language};

use crate::harness::TestHub;

const HOUR: Duration = Duration::from_secs(3600);

fn invitation(method: Method, status: Status) -> String {
    to_ics(&Invitation {
        uid: "booking-1@lindenhof.example",
        sequence: 1,
        method,
        status,
        start: "2026-11-24T09:00:00Z".parse().unwrap(),
        end: "2026-11-24T09:30:00Z".parse().unwrap(),
        zone: "Europe/Berlin",
        summary: "Consultation, room 2; bring ✏️",
        description: "",
        location: "",
        url: None,
        organizer: Party { name: "Ben Okafor", email: "ben.okafor@lindenhof.example" },
        attendees: vec![Party { name: "Vera", email: "vera@mail.example" }],
        stamp: "2026-11-21T09:00:00Z".parse().unwrap(),
        created: "2026-11-21T09:00:00Z".parse().unwrap(),
    })
    .unwrap()
}

#[tokio::test]
async fn an_invitation_travels_as_text_page_and_calendar() {
    let hub = TestHub::start().await;
    for (method, status) in [(Method::Request, Status::Confirmed), (Method::Cancel, Status::Cancelled)] {
        hub.sandbox.world.mails.clear();
        let mut mail = hub.mail("Grüße: Ihr Termin").await;
        mail.language = Language::De;
        mail.calendar = Some(CalendarPart::new(method, invitation(method, status)));
        mail.from_name = Some("Ben \"B\" Okafor, <x@y.example> ü".into());
        mail.reply_to = Some("ben.okafor@lindenhof.example".into());
        let id = hub.queue(mail).await;
        hub.run_jobs().await;
        let arrived = hub.sandbox.world.mails.all();
        let [mail] = arrived.as_slice() else { panic!("{} mails", arrived.len()) };
        assert_eq!(
            (mail.subject.as_str(), mail.from.as_str()),
            ("Grüße: Ihr Termin", "switchboard@lindenhof.example")
        );
        let word = method.as_str();
        for header in [
            format!("Message-ID: <{id}@127.0.0.1>"),
            "Auto-Submitted: auto-generated".into(),
            "Content-Language: de".into(),
            "Reply-To: ben.okafor@lindenhof.example".into(),
            "Content-Type: multipart/mixed;".into(),
            "Content-Type: multipart/alternative;".into(),
            format!("Content-Type: text/calendar; charset=utf-8; method={word}"),
            "Content-Disposition: attachment; filename=\"invite.ics\"".into(),
        ] {
            assert!(mail.raw.contains(&header), "{header} is not in {}", mail.raw);
        }
        assert!(mail.raw.lines().all(|line| line.len() <= 998 && line.is_ascii()), "{}", mail.raw);
        let from: Vec<&str> = mail.raw.lines().filter(|line| line.starts_with("From: ")).collect();
        assert!(from.len() == 1 && !from[0].contains("x@y.example"), "{from:?}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_scheduled_mail_leaves_in_its_time_and_a_withdrawn_one_never() {
    let hub = TestHub::start().await;
    let now = hub.hub.now();
    for (subject, about, hours) in [("reminder", "booking:1", 24), ("other reminder", "booking:2", 24)] {
        let mut mail = hub.mail(subject).await;
        mail.about = Some(about.into());
        mail.dedupe = Some(format!("{about}:reminder"));
        mail.not_before = Some(now.after(HOUR * hours));
        hub.queue(mail).await;
    }
    hub.run_jobs().await;
    hub.advance(HOUR * 23);
    hub.run_jobs().await;
    assert_eq!(hub.arrived(), [""; 0]);
    let mut tx = hub.hub.db().begin().await.unwrap();
    let organization = hub.organization().await;
    assert_eq!(notifications::withdraw(&hub.hub, &mut tx, organization, "booking:1").await.unwrap(), 1);
    tx.commit().await.unwrap();
    // Its key is free again: the booking was moved.
    let mut moved = hub.mail("moved reminder").await;
    moved.dedupe = Some("booking:1:reminder".into());
    moved.not_before = Some(now.after(HOUR * 30));
    hub.queue(moved).await;
    hub.advance(HOUR * 2);
    hub.run_jobs().await;
    assert_eq!(hub.arrived(), ["other reminder"]);
    hub.advance(HOUR * 6);
    hub.run_jobs().await;
    hub.tick().await;
    hub.run_jobs().await;
    assert_eq!(hub.arrived(), ["other reminder", "moved reminder"]);
    hub.stop().await;
}

#[tokio::test]
async fn a_second_mail_with_the_same_key_is_the_first() {
    let hub = TestHub::start().await;
    let mut mail = hub.mail("once").await;
    mail.dedupe = Some("booking:1:confirmed".into());
    let first = hub.queue(mail.clone()).await;
    hub.run_jobs().await;
    assert_eq!(hub.queue(mail).await, first);
    hub.run_jobs().await;
    assert_eq!(hub.arrived(), ["once"]);
    hub.stop().await;
}

#[tokio::test]
async fn a_mail_that_is_of_no_use_any_more_is_not_sent() {
    let hub = TestHub::start().await;
    let mut mail = hub.mail("see you at ten").await;
    mail.not_after = Some(hub.hub.now().after(HOUR));
    hub.queue(mail).await;
    hub.advance(HOUR);
    hub.run_jobs().await;
    assert_eq!(hub.arrived(), [""; 0]);
    let mails = notifications::recent(&hub.hub, hub.organization().await, 5).await.unwrap();
    assert!(mails[0].last_error.as_deref().unwrap().contains("in time"), "{mails:?}");
    hub.stop().await;
}

/// The mail server has taken the mail, and the process ends before that is written down.
#[tokio::test]
async fn a_mail_sent_twice_around_a_crash_has_one_message_id() {
    let hub = TestHub::start().await;
    let id = hub.queue(hub.mail("confirmed").await).await;
    let body: (String,) =
        hub.hub.db().sql("SELECT body FROM mail WHERE id = $1").bind(id).one(hub.hub.db()).await.unwrap();
    hub.run_jobs().await;
    // As the rows were between claim and outcome.
    let lost = "UPDATE mail SET sent_at = NULL, attempts = 0, body = $2, due_at = $3 WHERE id = $1";
    let right_ends = hub.hub.now().after(Duration::from_secs(180));
    hub.hub.db().sql(lost).bind(id).bind(body.0).bind(right_ends).execute(hub.hub.db()).await.unwrap();
    let lost = "UPDATE job SET done_at = NULL, lease_until = $1 WHERE kind = 'notifications.deliver'";
    let lease_ends = hub.hub.now().after(Duration::from_secs(120));
    hub.hub.db().sql(lost).bind(lease_ends).execute(hub.hub.db()).await.unwrap();
    hub.run_jobs().await;
    assert_eq!(hub.arrived().len(), 1);
    hub.advance(Duration::from_secs(121));
    hub.run_jobs().await;
    assert_eq!(hub.arrived().len(), 1);
    hub.advance(Duration::from_secs(60));
    hub.run_jobs().await;
    let arrived = hub.sandbox.world.mails.all();
    assert!(arrived.iter().all(|mail| message_id(&mail.raw) == format!("Message-ID: <{id}@127.0.0.1>")));
    assert_eq!(arrived.iter().map(deliveries).sum::<u64>(), 2);
    hub.stop().await;
}

/// An inbox may keep one of several messages with the same id, and count the others.
fn deliveries(mail: &sandbox::Mail) -> u64 {
    let mail = serde_json::to_value(mail).unwrap();
    1 + mail["duplicates"].as_u64().unwrap_or(0)
}

fn message_id(raw: &str) -> String {
    raw.lines().find(|line| line.starts_with("Message-ID:")).unwrap().trim().to_owned()
}
