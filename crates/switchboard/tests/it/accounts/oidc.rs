//! Signing in at an OpenID Connect provider: the sandbox's Entra directory.

use platform::Role;
use sandbox::Provider;
use switchboard::config::Oidc;

use crate::harness::{Browser, Consent, Reply, Setup, TestHub};

const ADA: &str = "ada.lindqvist@lindenhof.example";

/// The directory of the sandbox's organization, by its domain.
fn with_oidc(config: &mut switchboard::Config, sandbox: &sandbox::Running) {
    let core = sandbox.world.core();
    let app = core.apps.iter().find(|app| app.provider == Provider::Microsoft).expect("a seeded app");
    let base = sandbox.base_url.as_str().trim_end_matches('/');
    config.sign_in.oidc = Oidc {
        name: "the library".to_owned(),
        issuer: Some(format!("{base}/{}/v2.0", core.organization.id())),
        client_id: Some(app.client_id.clone()),
        client_secret: Some(app.secrets[0].value.clone().into()),
        organization: None,
        auto_create_role: None,
    };
}

async fn start() -> TestHub {
    TestHub::start_with(Setup { configure: with_oidc, ..Default::default() }).await
}

async fn sign_in(hub: &TestHub, browser: &Browser, email: &str) -> Reply {
    let begun = browser.get("/sign-in/oidc?next=/my/account").await;
    hub.click_through(browser, begun, email, Consent::Accept).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_an_account_gets_in_without_a_password() {
    let hub = start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let browser = hub.anyone();
    assert!(browser.get("/sign-in").await.body.contains("the library"));
    let page = sign_in(&hub, &browser, ADA).await.expect(200);
    assert_eq!(page.url.path(), "/my/account");
    assert!(page.body.contains(ADA));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_an_account_is_told_whom_to_ask() {
    let hub = start().await;
    hub.organization().await;
    let page = sign_in(&hub, &hub.anyone(), ADA).await.expect(403);
    assert!(page.body.contains("no account for you"), "{}", page.body);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_in_its_own_browser_and_for_ten_minutes() {
    let hub = start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let browser = hub.anyone();
    sign_in(&hub, &browser, ADA).await.expect(200);

    // The consent is remembered now, so the provider answers at once and the callback can be kept.
    let begun = browser.get("/sign-in/oidc?next=/my/account").await.expect(303);
    let callback = browser.get(begun.location().as_str()).await.location();
    assert_eq!(callback.path(), "/sign-in/oidc/callback");
    let stolen = hub.anyone().get(callback.as_str()).await.expect(400);
    assert!(stolen.body.contains("no longer valid"), "{}", stolen.body);
    browser.get(callback.as_str()).await.expect(303);
    browser.get(callback.as_str()).await.expect(400);

    let begun = browser.get("/sign-in/oidc").await.expect(303);
    let late = browser.get(begun.location().as_str()).await.location();
    hub.advance(std::time::Duration::from_secs(601));
    browser.get(late.as_str()).await.expect(400);
    hub.anyone().get("/sign-in/oidc/callback").await.expect(400);
    hub.stop().await;
}
