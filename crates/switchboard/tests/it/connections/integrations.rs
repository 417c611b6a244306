//! Every verdict on an integration's credentials, as the provider's own answers give it.

use std::time::Duration;

use reqwest::Method;
use sandbox::{CutPoint, Fault, Provider};
use serde_json::{Value, json};

use super::desk::{Desk, TOKEN_ENDPOINT, cut, status, text};

/// An integration with these credentials, just saved.
pub(super) async fn saved(desk: &Desk, provider: Provider, client_id: &str, secret: &str) -> Value {
    desk.post("/api/v1/integrations", body(provider, client_id, secret)).await.expect(201).json()
}

pub(super) fn body(provider: Provider, client_id: &str, secret: &str) -> Value {
    let tenant = if provider == Provider::Microsoft { "organizations" } else { "" };
    json!({
        "provider": provider, "name": "Library", "client_id": client_id, "tenant": tenant,
        "client_secret": { "value": secret }, "purposes": { "sign_in": [], "meetings": [] },
    })
}

pub(super) fn verdict(integration: &Value) -> String {
    text(&integration["verdict"], "kind")
}

fn said(integration: &Value) -> String {
    text(&integration["verdict"], "say")
}

async fn checked(desk: &Desk, integration: &Value) -> Value {
    let path = format!("/api/v1/integrations/{}/check", text(integration, "id"));
    desk.program.call(Method::POST, &path, &Value::Null).await.expect(200).json()
}

const BOTH: [Provider; 2] = [Provider::Webex, Provider::Microsoft];

#[tokio::test]
async fn good_credentials_are_accepted_and_cost_nobody_anything() {
    let desk = Desk::open().await;
    for provider in BOTH {
        let (client_id, secret) = desk.hub.credentials(provider);
        let integration = saved(&desk, provider, &client_id, &secret).await;
        assert_eq!(verdict(&integration), "accepted", "{integration}");
        assert!(integration["verdict"]["next_check_at"].is_null());
    }
    assert!(desk.mails().is_empty());
}

#[tokio::test]
async fn a_wrong_secret_is_told_apart_from_an_unknown_client_id() {
    let desk = Desk::open().await;
    for provider in BOTH {
        let (client_id, _) = desk.hub.credentials(provider);
        let wrong = saved(&desk, provider, &client_id, "not the secret").await;
        assert_eq!(verdict(&wrong), "wrong_secret", "{wrong}");
    }
    let (_, secret) = desk.hub.credentials(Provider::Microsoft);
    let unknown = saved(&desk, Provider::Microsoft, "8f2b6f40-0000-4000-8000-000000000000", &secret).await;
    assert_eq!(verdict(&unknown), "unknown_client", "{unknown}");
}

#[tokio::test]
async fn a_client_id_that_webex_never_learns_is_called_unknown_after_a_quarter_of_an_hour() {
    let desk = Desk::open().await;
    let (_, secret) = desk.hub.credentials(Provider::Webex);
    let integration = saved(&desk, Provider::Webex, "Cffffffff", &secret).await;
    assert_eq!(verdict(&integration), "propagating");
    desk.hub.advance(Duration::from_secs(15 * 60));
    desk.hub.run_jobs().await;
    let later = desk.integration(&text(&integration, "id")).await;
    assert_eq!(verdict(&later), "unknown_client", "{later}");
    assert!(later["verdict"]["next_check_at"].is_null());
}

#[tokio::test]
async fn the_secrets_id_is_recognized_and_its_value_asked_for() {
    let desk = Desk::open().await;
    let (client_id, _) = desk.hub.credentials(Provider::Microsoft);
    let mut id = String::new();
    desk.change_app(Provider::Microsoft, |app| id = app.secrets[0].id.to_string());
    let integration = saved(&desk, Provider::Microsoft, &client_id, &id).await;
    assert_eq!(verdict(&integration), "secret_id");
    assert!(said(&integration).contains("Paste its Value"), "{integration}");
}

#[tokio::test]
async fn an_expired_secret_is_named_with_its_day() {
    let desk = Desk::open().await;
    let (client_id, secret) = desk.hub.credentials(Provider::Microsoft);
    let ended = "2026-11-01T00:00:00Z";
    desk.change_app(Provider::Microsoft, |app| app.secrets[0].expires_at = Some(ended.parse().unwrap()));
    let mut new = body(Provider::Microsoft, &client_id, &secret);
    new["client_secret"]["expires_on"] = json!(ended);
    let integration = desk.post("/api/v1/integrations", new).await.expect(201).json();
    assert_eq!(verdict(&integration), "secret_expired");
    assert!(said(&integration).contains("expired on 1 Nov 2026"), "{integration}");
}

#[tokio::test]
async fn a_redirect_url_that_is_not_registered_is_shown_to_be_added() {
    let desk = Desk::open().await;
    for provider in BOTH {
        let (client_id, secret) = desk.hub.credentials(provider);
        desk.change_app(provider, |app| app.redirect_uris = vec!["https://elsewhere.example/cb".to_owned()]);
        let integration = saved(&desk, provider, &client_id, &secret).await;
        assert_eq!(verdict(&integration), "redirect_not_registered", "{integration}");
        assert!(said(&integration).contains(&text(&integration, "redirect_url")), "{integration}");
    }
}

#[tokio::test]
async fn scopes_that_the_app_lacks_are_told() {
    let desk = Desk::open().await;
    let (client_id, secret) = desk.hub.credentials(Provider::Webex);
    desk.change_app(Provider::Webex, |app| app.scopes.retain(|scope| scope != "meeting:schedules_write"));
    let integration = saved(&desk, Provider::Webex, &client_id, &secret).await;
    assert_eq!(verdict(&integration), "scope_not_allowed", "{integration}");
}

#[tokio::test]
async fn a_silent_provider_is_not_mistaken_for_wrong_credentials_and_is_asked_again_by_itself() {
    let desk = Desk::open().await;
    for (provider, endpoint) in TOKEN_ENDPOINT {
        let (client_id, secret) = desk.hub.credentials(provider);
        let integration = saved(&desk, provider, &client_id, &secret).await;
        let html = Fault { html: true, ..Fault::default() };
        let half = Fault { malformed: true, ..Fault::default() };
        for fault in [cut(CutPoint::Before), cut(CutPoint::Middle), status(500), status(503), html, half] {
            desk.spoil(endpoint, fault.clone());
            let checked = checked(&desk, &integration).await;
            assert_eq!(verdict(&checked), "provider_unreachable", "{provider:?} {fault:?} {checked}");
            desk.heal();
        }
        desk.spoil("/", cut(CutPoint::Before));
        let cut_off = checked(&desk, &integration).await;
        assert_eq!(verdict(&cut_off), "provider_unreachable");
        assert_eq!(cut_off["verdict"]["next_check_at"], "2026-11-21T09:01:00.000Z");
        desk.heal();
    }
    desk.hub.advance(Duration::from_secs(60));
    desk.hub.run_jobs().await;
    let all = desk.program.get("/api/v1/integrations").await.expect(200).json();
    let kinds: Vec<String> = all["items"].as_array().unwrap().iter().map(verdict).collect();
    assert_eq!(kinds, ["accepted", "accepted"]);
}

#[tokio::test]
async fn a_just_registered_app_becomes_accepted_by_itself() {
    let desk = Desk::open().await;
    let callback = format!("{}oauth/callback", desk.hub.base_url);
    let app = json!({
        "provider": "webex", "name": "New", "redirect_uris": [callback], "propagation_seconds": 45,
        "scopes": ["spark:people_read", "meeting:schedules_read", "meeting:schedules_write", "meeting:preferences_read"],
    });
    let app = desk.control("/_sandbox/apps", app).await;
    let secret = text(&app["secrets"][0], "value");
    let integration = saved(&desk, Provider::Webex, &text(&app, "client_id"), &secret).await;
    let id = text(&integration, "id");
    assert_eq!(verdict(&integration), "propagating");
    assert_eq!(integration["verdict"]["next_check_at"], "2026-11-21T09:00:20.000Z");
    assert!(said(&integration).contains("nothing to do"));
    for (seconds, kind) in [(20, "propagating"), (40, "propagating"), (60, "accepted")] {
        desk.hub.advance(Duration::from_secs(20));
        desk.hub.run_jobs().await;
        assert_eq!(verdict(&desk.integration(&id).await), kind, "after {seconds} s");
    }
    desk.forget_requests();
    desk.hub.advance(Duration::from_secs(3600));
    desk.hub.run_jobs().await;
    assert!(desk.asked("/").is_empty(), "an accepted app is still being checked");
}
