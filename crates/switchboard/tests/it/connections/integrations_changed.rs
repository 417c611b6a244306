//! Changing integrations: two secrets, switching off, two editors, and whatever may be pasted into a field.

use reqwest::Method;
use sandbox::Provider;
use serde_json::{Value, json};

use super::{
    desk::{BEN, Desk, TOKEN_ENDPOINT, problem, text},
    integrations::{body, saved, verdict},
};

/// The provider's app gets another secret.
fn new_secret(desk: &Desk, provider: Provider, value: &str) {
    desk.change_app(provider, |app| {
        let mut secret = app.secrets[0].clone();
        value.clone_into(&mut secret.value);
        app.secrets.push(secret);
    });
}

fn end_old_secret(desk: &Desk, provider: Provider) {
    desk.change_app(provider, |app| drop(app.secrets.remove(0)));
}

fn places(integration: &Value) -> Vec<(String, String)> {
    let secrets = integration["secrets"].as_array().unwrap();
    secrets.iter().map(|secret| (text(secret, "place"), text(secret, "hint"))).collect()
}

fn pairs(expected: [(&str, &str); 2]) -> Vec<(String, String)> {
    expected.map(|(place, hint)| (place.to_owned(), hint.to_owned())).to_vec()
}

#[tokio::test]
async fn the_next_secret_waits_until_only_it_works_and_is_promoted_at_a_check() {
    let desk = Desk::open().await;
    let integration = desk.hub.integration(Provider::Webex).await;
    let path = format!("/api/v1/integrations/{integration}/secrets");
    let old = places(&desk.integration(&integration).await)[0].1.clone();
    new_secret(&desk, Provider::Webex, "brand-new");
    let both = desk.post(&path, json!({ "value": "brand-new" })).await.expect(201).json();
    assert_eq!(places(&both), pairs([("current", &old), ("next", "bra")]));
    let third = desk.post(&path, json!({ "value": "third" })).await.expect(409);
    assert!(third.body.contains("Remove the one that is no longer used"), "{}", third.body);
    end_old_secret(&desk, Provider::Webex);
    let check = format!("/api/v1/integrations/{integration}/check");
    let after = desk.program.call(Method::POST, &check, &Value::Null).await.expect(200).json();
    assert_eq!(verdict(&after), "accepted");
    assert_eq!(places(&after), pairs([("current", "bra"), ("next", &old)]));
    let gone = format!("{path}/{}", text(&after["secrets"][1], "id"));
    desk.program.call(Method::DELETE, &gone, &Value::Null).await.expect(204);
    assert_eq!(desk.integration(&integration).await["secrets"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_next_secret_takes_over_during_a_refresh_and_nobody_notices() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, connection) = Desk::connected(provider).await;
        new_secret(&desk, provider, "brand-new");
        let path = format!("/api/v1/integrations/{integration}/secrets");
        desk.post(&path, json!({ "value": "brand-new" })).await.expect(201);
        end_old_secret(&desk, provider);
        desk.expire(&connection).await;
        let value = desk.value(&connection).await;
        assert_eq!(desk.asks(provider, &value).await, 200);
        let after = desk.integration(&integration).await;
        assert_eq!(places(&after)[0], ("current".to_owned(), "bra".to_owned()));
        assert!(after["trouble"].is_null(), "{after}");
        desk.forget_requests();
        desk.expire(&connection).await;
        desk.value(&connection).await;
        assert_eq!(desk.refreshes(provider), 1, "the promoted secret is not tried first");
        assert!(desk.mails().is_empty());
    }
}

#[tokio::test]
async fn switching_off_keeps_everything_and_can_be_undone() {
    let (desk, integration, connection) = Desk::connected(Provider::Webex).await;
    let before = desk.value(&connection).await;
    let switch = async |word: &str| {
        desk.post(&format!("/api/v1/integrations/{integration}/{word}"), Value::Null).await.expect(204);
    };
    switch("disable").await;
    let refused = desk.token(&connection).await.expect(409);
    assert_eq!(problem(&refused), "integration_unusable");
    assert!(refused.body.contains("switched off"), "{}", refused.body);
    let begun = desk.ben.post("/my/connections/authorize", &[("integration", &integration)]).await;
    assert_eq!(begun.status.as_u16(), 409, "{}", begun.body);
    assert!(desk.ben.get("/my/connections").await.body.contains("switched off"));
    assert_eq!(desk.asks(Provider::Webex, &before).await, 200, "the token was withdrawn");
    switch("enable").await;
    assert_eq!(desk.value(&connection).await, before);
    assert_eq!(desk.connection(&connection).await["state"], "active");
}

#[tokio::test]
async fn of_two_administrators_the_slower_one_is_told_and_nothing_is_lost() {
    let desk = Desk::open().await;
    let id = desk.hub.integration(Provider::Webex).await;
    let path = format!("/api/v1/integrations/{id}");
    let seen = desk.integration(&id).await;
    let edit = |name: &str| {
        let mut edit = seen.clone();
        edit["name"] = json!(name);
        edit
    };
    let first = desk.program.call(Method::PUT, &path, &edit("First")).await.expect(200).json();
    let second = desk.program.call(Method::PUT, &path, &edit("Second")).await.expect(409);
    assert_eq!(problem(&second), "conflict");
    let now = desk.integration(&id).await;
    assert_eq!((&now["name"], &now["client_id"]), (&json!("First"), &seen["client_id"]));
    assert_eq!(now["version"], first["version"]);
    let mut again = edit("Second");
    again["version"] = now["version"].clone();
    desk.program.call(Method::PUT, &path, &again).await.expect(200);
    assert_eq!(desk.integration(&id).await["name"], "Second");
}

#[tokio::test]
async fn input_that_cannot_be_meant_is_refused_field_by_field() {
    let desk = Desk::open().await;
    let long = "C".repeat(10_240);
    let webex = |change: &dyn Fn(&mut Value)| {
        let mut new = body(Provider::Webex, "Cabc", "secret");
        change(&mut new);
        new
    };
    let cases: [(&str, Value); 8] = [
        ("client_id", webex(&|new| new["client_id"] = json!(long))),
        ("client_id", webex(&|new| new["client_id"] = json!(""))),
        ("client_id", webex(&|new| new["client_id"] = json!("C abc"))),
        ("name", webex(&|new| new["name"] = json!("n".repeat(81)))),
        ("client_secret", webex(&|new| new["client_secret"]["value"] = json!("  "))),
        ("client_secret", webex(&|new| new["client_secret"]["value"] = json!("s".repeat(501)))),
        ("client_secret", webex(&|new| new["client_secret"]["value"] = json!("two\nlines"))),
        ("purposes", webex(&|new| new["purposes"] = json!({ "calendars": [] }))),
    ];
    for (field, new) in cases {
        let refused = desk.post("/api/v1/integrations", new).await.expect(422);
        let errors = refused.json()["errors"].clone();
        assert_eq!(errors[0]["field"], field, "{errors}");
        assert!(refused.body.len() < 2_000, "the refusal repeats what it refuses");
    }
    let mut lost = body(Provider::Microsoft, "8f2b6f40-0000-4000-8000-000000000000", "secret");
    lost["tenant"] = json!("https://evil.example/");
    assert_eq!(
        desk.post("/api/v1/integrations", lost).await.expect(422).json()["errors"][0]["field"],
        "tenant"
    );
    let none = desk.program.get("/api/v1/integrations").await.json();
    assert_eq!(none["items"], json!([]), "something was stored");
    assert!(desk.asked("/").is_empty(), "a provider was bothered");
}

#[tokio::test]
async fn odd_secrets_reach_the_provider_byte_by_byte() {
    let desk = Desk::open().await;
    let odd = "a b$c~d+e&f=g%h;ü→日本\"'<>\\";
    for (provider, _) in TOKEN_ENDPOINT {
        let (client_id, _) = desk.hub.credentials(provider);
        desk.change_app(provider, |app| odd.clone_into(&mut app.secrets[0].value));
        let integration = saved(&desk, provider, &client_id, &format!(" {odd}\t")).await;
        assert_eq!(verdict(&integration), "accepted", "{provider:?}");
        let connection = desk.hub.connect(&desk.ben, &text(&integration, "id"), BEN).await;
        let value = desk.value(&connection).await;
        // Webex's revocation sends the secret in a header, where it has to survive too.
        desk.remove(&connection).await;
        desk.hub.run_jobs().await;
        let expected = if provider == Provider::Webex { 401 } else { 200 };
        assert_eq!(desk.asks(provider, &value).await, expected);
    }
}

#[tokio::test]
async fn markup_in_a_name_stays_text() {
    let desk = Desk::open().await;
    let (client_id, secret) = desk.hub.credentials(Provider::Webex);
    let name = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";
    let mut new = body(Provider::Webex, &client_id, &secret);
    new["name"] = json!(name);
    let id = text(&desk.post("/api/v1/integrations", new).await.expect(201).json(), "id");
    assert_eq!(desk.integration(&id).await["name"], name);
    let connection = desk.hub.connect(&desk.ben, &id, BEN).await;
    let admin = desk.hub.admin().await;
    let own = format!("/my/connections/{connection}");
    for page in [
        desk.ben.get("/my/connections").await,
        desk.ben.get(&own).await,
        admin.get("/admin/connections").await,
        admin.get("/admin/audit").await,
    ] {
        assert_eq!(page.status.as_u16(), 200, "{}", page.url);
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{}", page.url);
    }
}
