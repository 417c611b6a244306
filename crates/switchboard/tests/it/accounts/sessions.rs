//! Sessions: rotated at sign-in, listed, ended by their owner, and never longer than they should be.

use std::time::Duration;

use platform::Role;

use crate::harness::{Browser, PASSWORD, TestHub};

const ADA: &str = "ada.lindqvist@lindenhof.example";
const COOKIE: &str = "switchboard_session";

async fn sign_in(hub: &TestHub, browser: &Browser) {
    hub.account(ADA, &[Role::Administrator]).await;
    browser.post("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", "/")]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_new_session_and_ends_the_old_one() {
    let hub = TestHub::start().await;
    let browser = hub.anyone();
    sign_in(&hub, &browser).await;
    let first = browser.cookie(COOKIE).unwrap();
    sign_in(&hub, &browser).await;
    let second = browser.cookie(COOKIE).unwrap();
    assert_ne!(first, second);
    let old = format!("{COOKIE}={first}");
    let reply =
        hub.anyone().send(reqwest::Method::GET, "/my/account", |request| request.header("cookie", old)).await;
    reply.expect(303);
    browser.get("/my/account").await.expect(200);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sees_all_sessions_and_ends_the_others() {
    let hub = TestHub::start().await;
    let (here, there) = (hub.anyone(), hub.anyone());
    sign_in(&hub, &here).await;
    sign_in(&hub, &there).await;
    let page = here.get("/my/account").await.expect(200).body;
    assert_eq!(page.matches("/revoke\"").count(), 1, "one other session can be ended: {page}");
    here.post("/my/account/sessions/revoke-others", &[]).await.expect(303);
    there.get("/my/account").await.expect(303);
    here.get("/my/account").await.expect(200);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server_too() {
    let hub = TestHub::start().await;
    let browser = hub.anyone();
    sign_in(&hub, &browser).await;
    let kept = format!("{COOKIE}={}", browser.cookie(COOKIE).unwrap());
    browser.post("/sign-out", &[]).await.expect(303);
    assert_eq!(browser.cookie(COOKIE), None);
    let reply = hub
        .anyone()
        .send(reqwest::Method::GET, "/my/account", |request| request.header("cookie", kept))
        .await;
    reply.expect(303);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_a_week_unused_and_after_a_month_in_any_case() {
    let hub = TestHub::start().await;
    let day = Duration::from_secs(24 * 3600);
    let (unused, used) = (hub.anyone(), hub.anyone());
    sign_in(&hub, &unused).await;
    sign_in(&hub, &used).await;
    for _ in 0..4 {
        hub.advance(day * 2);
        used.get("/my/account").await.expect(200);
    }
    unused.get("/my/account").await.expect(303);
    for _ in 0..10 {
        hub.advance(day * 2);
        used.get("/my/account").await;
    }
    hub.advance(day * 3);
    used.get("/my/account").await.expect(303);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let reply = hub.anyone().post("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await.expect(303);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    hub.stop().await;
    let over_tls = TestHub::start_with(crate::harness::Setup {
        configure: |config, _| {
            config.server.public_url = Some("https://switchboard.library.example".parse().unwrap());
        },
        ..Default::default()
    })
    .await;
    over_tls.account(ADA, &[Role::Administrator]).await;
    let reply =
        over_tls.anyone().post("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await.expect(303);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-switchboard_session=") && cookie.contains("; Secure"), "{cookie}");
    assert!(reply.header("strict-transport-security").is_some());
    over_tls.stop().await;
}
