//! A sandbox per test, and a client that speaks to it as programs and browsers do.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, StatusCode};
use sandbox::{App, Options, Provider, Running, Sandbox, Seed};
use serde_json::{Value, json};
use url::Url;

pub(crate) const ADA: &str = "ada.lindqvist@lindenhof.example";
pub(crate) const BEN: &str = "ben.okafor@lindenhof.example";
/// A cataloguer: no meeting licence, no role.
pub(crate) const TOMAS: &str = "tomas.dvorak@lindenhof.example";
pub(crate) const CALLBACK: &str = "http://localhost:8080/oauth/callback";

/// A running sandbox with a fixed clock and repeatable randomness.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Asserts a status and gives the body.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The redirect's parameter of that name.
    pub(crate) fn redirected(&self, name: &str) -> Option<String> {
        let location = Url::parse(self.headers.get(LOCATION)?.to_str().ok()?).ok()?;
        location.query_pairs().find(|pair| pair.0 == name).map(|pair| pair.1.into_owned())
    }
}

pub(crate) fn seed() -> Seed {
    let now = "2030-03-04T09:00:00Z".parse().unwrap();
    Seed { now: Some(now), random: Some(7), ..Seed::believable() }
}

pub(crate) fn options() -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        seed: Some(seed()),
        extra_redirect_uris: Vec::new(),
        smtp_listen: None,
        public_url: None,
    }
}

#[expect(clippy::disallowed_methods, reason = "tests speak to a server of their own on this machine")]
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(Policy::none()).no_proxy()
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(options()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let running = Sandbox::start(options).await.unwrap();
        Self { running, http: client().build().unwrap() }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.running.base_url.join(path).unwrap()
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.running.world.clock.now()
    }

    /// A call with a bearer token and, where given, a JSON body.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let request = self.http.request(method, self.url(path)).bearer_auth(token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// A call to the control interface.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.http.request(method, self.url(path)).json(&body);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn set(&self, path: &str, body: Value) -> Value {
        self.control(Method::POST, path, body).await.expect(200)
    }

    pub(crate) async fn switch(&self, name: &str, value: Value) {
        self.set("/_sandbox/switches", json!({name: value})).await;
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.set("/_sandbox/clock", json!({"advance_seconds": seconds})).await;
    }

    /// A Webex token without clicking.
    pub(crate) async fn token(&self, email: &str, scopes: &[&str]) -> String {
        let body = json!({"provider": "webex", "email": email, "scopes": scopes});
        self.set("/_sandbox/tokens", body).await["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn webex_app(&self) -> App {
        let core = self.running.world.core();
        core.apps.iter().find(|app| app.provider == Provider::Webex).cloned().unwrap()
    }

    /// The query of an authorization request, with replaced or added parameters.
    pub(crate) fn authorization(&self, changes: &[(&str, &str)]) -> String {
        let client_id = self.webex_app().client_id;
        let mut pairs = vec![
            ("client_id", client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "spark:people_read meeting:schedules_read meeting:schedules_write"),
            ("state", "st&te ✓"),
        ];
        pairs.retain(|pair| !changes.iter().any(|change| change.0 == pair.0));
        pairs.extend(changes.iter().filter(|change| !change.1.is_empty()));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    pub(crate) async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(self.url(path)).header(COOKIE, cookie).form(fields);
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn page(&self, path: &str, cookie: &str) -> Answer {
        let request = self.http.get(self.url(path)).header(COOKIE, cookie).header("accept", "text/html");
        Answer::of(request.send().await.unwrap()).await
    }

    /// Signs in on the Webex page; gives the cookie.
    pub(crate) async fn sign_in(&self, email: &str, query: &str) -> String {
        let answer = self.form("/v1/authorize/sign-in", "", &[("request", query), ("email", email)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Signs in and accepts; gives the redirect.
    pub(crate) async fn accept(&self, email: &str, query: &str) -> Answer {
        let cookie = self.sign_in(email, query).await;
        self.form("/v1/authorize/consent", &cookie, &[("request", query), ("decision", "accept")]).await
    }

    /// Posts to the token endpoint with the seeded app's credentials; `changes` replace or add fields.
    pub(crate) async fn token_request(&self, changes: &[(&str, &str)]) -> Answer {
        let app = self.webex_app();
        let mut fields = vec![
            ("client_id", app.client_id.as_str()),
            ("client_secret", app.secrets[0].value.as_str()),
            ("redirect_uri", CALLBACK),
        ];
        fields.retain(|field| !changes.iter().any(|change| change.0 == field.0));
        fields.extend(changes);
        self.form("/v1/access_token", "", &fields).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Answer {
        self.token_request(&[("grant_type", "authorization_code"), ("code", code)]).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token_request(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// The whole way of one person: sign in, accept, exchange.
    pub(crate) async fn authorize(&self, email: &str) -> Value {
        let code = self.accept(email, &self.authorization(&[])).await.redirected("code").unwrap();
        self.exchange(&code).await.expect(200)
    }
}

/// base64url(SHA-256(verifier)), RFC 7636 §4.2.
pub(crate) fn s256(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}
