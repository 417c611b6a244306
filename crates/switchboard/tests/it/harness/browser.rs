//! A person's browser or a program: keeps cookies per origin, follows nothing by itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use reqwest::{Client, Method, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

/// Speaks HTTP to one server, and to wherever it is sent.
pub(crate) struct Browser {
    client: Client,
    base: Url,
    bearer: Option<String>,
    cookies: Mutex<HashMap<(String, String), String>>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) url: Url,
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.url, self.body))
    }

    /// Where the answer sends the browser.
    pub(crate) fn location(&self) -> Url {
        let target = self
            .header("location")
            .unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.body));
        self.url.join(target).expect("an address")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Insists on a status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.url, self.body);
        self
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's browser is no request of the product")]
fn client() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

impl Browser {
    pub(crate) fn new(base: Url) -> Self {
        Self { client: client(), base, bearer: None, cookies: Mutex::default() }
    }

    /// A program with an API key.
    pub(crate) fn with_key(base: Url, key: &str) -> Self {
        Self { bearer: Some(key.to_owned()), ..Self::new(base) }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, |request| request).await
    }

    /// The body of an answer, unless the server goes away first.
    pub(crate) async fn try_get(&self, path: &str) -> Option<String> {
        let url = self.base.join(path).expect("an address");
        let request = self.client.get(url).bearer_auth(self.bearer.as_deref().unwrap_or_default());
        request.send().await.ok()?.text().await.ok()
    }

    /// Calls the API, perhaps with a key of the request's own; the status and body, unless the server goes away first.
    pub(crate) async fn try_post(
        &self,
        path: &str,
        body: &Value,
        idempotency_key: Option<&str>,
    ) -> Option<(u16, String)> {
        let url = self.base.join(path).expect("an address");
        let mut request = self.client.post(url).bearer_auth(self.bearer.as_deref().unwrap_or_default());
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let reply = request.json(body).send().await.ok()?;
        let status = reply.status().as_u16();
        Some((status, reply.text().await.ok()?))
    }

    /// Sends a form as a page of the same site does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(Method::POST, path, |request| request.header("sec-fetch-site", "same-origin").form(fields))
            .await
    }

    /// Calls the API.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Reply {
        let with_body = !body.is_null();
        self.send(method, path, |request| if with_body { request.json(body) } else { request }).await
    }

    /// Sends anything.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        shape: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Reply {
        let url = self.base.join(path).expect("an address");
        let mut request =
            shape(self.client.request(method, url.clone())).header(header::USER_AGENT, "TestBrowser/1.0");
        if let Some(cookies) = self.cookies_for(&url) {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(key) = &self.bearer {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
        self.keep_cookies(&url, response.headers());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await.unwrap_or_default();
        Reply { status, headers, url, body }
    }

    /// Follows redirects, also to other servers, until a page is shown.
    pub(crate) async fn follow(&self, mut reply: Reply) -> Reply {
        for _ in 0..10 {
            if !reply.status.is_redirection() {
                return reply;
            }
            reply = self.get(reply.location().as_str()).await;
        }
        panic!("the redirects never end: {}", reply.url);
    }

    /// The value of a cookie of our server.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let key = (origin(&self.base), name.to_owned());
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn cookies_for(&self, url: &Url) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = cookies.iter().filter(|((at, _), _)| *at == origin(url));
        let pairs: Vec<String> = mine.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookies(&self, url: &Url, headers: &header::HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("a readable cookie");
            let (name, rest) = line.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            let key = (origin(url), name.to_owned());
            if line.contains("Max-Age=0") {
                cookies.remove(&key);
            } else {
                cookies.insert(key, value.to_owned());
            }
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
