//! Who may use what: every declared route stands in `routes.txt` with its access, and is tried by everybody.

use std::collections::BTreeSet;

use platform::{
    Role, Scope,
    web::{Access, Route},
};
use reqwest::{Method, StatusCode};

use crate::harness::{Browser, Reply, TestHub};

/// Method, path and access of every route, as a person agreed to it.
const AGREED: &str = include_str!("routes.txt");

fn line(route: &Route) -> String {
    format!("{} {} {:?}", route.method, route.path, route.access)
}

#[test]
fn every_route_stands_in_the_table_with_its_access() {
    let declared: BTreeSet<String> = switchboard::app::routes().iter().map(line).collect();
    let agreed: BTreeSet<String> = AGREED.lines().map(str::to_owned).collect();
    let new: Vec<_> = declared.difference(&agreed).collect();
    let gone: Vec<_> = agreed.difference(&declared).collect();
    assert!(new.is_empty() && gone.is_empty(), "not in routes.txt: {new:#?}\nin routes.txt only: {gone:#?}");
}

/// Somebody who asks, and what they are allowed to say about themselves.
struct Asker {
    name: &'static str,
    browser: Browser,
    roles: Vec<Role>,
    scopes: Option<Vec<Scope>>,
}

impl Asker {
    fn person(name: &'static str, browser: Browser, role: Role) -> Self {
        Self { name, browser, roles: vec![role], scopes: None }
    }

    fn program(name: &'static str, browser: Browser, scopes: &[Scope]) -> Self {
        Self { name, browser, roles: Vec::new(), scopes: Some(scopes.to_vec()) }
    }

    /// Written out again on purpose: the rule under test must not be its own judge.
    fn may(&self, access: Access) -> bool {
        let is_person = !self.roles.is_empty();
        let has_scope = |scope| self.scopes.as_ref().is_some_and(|scopes| scopes.contains(&scope));
        match access {
            Access::Public => true,
            Access::SignedIn => is_person,
            Access::Role(role) => self.roles.contains(&role),
            Access::Api(scope, role) => has_scope(scope) || self.roles.contains(&role),
            Access::ApiAny(scope, roles) => {
                has_scope(scope) || roles.iter().any(|role| self.roles.contains(role))
            }
            Access::KeyOnly(scope) => has_scope(scope),
            Access::Caller => is_person || self.scopes.is_some(),
        }
    }
}

async fn everybody(hub: &TestHub) -> Vec<Asker> {
    vec![
        Asker { name: "anyone", browser: hub.anyone(), roles: Vec::new(), scopes: None },
        Asker::person("operator", hub.operator().await, Role::Operator),
        Asker::person("host", hub.host().await, Role::Host),
        Asker::person("administrator", hub.admin().await, Role::Administrator),
        Asker::program("key with one scope", hub.api_key(&[Scope::AuditRead]).await, &[Scope::AuditRead]),
        Asker::program("key with all scopes", hub.api_key(&Scope::ALL).await, &Scope::ALL),
    ]
}

/// The route's path with ids of nothing, so that no walk changes anything.
fn concrete(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "01a1fc74-6a0c-7724-8ab0-8adc588776e2" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

async fn try_route(asker: &Asker, route: &Route) -> Reply {
    let path = concrete(&route.path);
    let method = Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
    let shape = |request: reqwest::RequestBuilder| match (route.method.as_str(), path.starts_with("/api/")) {
        ("GET" | "DELETE", _) => request,
        (_, true) => request.json(&serde_json::json!({})),
        (_, false) => request.header("sec-fetch-site", "same-origin").form(&[("nothing", "")]),
    };
    asker.browser.send(method, &path, shape).await
}

/// Refused by the route's access: 401, 403, or (a page, nobody signed in) sent to the sign-in.
fn is_refusal(reply: &Reply) -> bool {
    let to_sign_in = reply.status.is_redirection()
        && reply.header("location").is_some_and(|to| to.starts_with("/sign-in?next="));
    matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || to_sign_in
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_exactly_whom_its_access_says() {
    let hub = TestHub::start().await;
    let everybody = everybody(&hub).await;
    let mut wrong = Vec::new();
    for route in &hub.routes {
        // Signing out would end the walk; it is tried with the sessions.
        if route.path == "/sign-out" {
            continue;
        }
        for asker in &everybody {
            let reply = try_route(asker, route).await;
            let said = format!("{} as {}: {}", line(route), asker.name, reply.status);
            if is_refusal(&reply) == asker.may(route.access) || reply.status.is_server_error() {
                wrong.push(said);
            } else if is_refusal(&reply) && route.path.starts_with("/api/") {
                let kind = reply.header("content-type").unwrap_or_default();
                assert_eq!(kind, "application/problem+json", "{said}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_nobody() {
    let hub = TestHub::start().await;
    let stranger = Browser::with_key(hub.base_url.clone(), "sb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let reply = stranger.get("/api/v1/me").await.expect(401);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    assert_eq!(reply.json()["type"], "urn:switchboard:problem:unauthenticated");
    hub.stop().await;
}
