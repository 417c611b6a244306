//! Runs a sandbox alone: `serve [--listen ADDRESS] [--tls DIR] [--seed FILE] [--smtp ADDRESS]`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use sandbox::{Options, Sandbox, Seed, TlsOptions};

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let running = Sandbox::start(options()?).await?;
    let mut out = std::io::stdout();
    writeln!(out, "Sandbox ready at {}", running.base_url.as_str().trim_end_matches('/'))?;
    if let Some(address) = running.smtp_addr {
        writeln!(out, "Mail sink at {address}")?;
    }
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

fn options() -> Result<Options, Failure> {
    let mut options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 9400)),
        tls: None,
        seed: None,
        extra_redirect_uris: Vec::new(),
        smtp_listen: None,
        public_url: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--listen" => options.listen = value.parse()?,
            "--smtp" => options.smtp_listen = Some(value.parse()?),
            "--tls" => options.tls = Some(TlsOptions { dir: PathBuf::from(value) }),
            "--seed" => options.seed = Some(serde_json::from_slice::<Seed>(&std::fs::read(value)?)?),
            "--redirect-uri" => options.extra_redirect_uris.push(value),
            _ => return Err(format!("{name} is not known").into()),
        }
    }
    Ok(options)
}
