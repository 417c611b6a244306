//! `sandbox`: Webex and Microsoft 365, played on this machine.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use sandbox::{Options, Running, Seed, TlsOptions};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{output, signals::stop_on_signal};
use crate::{Config, Trouble, logging};

#[derive(Args)]
pub(super) struct Sandbox {
    /// The address and port to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9400")]
    listen: SocketAddr,
    /// Serve over TLS, with a certificate authority that is generated for it.
    #[arg(long)]
    tls: bool,
    /// Where the certificate authority is kept from one run to the next.
    #[arg(long, value_name = "DIR", default_value = "data/sandbox-tls")]
    tls_dir: PathBuf,
    /// What to start with (JSON), instead of the believable organization.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Where to take mail by SMTP; no mail sink when absent.
    #[arg(long, value_name = "ADDRESS")]
    smtp: Option<SocketAddr>,
    /// A redirect URL to register on every seeded app, besides those on localhost:8080; may be repeated.
    #[arg(long = "redirect-url", value_name = "URL")]
    redirect_urls: Vec<String>,
    /// The address that clients use, when a proxy stands in between.
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
}

impl Sandbox {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        logging::start(&Config::from_toml("")?.log);
        let options = Options {
            listen: self.listen,
            tls: self.tls.then(|| TlsOptions { dir: self.tls_dir.clone() }),
            seed: self.seed.as_deref().map(read_seed).transpose()?,
            extra_redirect_uris: self.redirect_urls,
            smtp_listen: self.smtp,
            public_url: self.public_url,
        };
        let running = start(options).await?;
        output::line(&format!("Sandbox ready at {}", running.base_url.as_str().trim_end_matches('/')))?;
        if let Some(address) = running.smtp_addr {
            output::line(&format!("Mail sink at {address}"))?;
        }
        if running.ca_pem.is_some() {
            output::line(&format!("Certificate authority in {}", self.tls_dir.display()))?;
        }
        let stop = CancellationToken::new();
        stop_on_signal(stop.clone())?;
        stop.cancelled().await;
        running.stop().await;
        Ok(())
    }
}

/// Starts a sandbox; says what to do when it cannot listen.
pub(super) async fn start(options: Options) -> Result<Running, Trouble> {
    sandbox::Sandbox::start(options).await.map_err(|error| {
        Trouble::new(format!("the sandbox did not start: {error}"))
            .with_hint("If its port is taken, choose another one; port 0 picks a free one.")
    })
}

fn read_seed(path: &std::path::Path) -> Result<Seed, Trouble> {
    let text = std::fs::read(path).map_err(|error| Trouble::with_file("read the seed", path, &error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Trouble::new(format!("the seed {} cannot be used: {error}", path.display())))
}
