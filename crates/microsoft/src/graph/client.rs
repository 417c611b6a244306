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
const MOST_PAGES: usize = 50;
/// Ids that survive moving an event between folders, and times in UTC (Graph, "immutable identifiers", "Prefer").
pub(super) const PREFER: &str = r#"IdType="ImmutableId", outlook.timezone="UTC""#;

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
        self.request_preferring(method, url, token, PREFER)
    }

    pub(super) fn request_preferring(
        &self,
        method: Method,
        url: Url,
        token: &SecretString,
        prefer: &str,
    ) -> RequestBuilder {
        let request = self.http.request(method, url).bearer_auth(token.expose_secret());
        request.header(ACCEPT, "application/json").header("Prefer", prefer)
    }

    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        token: &SecretString,
    ) -> Result<Answer, ApiError> {
        let answer = fetch(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(api_error(&answer, Some(token))) }
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<T, ApiError> {
        read_json(&self.send(self.request(Method::GET, url, token), token).await?)
    }

    /// Reads a list to its end. A page may be empty and still have a next one. Half a list is a failure: somebody
    /// would take what is missing for free time.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut next = Some(url);
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { return Ok(items) };
            let page: Page<T> = self.get(url, token).await?;
            items.extend(page.value);
            next = page.next.map(|link| self.same_host(&link)).transpose()?;
        }
        let too_long = "Graph's list has more pages than are read, so it was not used";
        if next.is_some() { Err(ApiError::bug(StatusCode::OK, too_long)) } else { Ok(items) }
    }

    /// Deletes; what is already gone counts as deleted.
    pub(super) async fn delete(&self, url: Url, token: &SecretString) -> Result<(), ApiError> {
        match self.send(self.request(Method::DELETE, url, token), token).await {
            Err(error) if error.kind != ApiKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A link that Graph gave, used unchanged, but only on the same host: the access token goes with it.
    pub(super) fn same_host(&self, link: &str) -> Result<Url, ApiError> {
        let url = Url::parse(link).ok().filter(|url| url.origin() == self.base.origin());
        url.ok_or_else(|| {
            ApiError::bug(StatusCode::OK, "Graph's link leads to another host; it was not followed")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;

    #[test]
    fn the_token_is_not_carried_to_another_host() {
        let graph = graph();
        let next = "https://graph.microsoft.com/v1.0/me/calendars?$skip=10";
        assert_eq!(graph.same_host(next).unwrap().as_str(), next);
        for link in ["https://evil.example/v1.0/me", "http://graph.microsoft.com/v1.0/me", "/v1.0/me", ""] {
            assert_eq!(graph.same_host(link).unwrap_err().kind, ApiKind::Bug, "{link}");
        }
    }

    #[test]
    fn an_empty_page_may_have_a_next_one() {
        let page: Page<u8> = serde_json::from_str(r#"{"@odata.nextLink":"https://a.example/x"}"#).unwrap();
        assert!(page.value.is_empty() && page.next.is_some());
    }
}
