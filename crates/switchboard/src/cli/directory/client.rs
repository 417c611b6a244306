//! The API of a server, asked by a command.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    time::Duration,
};

use platform::outbound::Outbound;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::{
    Trouble,
    cli::output::{Reader, written},
};

/// Large lists take their time, and so do exports of everybody.
const PATIENCE: Duration = Duration::from_secs(600);

/// Why there is no answer to use.
pub(super) enum Failure {
    /// Nothing answers, or a server that is just being started again: it may go well in a moment.
    Away(Trouble),
    /// The server said no, and says so again.
    Refused(Trouble),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(trouble) | Failure::Refused(trouble) => trouble,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Refused(trouble)
    }
}

/// A server and a key for it.
pub(super) struct Client {
    http: Outbound,
    base: Url,
    key: String,
}

impl Client {
    pub(super) fn new(server: &str, key: String, ca: Option<&[u8]>) -> Result<Self, Trouble> {
        let base = Url::parse(server).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.and_then(|url| url.join("/api/v1/directory/").ok()).ok_or_else(|| {
            Trouble::new(format!("{server:?} is no address of a server"))
                .with_hint("Write it like https://switchboard.example.")
        })?;
        let http = Outbound::new(ca).map_err(|error| {
            Trouble::new(format!("the certificates of --ca-file cannot be used: {error}")).with_hint(
                "The file holds one or more certificates in PEM form (-----BEGIN CERTIFICATE-----).",
            )
        })?;
        Ok(Self { http, base, key })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Trouble> {
        let url = self.base.join(path).map_err(|_| Trouble::new(format!("{path:?} cannot be asked for")))?;
        Ok(self.http.client().request(method, url).bearer_auth(&self.key).timeout(PATIENCE))
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.answer(self.request(Method::GET, path)?).await
    }

    /// A part of a list.
    pub(super) async fn page(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Trouble> {
        Ok(self.answer(self.request(Method::GET, path)?.query(query)).await?)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), Trouble> {
        self.accepted(self.request(Method::DELETE, path)?).await?;
        Ok(())
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        Ok(self.answer(self.request(method, path)?.json(body)).await?)
    }

    pub(super) async fn upload(
        &self,
        path: &str,
        query: &[(&str, String)],
        bytes: Vec<u8>,
    ) -> Result<Value, Trouble> {
        let request = self.request(Method::POST, path)?.query(query);
        Ok(self.answer(request.header("content-type", "application/octet-stream").body(bytes)).await?)
    }

    /// Writes an answer to a file or to standard output, piece by piece, as long as somebody reads it.
    pub(super) async fn download(
        &self,
        path: &str,
        query: &[(&str, String)],
        output: Option<&Path>,
    ) -> Result<(), Trouble> {
        let mut response = self.accepted(self.request(Method::GET, path)?.query(query)).await?;
        let mut sink = sink(output)?;
        let place = output.unwrap_or(Path::new("standard output"));
        while let Some(piece) = response.chunk().await.map_err(|error| self.away(&error))? {
            if written(place, sink.write_all(&piece))? == Reader::Gone {
                return Ok(());
            }
        }
        written(place, sink.flush())?;
        Ok(())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = self.accepted(request).await?;
        response.json().await.map_err(|error| Failure::Away(self.away(&error)))
    }

    /// The answer to a request, if the server granted it.
    async fn accepted(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| Failure::Away(self.away(&error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let trouble = refused(status, &response.json().await.unwrap_or_default());
        Err(if is_passing(status) { Failure::Away(trouble) } else { Failure::Refused(trouble) })
    }

    fn away(&self, error: &reqwest::Error) -> Trouble {
        let server = self.base.origin().ascii_serialization();
        Trouble::new(format!("{server} did not answer as it should: {error}")).with_hint(
            "Check that Switchboard runs there. Name another address with --server or SWITCHBOARD_SERVER.",
        )
    }
}

/// Writes a file, or to standard output.
fn sink(output: Option<&Path>) -> Result<Box<dyn Write + Send>, Trouble> {
    Ok(match output {
        Some(path) => {
            Box::new(File::create(path).map_err(|error| Trouble::with_file("write", path, &error))?)
        }
        None => Box::new(io::stdout()),
    })
}

/// Whether the same request may be granted in a moment: too many were made, or the server, or a proxy before it, is in
/// trouble.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// What the server said, with every problem of a list on a line of its own.
fn refused(status: StatusCode, problem: &Value) -> Trouble {
    let mut say = match problem["detail"].as_str() {
        Some(detail) => detail.to_owned(),
        None => format!("the server answered {status} without a reason"),
    };
    for error in problem["errors"].as_array().into_iter().flatten() {
        let of = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        say = format!("{say}\n  {}: {}", of("field"), of("message"));
    }
    let trouble = Trouble::new(say);
    match status {
        StatusCode::UNAUTHORIZED => {
            trouble.with_hint("The API key is unknown or was withdrawn. Make another one.")
        }
        StatusCode::FORBIDDEN => {
            trouble.with_hint("The API key needs the scopes directory:read and directory:write.")
        }
        _ => trouble,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_problem_has_its_line() {
        let problem = json!({ "detail": "The list has 2 problems.", "errors": [
            { "field": "row 3, Email", "message": "Write an address." },
            { "field": "row 9, Active", "message": "Write yes or no." },
        ]});
        let trouble = refused(StatusCode::UNPROCESSABLE_ENTITY, &problem).to_string();
        assert_eq!(
            trouble,
            "The list has 2 problems.\n  row 3, Email: Write an address.\n  row 9, Active: Write yes or no."
        );
    }

    #[test]
    fn only_what_may_change_by_itself_is_asked_again() {
        let all = [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504];
        let again = all.into_iter().filter(|status| is_passing(StatusCode::from_u16(*status).unwrap()));
        assert_eq!(again.collect::<Vec<_>>(), [429, 500, 502, 503, 504]);
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        assert!(Client::new("switchboard", String::new(), None).is_err());
        assert!(Client::new("file:///etc", String::new(), None).is_err());
        assert!(Client::new("https://switchboard.example", String::new(), None).is_ok());
    }
}
