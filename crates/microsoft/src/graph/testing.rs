//! A client whose requests the tests look at and never send.

use serde_json::Value;
use url::Url;

use super::Graph;

pub(super) fn graph() -> Graph {
    #[expect(clippy::disallowed_methods, reason = "nothing is sent")]
    Graph::new(reqwest::Client::new(), Url::parse("https://graph.microsoft.com").unwrap())
}

/// The JSON that a request carries.
pub(super) fn body(request: &reqwest::Request) -> Value {
    serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap()
}
