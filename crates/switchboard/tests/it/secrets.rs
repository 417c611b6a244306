//! No secret leaves the vault: a full run is made, then everything it wrote is searched for what must not be there.

use std::{fs, path::Path};

use platform::{Scope, id::OrganizationId, keys};
use reqwest::Method;
use sandbox::Provider;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vault::{Place, Sealed};

use crate::harness::{Consent, PASSWORD, TestHub, captured};

const ADA: &str = "ada.lindqvist@lindenhof.example";
const BEN: &str = "ben.okafor@lindenhof.example";
/// How the sandbox's session tickets begin.
const TICKET: &str = "SDJTSwAAA";

/// Every byte below a folder, file by file.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

fn contains(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// What the tables hold, as text, on either database.
async fn rows(hub: &TestHub) -> String {
    let mut all = String::new();
    for (table, columns) in [
        ("integration", "name || client_id || COALESCE(verdict, '') || COALESCE(trouble, '')"),
        ("integration_secret", "sealed || hint || COALESCE(verdict, '')"),
        (
            "authorization_request",
            "COALESCE(verifier, '') || state_hash || COALESCE(tokens, '') || COALESCE(outcome, '')",
        ),
        (
            "connection",
            "COALESCE(access_token, '') || COALESCE(refresh_token, '') || COALESCE(last_error, '')",
        ),
        ("audit_entry", "details"),
        ("job", "payload || COALESCE(last_error, '')"),
        ("api_key", "secret_hash || hint"),
        ("session", "id"),
        ("account", "COALESCE(password_hash, '')"),
        ("connection_test", "steps"),
        ("session_ticket", "id || site || webex_id || COALESCE(ticket, '')"),
        ("directory", "COALESCE(next_page, '') || COALESCE(trouble, '')"),
        ("directory_site", "facts || COALESCE(version, '') || COALESCE(trouble, '')"),
        ("directory_person", "record"),
        ("provider_pace", "state"),
    ] {
        let sql = format!("SELECT {columns} FROM {table}");
        let sql = platform::reexport::sqlx::AssertSqlSafe(sql);
        let found: Vec<(String,)> = hub.hub.db().sql(sql).all(hub.hub.db()).await.unwrap();
        all.extend(found.into_iter().map(|(text,)| text + "\n"));
    }
    all
}

/// Authorizes, tests, reads and refreshes a token, and makes trouble on the way; answers the secrets that were there.
async fn full_run(hub: &TestHub, seen: &mut String) -> Vec<String> {
    let (_, client_secret) = hub.credentials(Provider::Webex);
    let mut secrets = vec![client_secret.clone(), PASSWORD.to_owned()];
    let integration = hub.integration(Provider::Webex).await;
    let host = hub.host().await;
    secrets.extend(host.cookie("switchboard_session"));
    let connection = hub.connect(&host, &integration, BEN).await;
    hub.run_jobs().await;

    let key = hub
        .key(&[Scope::TokensRead, Scope::ConnectionsRead, Scope::IntegrationsRead, Scope::IntegrationsWrite])
        .await;
    secrets.push(key.clone());
    let program = crate::harness::Browser::with_key(hub.base_url.clone(), &key);
    let token_path = format!("/api/v1/connections/{connection}/token");
    let token = |reply: Value| reply["access_token"].as_str().unwrap().to_owned();
    let first = token(program.get(&token_path).await.expect(200).json());
    // Webex access tokens live 14 days; past that, asking means refreshing.
    hub.advance(std::time::Duration::from_secs(15 * 24 * 3600));
    let second = token(program.get(&token_path).await.expect(200).json());
    assert_ne!(first, second);
    secrets.extend([first, second]);

    let wrong = json!({ "value": "Wrong~secret $with spaces and ünicode 123" });
    secrets.push("Wrong~secret $with spaces and ünicode 123".to_owned());
    let added =
        program.call(Method::POST, &format!("/api/v1/integrations/{integration}/secrets"), &wrong).await;
    seen.push_str(&added.body);
    let host = hub.host().await;
    let declined =
        hub.authorize(&host, &integration, "chiara.rossi@lindenhof.example", Consent::Decline).await;
    seen.push_str(&declined.body);
    for path in [
        "/oauth/callback?code=stolen&state=tampered",
        "/my/connections",
        &format!("/my/connections/{connection}"),
    ] {
        seen.push_str(&host.get(path).await.body);
    }
    for path in
        ["/api/v1/integrations", "/api/v1/connections", &format!("/api/v1/integrations/{integration}")]
    {
        seen.push_str(&program.get(path).await.body);
    }
    secrets.extend(sessions(hub, seen).await);
    secrets.push(invite(hub).await);
    hub.run_jobs().await;
    secrets
}

/// Has an administrator's directory read by the Meetings XML API, which opens a session at each meeting site; answers their
/// tickets.
async fn sessions(hub: &TestHub, seen: &mut String) -> Vec<String> {
    let (client_id, client_secret) = hub.credentials(Provider::Webex);
    let wish = json!({
        "provider": "webex", "name": "Directory", "client_id": client_id, "tenant": "",
        "client_secret": { "value": client_secret }, "purposes": { "sign_in": [], "directory": [] },
    });
    let program = hub.api_key(&[Scope::IntegrationsWrite, Scope::DirectoryRead]).await;
    let made = program.call(Method::POST, "/api/v1/integrations", &wish).await.expect(201).json();
    let ada = hub.admin().await;
    hub.connect(&ada, made["id"].as_str().unwrap(), ADA).await;
    let only_xml = json!({ "webex.xml_only_sites": ["*"] });
    {
        let mut core = hub.sandbox.world.core();
        core.switches = core.switches.with(only_xml.as_object().unwrap().clone()).unwrap();
    }
    ada.post("/admin/directory/read", &[]).await.expect(303);
    hub.run_jobs().await;
    for path in ["/admin/directory", "/admin/directory/people", "/admin/audit"] {
        seen.push_str(&ada.get(path).await.body);
    }
    let sites = program.get("/api/v1/directory/sites").await.expect(200);
    let by_xml = |site: &Value| site["found"] == "xml";
    assert!(sites.json()["items"].as_array().unwrap().iter().all(by_xml), "{}", sites.body);
    seen.push_str(&sites.body);
    tickets(hub).await
}

/// The tickets of the sessions that are open, in clear.
async fn tickets(hub: &TestHub) -> Vec<String> {
    let text = "SELECT organization_id, id, ticket FROM session_ticket WHERE ticket IS NOT NULL";
    let held: Vec<(OrganizationId, String, String)> = hub.hub.db().sql(text).all(hub.hub.db()).await.unwrap();
    let mut tickets = Vec::new();
    for (organization, row, sealed) in held {
        let organization = organization.to_string();
        let place =
            Place { organization: &organization, table: "session_ticket", column: "ticket", row: &row };
        let opened = keys::open(&hub.hub, &place, &Sealed::parse(sealed).unwrap()).await.unwrap();
        tickets.push(opened.expose_secret().to_owned());
    }
    // Each is one that the sandbox gave.
    assert!(tickets.len() == 2 && tickets.iter().all(|it| it.starts_with(TICKET)), "one for each site");
    tickets
}

/// Invites somebody and misuses the link, so that it is refused; answers the link's secret.
async fn invite(hub: &TestHub) -> String {
    let program = hub.api_key(&[Scope::AccountsWrite]).await;
    let body = json!({ "name": "Eva Brandt", "email": "eva.brandt@lindenhof.example", "roles": ["host"] });
    let invited = program.call(Method::POST, "/api/v1/accounts", &body).await.expect(201).json();
    let link = invited["invitation_link"].as_str().unwrap();
    let forged = |request: reqwest::RequestBuilder| request.header("sec-fetch-site", "cross-site");
    hub.anyone().send(Method::POST, link, forged).await.expect(403);
    link.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_run_leaves_no_secret_in_logs_database_pages_or_answers() {
    let hub = TestHub::start().await;
    let mut seen = String::new();
    let secrets = full_run(&hub, &mut seen).await;
    let logged = captured();
    assert!(
        logged.contains("/api/v1/connections/{id}/token"),
        "requests are logged, so the search means something"
    );
    assert!(logged.contains("a session at a meeting site was opened"), "and so is what rooms do");
    let (stored, on_disk) = (rows(&hub).await, files(hub.dir()));
    let master = fs::read_to_string(hub.config.key_file()).unwrap();
    for secret in &secrets {
        assert!(!logged.contains(secret), "a secret was logged: {}…", &secret[..4]);
        assert!(!stored.contains(secret), "a secret is stored in the clear: {}…", &secret[..4]);
        assert!(!seen.contains(secret), "a secret was shown: {}…", &secret[..4]);
        for (name, bytes) in &on_disk {
            assert!(!contains(bytes, secret), "a secret stands in {name}: {}…", &secret[..4]);
        }
    }
    assert!(!logged.contains(master.trim()) && !seen.contains(master.trim()));
    for (name, bytes) in on_disk.iter().filter(|(name, _)| !name.ends_with("master.key")) {
        assert!(!contains(bytes, master.trim()), "the master key stands in {name}");
    }
    hub.stop().await;
}
