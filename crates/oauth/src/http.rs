//! One exchange with a provider, with a bound on how much of the answer is read.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::Refusal;

/// How many bytes of an answer are read; longer ones count as passing trouble.
pub const LONGEST_BODY: usize = 1024 * 1024;

/// A complete answer; its body may hold tokens.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: SecretString,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        self.body.expose_secret()
    }
}

/// Sends a request and reads the whole answer, whatever its status.
///
/// Fails only when no complete answer arrived (time-out, name, connection, TLS, cut or endless body), which is
/// passing trouble, or when the request could not even be written, which is a fault of ours.
pub async fn fetch(request: RequestBuilder) -> Result<Answer, Refusal> {
    fetch_within(request, LONGEST_BODY).await
}

/// The same where longer answers are expected: up to `longest` bytes are read.
pub async fn fetch_within(request: RequestBuilder, longest: usize) -> Result<Answer, Refusal> {
    let mut response = request.send().await.map_err(|error| no_answer(&error))?;
    let body = read_body(&mut response, longest).await?;
    Ok(Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
}

async fn read_body(response: &mut Response, longest: usize) -> Result<SecretString, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if bytes.len() + chunk.len() > longest {
            let too_long =
                Refusal::passing("the provider's answer was longer than expected and was not read");
            return Err(Refusal { http_status: Some(response.status().as_u16()), ..too_long });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// Appends path segments to a base address, percent-encoding each.
#[must_use]
pub fn join(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// Appends query parameters, with `%20` for spaces: not every server reads a plus sign as one.
#[must_use]
pub fn with_query(mut url: Url, pairs: &[(&str, &str)]) -> Url {
    url.query_pairs_mut().extend_pairs(pairs);
    let query = url.query().map(|query| query.replace('+', "%20"));
    url.set_query(query.as_deref());
    url
}

fn no_answer(error: &reqwest::Error) -> Refusal {
    // The error's own text is not used: it can name the URL, and with it a query.
    if error.is_builder() {
        return Refusal::bug("the request to the provider could not be written");
    }
    Refusal::passing(if error.is_timeout() {
        "the provider did not answer in time"
    } else if error.is_dns() {
        "the provider's name could not be looked up"
    } else if error.is_connect() {
        "no connection to the provider could be made"
    } else {
        "the connection to the provider was cut before the answer was complete"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_keep_every_character() {
        let url = with_query(Url::parse("https://a.example/?x=1").unwrap(), &[("$filter", "a eq 'b+c'")]);
        assert_eq!(url.query(), Some("x=1&%24filter=a%20eq%20%27b%2Bc%27"));
    }

    #[test]
    fn segments_are_appended_and_cannot_climb_out() {
        let base = Url::parse("https://graph.example/prefix/").unwrap();
        let url = join(&base, &["v1.0", "me", "events", "AAM/kA=?#..", ".."]);
        assert_eq!(url.as_str(), "https://graph.example/prefix/v1.0/me/events/AAM%2FkA=%3F%23..");
    }
}
