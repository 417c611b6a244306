//! The address a person's browser is sent to.

use url::Url;

use crate::{ScopeSet, with_query};

/// Everything an authorize URL says (RFC 6749 §4.1.1, RFC 7636 §4.3).
pub struct AuthorizeRequest<'a> {
    pub endpoint: &'a Url,
    pub client_id: &'a str,
    /// Must equal a registered redirect URI character by character.
    pub redirect_uri: &'a str,
    pub scopes: &'a ScopeSet,
    pub state: &'a str,
    /// The S256 code challenge.
    pub challenge: &'a str,
    /// What one provider or purpose adds, such as `prompt`, `nonce` or `login_hint`.
    pub extra: &'a [(&'a str, &'a str)],
}

/// Writes the authorize URL; a query that the endpoint already has stays.
pub fn authorize_url(request: &AuthorizeRequest<'_>) -> Url {
    let scope = request.scopes.to_string();
    let pairs = [
        ("response_type", "code"),
        ("client_id", request.client_id),
        ("redirect_uri", request.redirect_uri),
        ("scope", &scope),
        ("state", request.state),
        ("code_challenge", request.challenge),
        ("code_challenge_method", "S256"),
    ];
    with_query(request.endpoint.clone(), &[&pairs, request.extra].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_the_trip_through_the_url() {
        let endpoint = Url::parse("https://login.example/authorize?tenant=a+b").unwrap();
        let scopes = ScopeSet::parse("meeting:schedules_read spark:people_read");
        let url = authorize_url(&AuthorizeRequest {
            endpoint: &endpoint,
            client_id: "C&1=2",
            redirect_uri: "http://localhost:8080/oauth/callback",
            scopes: &scopes,
            state: "s+t a~te",
            challenge: "abc-_",
            extra: &[("prompt", "select_account")],
        });
        let read: Vec<_> = url.query_pairs().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            read,
            [
                "tenant=a b",
                "response_type=code",
                "client_id=C&1=2",
                "redirect_uri=http://localhost:8080/oauth/callback",
                "scope=meeting:schedules_read spark:people_read",
                "state=s+t a~te",
                "code_challenge=abc-_",
                "code_challenge_method=S256",
                "prompt=select_account"
            ]
        );
        assert!(url.query().unwrap().contains("schedules_read%20spark%3Apeople_read"));
    }
}
