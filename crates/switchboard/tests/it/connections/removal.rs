//! Removing an authorization: at the provider, here, and in words.

use std::time::Duration;

use platform::db::Db;
use sandbox::{CutPoint, Fault, Provider};
use serde_json::Value;

use super::desk::{ADA, BEN, Desk, cut, status, text};

/// How many sealed tokens the row still holds.
async fn kept_tokens(db: &Db, connection: &str) -> i64 {
    let sql =
        "SELECT CAST(COUNT(access_token) + COUNT(refresh_token) AS BIGINT) FROM connection WHERE id = $1";
    let (kept,): (i64,) = db.sql(sql).bind(connection.to_owned()).one(db).await.unwrap();
    kept
}

#[tokio::test]
async fn a_removed_webex_authorization_is_revoked_verified_and_forgotten() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    let value = desk.value(&connection).await;
    let removed = desk.ben.post(&format!("/my/connections/{connection}/remove"), &[]).await.expect(303);
    assert_eq!(removed.location().path(), "/my/connections");
    desk.token(&connection).await.expect(404);
    desk.hub.run_jobs().await;
    assert_eq!(desk.asks(Provider::Webex, &value).await, 401);
    assert_eq!(desk.sandbox_grants(BEN).await, 0, "something is left of it at Webex");
    assert_eq!(kept_tokens(desk.hub.hub.db(), &connection).await, 0);
    let history = desk.connection(&connection).await;
    assert_eq!((&history["state"], &history["provider_account"]), (&"removed".into(), &BEN.into()));
    assert!(text(&history, "revocation").starts_with("Revoked at Webex and verified"), "{history}");
    let page = desk.ben.get("/my/connections").await;
    assert!(page.body.contains("Removed connections (1)"), "{}", page.body);
    let listed = desk.program.get("/api/v1/connections").await.json();
    assert_eq!(listed["items"], Value::Array(vec![]));
    let audit = desk.program.get("/api/v1/audit").await.body;
    assert!(audit.contains("connection.removed") && audit.contains("connection.revoked"), "{audit}");
}

#[tokio::test]
async fn microsofts_limits_are_told_as_they_are() {
    let (desk, _, connection) = Desk::connected(Provider::Microsoft).await;
    desk.remove(&connection).await;
    desk.hub.run_jobs().await;
    assert_eq!(kept_tokens(desk.hub.hub.db(), &connection).await, 0);
    let words = text(&desk.connection(&connection).await, "revocation");
    assert!(words.contains("no call to withdraw") && words.contains("myapps.microsoft.com"), "{words}");
}

#[tokio::test]
async fn a_revocation_waits_for_a_provider_that_is_down() {
    let troubles = [cut(CutPoint::Before), cut(CutPoint::After), status(503), status(429)];
    for fault in troubles {
        let (desk, _, connection) = Desk::connected(Provider::Webex).await;
        let value = desk.value(&connection).await;
        desk.spoil("/idb/", fault.clone());
        desk.remove(&connection).await;
        desk.hub.run_jobs().await;
        desk.token(&connection).await.expect(404);
        assert_eq!(text(&desk.connection(&connection).await, "revocation"), "under way", "{fault:?}");
        desk.heal();
        desk.hub.advance(Duration::from_secs(3600));
        desk.hub.run_jobs().await;
        assert_eq!(desk.asks(Provider::Webex, &value).await, 401, "{fault:?}");
        assert!(text(&desk.connection(&connection).await, "revocation").contains("verified"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_provider_that_never_confirms_ends_in_honest_words_and_without_tokens() {
    let faults = [status(503), status(400), Fault { html: true, status: Some(403), ..Fault::default() }];
    for fault in faults {
        let (desk, _, connection) = Desk::connected(Provider::Webex).await;
        desk.spoil("/idb/", fault.clone());
        desk.remove(&connection).await;
        for _ in 0..48 {
            desk.hub.run_jobs().await;
            desk.hub.advance(Duration::from_secs(3600));
        }
        assert_eq!(kept_tokens(desk.hub.hub.db(), &connection).await, 0, "{fault:?}");
        let words = text(&desk.connection(&connection).await, "revocation");
        assert!(words.contains("did not confirm"), "{fault:?} {words}");
        let asked = desk.asked("/idb/").len();
        assert!(asked < 200, "{asked} attempts");
    }
}

#[tokio::test]
async fn either_secret_may_revoke() {
    let (desk, integration, connection) = Desk::connected(Provider::Webex).await;
    let value = desk.value(&connection).await;
    desk.change_app(Provider::Webex, |app| {
        let next = sandbox::Secret { value: "the next one".into(), ..app.secrets[0].clone() };
        app.secrets.push(next);
    });
    let path = format!("/api/v1/integrations/{integration}/secrets");
    desk.post(&path, serde_json::json!({ "value": "the next one" })).await.expect(201);
    desk.change_app(Provider::Webex, |app| drop(app.secrets.remove(0)));
    desk.remove(&connection).await;
    desk.hub.run_jobs().await;
    assert_eq!(desk.asks(Provider::Webex, &value).await, 401);
}

#[tokio::test]
async fn authorizing_after_a_removal_makes_a_new_connection() {
    let (desk, integration, connection) = Desk::connected(Provider::Webex).await;
    desk.remove(&connection).await;
    desk.hub.run_jobs().await;
    let again = desk.hub.connect(&desk.ben, &integration, BEN).await;
    assert_ne!(again, connection);
    desk.value(&again).await;
    desk.token(&connection).await.expect(404);
    assert_eq!(desk.connection(&connection).await["state"], "removed");
}

#[tokio::test]
async fn only_the_owner_and_administrators_may_remove() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    let operator = desk.hub.operator().await;
    let path = format!("/my/connections/{connection}/remove");
    operator.post(&path, &[]).await.expect(404);
    operator.post(&format!("/admin/connections/{connection}/remove"), &[]).await.expect(403);
    desk.value(&connection).await;
    let admin = desk.hub.signed_in(ADA, &[platform::Role::Administrator]).await;
    admin.post(&format!("/admin/connections/{connection}/remove"), &[]).await.expect(303);
    desk.token(&connection).await.expect(404);
}
