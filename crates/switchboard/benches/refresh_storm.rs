//! 10,000 requests at once for one connection whose token has expired, to two server processes on one PostgreSQL: the
//! provider must see exactly one refresh.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use common::{
    load,
    postgres::Cluster,
    process::{Server, machine},
    say,
    world::{StoredTokens, World, config},
};
use platform::outbound::Outbound;
use sandbox::{Fault, Match, Options, Progress, Provider, Rule, Running, Sandbox};
use secrecy::SecretString;
use serde_json::Value;

const REQUESTS: usize = 10_000;
const CLIENTS: usize = 1_000;
/// How long the provider takes for a refresh, so that the storm has time to gather.
const PROVIDER_MS: u64 = 300;
const PERSON: &str = "ben.okafor@lindenhof.example";
const CALLBACK: &str = "http://localhost:8080/oauth/callback";
const TOKENS: &str = "/v1/access_token";

#[tokio::main]
async fn main() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().expect("the first one");
    say(&machine());
    let cluster = Cluster::start();
    let provider = start_provider().await;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let requests = Arc::new(store(&provider, &config(dir.path(), Some(&cluster.url))).await);
    let key_file = dir.path().join("master.key").display().to_string();
    let url = provider.base_url.as_str();
    let settings = [
        ("SWITCHBOARD_DATABASE_URL", cluster.url.as_str()),
        ("SWITCHBOARD_KEY_FILE", key_file.as_str()),
        ("SWITCHBOARD_WEBEX_API_URL", url),
        ("SWITCHBOARD_WEBEX_IDBROKER_URL", url),
    ];
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let servers = folders.each_ref().map(|folder| Server::serve(folder.path(), &settings));
    storm(&provider, &servers.each_ref().map(|server| server.address), &requests).await;
}

async fn storm(provider: &Running, servers: &[SocketAddr], requests: &Arc<Vec<Vec<u8>>>) {
    provider.world.requests.clear();
    slow_down(provider);
    let ran = load::run(servers, requests, CLIENTS).await;
    let seen = provider.world.requests.all();
    let refreshes =
        seen.iter().filter(|request| request.path == TOKENS && request.state != Progress::InFlight);
    let refreshes = refreshes.count();
    say(&format!(
        "{REQUESTS} requests on {CLIENTS} connections to {} processes, all answered with a token: {:.1} ms \
         (slowest answer {:.1} ms, of which the provider took {PROVIDER_MS} ms)",
        servers.len(),
        common::ms(ran.took),
        common::ms(ran.slowest),
    ));
    say(&format!("refreshes at the provider: {refreshes} (goal: exactly 1)"));
    assert_eq!(refreshes, 1, "the provider saw {refreshes} refreshes");
    let again = load::run(servers, requests, CLIENTS).await;
    say(&format!("the same {REQUESTS} requests with the fresh token: {:.1} ms", common::ms(again.took)));
    assert_eq!(access_token(&ran.body), access_token(&again.body), "both processes hand out the same token");
}

async fn start_provider() -> Running {
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        seed: None,
        extra_redirect_uris: vec![CALLBACK.to_owned()],
        smtp_listen: None,
        public_url: None,
    };
    Sandbox::start(options).await.expect("the sandbox starts")
}

fn slow_down(provider: &Running) {
    let rule = Rule {
        id: 0,
        matching: Match { method: None, path: Some(TOKENS.to_owned()) },
        times: None,
        after: 0,
        fault: Fault { delay_ms: Some(PROVIDER_MS), ..Fault::default() },
        hits: 0,
    };
    provider.world.faults.add(rule).expect("room for a rule");
}

/// Stores one connection with an expired access token; answers requests for its token.
async fn store(provider: &Running, config: &switchboard::Config) -> Vec<Vec<u8>> {
    let (client_id, secret) = credentials(provider);
    let world = World::store(config, &client_id, &secret).await;
    let granted = authorize(provider, &client_id, &secret).await;
    let text = |name: &str| SecretString::from(granted[name].as_str().expect("a token").to_owned());
    let tokens = StoredTokens {
        access: text("access_token"),
        refresh: text("refresh_token"),
        expires_at: world.hub.now().before(Duration::from_secs(60)),
    };
    let id = world.store_connections(1, &tokens).await.remove(0);
    world.hub.db().close().await;
    vec![load::get(&format!("/api/v1/connections/{id}/token"), &world.key); REQUESTS]
}

fn credentials(provider: &Running) -> (String, String) {
    let core = provider.world.core();
    let app = core.apps.iter().find(|app| app.provider == Provider::Webex).expect("a seeded app");
    (app.client_id.clone(), app.secrets[0].value.clone())
}

/// Authorizes as a person does who is signed in at the provider and accepts; answers the tokens.
async fn authorize(provider: &Running, client_id: &str, secret: &str) -> Value {
    let outbound = Outbound::new(None).expect("a client");
    let (http, base) = (outbound.client(), &provider.base_url);
    let ticket = provider.world.sign_in(Provider::Webex, PERSON);
    let cookie = ticket.split(';').next().unwrap_or_default();
    let asked = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", "spark:people_read"),
        ("state", "s"),
    ];
    let asked = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let consent = http.post(base.join("/v1/authorize/consent").expect("an address")).header("cookie", cookie);
    let consent = consent.form(&[("request", asked.as_str()), ("decision", "accept")]);
    let answer = consent.send().await.expect("an answer");
    let back = answer.headers().get("location").and_then(|value| value.to_str().ok()).expect("a redirect");
    let back: url::Url = back.parse().expect("an address");
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    let tokens = http.post(base.join(TOKENS).expect("an address")).form(&form).send().await;
    serde_json::from_str(&tokens.expect("an answer").text().await.expect("a body")).expect("tokens")
}

fn access_token(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).expect("an answer");
    body["access_token"].as_str().expect("a token").to_owned()
}
