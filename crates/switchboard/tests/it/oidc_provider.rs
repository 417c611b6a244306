//! A certified OpenID Provider that nobody here wrote (npm `oidc-provider`): what the sandbox and we ourselves could
//! both misunderstand is caught by it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::LazyLock,
};

use ::platform::{Role, outbound::Outbound};
use oauth::{
    AuthorizeRequest, ClientAuth, ClientCredentials, CodeGrant, Kind, PersonTrouble, Pkce, Refusal, ScopeSet,
    TokenEndpoint, TokenHint, Tokens, authorize_url,
    callback::{CallbackQuery, check_issuer},
    oidc::{ExpectedIdToken, IdClaims, IssuerRule, Jwks, OidcError, ProviderMetadata, discover},
    rfc6749_refusal,
};
use secrecy::SecretString;
use switchboard::Config;
use url::Url;

use crate::harness::{Browser, Reply, Setup, TestHub};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oidc");
const CLIENT_ID: &str = "switchboard";
const SECRET: &str = "s~ecret $with+ %odd Zeichen";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
const STATE: &str = "st&te ✓";
const NONCE: &str = "nonce-of-this-sign-in";
const ADA: &str = "ada.lindqvist@lindenhof.example";

/// The provider's process, for all tests of this file; it ends when our end of its standard input closes.
struct Provider {
    issuer: String,
    _process: Child,
    // Kept open: whoever prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
}

static PROVIDER: LazyLock<Provider> = LazyLock::new(Provider::start);

impl Provider {
    fn start() -> Self {
        let installed = Path::new(FOLDER).join("node_modules/oidc-provider");
        assert!(installed.exists(), "tests/oidc/node_modules is missing; run bin/test, which installs it");
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node is installed; bin/test does that");
        let mut issuer = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        stdout.read_line(&mut issuer).expect("the provider says its issuer");
        assert!(issuer.starts_with("http://127.0.0.1:"), "the provider did not start: {issuer:?}");
        Self { issuer: issuer.trim().to_owned(), _process: process, _stdout: stdout }
    }
}

/// The client's side, with everything a test asks for.
struct Client {
    http: reqwest::Client,
    metadata: ProviderMetadata,
    endpoint: TokenEndpoint,
    credentials: ClientCredentials,
    browser: Browser,
}

impl Client {
    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = Outbound::new(None).expect("a client").client().clone();
        let metadata = discover(&http, &PROVIDER.issuer).await.expect("the provider describes itself");
        let endpoint = TokenEndpoint {
            url: metadata.token_endpoint.clone(),
            auth: ClientAuth::Body,
            classify: rfc6749_refusal,
        };
        let credentials = ClientCredentials { id: CLIENT_ID.into(), secret: SECRET.into() };
        let browser = Browser::new(PROVIDER.issuer.parse().expect("an address"));
        Self { http, metadata, endpoint, credentials, browser }
    }

    /// Goes to the provider, signs in and consents; answers the code of the redirect.
    async fn code(&self, pkce: &Pkce) -> SecretString {
        let url = authorize_url(&AuthorizeRequest {
            endpoint: &self.metadata.authorization_endpoint,
            client_id: CLIENT_ID,
            redirect_uri: CALLBACK,
            scopes: &ScopeSet::parse("openid email offline_access"),
            state: STATE,
            challenge: &pkce.challenge(),
            extra: &[("nonce", NONCE), ("prompt", "consent")],
        });
        let back = through_the_pages(&self.browser, url, CALLBACK, ADA).await;
        let query = CallbackQuery::parse(back.query().expect("a query")).expect("a readable answer");
        assert!(query.has_state(&STATE.into()), "{back}");
        assert!(query.iss.is_some(), "this provider names itself (RFC 9207)");
        check_issuer(query.iss.as_deref(), &self.rule()).expect("its own name");
        query.code.unwrap_or_else(|| panic!("no code: {back}"))
    }

    async fn exchange(&self, code: &SecretString, pkce: &Pkce) -> Result<Tokens, Refusal> {
        let grant = CodeGrant { code, redirect_uri: CALLBACK, verifier: pkce.verifier() };
        self.endpoint.exchange_code(&self.http, &self.credentials, &grant).await
    }

    async fn tokens(&self) -> Tokens {
        let pkce = Pkce::from_bytes([7; 32]);
        self.exchange(&self.code(&pkce).await, &pkce).await.expect("tokens")
    }

    async fn refresh(&self, token: &SecretString) -> Result<Tokens, Refusal> {
        self.endpoint.refresh(&self.http, &self.credentials, token, None).await
    }

    /// What the ID token says to whoever expects it for `client_id` with `nonce`.
    async fn identify(
        &self,
        token: &SecretString,
        client_id: &str,
        nonce: &str,
    ) -> Result<IdClaims, OidcError> {
        let (jwks, rule) = (Jwks::new(self.metadata.jwks_uri.clone()), self.rule());
        let expected = ExpectedIdToken { issuer: &rule, client_id, nonce: Some(nonce) };
        jwks.validate(&self.http, token, &expected, ::platform::Clock::system().now().timestamp()).await
    }

    fn rule(&self) -> IssuerRule {
        IssuerRule::Exact(self.metadata.issuer.clone())
    }
}

/// Fills in the provider's forms as `login` until it sends the browser to an address that begins with `end`.
async fn through_the_pages(browser: &Browser, start: Url, end: &str, login: &str) -> Url {
    let mut reply = browser.get(start.as_str()).await;
    for _ in 0..12 {
        reply = if reply.status.is_redirection() {
            let target = reply.location();
            if target.as_str().starts_with(end) {
                return target;
            }
            browser.get(target.as_str()).await
        } else {
            press(browser, &reply, login).await
        };
    }
    panic!("the provider's pages never end: {} {}", reply.url, reply.body);
}

/// Signs in, or consents, whichever the page asks for.
async fn press(browser: &Browser, page: &Reply, login: &str) -> Reply {
    let action = page.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
    let action = action.unwrap_or_else(|| panic!("no form: {} {}", page.status, page.body));
    let prompt = if page.body.contains("value=\"login\"") { "login" } else { "consent" };
    let target = page.url.join(action).expect("an address");
    browser.post(target.as_str(), &[("prompt", prompt), ("login", login), ("password", "any")]).await
}

fn is_person_trouble(refusal: &Refusal) -> bool {
    matches!(refusal.kind, Kind::Person(PersonTrouble::GrantRevoked | PersonTrouble::GrantExpired))
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn a_code_is_exchanged_only_with_its_verifier() {
    let client = Client::start().await;
    let (right, wrong) = (Pkce::from_bytes([1; 32]), Pkce::from_bytes([2; 32]));
    let code = client.code(&right).await;
    let refused = client.exchange(&code, &wrong).await.expect_err("another verifier");
    assert_eq!(refused.code.as_deref(), Some("invalid_grant"), "{refused}");
    let tokens = client.exchange(&client.code(&right).await, &right).await.expect("the right verifier");
    assert!(tokens.refresh_token.is_some() && tokens.expires_in.is_some());
    assert!(tokens.scope.expect("scopes").contains("offline_access"));
    let used = client.code(&right).await;
    client.exchange(&used, &right).await.expect("the first time");
    let refused = client.exchange(&used, &right).await.expect_err("a code works once");
    assert!(is_person_trouble(&refused), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn the_id_token_speaks_to_this_client_about_this_sign_in_only() {
    let client = Client::start().await;
    let token = client.tokens().await.id_token.expect("an ID token");
    let claims = client.identify(&token, CLIENT_ID, NONCE).await.expect("a valid token");
    assert_eq!((claims.sub.as_str(), claims.iss.as_str()), (ADA, PROVIDER.issuer.as_str()));
    assert!(client.identify(&token, "another-client", NONCE).await.is_err());
    assert!(client.identify(&token, CLIENT_ID, "another-nonce").await.is_err());
    let text = secrecy::ExposeSecret::expose_secret(&token);
    let (signed, signature) = text.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = SecretString::from(format!("{signed}.{first}{}", &signature[1..]));
    assert!(client.identify(&forged, CLIENT_ID, NONCE).await.is_err());
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn a_rotated_refresh_token_that_comes_again_ends_the_authorization() {
    let client = Client::start().await;
    let first = client.tokens().await.refresh_token.expect("a refresh token");
    let renewed = client.refresh(&first).await.expect("the first refresh");
    let second = renewed.refresh_token.expect("a rotated refresh token");
    let same = |a: &SecretString, b: &SecretString| {
        secrecy::ExposeSecret::expose_secret(a) == secrecy::ExposeSecret::expose_secret(b)
    };
    assert!(!same(&first, &second));
    let third = client.refresh(&second).await.expect("the second").refresh_token.expect("a third token");
    // The old one again: the provider takes that for theft and ends the whole family (RFC 9700 §4.14.2).
    let reused = client.refresh(&first).await.expect_err("a token that was used before");
    assert!(is_person_trouble(&reused), "{reused:?}");
    let family = client.refresh(&third).await.expect_err("the family is revoked");
    assert!(is_person_trouble(&family), "{family:?}");
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn a_revoked_refresh_token_asks_a_person() {
    let client = Client::start().await;
    let token = client.tokens().await.refresh_token.expect("a refresh token");
    let endpoint = client.metadata.revocation_endpoint.clone().expect("a revocation endpoint");
    for _ in 0..2 {
        let grant = (&token, TokenHint::RefreshToken);
        // The second time the token is unknown, which is success too (RFC 7009 §2.2).
        client.endpoint.revoke(&client.http, &endpoint, &client.credentials, grant).await.expect("revoked");
    }
    let refused = client.refresh(&token).await.expect_err("revoked");
    assert!(is_person_trouble(&refused), "{refused:?}");
}

/// A server of ours whose people sign in at the provider.
async fn hub() -> TestHub {
    let configure = |config: &mut Config, _: &sandbox::Running| {
        "Lindenhof".clone_into(&mut config.sign_in.oidc.name);
        config.sign_in.oidc.issuer = Some(PROVIDER.issuer.clone());
        config.sign_in.oidc.client_id = Some(CLIENT_ID.to_owned());
        config.sign_in.oidc.client_secret = Some(SECRET.to_owned().into());
    };
    // The provider keeps the machine's time, and its ID tokens say so.
    TestHub::start_with(Setup { fixed_clock: false, configure, ..Setup::default() }).await
}

/// Signs in at the provider as `login`; answers where that ends with us.
async fn sign_in(hub: &TestHub, browser: &Browser, login: &str) -> Reply {
    let page = browser.get("/sign-in").await.expect(200);
    assert!(page.body.contains("Sign in with Lindenhof"), "{}", page.body);
    let away = browser.get("/sign-in/oidc?next=/my/account").await.expect(303).location();
    let base = hub.base_url.as_str();
    let back = through_the_pages(browser, away, base, login).await;
    browser.get(back.as_str()).await
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn an_invited_person_signs_in_with_a_vouched_address() {
    let hub = hub().await;
    hub.account(ADA, &[Role::Administrator]).await;
    let browser = hub.anyone();
    let landed = sign_in(&hub, &browser, ADA).await.expect(303);
    assert_eq!(landed.location().path(), "/my/account");
    assert!(browser.get("/my/account").await.expect(200).body.contains(ADA));
    let replayed = browser.get(landed.url.as_str()).await;
    assert!(replayed.status.is_client_error(), "the answer counts once: {}", replayed.status);
    hub.stop().await;
}

#[tokio::test]
#[ignore = "needs the packages of tests/oidc; bin/test installs them and runs this"]
async fn strangers_and_unverified_addresses_are_turned_away_with_a_reason() {
    let hub = hub().await;
    hub.account(ADA, &[Role::Administrator]).await;
    hub.account("unverified.ada@lindenhof.example", &[Role::Host]).await;
    let stranger = sign_in(&hub, &hub.anyone(), "eve@elsewhere.example").await.expect(403);
    assert!(stranger.body.contains("eve@elsewhere.example"), "{}", stranger.body);
    let browser = hub.anyone();
    let unverified = sign_in(&hub, &browser, "unverified.ada@lindenhof.example").await.expect(403);
    assert!(unverified.body.contains("did not vouch"), "{}", unverified.body);
    browser.get("/my/account").await.expect(303);
    hub.stop().await;
}
