//! Authorizing: from the button to the connection, again, with another account, and with less than was asked for.

use reqwest::Method;
use sandbox::{Provider, Received};
use serde_json::{Value, json};

use super::desk::{ADA, BEN, CHIARA, Desk, TOKEN_ENDPOINT, problem, status, text};
use crate::harness::Consent;

fn parameter(request: &Received, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_person_connects_either_account_with_pkce_and_a_state() {
    for (provider, _) in TOKEN_ENDPOINT {
        let desk = Desk::open().await;
        let integration = desk.hub.integration(provider).await;
        desk.forget_requests();
        let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
        let authorize = if provider == Provider::Webex {
            "/v1/authorize"
        } else {
            "/organizations/oauth2/v2.0/authorize"
        };
        let request = desk.asked(authorize).into_iter().find(|request| request.path == authorize).unwrap();
        assert_eq!(parameter(&request, "code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(parameter(&request, "code_challenge").unwrap().len(), 43);
        assert!(parameter(&request, "state").unwrap().len() >= 43);
        assert!(parameter(&request, "client_secret").is_none());
        let body = desk.connection(&connection).await;
        assert_eq!((&body["state"], &body["provider_account"]), (&json!("active"), &json!(BEN)));
        assert!(body["provider_tenant"].is_string(), "{body}");
        assert_eq!(body["missing_scopes"], json!([]));
        let title = if provider == Provider::Webex { "Webex" } else { "Microsoft" };
        let page = desk.ben.get(&format!("/my/connections/{connection}")).await.expect(200);
        let sentence = format!("Authorized by {title} account ({BEN}) · last refreshed ");
        assert!(page.body.contains(&sentence) && page.body.contains(" · valid until "), "{}", page.body);
        let value = desk.value(&connection).await;
        assert_eq!(desk.asks(provider, &value).await, 200);
    }
}

#[tokio::test]
async fn authorizing_again_keeps_the_connections_id() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, connection) = Desk::connected(provider).await;
        let old = desk.value(&connection).await;
        for _ in 0..2 {
            assert_eq!(desk.hub.connect(&desk.ben, &integration, BEN).await, connection);
        }
        assert_ne!(desk.value(&connection).await, old);
        let all = desk.program.get("/api/v1/connections").await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn another_provider_account_takes_over_only_when_it_is_confirmed() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, connection) = Desk::connected(provider).await;
        let old = desk.value(&connection).await;
        desk.hub.sandbox.world.sign_out(provider, BEN);
        let asks = desk.hub.authorize(&desk.ben, &integration, CHIARA, Consent::Accept).await.expect(200);
        assert!(asks.url.path().starts_with("/my/authorizations/"), "{}", asks.url);
        assert!(asks.body.contains(BEN) && asks.body.contains(CHIARA), "{}", asks.body);
        assert_eq!(desk.value(&connection).await, old, "it was taken over without a word");
        assert_eq!(desk.connection(&connection).await["provider_account"], BEN);
        let confirm = format!("{}/confirm", asks.url.path());
        let confirmed = desk.ben.post(&confirm, &[]).await.expect(303);
        assert_eq!(confirmed.location().path(), format!("/my/connections/{connection}"));
        assert_eq!(desk.connection(&connection).await["provider_account"], CHIARA);
        assert_ne!(desk.value(&connection).await, old);
    }
}

#[tokio::test]
async fn another_provider_account_that_was_a_mistake_changes_nothing() {
    let (desk, integration, connection) = Desk::connected(Provider::Webex).await;
    let old = desk.value(&connection).await;
    desk.hub.sandbox.world.sign_out(Provider::Webex, BEN);
    let asks = desk.hub.authorize(&desk.ben, &integration, CHIARA, Consent::Accept).await.expect(200);
    assert!(desk.sandbox_grants(CHIARA).await > 0);
    desk.ben.post(&format!("{}/dismiss", asks.url.path()), &[]).await.expect(303);
    assert_eq!(desk.sandbox_grants(CHIARA).await, 0, "what nobody wants stays alive at Webex");
    assert_eq!(desk.asks(Provider::Webex, &old).await, 200, "the connection that stays lost its token");
    let late = desk.ben.post(&format!("{}/confirm", asks.url.path()), &[]).await;
    assert_eq!(late.status.as_u16(), 409, "{}", late.body);
    assert_eq!(desk.value(&connection).await, old);
    assert_eq!(desk.connection(&connection).await["provider_account"], BEN);
}

#[tokio::test]
async fn access_that_came_to_be_needed_is_shown_and_granted() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, connection) = Desk::connected(provider).await;
        let (purpose, scope) = match provider {
            Provider::Webex => ("directory", "spark-admin:licenses_read"),
            Provider::Microsoft => ("meetings", "OnlineMeetings.ReadWrite"),
        };
        let mut edit = desk.integration(&integration).await;
        edit["purposes"][purpose] = json!([]);
        let path = format!("/api/v1/integrations/{integration}");
        desk.program.call(Method::PUT, &path, &edit).await.expect(200);
        let body = desk.connection(&connection).await;
        let missing: Vec<&str> =
            body["missing_scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(missing.contains(&scope), "{body}");
        let page = desk.ben.get(&format!("/my/connections/{connection}")).await;
        assert!(page.body.contains("Grant missing access") && page.body.contains(scope), "{}", page.body);
        let fields = [("integration", integration.as_str()), ("connection", &connection)];
        let begun = desk.ben.post("/my/connections/authorize", &fields).await.expect(303);
        let end = desk.hub.click_through(&desk.ben, begun, BEN, Consent::Accept).await.expect(200);
        assert_eq!(end.url.path(), format!("/my/connections/{connection}"));
        assert!(!end.body.contains("Grant missing access"), "{}", end.body);
        assert_eq!(desk.connection(&connection).await["missing_scopes"], json!([]));
    }
}

#[tokio::test]
async fn the_order_and_spelling_of_scopes_is_no_drift() {
    for spelling in ["full", "short"] {
        let desk = Desk::open().await;
        desk.switch(&json!({ "entra.scope": spelling }));
        let integration = desk.hub.integration(Provider::Microsoft).await;
        let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
        assert_eq!(desk.connection(&connection).await["missing_scopes"], json!([]), "{spelling}");
    }
}

#[tokio::test]
async fn an_unanswered_question_who_it_is_can_be_asked_again_without_consent() {
    for (provider, _) in TOKEN_ENDPOINT {
        let desk = Desk::open().await;
        let integration = desk.hub.integration(provider).await;
        let me = if provider == Provider::Webex { "/v1/people/me" } else { "/v1.0/me" };
        desk.spoil(me, status(500));
        let page = desk.hub.authorize(&desk.ben, &integration, BEN, Consent::Accept).await;
        assert!(page.body.contains("Try again"), "{} {}", page.url, page.body);
        let path = page.url.path().to_owned();
        assert!(path.starts_with("/my/authorizations/"), "{path} has no way on");
        let complete = format!("{path}/complete");
        let still = desk.ben.post(&complete, &[]).await;
        assert_eq!(still.status.as_u16(), 503, "{}", still.body);
        desk.heal();
        desk.forget_requests();
        let done = desk.ben.post(&complete, &[]).await.expect(303);
        let connection = done.location().path().rsplit('/').next().unwrap().to_owned();
        assert_eq!(desk.refreshes_begun(provider), 0, "a new code was asked for");
        desk.value(&connection).await;
        // Pressed once more, it leads to the same connection.
        let again = desk.ben.post(&complete, &[]).await.expect(303);
        assert!(again.location().path().ends_with(&connection));
    }
}

#[tokio::test]
async fn a_kept_answer_of_an_earlier_try_joins_the_connection_made_since() {
    let desk = Desk::open().await;
    let integration = desk.hub.integration(Provider::Webex).await;
    desk.spoil("/v1/people/me", status(500));
    let first = desk.hub.authorize(&desk.ben, &integration, BEN, Consent::Accept).await;
    desk.heal();
    let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
    let done = desk.ben.post(&format!("{}/complete", first.url.path()), &[]).await.expect(303);
    assert_eq!(done.location().path(), format!("/my/connections/{connection}"));
    desk.value(&connection).await;
}

#[tokio::test]
async fn a_personal_token_is_a_marked_trial_for_twelve_hours() {
    let desk = Desk::open().await;
    let admin = desk.hub.admin().await;
    let token = desk.personal_token(Provider::Webex, ADA).await;
    let trial = "/admin/integrations/trial";
    for wrong in ["", "not-a-token", "ä"] {
        let refused = admin.post(trial, &[("token", wrong)]).await;
        assert_eq!(refused.status.as_u16(), 422, "{wrong} {}", refused.body);
    }
    desk.ben.post(trial, &[("token", &token)]).await.expect(403);
    let done = admin.post(trial, &[("token", &format!(" {token}\n"))]).await.expect(303);
    let connection = done.location().path().rsplit('/').next().unwrap().to_owned();
    let page = admin.get(&format!("/my/connections/{connection}")).await.expect(200);
    assert!(page.body.contains("trial"), "{}", page.body);
    let handed = desk.token(&connection).await.expect(200).json();
    assert_eq!((text(&handed, "access_token"), &handed["expires_in"]), (token, &json!(43_200)));
    desk.expire(&connection).await;
    let ended = desk.token(&connection).await.expect(409);
    assert_eq!(problem(&ended), "reauthorization_required");
    assert_eq!(desk.refreshes_begun(Provider::Webex), 0);
}
