//! Health, readiness and numbers.

use platform::Scope;

use crate::harness::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_ready_while_its_key_opens_the_database() {
    let hub = TestHub::start().await;
    assert_eq!(hub.anyone().get("/healthz").await.expect(200).body, "ok\n");
    assert_eq!(hub.anyone().get("/readyz").await.expect(200).json()["ready"], true);
    std::fs::remove_file(hub.config.key_file()).unwrap();
    let not = hub.anyone().get("/readyz").await.expect(503).json();
    assert_eq!((not["database"].as_str(), not["key"].as_str()), (Some("ok"), Some("failed")));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_name_routes_and_never_what_was_asked_for() {
    let hub = TestHub::start().await;
    hub.anyone().get("/invite/a-secret-token-in-a-path?and=one-in-a-query").await.expect(404);
    let program = hub.api_key(&[Scope::MetricsRead]).await;
    let numbers = program.get("/metrics").await.expect(200);
    assert!(numbers.header("content-type").unwrap().starts_with("text/plain"));
    assert!(numbers.body.contains("route=\"/invite/{token}\",status=\"404\""), "{}", numbers.body);
    assert!(!numbers.body.contains("a-secret-token") && !numbers.body.contains("one-in-a-query"));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_has_a_document_and_a_readable_page() {
    let hub = TestHub::start().await;
    let document = hub.anyone().get("/api/v1/openapi.json").await.expect(200).json();
    let paths = document["paths"].as_object().unwrap();
    for route in hub
        .routes
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json")
    {
        let operation = &paths[&route.path][route.method.as_str().to_lowercase()];
        assert!(operation["operationId"].is_string(), "{} {} is not documented", route.method, route.path);
        assert!(operation["summary"].is_string(), "{} {} has no summary", route.method, route.path);
    }
    let page = hub.anyone().get("/api").await.expect(200).body;
    assert!(
        paths.keys().all(|path| page.contains(&path.replace('{', "&#123;")) || page.contains(path.as_str())),
        "{page}"
    );
    hub.stop().await;
}
