//! Requests to providers: one client with time limits, no redirects and the operator's own CA.

use std::time::Duration;

use reqwest::{Certificate, Client, redirect::Policy};

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a provider may take from request to the last byte of its answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// The HTTP client for provider addresses, which come from the operator's configuration only.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client,
}

impl Outbound {
    /// A client that also trusts the certificate authorities in `extra_ca_pem`.
    pub fn new(extra_ca_pem: Option<&[u8]>) -> Result<Self, reqwest::Error> {
        #[expect(clippy::disallowed_methods, reason = "the one place where outgoing requests are configured")]
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = extra_ca_pem {
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem)?);
        }
        Ok(Self { client: builder.build()? })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }
}
