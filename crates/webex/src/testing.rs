//! A client whose requests the tests look at and never send.

use serde_json::Value;
use url::Url;

use crate::{Endpoints, Webex};

pub(crate) fn webex() -> Webex {
    let host = Url::parse("https://webexapis.com").unwrap();
    #[expect(clippy::disallowed_methods, reason = "nothing is sent")]
    Webex::new(reqwest::Client::new(), Endpoints { api: host.clone(), idbroker: host, xml: None })
}

/// The JSON that a request carries.
pub(crate) fn body(request: &reqwest::Request) -> Value {
    serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap()
}
