//! What administrators see of mails.

use std::time::Duration;

use crate::harness::{Setup, TestHub};

#[tokio::test]
async fn the_page_says_what_became_of_each_mail() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let mut scheduled = hub.mail("Reminder <b>").await;
    scheduled.not_before = Some(hub.hub.now().after(Duration::from_secs(90_000)));
    hub.queue(scheduled.clone()).await;
    scheduled.about = Some("booking:2".into());
    hub.queue(scheduled).await;
    let sent = hub.queue(hub.mail("Confirmed").await).await;
    let mut tx = hub.hub.db().begin().await.unwrap();
    let organization = hub.organization().await;
    notifications::withdraw(&hub.hub, &mut tx, organization, "booking:2").await.unwrap();
    tx.commit().await.unwrap();
    hub.run_jobs().await;
    let page = admin.get("/admin/mails").await.expect(200).body;
    for word in ["Scheduled", "Withdrawn", "Sent", "Reminder &#60;b&#62;", "in 25 hours"] {
        assert!(page.contains(word), "{word} is not in {page}");
    }
    assert!(!page.contains("Send again now") && !page.contains("Good day"), "{page}");
    let again = admin.post(&format!("/admin/mails/{sent}/send"), &[]).await.expect(409);
    assert!(again.body.contains("cannot be sent again"), "{}", again.body);
    admin.post("/admin/mails/nonsense/send", &[]).await.expect(404);
    hub.stop().await;
}

#[tokio::test]
async fn a_mail_that_fails_shows_why_and_is_tried_at_once_when_asked() {
    let nobody_listens = |config: &mut switchboard::Config, _: &sandbox::Running| {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        config.mail.port = free.port();
    };
    let hub = TestHub::start_with(Setup { configure: nobody_listens, ..Setup::default() }).await;
    let admin = hub.admin().await;
    let id = hub.queue(hub.mail("Confirmed").await).await;
    hub.run_jobs().await;
    let page = admin.get("/admin/mails").await.expect(200).body;
    assert!(page.contains("Not sent yet") && page.contains("Connection"), "{page}");
    assert!(page.contains(&format!("action=\"/admin/mails/{id}/send\"")), "{page}");
    for attempts in 2..=3 {
        admin.post(&format!("/admin/mails/{id}/send"), &[]).await.expect(303);
        hub.run_jobs().await;
        let mails = notifications::recent(&hub.hub, hub.organization().await, 5).await.unwrap();
        assert_eq!(mails[0].attempts, attempts);
    }
    let page = admin.get("/admin/mails").await.expect(200).body;
    assert!(page.contains("1 mail is not sent (booking confirmations: 1) because the mail server"), "{page}");
    let audit = admin.get("/admin/audit").await.expect(200).body;
    assert!(audit.contains("mail: sent again"), "{audit}");
    hub.stop().await;
}

#[tokio::test]
async fn nobody_sends_the_mail_of_another_organization() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let other = accounts::create_organization(&hub.hub, "Elsewhere", "Europe/Paris").await.unwrap();
    let mut mail = hub.mail("Secret").await;
    mail.organization = other;
    let id = hub.queue(mail).await;
    admin.post(&format!("/admin/mails/{id}/send"), &[]).await.expect(404);
    assert!(!admin.get("/admin/mails").await.body.contains("Secret"));
    hub.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_a_banner_names_what_is_not_sent() {
    let none = |config: &mut switchboard::Config, _: &sandbox::Running| config.mail.host = None;
    let hub = TestHub::start_with(Setup { configure: none, ..Setup::default() }).await;
    let admin = hub.admin().await;
    for subject in ["Confirmed", "Confirmed too"] {
        hub.queue(hub.mail(subject).await).await;
    }
    let mut reminder = hub.mail("Reminder").await;
    reminder.kind = Some("reminders".into());
    hub.queue(reminder.clone()).await;
    // What is not due yet is missed by nobody.
    reminder.not_before = Some(hub.hub.now().after(Duration::from_secs(60)));
    hub.queue(reminder).await;
    let page = admin.get("/admin").await.expect(200).body;
    let said =
        "3 mails are not sent (booking confirmations: 2, reminders: 1) because no mail server is configured";
    assert!(page.contains(said), "{page}");
    hub.stop().await;
}
