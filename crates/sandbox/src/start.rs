//! Starting and stopping a sandbox.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::routes::Route;
use crate::seed::Seed;
use crate::tls::{TlsError, TlsOptions};
use crate::world::{BadSeed, Shared, World};
use crate::{control, courier, entra, faults, graph, kept, requests, server, smtp, tls, webex};

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Serve over TLS with a generated CA.
    pub tls: Option<TlsOptions>,
    /// What to start with; the believable organization when absent.
    pub seed: Option<Seed>,
    /// Redirect URIs added to every seeded app.
    pub extra_redirect_uris: Vec<String>,
    /// Where the mail sink listens; none when absent.
    pub smtp_listen: Option<SocketAddr>,
    /// The origin that clients use, when a proxy stands in between.
    pub public_url: Option<Url>,
}

/// A running sandbox; dropping it without [`Running::stop`] ends it abruptly with the runtime.
pub struct Running {
    /// The origin under which it is reached.
    pub base_url: Url,
    /// Where the mail sink listens.
    pub smtp_addr: Option<SocketAddr>,
    /// The CA certificate (PEM) that clients must trust, when TLS is on.
    pub ca_pem: Option<String>,
    /// Its state, for tests in the same process.
    pub world: Shared,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The seed is not usable.
    #[error("the seed is not usable: {0}")]
    Seed(#[from] BadSeed),
    /// No base URL could be made of the address.
    #[error("no base URL can be made of {0}")]
    Address(SocketAddr),
}

/// The doors of a sandbox.
pub struct Sandbox;

impl Sandbox {
    /// Starts listening; returns once requests are accepted.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let seed = options.seed.unwrap_or_else(Seed::believable);
        let (listener, address) = bind(options.listen).await?;
        let base_url = match options.public_url {
            Some(url) => url,
            None => base_url(address, options.tls.is_some())?,
        };
        let prepared = match &options.tls {
            Some(tls) => Some(tls::prepare(tls, &hosts(address, &base_url))?),
            None => None,
        };
        let (config, ca_pem) = prepared.unzip();
        let mut world = World::new(base_url.clone(), &seed, options.extra_redirect_uris)?;
        world.ca_pem.clone_from(&ca_pem);
        let sink = match options.smtp_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        world.smtp_addr = sink.as_ref().map(|(_, address)| *address);
        let smtp_addr = world.smtp_addr;
        let world = Arc::new(world);
        let stop = CancellationToken::new();
        let mut tasks = vec![tokio::spawn(server::serve(listener, config, router(&world), stop.clone()))];
        tasks.push(tokio::spawn(courier::run(world.clone(), stop.clone())));
        if let Some((sink, _)) = sink {
            tasks.push(tokio::spawn(smtp::serve(sink, world.clone(), stop.clone())));
        }
        Ok(Running { base_url, smtp_addr, ca_pem, world, stop, tasks })
    }
}

impl Running {
    /// Takes calendars, meetings and mails from a file where there is one, and keeps them there from now on, so that
    /// they outlive the process. Whoever is signed in, tokens and grants are not kept: after a new start people
    /// authorize again. To be called before anybody asks for anything. A file that cannot be read is begun anew.
    pub fn keep_in(&mut self, path: PathBuf) {
        kept::restore(&self.world, &path);
        self.tasks.push(tokio::spawn(kept::keep(self.world.clone(), path, self.stop.clone())));
    }

    /// Stops accepting, lets open requests finish for a few seconds, and returns when all is quiet.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// All operations of the providers and of the control interface.
pub fn routes() -> Vec<Route> {
    let families = [webex::routes(), entra::routes(), graph::routes(), control::routes()];
    let mut all: Vec<Route> = families.iter().flat_map(|family| family.listed().to_vec()).collect();
    all.sort();
    all
}

fn router(world: &Shared) -> Router {
    let webex = webex::routes()
        .router()
        .fallback(webex::not_found)
        .layer(from_fn_with_state(world.clone(), webex::finish));
    let providers = webex
        .merge(entra::routes().router())
        .merge(graph::router(world))
        .layer(from_fn_with_state(world.clone(), faults::inject))
        .layer(from_fn_with_state(world.clone(), graph::limit))
        .layer(from_fn_with_state(world.clone(), requests::record));
    control::routes()
        .router()
        .merge(providers)
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(server::take_body))
        .with_state(world.clone())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(address, error))?;
    Ok((listener, address))
}

fn base_url(address: SocketAddr, tls: bool) -> Result<Url, StartError> {
    let scheme = if tls { "https" } else { "http" };
    // A wildcard address is not one that a browser can open.
    let text = match address.ip() {
        ip if ip.is_unspecified() => format!("{scheme}://localhost:{}", address.port()),
        _ => format!("{scheme}://{address}"),
    };
    Url::parse(&text).map_err(|_| StartError::Address(address))
}

fn hosts(address: SocketAddr, base_url: &Url) -> Vec<String> {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    hosts.push(address.ip().to_string());
    hosts.extend(base_url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()));
    hosts.sort();
    hosts.dedup();
    hosts
}
