//! Where the server listens, how it is reached and where it keeps its files.

use std::{net::SocketAddr, path::PathBuf};

use accounts::Network;
use serde::Serialize;
use url::Url;

use super::Faulty;

/// The server.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Server {
    /// The address and port to listen on. Port 0 picks a free one.
    #[config(env = "SWITCHBOARD_LISTEN", default = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address under which people and providers reach this server, such as `https://switchboard.library.example`.
    /// Absent: `http://localhost` with the port above, which is enough to try things on one machine.
    #[config(env = "SWITCHBOARD_PUBLIC_URL")]
    pub public_url: Option<Url>,

    /// The folder for the key file, the SQLite database and the journal of token refreshes. Keep it private.
    #[config(env = "SWITCHBOARD_DATA_DIR", default = "data")]
    pub data_dir: PathBuf,

    /// Reverse proxies whose `X-Forwarded-For` is believed: addresses or networks such as `10.0.0.0/8`, in the
    /// environment separated by commas.
    #[config(env = "SWITCHBOARD_TRUSTED_PROXIES", parse_env = confique::env::parse::list_by_comma, default = [])]
    pub trusted_proxies: Vec<String>,
}

impl Server {
    /// The configured public address, or the one that this machine's own browser reaches.
    pub fn public_url(&self) -> Result<Url, Faulty> {
        if let Some(url) = &self.public_url {
            return Ok(url.clone());
        }
        Url::parse(&format!("http://localhost:{}", self.listen.port())).map_err(|_| {
            Faulty::new("no address can be made of server.listen").with_hint("Set server.public_url.")
        })
    }

    /// The networks of the trusted proxies.
    pub fn networks(&self) -> Result<Vec<Network>, Faulty> {
        let parse = |text: &String| {
            text.trim().parse::<Network>().map_err(|_| {
                Faulty::new(format!("server.trusted_proxies: {text:?} is not a network"))
                    .with_hint("Write an address such as 10.0.0.7, or a network such as 10.0.0.0/8.")
            })
        };
        self.trusted_proxies.iter().filter(|text| !text.trim().is_empty()).map(parse).collect()
    }

    pub(super) fn check(&self) -> Result<(), Faulty> {
        self.networks()?;
        let url = self.public_url()?;
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.path() == "/";
        if matches!(url.scheme(), "http" | "https") && url.host().is_some() && is_plain {
            return Ok(());
        }
        Err(Faulty::new(format!("server.public_url: {url} cannot be the address of this server"))
            .with_hint("Write scheme and host only, such as https://switchboard.library.example."))
    }
}
