//! What the UserInfo endpoint adds (OpenID Connect Core §5.3): many providers give the address only there (§5.4).

use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{IdClaims, OidcError, read_document};
use crate::fetch;

#[derive(Deserialize)]
struct Wire {
    sub: String,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
    name: Option<String>,
    preferred_username: Option<String>,
}

/// Completes the ID token's claims with those of UserInfo; what the ID token says stays.
///
/// An answer about another subject than the ID token's is refused (§5.3.2).
pub async fn complete_claims(
    http: &Client,
    userinfo_endpoint: Url,
    access_token: &SecretString,
    claims: IdClaims,
) -> Result<IdClaims, OidcError> {
    let request = http.get(userinfo_endpoint).bearer_auth(access_token.expose_secret());
    let answer = fetch(request).await.map_err(OidcError::Unavailable)?;
    let wire: Wire =
        read_document(&answer).map_err(|refusal| OidcError::Unavailable(refusal.without(&[access_token])))?;
    complete(claims, wire)
}

fn complete(mut claims: IdClaims, wire: Wire) -> Result<IdClaims, OidcError> {
    if wire.sub != claims.sub {
        return Err(OidcError::Token("UserInfo speaks of another person"));
    }
    if claims.email.is_none() {
        claims.email_verified = wire.email_verified == Value::Bool(true) || wire.email_verified == "true";
        claims.email = wire.email;
    }
    claims.name = claims.name.or(wire.name);
    claims.preferred_username = claims.preferred_username.or(wire.preferred_username);
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(email: Option<&str>) -> IdClaims {
        IdClaims {
            iss: "https://login.example".into(),
            sub: "s".into(),
            oid: None,
            tid: None,
            email: email.map(str::to_owned),
            email_verified: false,
            name: None,
            preferred_username: None,
        }
    }

    fn wire(sub: &str) -> Wire {
        let json = serde_json::json!({ "sub": sub, "email": "ada@library.example", "email_verified": true, "name": "Ada" });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_there_stays() {
        let added = complete(claims(None), wire("s")).unwrap();
        assert_eq!((added.email.as_deref(), added.email_verified), (Some("ada@library.example"), true));
        let kept = complete(claims(Some("own@library.example")), wire("s")).unwrap();
        assert_eq!((kept.email.as_deref(), kept.email_verified), (Some("own@library.example"), false));
        assert_eq!(kept.name.as_deref(), Some("Ada"));
    }

    #[test]
    fn another_persons_userinfo_is_refused() {
        assert!(matches!(complete(claims(None), wire("t")), Err(OidcError::Token(_))));
    }
}
