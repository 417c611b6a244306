//! Forms from other sites are refused, programs are not, and too much is too much.

use platform::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use crate::harness::{PASSWORD, TestHub};

const ADA: &str = "ada.lindqvist@lindenhof.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_from_another_site_is_not_carried_out() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let from = |site: &'static str, origin: &'static str| {
        admin.send(Method::POST, "/my/account/profile", move |request| {
            request
                .header("sec-fetch-site", site)
                .header("origin", origin)
                .form(&[("name", "Mallory"), ("time_zone", "UTC")])
        })
    };
    for (site, origin) in [("cross-site", "https://evil.example"), ("same-site", "http://other.localhost")] {
        let refused = from(site, origin).await.expect(403);
        assert!(refused.body.contains("another site"), "{}", refused.body);
    }
    let old_browser = admin
        .send(Method::POST, "/my/account/profile", |request| {
            request
                .header("origin", "https://evil.example")
                .form(&[("name", "Mallory"), ("time_zone", "UTC")])
        })
        .await;
    old_browser.expect(403);
    assert!(!admin.get("/my/account").await.body.contains("Mallory"));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_pages_and_programs_are_not_taken_for_another_site() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let origin = hub.base_url.origin().ascii_serialization();
    let own = admin
        .send(Method::POST, "/my/account/profile", |request| {
            request
                .header("origin", origin)
                .form(&[("name", "Ada Lindqvist"), ("time_zone", "Europe/Berlin")])
        })
        .await;
    own.expect(303);
    let program = hub.api_key(&[Scope::AccountsWrite]).await;
    let invitation = json!({ "name": "Eva", "email": "eva@lindenhof.example", "roles": ["host"] });
    program.call(Method::POST, "/api/v1/accounts", &invitation).await.expect(201);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_more_than_a_mebibyte_is_refused_before_it_is_read() {
    let hub = TestHub::start().await;
    let huge = "x".repeat(1024 * 1024);
    let page = hub.anyone().post("/sign-in", &[("email", ADA), ("password", &huge)]).await.expect(413);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let program = hub.api_key(&[Scope::AccountsWrite]).await;
    let answer = program.call(Method::POST, "/api/v1/accounts", &json!({ "name": huge })).await.expect(413);
    assert_eq!(answer.json()["type"], "urn:switchboard:problem:too_large");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn html_in_a_name_is_text() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let name = "<script>alert('x')</script> & “Ada”";
    admin.post("/my/account/profile", &[("name", name), ("time_zone", "Europe/Berlin")]).await.expect(303);
    let page = admin.get("/my/account").await.expect(200).body;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&#60;script&#62;alert"), "{page}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_say_what_browsers_may_load() {
    let hub = TestHub::start().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let page = hub.anyone().get("/sign-in").await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{}", page.body);
    assert!(!page.body.contains(PASSWORD));
    hub.stop().await;
}
