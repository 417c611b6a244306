//! What processes remember is kept in step: on PostgreSQL between two servers, on SQLite within the one.

use platform::Scope;
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Browser, Setup, TestHub, admin_url};

/// Two servers on one PostgreSQL database; on SQLite there can be only one.
async fn pair() -> Option<(TestHub, TestHub)> {
    admin_url()?;
    let one = TestHub::start_with(Setup { fixed_clock: false, ..Default::default() }).await;
    let database = Some(one.config.database_url());
    let key = Some(one.config.key_file());
    let two = TestHub::start_with(Setup {
        fixed_clock: false,
        seed: 43,
        database,
        key_file: key,
        ..Default::default()
    })
    .await;
    Some((one, two))
}

async fn until_in_step(hub: &TestHub) {
    let started = tokio::time::Instant::now();
    while !hub.hub.coherence().may_trust_memory(hub.hub.db()) {
        assert!(started.elapsed().as_secs() < 20, "the server never came into step");
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_on_one_server_stops_at_once_on_the_other() {
    let Some((one, two)) = pair().await else { return };
    until_in_step(&one).await;
    until_in_step(&two).await;
    let key = one.key(&[Scope::AuditRead]).await;
    let there = Browser::with_key(two.base_url.clone(), &key);
    let id = there.get("/api/v1/me").await.expect(200).json()["id"].as_str().unwrap().to_owned();
    there.get("/api/v1/me").await.expect(200);
    let admin = one.admin().await;
    for _ in 0..3 {
        there.get("/api/v1/me").await.expect(200);
    }
    let gone = admin.call(Method::DELETE, &format!("/api/v1/api-keys/{id}"), &Value::Null).await;
    assert!(gone.status.is_success(), "{}", gone.body);
    there.get("/api/v1/me").await.expect(401);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_is_forgotten_before_settling_ends() {
    let hub = TestHub::start().await;
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = heard.clone();
    hub.hub.coherence().on_forget(move |topic| listener.lock().unwrap().push(topic.to_owned()));
    let mut tx = hub.hub.db().begin().await.unwrap();
    let announcement = hub.hub.coherence().announce(&mut tx, "thing:1".to_owned()).await.unwrap();
    assert!(!heard.lock().unwrap().contains(&"thing:1".to_owned()));
    tx.commit().await.unwrap();
    hub.hub.coherence().settle(hub.hub.db(), announcement).await.unwrap();
    assert!(heard.lock().unwrap().contains(&"thing:1".to_owned()));
    hub.stop().await;
}
