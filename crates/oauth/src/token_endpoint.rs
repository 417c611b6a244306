//! The four requests a client makes with its own credentials: exchange, refresh, client credentials, revoke.

use reqwest::header::ACCEPT;
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::{
    Answer, Classify, Kind, MalformedTokens, OAuthError, Refusal, ScopeSet, Tokens, fetch, refusal::blot_out,
};

/// Where and how a provider gives tokens.
#[derive(Debug, Clone)]
pub struct TokenEndpoint {
    pub url: Url,
    pub auth: ClientAuth,
    /// How this provider's refusals are read.
    pub classify: Classify,
}

/// How the client proves who it is (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form.
    Body,
    /// HTTP Basic.
    Basic,
}

/// A registered app's id and secret.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    pub id: String,
    pub secret: SecretString,
}

/// What is exchanged for the first tokens.
pub struct CodeGrant<'a> {
    pub code: &'a SecretString,
    /// The same text as in the authorize URL.
    pub redirect_uri: &'a str,
    pub verifier: &'a SecretString,
}

/// What sort of token is revoked (RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHint {
    AccessToken,
    RefreshToken,
}

type Form<'a> = Vec<(&'a str, &'a str)>;

impl TokenEndpoint {
    /// Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub async fn exchange_code(
        &self,
        http: &Client,
        client: &ClientCredentials,
        grant: &CodeGrant<'_>,
    ) -> Result<Tokens, Refusal> {
        let form = vec![
            ("grant_type", "authorization_code"),
            ("code", grant.code.expose_secret()),
            ("redirect_uri", grant.redirect_uri),
            ("code_verifier", grant.verifier.expose_secret()),
        ];
        let request = self.request(http, &self.url, client, form);
        self.ask(request, client, &[grant.code, grant.verifier]).await
    }

    /// Refreshes (RFC 6749 §6); without `scopes` the grant's own are meant.
    pub async fn refresh(
        &self,
        http: &Client,
        client: &ClientCredentials,
        refresh_token: &SecretString,
        scopes: Option<&ScopeSet>,
    ) -> Result<Tokens, Refusal> {
        let scope = scopes.map(ToString::to_string);
        let mut form =
            vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        self.ask(self.request(http, &self.url, client, form), client, &[refresh_token]).await
    }

    /// Asks for a token of the app itself (RFC 6749 §4.4).
    pub async fn client_credentials(
        &self,
        http: &Client,
        client: &ClientCredentials,
        scopes: &ScopeSet,
    ) -> Result<Tokens, Refusal> {
        let scope = scopes.to_string();
        let form = vec![("grant_type", "client_credentials"), ("scope", &*scope)];
        self.ask(self.request(http, &self.url, client, form), client, &[]).await
    }

    /// Revokes a token at the provider's revocation endpoint (RFC 7009), authenticating as at this one. A token
    /// that the provider no longer knows counts as revoked.
    pub async fn revoke(
        &self,
        http: &Client,
        revocation_endpoint: &Url,
        client: &ClientCredentials,
        (token, hint): (&SecretString, TokenHint),
    ) -> Result<(), Refusal> {
        let hint = match hint {
            TokenHint::AccessToken => "access_token",
            TokenHint::RefreshToken => "refresh_token",
        };
        let form = vec![("token", token.expose_secret()), ("token_type_hint", hint)];
        let answer = fetch(self.request(http, revocation_endpoint, client, form)).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(self.refusal(&answer, &[&client.secret, token]))
    }

    fn request<'a>(
        &self,
        http: &Client,
        url: &Url,
        client: &'a ClientCredentials,
        mut form: Form<'a>,
    ) -> RequestBuilder {
        let secret = client.secret.expose_secret();
        let request = http.post(url.clone()).header(ACCEPT, "application/json");
        match self.auth {
            ClientAuth::Body => {
                form.extend([("client_id", client.id.as_str()), ("client_secret", secret)]);
                request.form(&form)
            }
            // RFC 6749 §2.3.1 has both halves form-encoded before they are put together.
            ClientAuth::Basic => request.basic_auth(encoded(&client.id), Some(encoded(secret))).form(&form),
        }
    }

    async fn ask(
        &self,
        request: RequestBuilder,
        client: &ClientCredentials,
        sent: &[&SecretString],
    ) -> Result<Tokens, Refusal> {
        let answer = fetch(request).await?;
        let secrets: Vec<&SecretString> = sent.iter().copied().chain([&client.secret]).collect();
        self.read(&answer, &secrets)
    }

    fn read(&self, answer: &Answer, secrets: &[&SecretString]) -> Result<Tokens, Refusal> {
        if !answer.status.is_success() || OAuthError::parse(answer.text()).is_some() {
            return Err(self.refusal(answer, secrets));
        }
        Tokens::parse(answer.text()).map_err(|fault| {
            let kind = match fault {
                MalformedTokens::NotJson => Kind::Passing { retry_after: None },
                MalformedTokens::NoAccessToken | MalformedTokens::Unusable => Kind::Bug,
            };
            let http_status = Some(answer.status.as_u16());
            Refusal { kind, http_status, ..Refusal::bug(&fault.to_string()) }
        })
    }

    /// The refusal, without secrets that the provider echoes: they go before texts are shortened, because a part of one
    /// would not be found any more, and afterwards once more, because JSON can write them in other letters.
    fn refusal(&self, answer: &Answer, secrets: &[&SecretString]) -> Refusal {
        let text = secrets.iter().fold(answer.text().to_owned(), |text, secret| blot_out(&text, secret));
        (self.classify)(answer.status, &answer.headers, &text).without(secrets)
    }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::{AUTHORIZATION, HeaderMap};

    use super::*;
    use crate::{AppTrouble, rfc6749_refusal};

    const SECRET: &str = "s~e+c r%e&t=ü";

    fn endpoint(auth: ClientAuth) -> TokenEndpoint {
        let url = Url::parse("https://login.example/token").unwrap();
        TokenEndpoint { url, auth, classify: rfc6749_refusal }
    }

    fn request(auth: ClientAuth) -> reqwest::Request {
        #[expect(clippy::disallowed_methods, reason = "the request is looked at, not sent")]
        let http = Client::new();
        let endpoint = endpoint(auth);
        let client = ClientCredentials { id: "id:1".into(), secret: SECRET.into() };
        endpoint.request(&http, &endpoint.url, &client, vec![("refresh_token", "r+/=")]).build().unwrap()
    }

    fn form(request: &reqwest::Request) -> Vec<(String, String)> {
        let body = request.body().unwrap().as_bytes().unwrap();
        url::form_urlencoded::parse(body).into_owned().collect()
    }

    fn read(status: u16, body: &str) -> Result<Tokens, Refusal> {
        let status = StatusCode::from_u16(status).unwrap();
        let secret = SecretString::from(SECRET);
        endpoint(ClientAuth::Body)
            .read(&Answer { status, headers: HeaderMap::new(), body: body.into() }, &[&secret])
    }

    #[test]
    fn a_secret_in_the_form_arrives_unharmed() {
        let request = request(ClientAuth::Body);
        let pairs = [("refresh_token", "r+/="), ("client_id", "id:1"), ("client_secret", SECRET)];
        assert_eq!(form(&request), pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(request.headers().get(AUTHORIZATION).is_none());
    }

    #[test]
    fn basic_keeps_the_secret_out_of_the_form_and_the_colon_unambiguous() {
        use base64::Engine;
        let request = request(ClientAuth::Basic);
        assert_eq!(form(&request), [("refresh_token".to_owned(), "r+/=".to_owned())]);
        let header = request.headers().get(AUTHORIZATION).unwrap();
        assert!(header.is_sensitive());
        let basic = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let pair = base64::engine::general_purpose::STANDARD.decode(basic).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "id%3A1:s%7Ee%2Bc+r%25e%26t%3D%C3%BC");
    }

    #[test]
    fn tokens_are_read_and_refusals_sorted() {
        assert!(read(200, r#"{"access_token":"a"}"#).is_ok());
        let kind = |status, body| read(status, body).unwrap_err().kind;
        assert_eq!(kind(401, r#"{"error":"invalid_client"}"#), Kind::App(AppTrouble::WrongSecret));
        assert_eq!(kind(200, r#"{"error":"invalid_client"}"#), Kind::App(AppTrouble::WrongSecret));
        assert_eq!(kind(200, "{}"), Kind::Bug);
        for body in ["", "<html>", r#"{"access_token":"#] {
            assert_eq!(kind(200, body), Kind::Passing { retry_after: None }, "{body}");
        }
    }

    #[test]
    fn a_secret_that_is_echoed_across_the_end_of_what_is_kept_is_blotted_out() {
        let body =
            format!(r#"{{"error":"invalid_client","error_description":"{}{SECRET}"}}"#, "x".repeat(495));
        let said = format!("{:?}", read(401, &body).unwrap_err());
        assert!(said.contains("xxx") && !said.contains(&SECRET[..3]), "{said}");
    }
}
