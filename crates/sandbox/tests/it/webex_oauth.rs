//! Webex OAuth: pages, codes, tokens, refreshes, refusals.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CALLBACK, World, s256, text};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-1234";

#[tokio::test]
async fn a_person_signs_in_accepts_and_the_code_becomes_tokens() {
    let world = World::start().await;
    let query = world.authorization(&[]);
    let first = world.page(&format!("/v1/authorize?{query}"), "").await;
    assert!(first.text.contains("no real account") && first.text.contains(BEN), "{}", first.text);
    let cookie = world.sign_in(BEN, &query).await;
    let consent = world.page(&format!("/v1/authorize?{query}"), &cookie).await;
    assert!(consent.text.contains("meeting:schedules_write") && consent.text.contains("Decline"));
    let back =
        world.form("/v1/authorize/consent", &cookie, &[("request", &query), ("decision", "accept")]).await;
    assert_eq!(back.status, StatusCode::FOUND);
    assert!(back.header("location").unwrap().starts_with(CALLBACK));
    assert_eq!(back.redirected("state").as_deref(), Some("st&te ✓"));
    assert_eq!(back.redirected("iss"), None);
    let tokens = world.exchange(&back.redirected("code").unwrap()).await.expect(200);
    assert_eq!(tokens["expires_in"], 1_209_599);
    assert_eq!(tokens["refresh_token_expires_in"], 7_775_999);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], "spark:people_read meeting:schedules_read meeting:schedules_write");
    assert_eq!(text(&tokens, "access_token").split('_').count(), 3);
    let me = world.get("/v1/people/me", &text(&tokens, "access_token")).await.expect(200);
    assert_eq!(me["emails"][0], BEN);
}

#[tokio::test]
async fn an_accepted_app_is_not_asked_about_again_until_it_wants_more() {
    let world = World::start().await;
    let query = world.authorization(&[]);
    let cookie = world.sign_in(BEN, &query).await;
    world.form("/v1/authorize/consent", &cookie, &[("request", &query), ("decision", "accept")]).await;
    let again = world.page(&format!("/v1/authorize?{query}"), &cookie).await;
    assert!(again.redirected("code").is_some());
    let more = world.authorization(&[("scope", "spark:people_read meeting:preferences_read")]);
    assert_eq!(world.page(&format!("/v1/authorize?{more}"), &cookie).await.status, StatusCode::OK);
    let out = world.form("/v1/authorize/sign-out", &cookie, &[("request", &query)]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    let signed_out = world.page(&format!("/v1/authorize?{query}"), &cookie).await;
    assert!(signed_out.text.contains("Sign in to continue"));
}

#[tokio::test]
async fn a_declined_request_returns_access_denied() {
    let world = World::start().await;
    let query = world.authorization(&[]);
    let cookie = world.sign_in(BEN, &query).await;
    let back =
        world.form("/v1/authorize/consent", &cookie, &[("request", &query), ("decision", "decline")]).await;
    assert_eq!(back.redirected("error").as_deref(), Some("access_denied"));
    assert_eq!(back.redirected("state").as_deref(), Some("st&te ✓"));
}

#[tokio::test]
async fn an_unknown_app_or_redirect_uri_is_never_redirected_to() {
    let world = World::start().await;
    let long = "C".repeat(10_000);
    let cases =
        [("client_id", "Cunknown"), ("client_id", &long), ("redirect_uri", "https://evil.example/cb")];
    for change in cases {
        let query = world.authorization(&[change]);
        let answer = world.page(&format!("/v1/authorize?{query}"), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.header("location").is_none());
        assert!(!answer.text.contains(change.1), "the page repeats what it refuses");
    }
}

#[tokio::test]
async fn wrong_requests_of_a_known_app_are_told_by_redirect() {
    let world = World::start().await;
    let cases = [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "spark:all spark:rooms_write"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
    ];
    for (change, error) in cases {
        let query = world.authorization(&[change]);
        let answer = world.page(&format!("/v1/authorize?{query}"), "").await;
        assert_eq!(answer.redirected("error").as_deref(), Some(error), "{change:?}");
        assert_eq!(answer.redirected("state").as_deref(), Some("st&te ✓"));
    }
}

#[tokio::test]
async fn an_unknown_address_is_asked_for_again_and_kept_in_the_form() {
    let world = World::start().await;
    let query = world.authorization(&[]);
    let fields = [("request", query.as_str()), ("email", "nobody<b>@x.example")];
    let answer = world.form("/v1/authorize/sign-in", "", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Nobody in this sandbox") && answer.text.contains("nobody&#60;b&#62;"));
}

#[tokio::test]
async fn a_code_works_once_and_for_ten_minutes() {
    let world = World::start().await;
    let query = world.authorization(&[]);
    let code = world.accept(BEN, &query).await.redirected("code").unwrap();
    world.exchange(&code).await.expect(200);
    assert!(refusal(&world.exchange(&code).await.expect(400)).contains("invalid_grant"));
    let late = world.accept(BEN, &query).await.redirected("code").unwrap();
    world.advance(601).await;
    assert!(refusal(&world.exchange(&late).await.expect(400)).contains("invalid_grant"));
}

fn refusal(body: &Value) -> String {
    assert!(body["message"].is_string() && body["trackingId"].is_string(), "{body}");
    text(&body["errors"][0], "description")
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_redirect_uri() {
    let world = World::start().await;
    for (method, challenge) in [("S256", s256(VERIFIER)), ("plain", VERIFIER.to_owned())] {
        let changes = [("code_challenge", challenge.as_str()), ("code_challenge_method", method)];
        let query = world.authorization(&changes);
        for (verifier, status) in [("", 400), ("wrong", 400), (VERIFIER, 200)] {
            let code = world.accept(BEN, &query).await.redirected("code").unwrap();
            let fields = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", verifier)];
            world.token_request(&fields).await.expect(status);
        }
    }
    let code = world.accept(BEN, &world.authorization(&[])).await.redirected("code").unwrap();
    let other = "http://127.0.0.1:8080/oauth/callback";
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", other)];
    assert!(refusal(&world.token_request(&fields).await.expect(400)).contains("invalid_grant"));
}

#[tokio::test]
async fn the_app_is_checked_before_its_code() {
    let world = World::start().await;
    let bad_code = [("grant_type", "authorization_code"), ("code", "x")];
    assert!(refusal(&world.token_request(&bad_code).await.expect(400)).contains("invalid_grant"));
    let wrong = [bad_code[0], bad_code[1], ("client_secret", "wrong")];
    assert!(refusal(&world.token_request(&wrong).await.expect(401)).contains("invalid_client"));
    let unknown = [bad_code[0], bad_code[1], ("client_id", "Cunknown")];
    assert!(refusal(&world.token_request(&unknown).await.expect(401)).contains("invalid_client"));
    let elsewhere = [bad_code[0], bad_code[1], ("redirect_uri", "https://x.example/")];
    assert!(
        refusal(&world.token_request(&elsewhere).await.expect(400))
            .contains("redirect_uri is not registered")
    );
    assert!(refusal(&world.token_request(&[]).await.expect(400)).contains("grant_type"));
    let grant = [("grant_type", "client_credentials")];
    assert!(refusal(&world.token_request(&grant).await.expect(400)).contains("unsupported_grant_type"));
    let json = world.control(Method::POST, "/v1/access_token", json!({"grant_type": "refresh_token"})).await;
    assert!(refusal(&json.expect(400)).contains("form-urlencoded"));
}

#[tokio::test]
async fn errors_of_the_token_endpoint_can_speak_rfc_6749() {
    let world = World::start().await;
    world.switch("webex.token_errors", json!("rfc")).await;
    let body = world.refresh("unknown").await.expect(400);
    assert_eq!(body["error"], "invalid_grant");
    assert!(body["error_description"].is_string() && body["message"].is_null());
}

#[tokio::test]
async fn using_a_refresh_token_restarts_its_ninety_days() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let refresh = text(&tokens, "refresh_token");
    for _ in 0..3 {
        world.advance(80 * 86_400).await;
        let renewed = world.refresh(&refresh).await.expect(200);
        assert_eq!(renewed["refresh_token"], tokens["refresh_token"]);
        assert_ne!(renewed["access_token"], tokens["access_token"]);
    }
    world.advance(91 * 86_400).await;
    assert!(refusal(&world.refresh(&refresh).await.expect(400)).contains("invalid_grant"));
}

#[tokio::test]
async fn an_access_token_lives_fourteen_days_and_outlives_a_refresh() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let access = text(&tokens, "access_token");
    world.refresh(&text(&tokens, "refresh_token")).await.expect(200);
    world.advance(13 * 86_400).await;
    world.get("/v1/people/me", &access).await.expect(200);
    world.advance(86_400).await;
    let body = world.get("/v1/people/me", &access).await.expect(401);
    assert!(text(&body, "message").contains("requires a valid access token"));
}

#[tokio::test]
async fn refreshing_can_rotate_or_leave_the_refresh_token_out() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let old = text(&tokens, "refresh_token");
    world.switch("webex.refresh", json!("omitted")).await;
    assert!(world.refresh(&old).await.expect(200)["refresh_token"].is_null());
    world.switch("webex.refresh", json!("rotate")).await;
    let rotated = text(&world.refresh(&old).await.expect(200), "refresh_token");
    assert_ne!(rotated, old);
    world.refresh(&old).await.expect(400);
    world.refresh(&rotated).await.expect(200);
}

#[tokio::test]
async fn token_answers_can_lack_fields_and_redirects_can_name_their_issuer() {
    let world = World::start().await;
    world.switch("webex.drop_token_fields", json!(["token_type", "scope", "expires_in"])).await;
    world.switch("webex.iss", json!(true)).await;
    let back = world.accept(BEN, &world.authorization(&[])).await;
    assert_eq!(
        back.redirected("iss"),
        Some(world.running.base_url.as_str().trim_end_matches('/').to_owned())
    );
    let tokens = world.exchange(&back.redirected("code").unwrap()).await.expect(200);
    let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "refresh_token", "refresh_token_expires_in"]);
}

#[tokio::test]
async fn a_just_registered_app_is_unknown_for_its_propagation_time() {
    let world = World::start().await;
    let body = json!({
        "provider": "webex", "name": "New", "redirect_uris": [CALLBACK], "scopes": ["spark:all"],
        "propagation_seconds": 120,
    });
    let app = world.set("/_sandbox/apps", body).await;
    let (id, secret) = (text(&app, "client_id"), text(&app["secrets"][0], "value"));
    let fields =
        [("grant_type", "authorization_code"), ("code", "x"), ("client_id", &id), ("client_secret", &secret)];
    assert!(refusal(&world.token_request(&fields).await.expect(401)).contains("invalid_client"));
    world.advance(120).await;
    assert!(refusal(&world.token_request(&fields).await.expect(400)).contains("invalid_grant"));
}

#[tokio::test]
async fn a_blocked_app_shows_access_denied_and_loses_its_tokens() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let client_id = world.webex_app().client_id;
    world.set("/_sandbox/apps", json!({"provider": "webex", "client_id": client_id, "blocked": true})).await;
    let query = world.authorization(&[]);
    let cookie = world.sign_in(BEN, &query).await;
    let page = world.page(&format!("/v1/authorize?{query}"), &cookie).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Access denied") && page.header("location").is_none());
    let consent =
        world.form("/v1/authorize/consent", &cookie, &[("request", &query), ("decision", "accept")]).await;
    assert!(consent.text.contains("Access denied"));
    world.get("/v1/people/me", &text(&tokens, "access_token")).await.expect(401);
    assert!(
        refusal(&world.refresh(&text(&tokens, "refresh_token")).await.expect(400)).contains("invalid_grant")
    );
    let overview = world.control(Method::GET, "/_sandbox", json!({})).await.expect(200);
    assert_eq!(overview["access_requests"][0]["email"], BEN);
}

#[tokio::test]
async fn a_person_can_lose_their_tokens_in_three_ways() {
    let world = World::start().await;
    for reason in ["password_changed", "revoked", "account_disabled"] {
        let tokens = world.authorize(BEN).await;
        let body = json!({"provider": "webex", "email": BEN, "reason": reason});
        world.set("/_sandbox/revoke", body).await;
        world.get("/v1/people/me", &text(&tokens, "access_token")).await.expect(401);
        world.refresh(&text(&tokens, "refresh_token")).await.expect(400);
    }
    let query = world.authorization(&[]);
    let answer = world.form("/v1/authorize/sign-in", "", &[("request", &query), ("email", BEN)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a disabled account can sign in");
}

#[tokio::test]
async fn the_identity_broker_revokes_for_the_app_that_owns_the_token() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let app = world.webex_app();
    let revoke = async |id: &str, secret: &str, token: &str| {
        let request = world.http.post(world.url("/idb/oauth2/v1/revoke")).basic_auth(id, Some(secret));
        request.form(&[("token", token), ("token_type_hint", "access_token")]).send().await.unwrap().status()
    };
    let access = text(&tokens, "access_token");
    assert_eq!(revoke(&app.client_id, "wrong", &access).await, StatusCode::UNAUTHORIZED);
    world.get("/v1/people/me", &access).await.expect(200);
    let secret = &app.secrets[0].value;
    assert_eq!(revoke(&app.client_id, secret, &access).await, StatusCode::OK);
    world.get("/v1/people/me", &access).await.expect(401);
    assert_eq!(revoke(&app.client_id, secret, &text(&tokens, "refresh_token")).await, StatusCode::OK);
    world.refresh(&text(&tokens, "refresh_token")).await.expect(400);
    assert_eq!(revoke(&app.client_id, secret, "unknown").await, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_lists_and_deletes_authorizations() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let admin = world.token(ADA, &[]).await;
    let path = format!("/v1/authorizations?personEmail={BEN}");
    let items = world.get(&path, &admin).await.expect(200)["items"].clone();
    let kinds: Vec<&str> =
        items.as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refresh", "access"]);
    world.get(&path, &world.token(BEN, &[]).await).await.expect(403);
    world.get("/v1/authorizations", &admin).await.expect(400);
    let id = text(&items[0], "id");
    world.call(Method::DELETE, &format!("/v1/authorizations/{id}"), &admin, None).await.expect(204);
    world.call(Method::DELETE, &format!("/v1/authorizations/{id}"), &admin, None).await.expect(404);
    world.get("/v1/people/me", &text(&tokens, "access_token")).await.expect(401);
    world.authorize(BEN).await;
    let client = world.webex_app().client_id;
    let path = format!("/v1/authorizations?clientId={client}");
    world.call(Method::DELETE, &path, &admin, None).await.expect(204);
    world.call(Method::DELETE, &path, &admin, None).await.expect(404);
}

#[tokio::test]
async fn a_personal_token_lives_twelve_hours_and_says_so() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let body = world.get("/v1/authorizations/tokenExpiry", &token).await.expect(200);
    assert_eq!(body["exp"].as_i64().unwrap() - world.now().as_millisecond(), 12 * 3_600_000);
    world.advance(12 * 3_600).await;
    world.get("/v1/authorizations/tokenExpiry", &token).await.expect(401);
}
