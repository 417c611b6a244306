//! What processes remember is kept in step: on PostgreSQL between two servers, on SQLite within the one.

use platform::Scope;
use reqwest::Method;
use serde_json::Value;

use crate::harness::{Browser, Setup, TestHub, admin_url};

/// On PostgreSQL a second server on the first one's database; on SQLite there is only the one.
async fn second(one: &TestHub) -> Option<TestHub> {
    admin_url()?;
    let database = Some(one.config.database_url());
    let key_file = Some(one.config.key_file());
    let setup = Setup { fixed_clock: false, seed: 43, database, key_file, ..Default::default() };
    Some(TestHub::start_with(setup).await)
}

async fn until_in_step(hub: &TestHub) {
    let started = tokio::time::Instant::now();
    while !hub.hub.coherence().may_trust_memory(hub.hub.db()) {
        assert!(started.elapsed().as_secs() < 20, "the server never came into step");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_stops_at_once_also_on_another_server_that_remembers_it() {
    let one = TestHub::start_with(Setup { fixed_clock: false, ..Default::default() }).await;
    let two = second(&one).await;
    let there = two.as_ref().unwrap_or(&one);
    until_in_step(&one).await;
    until_in_step(there).await;
    let program = Browser::with_key(there.base_url.clone(), &one.key(&[Scope::AuditRead]).await);
    let id = program.get("/api/v1/me").await.expect(200).json()["id"].as_str().unwrap().to_owned();
    let admin = one.admin().await;
    program.get("/api/v1/me").await.expect(200);
    let gone = admin.call(Method::DELETE, &format!("/api/v1/api-keys/{id}"), &Value::Null).await;
    assert!(gone.status.is_success(), "{}", gone.body);
    program.get("/api/v1/me").await.expect(401);
    if let Some(two) = two {
        two.stop().await;
    }
    one.stop().await;
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
