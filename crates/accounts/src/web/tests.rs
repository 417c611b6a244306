use platform::Role;
use serde_json::{Value, json};

use crate::testing::{Answer, PASSWORD, TestRoom};

const ADA: &str = "ada@library.example";

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

async fn room() -> TestRoom {
    let room = TestRoom::new().await;
    room.account(ADA, &[Role::Administrator]).await;
    room
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_address_and_says_what_to_do() {
    let room = room().await;
    let mut visitor = room.visitor();
    let form = [("email", "<b>\"ada"), ("password", "wrong"), ("next", "//evil.example")];
    let answer = visitor.post("/sign-in", &form).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains("&#60;b&#62;&#34;ada") && !answer.body.contains("<b>\"ada"),
        "{}",
        answer.body
    );
    assert!(
        answer.body.contains("E-mail or password are not right") && !answer.body.contains("evil.example")
    );
    assert_eq!(visitor.post("/sign-in", &[]).await.status, 422);
    assert!(visitor.cookies.is_empty());
}

#[tokio::test]
async fn signing_in_leads_on_and_signing_out_ends_it() {
    let room = room().await;
    let mut visitor = room.visitor();
    let form = [("email", ADA), ("password", PASSWORD), ("next", "/my/account?x=1")];
    assert_eq!(visitor.post("/sign-in", &form).await.location, "/my/account?x=1");
    let cookies = visitor.cookies.clone();
    assert_eq!(visitor.get("/my/account").await.status, 200);
    assert_eq!(visitor.get("/sign-in?next=/admin/audit").await.location, "/admin/audit");
    visitor.post("/sign-out", &[]).await;
    visitor.cookies = cookies;
    assert_eq!(visitor.get("/my/account").await.location, "/sign-in?next=%2Fmy%2Faccount");
}

#[tokio::test]
async fn the_first_administrator_sets_up_and_is_signed_in() {
    let room = TestRoom::empty().await;
    let link = crate::ensure_setup_link(&room.hub).await.unwrap().unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8080").unwrap();
    let mut visitor = room.visitor();
    assert_eq!(visitor.get(path).await.status, 200);
    let mut form = vec![("organization", "Library"), ("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    let missing = visitor.post(path, &form).await;
    assert_eq!(missing.status, 422);
    assert!(missing.body.contains("time zone is not known") && missing.body.contains("value=\"Library\""));
    form.push(("time_zone", "Europe/Berlin"));
    assert_eq!(visitor.post(path, &form).await.location, "/");
    assert_eq!(visitor.get("/admin/accounts").await.status, 200);
    assert_eq!(visitor.post(path, &form).await.status, 404);
}

#[tokio::test]
async fn the_profile_keeps_an_unknown_zone_and_saves_a_known_one() {
    let room = room().await;
    let mut ada = room.signed_in(ADA).await;
    let wrong = ada.post("/my/account/profile", &[("name", "Ada"), ("time_zone", "Mars/Olympus")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("<option value=\"Mars/Olympus\" selected>"), "{}", wrong.body);
    let fine = ada.post("/my/account/profile", &[("name", "Ada <L>"), ("time_zone", "asia/tokyo")]).await;
    assert_eq!(fine.location, "/my/account");
    let page = ada.get("/my/account").await.body;
    assert!(page.contains("Ada &#60;L&#62;") && page.contains("<option value=\"Asia/Tokyo\" selected>"));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let room = room().await;
    let (mut here, mut there) = (room.signed_in(ADA).await, room.signed_in(ADA).await);
    let wrong = [("current_password", "wrong"), ("new_password", "four green kettles 8")];
    assert_eq!(here.post("/my/account/password", &wrong).await.status, 422);
    let right = [("current_password", PASSWORD), ("new_password", "four green kettles 8")];
    assert_eq!(here.post("/my/account/password", &right).await.status, 303);
    assert_eq!(here.get("/my/account").await.status, 200);
    assert_eq!(there.get("/my/account").await.status, 303);
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_one_by_one_and_together() {
    let room = room().await;
    let mut here = room.signed_in(ADA).await;
    let (mut second, mut third) = (room.signed_in(ADA).await, room.signed_in(ADA).await);
    let page = here.get("/my/account").await.body;
    assert_eq!(page.matches("/revoke\"").count(), 2);
    let id = between(&page, "/my/account/sessions/", "/revoke\"").to_owned();
    here.post(&format!("/my/account/sessions/{id}/revoke"), &[]).await;
    let ended = [second.get("/my/account").await.status, third.get("/my/account").await.status];
    assert_eq!(ended.iter().filter(|status| **status == 303).count(), 1);
    here.post("/my/account/sessions/revoke-others", &[]).await;
    assert_eq!((second.get("/my/account").await.status, third.get("/my/account").await.status), (303, 303));
    assert_eq!(here.get("/my/account").await.status, 200);
}

#[tokio::test]
async fn an_invited_person_chooses_a_password_and_gets_their_roles() {
    let room = room().await;
    let mut ada = room.signed_in(ADA).await;
    let form = [("name", "Ben"), ("email", "ben@library.example"), ("roles", "host"), ("roles", "operator")];
    let shown = ada.post("/admin/accounts/invite", &form).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let path = format!("/invite/{}", between(&shown.body, "http://127.0.0.1:8080/invite/", "\""));
    let again = ada.post("/admin/accounts/invite", &form).await;
    assert!(again.status == 422 && again.body.contains("already an account"));
    let mut ben = room.visitor();
    assert!(ben.get(&path).await.body.contains("Welcome, Ben"));
    assert_eq!(ben.post(&path, &[("password", "short")]).await.status, 422);
    assert_eq!(ben.post(&path, &[("password", PASSWORD)]).await.location, "/");
    assert!(ben.get("/my/account").await.body.contains("Host, Operator"));
    assert_eq!(ben.get("/admin/accounts").await.status, 403);
    assert_eq!(ben.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_last_administrator_is_told_why_they_stay() {
    let room = room().await;
    let mut ada = room.signed_in(ADA).await;
    let id = crate::find(&room.hub, ADA).await.unwrap().unwrap().id;
    let path = format!("/admin/accounts/{id}");
    assert!(ada.get("/admin/accounts").await.body.contains(&path));
    let answer = ada.post(&format!("{path}/roles"), &[("roles", "host")]).await;
    assert!(answer.status == 422 && answer.body.contains("last administrator"), "{}", answer.body);
    assert_eq!(ada.post(&format!("{path}/disable"), &[]).await.status, 422);
    assert_eq!(ada.post(&format!("{path}/roles"), &[]).await.status, 422);
    assert_eq!(ada.get("/admin/accounts/nonsense").await.status, 404);
}

#[tokio::test]
async fn a_key_made_on_the_page_works_until_it_is_revoked() {
    let room = room().await;
    let mut ada = room.signed_in(ADA).await;
    assert!(ada.get("/admin/api-keys").await.body.contains("No key yet"));
    assert!(ada.get("/admin/api-keys/new").await.body.contains("receive valid access tokens"));
    let wrong =
        ada.post("/admin/api-keys/new", &[("name", "<i>"), ("days", "soon"), ("scopes", "all")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("&#60;i&#62;"));
    let form = [("name", "Intranet"), ("days", "30"), ("scopes", "accounts:read"), ("scopes", "audit:read")];
    let created = ada.post("/admin/api-keys/new", &form).await;
    let mut program = room.visitor();
    program.key = Some(format!("sb_{}", between(&created.body, "value=\"sb_", "\"")));
    let me = json_of(&program.get("/api/v1/me").await);
    assert_eq!((&me["kind"], &me["scopes"]), (&json!("api_key"), &json!(["accounts:read", "audit:read"])));
    assert_eq!(json_of(&program.get("/api/v1/accounts").await)["items"][0]["email"], ADA);
    assert_eq!(program.json("POST", "/api/v1/accounts", &json!({})).await.status, 403);
    let list = ada.get("/admin/api-keys").await.body;
    let id = between(&list, "/admin/api-keys/0", "/revoke").to_owned();
    ada.post(&format!("/admin/api-keys/0{id}/revoke"), &[]).await;
    assert_eq!(program.get("/api/v1/me").await.status, 401);
    assert!(ada.get("/admin/api-keys").await.body.contains("Revoked"));
}

#[tokio::test]
async fn programs_invite_and_read_the_trail_page_by_page() {
    let room = room().await;
    let new = crate::NewApiKey { name: "k".into(), scopes: platform::Scope::ALL.to_vec(), expires_at: None };
    let created = crate::create_api_key(&room.hub, &room.system(), new).await.unwrap();
    let mut program = room.visitor();
    program.key = Some(secrecy::ExposeSecret::expose_secret(&created.secret).to_owned());
    let body = json!({"name": "Ben", "email": "ben@library.example", "roles": ["host"]});
    let invited = program.json("POST", "/api/v1/accounts", &body).await;
    assert_eq!(invited.status, 201, "{}", invited.body);
    let id = json_of(&invited)["account"]["id"].as_str().unwrap().to_owned();
    let administrator = json!({"roles": ["administrator"]});
    let refused = program.json("PUT", &format!("/api/v1/accounts/{id}/roles"), &administrator).await;
    assert_eq!(refused.status, 403);
    let unknown =
        program.json("PUT", &format!("/api/v1/accounts/{id}/roles"), &json!({"roles": ["king"]})).await;
    assert_eq!(unknown.status, 422);
    room.hub.clock().advance(std::time::Duration::from_secs(1));
    let disabled = program.json("POST", &format!("/api/v1/accounts/{id}/disable"), &json!({})).await;
    assert!(json_of(&disabled)["disabled_at"].is_string());
    let first =
        json_of(&program.get(&format!("/api/v1/audit?subject=account&subject_id={id}&limit=1")).await);
    assert_eq!(first["items"][0]["action"], "account.disabled");
    let next = first["next"].as_str().unwrap();
    let rest =
        json_of(&program.get(&format!("/api/v1/audit?subject=account&subject_id={id}&after={next}")).await);
    assert_eq!(rest["items"].as_array().unwrap().len(), 2, "created and invited: {rest}");
    assert!(rest["next"].is_null());
}

#[tokio::test]
async fn the_trail_is_shown_and_filtered() {
    let room = room().await;
    let mut ada = room.signed_in(ADA).await;
    let page = ada.get("/admin/audit").await.body;
    assert!(page.contains("account: signed in") && page.contains("account: created"));
    let keys = ada.get("/admin/audit?subject=api_key").await.body;
    assert!(keys.contains("No entry fits") && !keys.contains("account: signed in"));
}

#[tokio::test]
async fn strangers_get_nothing_and_broken_provider_answers_a_page() {
    let room = room().await;
    let mut stranger = room.visitor();
    assert_eq!(stranger.get("/admin/accounts").await.status, 303);
    assert_eq!(stranger.get("/api/v1/me").await.status, 401);
    stranger.key = Some("sb_wrong".into());
    assert_eq!(stranger.get("/api/v1/accounts").await.status, 401);
    stranger.key = None;
    for query in ["", "?code=x&state=y", "?error=access_denied&state=y", "?state=a&state=b"] {
        let answer = stranger.get(&format!("/sign-in/oidc/callback{query}")).await;
        assert!(answer.status == 400 && answer.body.contains("no longer valid"), "{}", answer.body);
    }
    assert_eq!(stranger.get("/sign-in/oidc").await.status, 404);
    assert_eq!(stranger.get("/setup/nothing").await.status, 404);
    assert_eq!(stranger.get("/invite/nothing").await.status, 404);
}
