//! Entra ID: pages, codes, consents and what stops them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::microsoft::{GRAPH_DEFAULT, SCOPE, TENANT, claims, flow_of, stays_on_page};
use crate::support::{ADA, BEN, CALLBACK, World, text};

#[tokio::test]
async fn discovery_names_endpoints_of_this_origin_and_a_template_issuer_where_the_person_decides() {
    let world = World::start().await;
    let base = world.running.base_url.as_str().trim_end_matches('/').to_owned();
    let tid = world.running.world.core().organization.id();
    for (path, issuer) in [
        ("common", format!("{base}/{{tenantid}}/v2.0")),
        ("organizations", format!("{base}/{{tenantid}}/v2.0")),
        (TENANT, format!("{base}/{tid}/v2.0")),
    ] {
        let found =
            world.page(&format!("/{path}/v2.0/.well-known/openid-configuration"), "").await.expect(200);
        assert_eq!(found["issuer"], issuer);
        assert_eq!(found["token_endpoint"], format!("{base}/{path}/oauth2/v2.0/token"));
        let keys = world.page(&format!("/{path}/discovery/v2.0/keys"), "").await.expect(200);
        assert_eq!(keys["keys"][0]["kty"], "RSA");
    }
    let unknown = world.page("/elsewhere.example/v2.0/.well-known/openid-configuration", "").await;
    assert_eq!(unknown.expect(400)["error_codes"][0], 90_002);
    let instance = world.page("/common/discovery/instance?api-version=1.1", "").await.expect(200);
    assert!(text(&instance, "tenant_discovery_endpoint").starts_with(&base));
}

#[tokio::test]
async fn a_person_signs_in_consents_and_comes_back_with_a_code_that_becomes_tokens() {
    let world = World::start().await;
    let path = world.entra_authorize("common", &[("nonce", "n-1"), ("client_info", "1")]);
    let first = world.page(&path, "").await;
    assert!(first.text.contains("no real account") && first.text.contains(BEN));
    let consent = world.entra_sign_in(&path, BEN).await;
    assert!(consent.text.contains("Permissions requested") && consent.text.contains("Calendars.ReadWrite"));
    assert!(!consent.text.contains("on behalf of your organization"));
    let back = world.entra_decide(&consent, "accept").await;
    assert_eq!(back.status, StatusCode::FOUND);
    assert_eq!(back.redirected("state").as_deref(), Some("st&te ✓"));
    assert!(back.redirected("client_info").is_some() && back.redirected("session_state").is_some());

    let code = back.redirected("code").unwrap();
    let grant = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    let tokens =
        world.entra_token("common", &[&grant[..], &[("client_info", "1")]].concat()).await.expect(200);
    assert_eq!(tokens["token_type"], "Bearer");
    assert!((3_600..=5_400).contains(&tokens["expires_in"].as_i64().unwrap()));
    assert_eq!(
        text(&tokens, "scope"),
        "openid profile https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/User.Read"
    );
    let identity = claims(&text(&tokens, "id_token"));
    assert_eq!((&identity["nonce"], &identity["preferred_username"]), (&json!("n-1"), &json!(BEN)));
    assert_eq!(identity["exp"].as_i64().unwrap() - identity["iat"].as_i64().unwrap(), 3_600);
    let info = URL_SAFE_NO_PAD.decode(text(&tokens, "client_info")).unwrap();
    let info: Value = serde_json::from_slice(&info).unwrap();
    assert_eq!((&info["uid"], &info["utid"]), (&identity["oid"], &identity["tid"]));
    let me = world.get("/v1.0/me", &text(&tokens, "access_token")).await.expect(200);
    assert_eq!(me["id"], identity["oid"]);
}

#[tokio::test]
async fn a_session_skips_sign_in_and_a_consent_is_asked_once() {
    let world = World::start().await;
    let path = world.entra_authorize("common", &[]);
    let consent = world.entra_sign_in(&path, BEN).await;
    let cookie = consent.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    world.entra_decide(&consent, "accept").await;
    assert!(world.page(&path, &cookie).await.redirected("code").is_some());
    let again = world.entra_authorize("common", &[("prompt", "select_account")]);
    assert!(world.page(&again, &cookie).await.text.contains("Or pick an account"));
    let someone_else = world.entra_authorize("common", &[("login_hint", ADA)]);
    let page = world.page(&someone_else, &cookie).await;
    assert!(page.text.contains(&format!("value=\"{ADA}\" autocomplete")), "{}", page.text);
    let more = world.entra_authorize("common", &[("scope", "User.Read Presence.Read.All")]);
    assert!(world.page(&more, &cookie).await.text.contains("Permissions requested"));
    let consent_again = world.entra_authorize("common", &[("prompt", "consent")]);
    let page = world.page(&consent_again, &cookie).await;
    assert!(world.entra_decide(&page, "accept").await.redirected("code").is_some());

    let out =
        world.page("/common/oauth2/v2.0/logout?post_logout_redirect_uri=https://evil.test/", &cookie).await;
    assert_eq!(out.status, StatusCode::OK);
    assert!(world.page(&path, &cookie).await.text.contains("Or pick an account"));
    let back = format!("/common/oauth2/v2.0/logout?post_logout_redirect_uri={CALLBACK}");
    assert_eq!(world.page(&back, "").await.header("location"), Some(CALLBACK));
}

#[tokio::test]
async fn without_a_prompt_it_refuses_at_the_redirect() {
    let world = World::start().await;
    let silent = world.entra_authorize("common", &[("prompt", "none")]);
    assert_eq!(world.page(&silent, "").await.redirected("error").as_deref(), Some("login_required"));
    let page = world.entra_sign_in(&world.entra_authorize("common", &[]), BEN).await;
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(world.page(&silent, &cookie).await.redirected("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_cancelled_consent_comes_back_as_access_denied() {
    let world = World::start().await;
    let page = world.entra_sign_in(&world.entra_authorize("common", &[]), BEN).await;
    let back = world.entra_decide(&page, "cancel").await;
    assert_eq!(back.redirected("error").as_deref(), Some("access_denied"));
    assert_eq!(back.redirected("error_subcode").as_deref(), Some("cancel"));
    assert!(back.redirected("error_description").unwrap().starts_with("AADSTS65004"));
    assert_eq!(back.redirected("state").as_deref(), Some("st&te ✓"));
    assert_eq!(back.redirected("code"), None);
}

#[tokio::test]
async fn the_answer_travels_in_query_fragment_or_form() {
    let world = World::start().await;
    world.entra_code(BEN).await;
    let fragment = world.entra_authorize("common", &[("response_mode", "fragment")]);
    let back = world.entra_accept(&fragment, BEN).await;
    let location = back.header("location").unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}#code=")), "{location}");
    let form = world.entra_authorize("common", &[("response_mode", "form_post")]);
    let page = world.entra_sign_in(&form, BEN).await;
    assert!(page.text.contains(&format!("action=\"{CALLBACK}\"")), "{}", page.text);
    assert!(
        page.text.contains("name=\"code\"") && page.text.contains("name=\"state\" value=\"st&#38;te ✓\"")
    );
    let unknown = world.entra_authorize("common", &[("response_mode", "smoke")]);
    assert_eq!(world.page(&unknown, "").await.redirected("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn an_unknown_app_redirect_or_tenant_stays_on_the_page() {
    let world = World::start().await;
    let page = |changes: Vec<(&'static str, &'static str)>| world.entra_authorize("common", &changes);
    let unknown = page(vec![("client_id", "6f1b9c1e-0000-4000-8000-000000000000")]);
    stays_on_page(&world.page(&unknown, "").await, 400, "AADSTS700016");
    let script = page(vec![("client_id", "<script>alert(1)</script>")]);
    assert!(!world.page(&script, "").await.text.contains("<script>"));
    let redirect = page(vec![("redirect_uri", "https://evil.test/callback")]);
    stays_on_page(&world.page(&redirect, "").await, 400, "AADSTS50011");
    stays_on_page(&world.page(&page(vec![("redirect_uri", "")]), "").await, 400, "AADSTS900144");
    let elsewhere = world.entra_authorize("elsewhere.example", &[]);
    stays_on_page(&world.page(&elsewhere, "").await, 400, "AADSTS90002");
    world.change_entra_app(|app| app.single_tenant = true);
    stays_on_page(&world.page(&page(vec![]), "").await, 400, "AADSTS50194");
    assert_eq!(world.page(&world.entra_authorize(TENANT, &[]), "").await.status, StatusCode::OK);
    world.change_entra_app(|app| app.disabled = true);
    stays_on_page(&world.page(&world.entra_authorize(TENANT, &[]), "").await, 400, "AADSTS7000112");
}

#[tokio::test]
async fn what_is_wrong_with_the_rest_is_told_at_the_redirect() {
    let world = World::start().await;
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "")], "invalid_request"),
        (vec![("scope", "Calendars.Explode")], "invalid_scope"),
        (vec![("scope", "https://vault.azure.net/.default")], "invalid_resource"),
        (vec![("scope", "https://graph.microsoft.com/.default User.Read")], "invalid_scope"),
        (vec![("code_challenge", "short"), ("code_challenge_method", "S256")], "invalid_request"),
        (vec![("prompt", "shout")], "invalid_request"),
    ] {
        let answer = world.page(&world.entra_authorize("common", &changes), "").await;
        assert_eq!(answer.redirected("error").as_deref(), Some(error), "{changes:?}: {}", answer.text);
        assert_eq!(answer.redirected("state").as_deref(), Some("st&te ✓"));
    }
}

#[tokio::test]
async fn a_blocked_app_or_an_administrators_permission_ends_on_the_approval_page() {
    let world = World::start().await;
    let wants_more = world.entra_authorize("common", &[("scope", "User.Read Directory.Read.All")]);
    stays_on_page(&world.entra_sign_in(&wants_more, BEN).await, 200, "AADSTS90094");
    let admin = world.entra_sign_in(&wants_more, ADA).await;
    assert!(admin.text.contains("Consent on behalf of your organization"), "{}", admin.text);

    world.change_entra_app(|app| app.blocked = true);
    let path = world.entra_authorize("common", &[]);
    let page = world.entra_sign_in(&path, BEN).await;
    stays_on_page(&page, 200, "AADSTS90094");
    // Pressing "accept" without having been asked changes nothing.
    stays_on_page(&world.entra_decide(&page, "accept").await, 200, "AADSTS90094");
    let other = world.form("/common/login", "", &[("flow", &flow_of(&page))]).await;
    assert!(other.text.contains("Or pick an account"));
}

#[tokio::test]
async fn an_unknown_address_and_a_lost_flow_are_explained() {
    let world = World::start().await;
    let path = world.entra_authorize("common", &[]);
    let page = world.entra_sign_in(&path, "nobody@lindenhof.example").await;
    assert!(page.text.contains("AADSTS50034") && page.text.contains("value=\"nobody@lindenhof.example\""));
    let flow = flow_of(&world.page(&path, "").await);
    world.advance(601).await;
    let late = world.form("/common/login", "", &[("flow", &flow), ("email", BEN)]).await;
    stays_on_page(&late, 400, "took too long");
    let forged = world.form("/common/consent", "", &[("flow", "forged"), ("decision", "accept")]).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_disabled_account_cannot_sign_in() {
    let world = World::start().await;
    let revocation = json!({"provider": "microsoft", "email": BEN, "reason": "account_disabled"});
    let answer = world.control(Method::POST, "/_sandbox/revoke", revocation).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let page = world.entra_sign_in(&world.entra_authorize("common", &[]), BEN).await;
    stays_on_page(&page, 400, "AADSTS50057");
}

#[tokio::test]
async fn an_administrator_consents_for_everybody_and_the_app_gets_its_roles() {
    let world = World::start().await;
    world.change_entra_app(|app| app.blocked = true);
    let client_id = world.entra_app().client_id;
    let query = format!("client_id={client_id}&redirect_uri={CALLBACK}&state=s1");
    let path = format!("/{TENANT}/v2.0/adminconsent?{query}&scope={GRAPH_DEFAULT}");
    stays_on_page(&world.entra_sign_in(&path, BEN).await, 200, "Need admin approval");

    let page = world.entra_sign_in(&path, ADA).await;
    assert!(page.text.contains("without a signed-in user"), "{}", page.text);
    let declined = world.entra_decide(&page, "cancel").await;
    // The flag is there on failure too; clients must look at `error` first.
    assert_eq!(declined.redirected("admin_consent").as_deref(), Some("True"));
    assert_eq!(declined.redirected("error").as_deref(), Some("consent_required"));
    let accepted = world.entra_decide(&page, "accept").await;
    let tid = world.running.world.core().organization.id().to_string();
    assert_eq!(accepted.redirected("tenant"), Some(tid));
    assert_eq!(accepted.redirected("state").as_deref(), Some("s1"));
    assert_eq!(accepted.redirected("error"), None);

    let grant = [("grant_type", "client_credentials"), ("scope", GRAPH_DEFAULT)];
    let tokens = world.entra_token(TENANT, &grant).await.expect(200);
    let roles = &claims(&text(&tokens, "access_token"))["roles"];
    assert!(roles.as_array().unwrap().contains(&json!("User.Read.All")), "{roles}");
    // What was granted for everybody is not asked again, blocked or not.
    assert!(
        world.entra_sign_in(&world.entra_authorize("common", &[]), BEN).await.redirected("code").is_some()
    );

    let older = world.entra_sign_in(&format!("/common/adminconsent?{query}"), ADA).await;
    let declined = world.entra_decide(&older, "cancel").await;
    assert_eq!(declined.redirected("error").as_deref(), Some("permission_denied"));
    let without_scope = world.page(&format!("/{TENANT}/v2.0/adminconsent?{query}"), "").await;
    stays_on_page(&without_scope, 400, "AADSTS900144");
}

#[tokio::test]
async fn the_log_knows_account_app_and_grant_of_entra_requests() {
    let world = World::start().await;
    let tokens = world.entra_tokens(BEN).await;
    world.get("/v1.0/me", &text(&tokens, "access_token")).await.expect(200);
    let log = world.running.world.requests.all();
    let token = log.iter().find(|entry| entry.path.ends_with("/oauth2/v2.0/token")).unwrap();
    assert_eq!(token.detail.as_deref(), Some("authorization_code"));
    assert_eq!(token.account.as_deref(), Some(BEN));
    assert_eq!(token.client_id, Some(world.entra_app().client_id));
    let me = log.iter().find(|entry| entry.path == "/v1.0/me").unwrap();
    assert_eq!((me.account.as_deref(), me.status), (Some(BEN), Some(200)));
    assert!(!SCOPE.is_empty() && !format!("{log:?}").contains(&text(&tokens, "refresh_token")));
}
