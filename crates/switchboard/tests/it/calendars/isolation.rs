//! Nobody reaches another host's calendars, and nothing crosses between organizations.

use platform::{Actor, Role, Scope};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::desk::{Desk, at, booking, text};
use crate::harness::Browser;

#[tokio::test]
async fn a_host_cannot_touch_another_hosts_calendars() {
    let desk = Desk::open().await;
    let own = desk.own().await;
    let id = text(&own, "id");
    let chiara = desk.hub.signed_in("chiara.rossi@lindenhof.example", &[Role::Host]).await;
    chiara.post(&format!("/my/calendars/{id}/read"), &[]).await.expect(404);
    let fields = [("calendar", id.as_str()), ("policy", "open"), ("minutes", "5"), ("receives", "")];
    chiara.post("/my/calendars", &fields).await.expect(404);
    assert_eq!(desk.own().await, own);
    let page = chiara.get("/my/calendars").await.expect(200).body;
    assert!(!page.contains(&id), "{page}");
    for path in
        ["/api/v1/calendars".to_owned(), format!("/api/v1/calendars/{id}"), "/admin/calendars".to_owned()]
    {
        chiara.get(&path).await.expect(403);
    }
}

#[tokio::test]
async fn another_organization_sees_and_changes_nothing() {
    let desk = Desk::open().await;
    let id = text(&desk.own().await, "id");
    let hub = &desk.hub.hub;
    let other = accounts::create_organization(hub, "Another Library", "Europe/Berlin").await.unwrap();
    let new = accounts::NewApiKey { name: "Theirs".into(), scopes: Scope::ALL.to_vec(), expires_at: None };
    let key = accounts::create_api_key(hub, &Actor::system(other), new).await.unwrap();
    let program = Browser::with_key(desk.hub.base_url.clone(), key.secret.expose_secret());
    let list = program.get("/api/v1/calendars").await.expect(200).json();
    assert_eq!(list["items"], json!([]));
    program.get(&format!("/api/v1/calendars/{id}")).await.expect(404);
    let choice = json!({ "makes_busy": false, "receives_bookings": false, "when_unreadable": "open" });
    program.call(Method::PUT, &format!("/api/v1/calendars/{id}"), &choice).await.expect(404);
    program.call(Method::POST, &format!("/api/v1/calendars/{id}/readings"), &Value::Null).await.expect(404);

    desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    let (from, to) = (at("2026-11-23T00:00:00Z"), at("2026-11-30T00:00:00Z"));
    let found = ::calendars::busy(hub, other, &[desk.account], from, to).await.unwrap();
    assert!(found[0].busy.is_empty() && found[0].calendars.is_empty());
    let written = ::calendars::write_entry(hub, other, desk.account, &booking("booking:1")).await.unwrap();
    assert!(written.skipped.is_some() && desk.view().await.len() == 1);
}
