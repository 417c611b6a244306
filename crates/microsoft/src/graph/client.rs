//! One authenticated call, and what all calls share.

use oauth::{Answer, ApiError, ApiKind, fetch, join, read_json};
use reqwest::header::ACCEPT;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::api_error;

/// No list that this product reads is longer.
const MOST_PAGES: usize = 20;
/// Ids that survive moving an event between folders, and times in UTC (Graph, "immutable identifiers", "Prefer").
const PREFER: &str = r#"IdType="ImmutableId", outlook.timezone="UTC""#;

/// Microsoft Graph, spoken to with whatever access token a call is given.
#[derive(Debug, Clone)]
pub struct Graph {
    http: Client,
    base: Url,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Graph {
    /// A client of the host `base`, `https://graph.microsoft.com` or the sandbox.
    pub fn new(http: Client, base: Url) -> Self {
        Self { http, base }
    }

    pub(super) fn url(&self, path: &[&str]) -> Url {
        join(&join(&self.base, &["v1.0"]), path)
    }

    pub(super) fn request(&self, method: Method, url: Url, token: &SecretString) -> RequestBuilder {
        let request = self.http.request(method, url).bearer_auth(token.expose_secret());
        request.header(ACCEPT, "application/json").header("Prefer", PREFER)
    }

    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        token: &SecretString,
    ) -> Result<Answer, ApiError> {
        let answer = fetch(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(api_error(&answer).without(token)) }
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<T, ApiError> {
        read_json(&self.send(self.request(Method::GET, url, token), token).await?)
    }

    /// Reads a list to its end. A page may be empty and still have a next one.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut next = Some(url);
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { break };
            let page: Page<T> = self.get(url, token).await?;
            items.extend(page.value);
            next = page.next.map(|link| self.next_page(&link)).transpose()?;
        }
        Ok(items)
    }

    /// Deletes; what is already gone counts as deleted.
    pub(super) async fn delete(&self, url: Url, token: &SecretString) -> Result<(), ApiError> {
        match self.send(self.request(Method::DELETE, url, token), token).await {
            Err(error) if error.kind != ApiKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A next page's address, used unchanged, but only on the same host: the access token goes with it.
    fn next_page(&self, link: &str) -> Result<Url, ApiError> {
        let url = Url::parse(link).ok().filter(|url| url.origin() == self.base.origin());
        url.ok_or_else(|| {
            ApiError::bug(StatusCode::OK, "Graph names a next page on another host; it was not read")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_carried_to_another_host() {
        #[expect(clippy::disallowed_methods, reason = "nothing is sent")]
        let graph = Graph::new(Client::new(), Url::parse("https://graph.microsoft.com").unwrap());
        let next = "https://graph.microsoft.com/v1.0/me/calendars?$skip=10";
        assert_eq!(graph.next_page(next).unwrap().as_str(), next);
        for link in ["https://evil.example/v1.0/me", "http://graph.microsoft.com/v1.0/me", "/v1.0/me", ""] {
            assert_eq!(graph.next_page(link).unwrap_err().kind, ApiKind::Bug, "{link}");
        }
    }

    #[test]
    fn an_empty_page_may_have_a_next_one() {
        let page: Page<u8> = serde_json::from_str(r#"{"@odata.nextLink":"https://a.example/x"}"#).unwrap();
        assert!(page.value.is_empty() && page.next.is_some());
    }
}
