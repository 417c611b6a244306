//! Authorizations that must not or cannot succeed: states that are not ours, codes that are not good, people who say no.

use std::time::Duration;

use sandbox::Provider;
use serde_json::{Value, json};
use url::Url;

use super::desk::{BEN, Desk, TOKEN_ENDPOINT, text, token_endpoint};
use crate::harness::{Browser, Consent, Reply};

/// A desk, an integration, and the address at which Ben comes back from the provider.
async fn on_the_way_back(provider: Provider, consent: Consent) -> (Desk, String, Url) {
    let desk = Desk::open().await;
    let integration = desk.hub.integration(provider).await;
    let url = desk.way_back(&desk.ben, &integration, BEN, consent).await;
    desk.forget_requests();
    (desk, integration, url)
}

fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let kept: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    changed
}

fn get(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

/// Comes back, sees the page that says `words`, and finds that nothing was connected.
async fn comes_back_in_vain(desk: &Desk, who: &Browser, url: &Url, words: &str) -> Reply {
    let first = who.get(url.as_str()).await;
    let page = who.follow(first).await;
    assert!(page.body.contains(words), "{words}: {} {}", page.url, page.body);
    assert!(!page.body.contains(&get_or_empty(url, "code")), "the page repeats the code");
    let all = desk.program.get("/api/v1/connections").await.json();
    assert_eq!(all["items"], json!([]));
    page
}

fn get_or_empty(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_else(|| "no such code".to_owned())
}

#[tokio::test]
async fn a_tampered_or_missing_state_is_refused_before_anything_is_asked() {
    let (desk, _, url) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    let mut tampered = get(&url, "state");
    tampered.replace_range(0..1, if tampered.starts_with('A') { "B" } else { "A" });
    let words = "does not belong to any sign-in";
    for wrong in [Some(tampered.as_str()), None, Some("é\u{1}'\"<b>")] {
        comes_back_in_vain(&desk, &desk.ben, &with(&url, "state", wrong), words).await;
    }
    let zero = with(&url, "state", Some("\u{0}"));
    comes_back_in_vain(&desk, &desk.ben, &zero, "a character with the number 0").await;
    comes_back_in_vain(&desk, &desk.ben, &desk.hub.base_url.join("/oauth/callback").unwrap(), words).await;
    let twice = format!("{url}&state=again").parse().unwrap();
    comes_back_in_vain(&desk, &desk.ben, &twice, "names a parameter twice").await;
    assert_eq!(desk.refreshes_begun(Provider::Webex), 0, "the code was redeemed");
    // None of it has used the true one up.
    desk.ben.get(url.as_str()).await.expect(303);
}

#[tokio::test]
async fn an_answer_works_once() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, url) = on_the_way_back(provider, Consent::Accept).await;
        let done = desk.ben.get(url.as_str()).await.expect(303);
        let connection = done.location().path().rsplit('/').next().unwrap().to_owned();
        let value = desk.value(&connection).await;
        let replayed = desk.ben.get(url.as_str()).await.expect(400);
        assert!(replayed.body.contains("was used already"), "{}", replayed.body);
        assert_eq!(desk.refreshes_begun(provider), 1);
        assert_eq!(desk.value(&connection).await, value);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_identical_answers_at_the_same_moment_one_counts() {
    let (desk, _, url) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    let (one, two) = tokio::join!(desk.ben.get(url.as_str()), desk.ben.get(url.as_str()));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);
    assert_eq!(desk.refreshes_begun(Provider::Webex), 1);
}

#[tokio::test]
async fn an_answer_after_ten_minutes_is_too_late() {
    let (desk, _, url) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    desk.hub.advance(Duration::from_secs(601));
    comes_back_in_vain(&desk, &desk.ben, &url, "longer than ten minutes").await;
    assert_eq!(desk.refreshes_begun(Provider::Webex), 0);
}

#[tokio::test]
async fn somebody_elses_answer_is_not_carried_out() {
    let (desk, _, url) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    let words = "started in another browser or by somebody else";
    let admin = desk.hub.admin().await;
    comes_back_in_vain(&desk, &admin, &url, words).await;
    let other_browser = desk.hub.host().await;
    comes_back_in_vain(&desk, &other_browser, &url, words).await;
    let nobody = desk.hub.anyone().get(url.as_str()).await.expect(303);
    assert_eq!(nobody.location().path(), "/sign-in");
    assert_eq!(desk.refreshes_begun(Provider::Webex), 0);
    desk.ben.get(url.as_str()).await.expect(303);
}

#[tokio::test]
async fn an_answer_without_code_or_of_another_issuer_is_refused() {
    let (desk, integration, mut url) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    comes_back_in_vain(&desk, &desk.ben, &with(&url, "code", None), "Start again").await;
    for iss in ["https://evil.example", "not an address"] {
        url = desk.way_back(&desk.ben, &integration, BEN, Consent::Accept).await;
        desk.forget_requests();
        comes_back_in_vain(&desk, &desk.ben, &with(&url, "iss", Some(iss)), "Start again").await;
        assert_eq!(desk.refreshes_begun(Provider::Webex), 0, "a code of {iss} was redeemed");
    }
    let (desk, _, url) = on_the_way_back(Provider::Microsoft, Consent::Accept).await;
    comes_back_in_vain(&desk, &desk.ben, &with(&url, "iss", Some("https://evil.example")), "Start again")
        .await;
    assert_eq!(desk.refreshes_begun(Provider::Microsoft), 0);
}

#[tokio::test]
async fn an_answer_that_names_the_right_issuer_is_taken() {
    let desk = Desk::open().await;
    desk.switch(&json!({ "webex.iss": true }));
    let integration = desk.hub.integration(Provider::Webex).await;
    let url = desk.way_back(&desk.ben, &integration, BEN, Consent::Accept).await;
    assert!(url.query_pairs().any(|(name, _)| name == "iss"), "{url}");
    desk.ben.get(url.as_str()).await.expect(303);
    let integration = desk.hub.integration(Provider::Microsoft).await;
    let url = desk.way_back(&desk.ben, &integration, BEN, Consent::Accept).await;
    let tenant = desk.hub.sandbox.world.core().organization.id();
    let iss = desk.hub.sandbox.base_url.join(&format!("{tenant}/v2.0")).unwrap();
    let done = desk.ben.get(with(&url, "iss", Some(iss.as_str())).as_str()).await.expect(303);
    assert!(done.location().path().starts_with("/my/connections/"), "{}", done.location());
}

#[tokio::test]
async fn a_code_that_was_used_before_says_so_and_changes_nothing() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, url) = on_the_way_back(provider, Consent::Accept).await;
        let done = desk.ben.get(url.as_str()).await.expect(303);
        let connection = done.location().path().rsplit('/').next().unwrap().to_owned();
        let value = desk.value(&connection).await;
        let second = desk.way_back(&desk.ben, &integration, BEN, Consent::Accept).await;
        let stale = with(&second, "code", Some(&get(&url, "code")));
        let first = desk.ben.get(stale.as_str()).await;
        let page = desk.ben.follow(first).await;
        assert!(page.body.contains("already used"), "{provider:?} {}", page.body);
        assert_eq!(desk.value(&connection).await, value);
        assert_eq!(desk.connection(&connection).await["state"], "active");
    }
}

#[tokio::test]
async fn a_person_who_declines_gets_a_text_for_their_administrator() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, integration, url) = on_the_way_back(provider, Consent::Decline).await;
        let page = comes_back_in_vain(&desk, &desk.ben, &url, "The request was declined").await;
        assert_eq!(desk.refreshes_begun(provider), 0);
        let known = desk.integration(&integration).await;
        explains(&page, &known);
        let place = if provider == Provider::Webex { "Control Hub" } else { "Entra admin center" };
        assert!(page.body.contains(place), "{}", page.body);
    }
}

/// App name, Client ID, redirect URL, every scope, and the way to start again.
fn explains(page: &Reply, integration: &Value) {
    let mut expected = vec![
        text(integration, "name"),
        text(integration, "client_id"),
        text(integration, "redirect_url"),
        "to read who authorized".to_owned(),
        "Start again".to_owned(),
    ];
    for scopes in integration["purposes"].as_object().unwrap().values() {
        expected.extend(scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()));
    }
    for words in expected {
        assert!(page.body.contains(&words), "{words} is missing in {}", page.body);
    }
}

#[tokio::test]
async fn whoever_is_stopped_at_the_provider_finds_help_after_ten_minutes() {
    for (provider, _) in TOKEN_ENDPOINT {
        let desk = Desk::open().await;
        let integration = desk.hub.integration(provider).await;
        desk.change_app(provider, |app| app.blocked = true);
        let begun = desk.ben.post("/my/connections/authorize", &[("integration", &integration)]).await;
        let sign_in = desk.ben.follow(begun).await.expect(200);
        let stopped = crate::harness::press(&desk.ben, &sign_in, BEN, Consent::Accept).await;
        let stopped = desk.ben.follow(stopped).await;
        assert!(stopped.url.origin() == desk.hub.sandbox.base_url.origin(), "it was redirected back");
        assert!(!desk.ben.get("/my/connections").await.body.contains("never finished"), "too early");
        desk.hub.advance(Duration::from_secs(601));
        let list = desk.ben.get("/my/connections").await.expect(200);
        assert!(list.body.contains("never finished"), "{}", list.body);
        let path = list.body.split("href=\"/my/authorizations/").nth(1).unwrap().split('"').next().unwrap();
        let path = format!("/my/authorizations/{path}");
        let page = desk.ben.get(&path).await.expect(200);
        assert!(page.body.contains("never finished"), "{}", page.body);
        explains(&page, &desk.integration(&integration).await);
        desk.hub.admin().await.get(&path).await.expect(404);
        desk.ben.post(&format!("{path}/dismiss"), &[]).await.expect(303);
        assert!(!desk.ben.get("/my/connections").await.body.contains("never finished"));
    }
}

#[tokio::test]
async fn an_error_without_a_state_is_explained_and_markup_in_it_stays_text() {
    let (desk, _, _) = on_the_way_back(Provider::Webex, Consent::Accept).await;
    let url = "/oauth/callback?error=server_error&error_description=%3Cscript%3Ealert(1)%3C/script%3E";
    let page = desk.ben.get(url).await.expect(400);
    assert!(page.body.contains("without saying for which sign-in"), "{}", page.body);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let huge = format!("/oauth/callback?state={}", "s".repeat(40_000));
    let refused = desk.ben.get(&huge).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_told_and_a_new_start_succeeds() {
    for (provider, endpoint) in TOKEN_ENDPOINT {
        let (desk, integration, url) = on_the_way_back(provider, Consent::Accept).await;
        desk.spoil(endpoint, super::desk::status(503));
        comes_back_in_vain(&desk, &desk.ben, &url, "Start again").await;
        desk.heal();
        let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
        desk.value(&connection).await;
        assert_eq!(token_endpoint(provider), endpoint);
    }
}
