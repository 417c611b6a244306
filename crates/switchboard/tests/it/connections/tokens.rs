//! The token door: what is handed out, when it is renewed, and how many ask the provider for it.

use sandbox::{Fault, Provider};
use serde_json::{Value, json};

use super::desk::{BEN, Desk, TOKEN_ENDPOINT, problem, text, token_endpoint};

#[tokio::test]
async fn a_fresh_token_costs_no_call_at_the_provider() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        let first = desk.token(&connection).await.expect(200).json();
        assert_eq!(first["token_type"], "Bearer");
        assert_eq!(first["provider_account"], BEN);
        for _ in 0..5 {
            assert_eq!(desk.value(&connection).await, text(&first, "access_token"));
        }
        assert!(desk.asked("/").is_empty(), "{:?}", desk.asked("/"));
        assert_eq!(desk.asks(provider, &text(&first, "access_token")).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refreshed_once_for_fifty_who_ask_at_the_same_moment() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        let old = desk.value(&connection).await;
        desk.expire(&connection).await;
        let replies = desk.tokens(&connection, 50).await;
        let fresh = text(&replies[0].clone().expect(200).json(), "access_token");
        assert_ne!(fresh, old);
        assert!(replies.iter().all(|reply| reply.body.contains(&fresh)), "they were handed different tokens");
        assert_eq!(desk.refreshes(provider), 1);
        assert_eq!(desk.asks(provider, &fresh).await, 200);
    }
}

#[tokio::test]
async fn a_token_is_renewed_within_its_last_five_minutes() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        let old = desk.value(&connection).await;
        desk.to_the_end(&connection, -302).await;
        assert_eq!(desk.value(&connection).await, old);
        assert_eq!(desk.refreshes(provider), 0);
        desk.to_the_end(&connection, -299).await;
        let reply = desk.token(&connection).await.expect(200).json();
        assert_ne!(text(&reply, "access_token"), old);
        assert!(reply["expires_in"].as_u64().unwrap() > 300, "{reply}");
        assert_eq!(desk.refreshes(provider), 1);
    }
}

#[tokio::test]
async fn a_refresh_answer_needs_nothing_but_an_access_token() {
    for (provider, endpoint) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        let before = desk.connection(&connection).await;
        let optional = [
            "expires_in",
            "ext_expires_in",
            "token_type",
            "scope",
            "refresh_token",
            "refresh_token_expires_in",
        ];
        let sets = optional.iter().map(|field| vec![*field]).chain([optional.to_vec()]);
        for fields in sets {
            desk.expire(&connection).await;
            let drop_fields = fields.iter().map(|field| (*field).to_owned()).collect();
            desk.spoil(endpoint, Fault { drop_fields, ..Fault::default() });
            let value = desk.value(&connection).await;
            assert_eq!(desk.asks(provider, &value).await, 200, "{provider:?} without {fields:?}");
            desk.heal();
            let after = desk.connection(&connection).await;
            assert_eq!(
                (&after["state"], &after["scopes"]),
                (&json!("active"), &before["scopes"]),
                "{fields:?}"
            );
            if fields.contains(&"expires_in") {
                let reply = desk.token(&connection).await.json();
                assert_eq!(reply["expires_in"], 3600, "an hour is assumed");
            }
        }
    }
}

#[tokio::test]
async fn every_way_to_answer_a_refresh_token_keeps_the_connection_alive() {
    let cases = [
        (Provider::Webex, json!({ "webex.refresh": "same" })),
        (Provider::Webex, json!({ "webex.refresh": "omitted" })),
        (Provider::Webex, json!({ "webex.refresh": "rotate" })),
        (Provider::Microsoft, json!({ "entra.refresh": "reuse", "entra.scope": "short" })),
        (Provider::Microsoft, json!({ "entra.refresh": "strict", "entra.refresh_expires": true })),
    ];
    for (provider, switches) in cases {
        let (desk, _, connection) = Desk::connected(provider).await;
        desk.switch(&switches);
        for round in 1..=4 {
            desk.expire(&connection).await;
            let value = desk.value(&connection).await;
            assert_eq!(desk.asks(provider, &value).await, 200, "{switches} {round}");
            assert_eq!(desk.refreshes(provider), round, "{switches}");
        }
        let after = desk.connection(&connection).await;
        assert_eq!(after["state"], "active", "{after}");
        assert_eq!(after["missing_scopes"], json!([]), "{after}");
    }
}

#[tokio::test]
async fn a_removed_connection_answers_404_from_the_next_request_on() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.value(&connection).await;
    desk.remove(&connection).await;
    let gone = desk.token(&connection).await.expect(404);
    assert_eq!(problem(&gone), "not_found");
    // Removing twice is no error, and does not revoke twice.
    desk.remove(&connection).await;
    desk.hub.run_jobs().await;
    desk.token(&connection).await.expect(404);
}

#[tokio::test]
async fn a_connection_removed_while_it_is_refreshed_hands_out_nothing() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.switch(&json!({ "webex.refresh": "rotate" }));
    desk.expire(&connection).await;
    desk.spoil(token_endpoint(Provider::Webex), Fault { delay_ms: Some(300), ..Fault::default() });
    let (asked, ()) = tokio::join!(desk.token(&connection), async {
        while desk.refreshes_begun(Provider::Webex) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        desk.remove(&connection).await;
    });
    assert_eq!(asked.status.as_u16(), 404, "{}", asked.body);
    desk.heal();
    desk.hub.run_jobs().await;
    let left = desk.sandbox_grants(BEN).await;
    assert_eq!(left, 0, "a refresh that ended after the removal left its tokens alive at Webex");
}

#[tokio::test]
async fn another_organizations_connection_does_not_exist() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    let foreign = accounts::create_organization(&desk.hub.hub, "Other", "UTC").await.unwrap();
    let actor = platform::Actor::system(foreign);
    let scopes = platform::Scope::ALL.to_vec();
    let new = accounts::NewApiKey { name: "Foreign".to_owned(), scopes, expires_at: None };
    let key = accounts::create_api_key(&desk.hub.hub, &actor, new).await.unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&key.secret).to_owned();
    let stranger = crate::harness::Browser::with_key(desk.hub.base_url.clone(), &secret);
    desk.value(&connection).await;
    for path in ["/token", ""] {
        stranger.get(&format!("/api/v1/connections/{connection}{path}")).await.expect(404);
    }
    let path = format!("/api/v1/connections/{connection}");
    stranger.call(reqwest::Method::DELETE, &path, &Value::Null).await.expect(404);
    stranger.call(reqwest::Method::POST, &format!("{path}/tests"), &Value::Null).await.expect(404);
    assert_eq!(stranger.get("/api/v1/connections").await.json()["items"], json!([]));
    stranger.get("/api/v1/connections/not-an-id/token").await.expect(404);
    desk.value(&connection).await;
}

#[tokio::test]
async fn a_key_needs_the_scope_to_read_tokens() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    let path = format!("/api/v1/connections/{connection}/token");
    let reader = desk.hub.api_key(&[platform::Scope::ConnectionsRead]).await;
    reader.get(&path).await.expect(403);
    desk.hub.anyone().get(&path).await.expect(401);
    let person = desk.ben.get(&path).await;
    assert!(person.status.as_u16() == 403, "a person read a token: {}", person.status);
    let shown = reader.get(&format!("/api/v1/connections/{connection}")).await.expect(200);
    assert!(!shown.body.contains(&desk.value(&connection).await));
}
