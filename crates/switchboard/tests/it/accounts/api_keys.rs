//! API keys: shown once, stored hashed, ended by date or by a person.

use std::time::Duration;

use platform::{Scope, db::Record};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Browser, TestHub};

async fn create(admin: &Browser, body: &Value) -> Value {
    admin.call(Method::POST, "/api/v1/api-keys", body).await.expect(201).json()
}

fn secret(created: &Value) -> &str {
    created["secret"].as_str().expect("the secret, this once")
}

async fn column<T>(hub: &TestHub, sql: &'static str) -> Vec<(T,)>
where
    (T,): Record,
{
    hub.hub.db().sql(sql).all(hub.hub.db()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_stored_as_a_fingerprint() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let created = create(&admin, &json!({ "name": "Reports", "scopes": ["audit:read"] })).await;
    let secret = secret(&created).to_owned();
    let listed = admin.get("/api/v1/api-keys").await.expect(200).body;
    assert!(listed.contains("Reports") && !listed.contains(&secret));
    for (stored,) in column::<String>(&hub, "SELECT secret_hash FROM api_key").await {
        assert!(!stored.contains(&secret) && stored.len() == 64, "{stored}");
    }
    let program = Browser::with_key(hub.base_url.clone(), &secret);
    program.get("/api/v1/audit").await.expect(200);
    program.get("/api/v1/accounts").await.expect(403);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_or_expired_key_stops_at_once_though_it_was_remembered() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let at = hub.hub.now().after(Duration::from_secs(3600));
    let short =
        create(&admin, &json!({ "name": "Short", "scopes": ["audit:read"], "expires_at": at.to_string() }))
            .await;
    let long = create(&admin, &json!({ "name": "Long", "scopes": ["audit:read"] })).await;
    let (short, revoked) = (
        Browser::with_key(hub.base_url.clone(), secret(&short)),
        Browser::with_key(hub.base_url.clone(), secret(&long)),
    );
    for program in [&short, &revoked] {
        program.get("/api/v1/me").await.expect(200);
    }
    let id = revoked.get("/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let gone = admin.call(Method::DELETE, &format!("/api/v1/api-keys/{id}"), &Value::Null).await;
    assert!(gone.status.is_success(), "{}", gone.body);
    revoked.get("/api/v1/me").await.expect(401);
    hub.advance(Duration::from_secs(3601));
    short.get("/api/v1/me").await.expect(401);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_gives_no_more_than_it_has() {
    let hub = TestHub::start().await;
    let program = hub.api_key(&[Scope::AccountsWrite]).await;
    let refused = program
        .call(Method::POST, "/api/v1/api-keys", &json!({ "name": "More", "scopes": ["tokens:read"] }))
        .await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    let (keys,) = column::<i64>(&hub, "SELECT COUNT(*) FROM api_key").await[0];
    assert_eq!(keys, 1);
    hub.stop().await;
}
