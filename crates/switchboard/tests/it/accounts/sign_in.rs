//! Signing in with a password.

use std::time::Duration;

use platform::Role;

use crate::harness::{PASSWORD, Reply, TestHub};

const ADA: &str = "ada.lindqvist@lindenhof.example";

async fn attempt(hub: &TestHub, email: &str, password: &str) -> Reply {
    hub.anyone().post("/sign-in", &[("email", email), ("password", password), ("next", "/my/account")]).await
}

/// The page without what the visitor typed.
fn without(reply: &Reply, email: &str) -> String {
    reply.body.replace(email, "…")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_lets_in_and_leads_where_one_wanted_to_go() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let browser = hub.anyone();
    let asked = browser.get("/my/account").await.expect(303);
    assert_eq!(asked.header("location"), Some("/sign-in?next=%2Fmy%2Faccount"));
    let signed_in =
        browser.post("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", "/my/account")]).await;
    assert_eq!(signed_in.expect(303).header("location"), Some("/my/account"));
    assert!(browser.get("/my/account").await.expect(200).body.contains(ADA));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let reply = hub
            .anyone()
            .post("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", elsewhere)])
            .await;
        assert_eq!(reply.expect(303).location().origin(), hub.base_url.origin(), "{elsewhere}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_user_gets_the_same_answer_as_a_wrong_password() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let wrong = attempt(&hub, ADA, "not the password at all").await;
    let unknown = attempt(&hub, "nobody.here@lindenhof.example", "not the password at all").await;
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(without(&wrong, ADA), without(&unknown, "nobody.here@lindenhof.example"));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_also_for_addresses_that_nobody_has() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    for email in [ADA, "nobody.here@lindenhof.example"] {
        for _ in 0..5 {
            attempt(&hub, email, "guess number one").await.expect(422);
        }
        let slowed = attempt(&hub, email, PASSWORD).await.expect(429);
        let seconds: u64 = slowed.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    hub.advance(Duration::from_secs(16));
    attempt(&hub, ADA, PASSWORD).await.expect(303);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_cannot_sign_in_and_its_sessions_end() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let host = hub.host().await;
    let ben = hub.account("ben.okafor@lindenhof.example", &[]).await;
    admin.post(&format!("/admin/accounts/{ben}/disable"), &[]).await.expect(303);
    host.get("/my/account").await.expect(303);
    let refused = attempt(&hub, "ben.okafor@lindenhof.example", PASSWORD).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    hub.stop().await;
}
