//! What a token endpoint grants.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::ScopeSet;

/// Lifetimes beyond ten years are cut to it, so that arithmetic with them cannot overflow.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 3653);
const LONGEST_TOKEN: usize = 32 * 1024;

/// A successful answer of a token endpoint (RFC 6749 §5.1), as far as the provider filled it in.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access_token: SecretString,
    /// Absent means: keep the one you have.
    pub refresh_token: Option<SecretString>,
    /// The access token's remaining life, counted from the moment the request was sent.
    pub expires_in: Option<Duration>,
    /// The refresh token's remaining life; Webex tells it, Entra does not.
    pub refresh_token_expires_in: Option<Duration>,
    /// Absent means: what was asked for (RFC 6749 §5.1), or unknown after a refresh.
    pub scope: Option<ScopeSet>,
    pub id_token: Option<SecretString>,
}

/// Why a successful status did not carry tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedTokens {
    #[error("the provider's answer is incomplete or not JSON")]
    NotJson,
    #[error("the provider's answer holds no access token")]
    NoAccessToken,
    #[error("the provider's answer holds a token that cannot be used: too long, or not plain text")]
    Unusable,
}

#[derive(Deserialize)]
struct Wire {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    refresh_token_expires_in: Value,
    #[serde(default)]
    scope: Value,
    id_token: Option<SecretString>,
}

impl Tokens {
    /// Reads an answer leniently: only `access_token` must be there, numbers may be text, scopes may be a list.
    pub fn parse(body: &str) -> Result<Self, MalformedTokens> {
        let wire: Wire = serde_json::from_str(body).map_err(|error| {
            if error.is_data() { MalformedTokens::Unusable } else { MalformedTokens::NotJson }
        })?;
        let present = |token: &SecretString| !token.expose_secret().is_empty();
        let access_token = wire.access_token.filter(present).ok_or(MalformedTokens::NoAccessToken)?;
        let refresh_token = wire.refresh_token.filter(present);
        let id_token = wire.id_token.filter(present);
        let tokens = [Some(&access_token), refresh_token.as_ref(), id_token.as_ref()];
        if !tokens.into_iter().flatten().all(is_usable) {
            return Err(MalformedTokens::Unusable);
        }
        Ok(Self {
            access_token,
            refresh_token,
            expires_in: lifetime(&wire.expires_in),
            refresh_token_expires_in: lifetime(&wire.refresh_token_expires_in),
            scope: scopes(&wire.scope),
            id_token,
        })
    }
}

/// Tokens travel in a header (RFC 6750 §2.1), so they are visible ASCII of reasonable length.
fn is_usable(token: &SecretString) -> bool {
    let token = token.expose_secret();
    token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    if seconds >= LONGEST_LIFE.as_secs_f64() {
        return Some(LONGEST_LIFE);
    }
    Duration::try_from_secs_f64(seconds).ok()
}

fn scopes(value: &Value) -> Option<ScopeSet> {
    let scopes = match value {
        Value::String(text) => ScopeSet::parse(text),
        Value::Array(list) => list.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).collect(),
        _ => return None,
    };
    (!scopes.is_empty()).then_some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_answer_is_read() {
        let tokens = Tokens::parse(
            r#"{"access_token":"a_b_c","expires_in":1209599,"refresh_token":"r","refresh_token_expires_in":7775999,
                "token_type":"Bearer","scope":"spark:people_read meeting:schedules_read","id_token":"x.y.z","extra":[1]}"#,
        )
        .unwrap();
        assert_eq!(tokens.access_token.expose_secret(), "a_b_c");
        assert_eq!(tokens.refresh_token.unwrap().expose_secret(), "r");
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(1_209_599)));
        assert_eq!(tokens.refresh_token_expires_in, Some(Duration::from_secs(7_775_999)));
        assert_eq!(tokens.scope, Some(ScopeSet::parse("meeting:schedules_read spark:people_read")));
        assert_eq!(tokens.id_token.unwrap().expose_secret(), "x.y.z");
    }

    #[test]
    fn an_access_token_alone_is_enough() {
        for body in [
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","refresh_token":null,"expires_in":null,"scope":"","id_token":""}"#,
            r#"{"access_token":"a","refresh_token":"","expires_in":"soon","scope":7}"#,
            r#"{"access_token":"a","expires_in":-5}"#,
        ] {
            let tokens = Tokens::parse(body).unwrap();
            assert!(
                tokens.refresh_token.is_none() && tokens.expires_in.is_none() && tokens.scope.is_none(),
                "{body}"
            );
        }
    }

    #[test]
    fn numbers_may_be_text_and_scopes_a_list() {
        let body = r#"{"access_token":"a","expires_in":" 3599 ","refresh_token_expires_in":1e300,"scope":["x","y z"]}"#;
        let tokens = Tokens::parse(body).unwrap();
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(3599)));
        assert_eq!(tokens.refresh_token_expires_in, Some(LONGEST_LIFE));
        assert_eq!(tokens.scope, Some(ScopeSet::parse("x y z")));
    }

    #[test]
    fn what_carries_no_usable_token_is_told_apart() {
        let fault = |body: &str| Tokens::parse(body).err();
        for body in ["", "<html>", r#"{"access_token":"a"#] {
            assert_eq!(fault(body), Some(MalformedTokens::NotJson), "{body}");
        }
        assert_eq!(fault("{}"), Some(MalformedTokens::NoAccessToken));
        assert_eq!(fault(r#"{"access_token":""}"#), Some(MalformedTokens::NoAccessToken));
        for body in [r#"{"access_token":"a\nb"}"#, r#"{"access_token":"ä"}"#, r#"{"access_token":7}"#, "[]"]
        {
            assert_eq!(fault(body), Some(MalformedTokens::Unusable), "{body}");
        }
        let endless = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(LONGEST_TOKEN + 1));
        assert_eq!(fault(&endless), Some(MalformedTokens::Unusable));
    }

    #[test]
    fn debug_shows_no_token() {
        let tokens = Tokens::parse(r#"{"access_token":"topsecret","refresh_token":"topsecret"}"#).unwrap();
        assert!(!format!("{tokens:?}").contains("topsecret"));
    }
}
