//! The authorization request: which app, where to answer, what is asked.

use std::collections::HashMap;

use url::form_urlencoded;

use super::reply::{Mode, Reply};
use crate::apps::App;
use crate::entra::refusal::Refusal;
use crate::entra::scope::Asked;
use crate::entra::state::Challenge;

/// Challenge lengths that RFC 7636 §4.2 allows.
const CHALLENGE_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// Query or form parameters; of a repeated one the first counts, an empty one counts as absent.
pub(crate) struct Params(HashMap<String, String>);

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let mut found = HashMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            found.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(found)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn need(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or(Refusal::MissingParameter { name })
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

/// What a client wants shown before the answer (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// Only what is necessary.
    Needed,
    /// Nothing: answer or refuse.
    Nothing,
    /// The sign-in page, even with a session.
    SignIn,
    /// The consent page, even when all is granted.
    Consent,
}

/// A request that is in order and can be answered at its redirect URI.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizeRequest {
    pub(crate) client_id: String,
    pub(crate) asked: Asked,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) prompt: Prompt,
    pub(crate) login_hint: Option<String>,
    pub(crate) client_info: bool,
    pub(crate) reply: Reply,
}

impl AuthorizeRequest {
    /// Reads what comes after the redirect URI was found in order.
    pub(crate) fn read(params: &Params, reply: Reply, app: &App, base_url: &str) -> Result<Self, Refusal> {
        if params.need("response_type")? != "code" {
            return Err(Refusal::UnsupportedResponseType);
        }
        if let Some(mode) = params.get("response_mode")
            && Mode::parse(mode).is_none()
        {
            return Err(Refusal::UnsupportedResponseMode { mode: mode.to_owned() });
        }
        Ok(Self {
            client_id: app.client_id.clone(),
            asked: Asked::parse(params.need("scope")?, base_url)?,
            nonce: params.owned("nonce"),
            challenge: challenge(params)?,
            prompt: prompt(params)?,
            login_hint: params.owned("login_hint"),
            client_info: params.get("client_info") == Some("1"),
            reply,
        })
    }
}

/// Without a method a challenge counts as plain (Microsoft "Authorization code flow").
fn challenge(params: &Params) -> Result<Option<Challenge>, Refusal> {
    let Some(value) = params.get("code_challenge") else { return Ok(None) };
    let hashed = match params.get("code_challenge_method") {
        Some("S256") => true,
        Some("plain") | None => false,
        Some(_) => return Err(Refusal::Malformed),
    };
    if !CHALLENGE_LENGTH.contains(&value.len()) {
        return Err(Refusal::BadChallenge);
    }
    Ok(Some(Challenge { value: value.to_owned(), hashed }))
}

fn prompt(params: &Params) -> Result<Prompt, Refusal> {
    match params.get("prompt") {
        None => Ok(Prompt::Needed),
        Some("none") => Ok(Prompt::Nothing),
        Some("login" | "select_account") => Ok(Prompt::SignIn),
        Some("consent" | "admin_consent") => Ok(Prompt::Consent),
        Some(_) => Err(Refusal::Malformed),
    }
}

/// Whether a redirect URI is one of the app's: exactly, or on `localhost` whatever the port
/// (Microsoft "Redirect URI restrictions").
pub(crate) fn redirect_allowed(app: &App, uri: &str) -> bool {
    app.allows_redirect(uri) || {
        let wanted = without_local_port(uri);
        wanted.is_some() && app.redirect_uris.iter().any(|known| without_local_port(known) == wanted)
    }
}

fn without_local_port(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://localhost")?;
    match rest.strip_prefix(':') {
        Some(port) => {
            let path = port.trim_start_matches(|c: char| c.is_ascii_digit());
            (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
        }
        None => (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_localhost_does_not_count_but_path_and_host_do() {
        let mut app = crate::seed::Seed::believable().apps.remove(1);
        app.redirect_uris = vec!["http://localhost:8080/oauth/callback".to_owned()];
        assert!(redirect_allowed(&app, "http://localhost:5000/oauth/callback"));
        assert!(redirect_allowed(&app, "http://localhost/oauth/callback"));
        assert!(!redirect_allowed(&app, "http://localhost:5000/OAuth/callback"));
        assert!(!redirect_allowed(&app, "http://localhost.evil.test/oauth/callback"));
        assert!(!redirect_allowed(&app, "http://localhost:80@evil.test/oauth/callback"));
        assert!(!redirect_allowed(&app, "https://localhost:8080/oauth/callback"));
        assert!(!redirect_allowed(&app, ""));
    }

    #[test]
    fn a_challenge_without_a_method_is_plain_and_its_length_counts() {
        let long = "x".repeat(43);
        let read = |query: &str| challenge(&Params::parse(query.as_bytes()));
        let plain = Challenge { value: long.clone(), hashed: false };
        assert_eq!(read(&format!("code_challenge={long}")).unwrap(), Some(plain));
        assert!(read(&format!("code_challenge={long}&code_challenge_method=S256")).unwrap().unwrap().hashed);
        assert_eq!(read("code_challenge=short").unwrap_err(), Refusal::BadChallenge);
        assert!(read(&format!("code_challenge={long}&code_challenge_method=MD5")).is_err());
    }
}
