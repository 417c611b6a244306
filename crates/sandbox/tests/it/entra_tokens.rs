//! Entra's token endpoint: grants and the refusals with their AADSTS numbers.

use reqwest::header::AUTHORIZATION;
use serde_json::json;

use crate::microsoft::{GRAPH_DEFAULT, TENANT, refused};
use crate::support::{ADA, BEN, CALLBACK, World, s256, text};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-1234";
const NINETY_DAYS: i64 = 90 * 86_400;

#[tokio::test]
async fn the_request_is_read_before_the_app_is_checked() {
    let world = World::start().await;
    let ask = async |changes: &[(&str, &str)]| world.entra_token("common", changes).await;
    refused(&ask(&[]).await, "invalid_request", 900_144);
    refused(&ask(&[("grant_type", "password")]).await, "unsupported_grant_type", 70_003);
    let code = ("grant_type", "authorization_code");
    refused(&ask(&[code, ("client_id", "")]).await, "invalid_request", 900_144);
    refused(&ask(&[code]).await, "invalid_request", 900_144);
    refused(&ask(&[code, ("code", "made-up"), ("redirect_uri", CALLBACK)]).await, "invalid_grant", 9_002_313);
    refused(&world.entra_token("elsewhere.example", &[code]).await, "invalid_request", 90_002);
    let body = world.post("/common/oauth2/v2.0/token", "", json!({"grant_type": "refresh_token"})).await;
    refused(&body, "invalid_request", 900_144);
}

#[tokio::test]
async fn a_secret_is_wrong_expired_or_not_yet_known() {
    let world = World::start().await;
    let app = world.entra_app();
    let grant = [("grant_type", "client_credentials"), ("scope", GRAPH_DEFAULT)];
    let ask =
        async |changes: &[(&str, &str)]| world.entra_token(TENANT, &[&grant[..], changes].concat()).await;
    ask(&[]).await.expect(200);
    let id = app.secrets[0].id.to_string();
    let body = refused(&ask(&[("client_secret", &id)]).await, "invalid_client", 7_000_215);
    assert!(text(&body, "error_description").contains("not the client secret ID"));
    refused(&ask(&[("client_secret", "nonsense & ~ + %")]).await, "invalid_client", 7_000_215);
    refused(&ask(&[("client_secret", "")]).await, "invalid_client", 7_000_218);
    let assertion = [("client_secret", ""), ("client_assertion", "a.b.c")];
    refused(&ask(&assertion).await, "invalid_client", 700_027);
    refused(&ask(&[("client_id", "unknown")]).await, "unauthorized_client", 700_016);

    let now = world.now();
    world.change_entra_app(|app| {
        let mut second = app.secrets[0].clone();
        second.value = "xyz8Q~second+secret%with&signs~~~~~~~~~~".to_owned();
        second.created_at = Some(now);
        second.propagation_seconds = 15;
        app.secrets.push(second);
        app.secrets[0].expires_at = Some(now);
    });
    let second = ("client_secret", "xyz8Q~second+secret%with&signs~~~~~~~~~~");
    refused(&ask(&[]).await, "invalid_client", 7_000_222);
    refused(&ask(&[second]).await, "invalid_client", 7_000_215);
    world.advance(15).await;
    ask(&[second]).await.expect(200);
}

#[tokio::test]
async fn credentials_may_come_as_http_basic() {
    let world = World::start().await;
    let app = world.entra_app();
    let fields = [("grant_type", "client_credentials"), ("scope", GRAPH_DEFAULT)];
    let request = world.http.post(world.url(&format!("/{TENANT}/oauth2/v2.0/token"))).form(&fields);
    let secret = app.secrets[0].value.replace('~', "%7E");
    let answer = request.basic_auth(&app.client_id, Some(secret)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let request = world.http.post(world.url(&format!("/{TENANT}/oauth2/v2.0/token"))).form(&fields);
    assert_eq!(request.header(AUTHORIZATION, "Basic %%%").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_code_works_once_soon_and_where_it_was_made_for() {
    let world = World::start().await;
    let code = world.entra_code(BEN).await;
    let redeem = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    refused(&world.entra_token(TENANT, &redeem).await, "invalid_grant", 700_005);
    let elsewhere = [redeem[0], redeem[1], ("redirect_uri", "http://localhost:8080/other")];
    refused(&world.entra_token("common", &elsewhere).await, "invalid_request", 50_011);
    let verifier = [redeem[0], redeem[1], redeem[2], ("code_verifier", VERIFIER)];
    refused(&world.entra_token("common", &verifier).await, "invalid_grant", 501_481);
    world.entra_exchange(&code).await.expect(200);
    refused(&world.entra_exchange(&code).await, "invalid_grant", 54_005);
    let late = world.entra_code(BEN).await;
    world.advance(600).await;
    refused(&world.entra_exchange(&late).await, "invalid_grant", 70_008);
}

#[tokio::test]
async fn pkce_is_checked_by_hash_or_plainly() {
    let world = World::start().await;
    let challenge = s256(VERIFIER);
    for (challenge, method) in [(challenge.as_str(), "S256"), (VERIFIER, "plain"), (VERIFIER, "")] {
        let path = world
            .entra_authorize("common", &[("code_challenge", challenge), ("code_challenge_method", method)]);
        let code = world.entra_accept(&path, BEN).await.redirected("code").unwrap();
        let redeem = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        refused(&world.entra_token("common", &redeem).await, "invalid_grant", 501_481);
        let right = [&redeem[..], &[("code_verifier", VERIFIER)]].concat();
        world.entra_token("common", &right).await.expect(200);
    }
}

#[tokio::test]
async fn a_refresh_gives_a_new_token_and_the_old_one_still_works_unless_strict() {
    let world = World::start().await;
    let first = text(&world.entra_tokens(BEN).await, "refresh_token");
    let second = world.entra_refresh(&first).await.expect(200);
    assert_ne!(text(&second, "refresh_token"), first);
    assert!(second["id_token"].is_string() && second["refresh_token_expires_in"].is_null());
    world.entra_refresh(&first).await.expect(200);
    world.switch("entra.refresh", json!("strict")).await;
    world.switch("entra.refresh_expires", json!(true)).await;
    let second = text(&second, "refresh_token");
    assert_eq!(world.entra_refresh(&second).await.expect(200)["refresh_token_expires_in"], NINETY_DAYS);
    refused(&world.entra_refresh(&second).await, "invalid_grant", 70_000);
    refused(&world.entra_refresh("made-up").await, "invalid_grant", 70_000);
}

#[tokio::test]
async fn an_unused_refresh_token_dies_after_ninety_days_and_each_use_starts_them_again() {
    let world = World::start().await;
    let first = text(&world.entra_tokens(BEN).await, "refresh_token");
    world.advance(NINETY_DAYS - 1).await;
    let second = text(&world.entra_refresh(&first).await.expect(200), "refresh_token");
    world.advance(NINETY_DAYS - 1).await;
    refused(&world.entra_refresh(&first).await, "invalid_grant", 700_082);
    world.entra_refresh(&second).await.expect(200);
    world.advance(1).await;
    refused(&world.entra_refresh(&second).await, "invalid_grant", 700_082);
}

#[tokio::test]
async fn a_grant_ends_by_withdrawal_password_or_disabling() {
    for (why, number) in [("revoked", 65_001), ("password_changed", 50_173), ("account_disabled", 50_057)] {
        let world = World::start().await;
        let refresh_token = text(&world.entra_tokens(BEN).await, "refresh_token");
        let others = text(&world.entra_tokens(ADA).await, "refresh_token");
        let body = json!({"provider": "microsoft", "email": BEN, "reason": why});
        assert!(world.control(reqwest::Method::POST, "/_sandbox/revoke", body).await.status.is_success());
        let body = refused(&world.entra_refresh(&refresh_token).await, "invalid_grant", number);
        if why == "revoked" {
            assert_eq!(body["suberror"], "consent_required");
        }
        world.entra_refresh(&others).await.expect(200);
        if why != "account_disabled" {
            let again = text(&world.entra_tokens(BEN).await, "refresh_token");
            world.entra_refresh(&again).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_request_may_narrow_its_scopes_but_not_widen_them() {
    let world = World::start().await;
    let refresh_token = text(&world.entra_tokens(BEN).await, "refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    let ask = async |scope| world.entra_token("common", &[refresh[0], refresh[1], ("scope", scope)]).await;
    world.switch("entra.scope", json!("short")).await;
    let narrowed = ask("User.Read").await.expect(200);
    assert_eq!(narrowed["scope"], "openid profile Calendars.ReadWrite User.Read");
    refused(&ask("Presence.Read").await, "invalid_grant", 65_001);
    refused(&ask("Nonsense.Read").await, "invalid_scope", 650_053);
    world.switch("entra.drop_token_fields", json!(["expires_in", "token_type"])).await;
    let dropped = ask("User.Read").await.expect(200);
    assert!(dropped["expires_in"].is_null() && dropped["token_type"].is_null());
    assert!(dropped["access_token"].is_string());
}

#[tokio::test]
async fn without_offline_access_or_openid_there_is_neither_refresh_nor_id_token() {
    let world = World::start().await;
    let path = world.entra_authorize("common", &[("scope", "User.Read")]);
    let code = world.entra_accept(&path, BEN).await.redirected("code").unwrap();
    let tokens = world.entra_exchange(&code).await.expect(200);
    assert!(
        tokens["refresh_token"].is_null() && tokens["id_token"].is_null() && tokens["client_info"].is_null()
    );
}

#[tokio::test]
async fn client_credentials_need_the_tenant_and_the_default_scope() {
    let world = World::start().await;
    let ask = async |tenant, scope| {
        world.entra_token(tenant, &[("grant_type", "client_credentials"), ("scope", scope)]).await
    };
    refused(&ask("common", GRAPH_DEFAULT).await, "invalid_request", 9_001_023);
    refused(&ask(TENANT, "User.Read").await, "invalid_scope", 70_011);
    refused(&ask(TENANT, "").await, "invalid_request", 900_144);
    let tokens = ask(TENANT, GRAPH_DEFAULT).await.expect(200);
    assert!(tokens["refresh_token"].is_null() && tokens["scope"].is_null());
    // Without admin consent there is a token, but it opens nothing.
    let denied = world.get(&format!("/v1.0/users/{BEN}"), &text(&tokens, "access_token")).await;
    assert_eq!(denied.expect(403)["error"]["code"], "Authorization_RequestDenied");
}

#[tokio::test]
async fn an_app_is_unknown_until_it_has_spread_and_refused_on_common_when_single_tenant() {
    let world = World::start().await;
    let now = world.now();
    let refresh_token = text(&world.entra_tokens(BEN).await, "refresh_token");
    world.change_entra_app(|app| {
        app.registered_at = Some(now);
        app.propagation_seconds = 60;
    });
    refused(&world.entra_refresh(&refresh_token).await, "unauthorized_client", 700_016);
    world.advance(60).await;
    world.entra_refresh(&refresh_token).await.expect(200);
    world.change_entra_app(|app| app.single_tenant = true);
    refused(&world.entra_refresh(&refresh_token).await, "invalid_request", 50_194);
    world.change_entra_app(|app| app.disabled = true);
    refused(&world.entra_refresh(&refresh_token).await, "unauthorized_client", 7_000_112);
}
