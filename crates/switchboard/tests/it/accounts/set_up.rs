//! The first set-up: one link, one winner.

use std::time::Duration;

use futures_util::future::join_all;

use crate::harness::{PASSWORD, TestHub};

fn form(email: &str) -> Vec<(&'static str, String)> {
    vec![
        ("organization", "Lindenhof University Library".to_owned()),
        ("time_zone", "Europe/Berlin".to_owned()),
        ("name", "Ada Lindqvist".to_owned()),
        ("email", email.to_owned()),
        ("password", PASSWORD.to_owned()),
    ]
}

async fn link(hub: &TestHub) -> String {
    accounts::ensure_setup_link(&hub.hub).await.unwrap().expect("nobody administers yet")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_who_race_for_the_setup_link_one_wins() {
    let hub = TestHub::start().await;
    let link = link(&hub).await;
    hub.anyone().get(&link).await.expect(200);
    let attempts = (0..20).map(|number| {
        let (browser, link) = (hub.anyone(), link.clone());
        async move {
            let form = form(&format!("ada{number}@lindenhof.example"));
            let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = browser.post(&link, &fields).await;
            (browser, reply)
        }
    });
    let ended = join_all(attempts).await;
    let winners: Vec<_> = ended.iter().filter(|(_, reply)| reply.status.is_redirection()).collect();
    assert_eq!(winners.len(), 1);
    for (_, reply) in ended.iter().filter(|(_, reply)| !reply.status.is_redirection()) {
        assert!(matches!(reply.status.as_u16(), 404 | 409), "{}: {}", reply.status, reply.body);
    }
    assert_eq!(accounts::organizations(&hub.hub).await.unwrap().len(), 1);
    // The winner is signed in as the administrator, and nobody gets a link any more.
    winners[0].0.get("/admin/accounts").await.expect(200);
    assert!(accounts::ensure_setup_link(&hub.hub).await.unwrap().is_none());
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let hub = TestHub::start().await;
    let link = link(&hub).await;
    let mut fields = form("ada@lindenhof.example");
    fields[1].1 = "Mars/Olympus".to_owned();
    fields[4].1 = "short".to_owned();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let again = hub.anyone().post(&link, &fields).await.expect(422);
    assert!(
        again.body.contains("Lindenhof University Library") && again.body.contains("ada@lindenhof.example")
    );
    assert!(again.body.contains("aria-invalid"), "{}", again.body);
    assert!(!again.body.contains("value=\"short\""), "a password is never shown again");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setup_link_ends_after_a_day_and_a_guessed_one_never_began() {
    let hub = TestHub::start().await;
    let link = link(&hub).await;
    hub.advance(Duration::from_secs(24 * 3600 + 1));
    hub.anyone().get(&link).await.expect(404);
    hub.anyone().get("/setup/guessed").await.expect(404);
    hub.stop().await;
}
