//! One authenticated call, and what all calls share.

use oauth::{
    Answer, ApiError, ClientAuth, ClientCredentials, Refusal, TokenEndpoint, TokenHint, fetch, read_json,
    with_query,
};
use reqwest::header::ACCEPT;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::Endpoints;
use crate::error::api_error;
use crate::paging::{Page, next_link};

/// No list that this product reads is longer.
const MOST_PAGES: usize = 20;

/// Webex's REST API, spoken to with whatever access token a call is given.
#[derive(Debug, Clone)]
pub struct Webex {
    http: Client,
    pub(crate) endpoints: Endpoints,
    /// Whose meetings are meant, where not those of the person behind the token.
    pub(crate) host: Option<String>,
}

impl Webex {
    pub fn new(http: Client, endpoints: Endpoints) -> Self {
        Self { http, endpoints, host: None }
    }

    /// The same client for the meetings and sites of somebody else, whom an administrator's token may act for. It
    /// needs `meeting:admin_schedule_write` and a person of a site that the administrator manages (Webex Meetings
    /// API, `hostEmail`).
    #[must_use]
    pub fn for_host(&self, email: &str) -> Self {
        Self { host: Some(email.to_owned()), ..self.clone() }
    }

    pub(crate) fn http(&self) -> Client {
        self.http.clone()
    }

    /// Names the host in an address, under the parameter's name there.
    pub(crate) fn as_host(&self, url: Url, parameter: &str) -> Url {
        match &self.host {
            Some(email) => with_query(url, &[(parameter, email)]),
            None => url,
        }
    }

    /// Revokes a token at the identity broker, with the integration's own credentials.
    pub async fn revoke(
        &self,
        client: &ClientCredentials,
        token: &SecretString,
        hint: TokenHint,
    ) -> Result<(), Refusal> {
        let endpoint = TokenEndpoint { auth: ClientAuth::Basic, ..self.endpoints.token_endpoint() };
        endpoint.revoke(&self.http, &self.endpoints.revocation_url(), client, (token, hint)).await
    }

    pub(crate) fn request(&self, method: Method, url: Url, token: &SecretString) -> RequestBuilder {
        self.http.request(method, url).bearer_auth(token.expose_secret()).header(ACCEPT, "application/json")
    }

    pub(crate) async fn send(
        &self,
        request: RequestBuilder,
        token: &SecretString,
    ) -> Result<Answer, ApiError> {
        let answer = fetch(request).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(api_error(&answer, token)) }
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<T, ApiError> {
        let answer = self.send(self.request(Method::GET, url, token), token).await?;
        read_json(&answer)
    }

    /// Reads a list to its end, following `Link` headers.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut next = Some(url);
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { return Ok(items) };
            let answer = self.send(self.request(Method::GET, url, token), token).await?;
            items.extend(read_json::<Page<T>>(&answer)?.items);
            next = next_link(&answer, &self.endpoints.api)?;
        }
        if next.is_none() {
            return Ok(items);
        }
        Err(ApiError::bug(StatusCode::OK, "Webex's list has more pages than are read, so it was not used"))
    }

    /// Deletes; what is already gone counts as deleted.
    pub(crate) async fn delete(&self, url: Url, token: &SecretString) -> Result<(), ApiError> {
        match self.send(self.request(Method::DELETE, url, token), token).await {
            Err(error) if error.kind != oauth::ApiKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
