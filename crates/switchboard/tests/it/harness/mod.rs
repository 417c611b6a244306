//! A whole server for one test: own database, fixed clock, repeatable randomness, the sandbox, and people who speak HTTP.

mod browser;
mod connect;
mod database;
mod log;
mod people;
mod process;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ::platform::{Clock, Hub, Instant, Random, jobs, jobs::Jobs, web::Route};
use sandbox::{Options, Running, Sandbox, Seed};
use switchboard::{
    App, Config,
    app::{Ambient, listen},
    config::MailTls,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use browser::{Browser, Reply};
pub(crate) use connect::{Consent, press};
pub(crate) use database::{admin_url, own_database};
pub(crate) use log::captured;
pub(crate) use people::PASSWORD;
pub(crate) use process::{Process, let_time_pass};

/// The instant at which every test begins.
const BEGINNING: &str = "2026-11-21T09:00:00Z";

/// A server under test.
pub(crate) struct TestHub {
    pub(crate) hub: Hub,
    pub(crate) base_url: Url,
    pub(crate) sandbox: Running,
    pub(crate) config: Config,
    pub(crate) routes: Vec<Route>,
    jobs: Jobs,
    serving: JoinHandle<()>,
    stop: CancellationToken,
    dir: TempDir,
    people: people::People,
}

/// How a test's server differs from the usual one.
pub(crate) struct Setup {
    /// A fixed clock from [`BEGINNING`] on; otherwise the system's.
    pub(crate) fixed_clock: bool,
    pub(crate) seed: u64,
    /// The database of another hub, to be shared.
    pub(crate) database: Option<String>,
    /// The key file of another hub, which goes with its database.
    pub(crate) key_file: Option<PathBuf>,
    /// Whether jobs run by themselves; otherwise the test runs them.
    pub(crate) works: bool,
    pub(crate) configure: fn(&mut Config, &Running),
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            fixed_clock: true,
            seed: 42,
            database: None,
            key_file: None,
            works: false,
            configure: |_, _| {},
        }
    }
}

impl TestHub {
    /// The usual server: fixed clock, jobs run by the test.
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        log::capture();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let base_url: Url = format!("http://{address}").parse().expect("an address");
        let sandbox = start_sandbox(&base_url, setup.fixed_clock).await;
        let database = match setup.database {
            Some(shared) => shared,
            None => own_database(dir.path()).await,
        };
        let mut config = configure(&dir, &base_url, &sandbox, database, setup.configure);
        config.keys.key_file = setup.key_file;
        let stop = CancellationToken::new();
        let clock = if setup.fixed_clock { Clock::fixed(beginning()) } else { Clock::system() };
        let ambient = Ambient { clock, random: Random::seeded(setup.seed), stop: stop.clone() };
        let app = App::build(&config, ambient).await.expect("a working configuration");
        let (hub, jobs, routes) = (app.hub.clone(), app.jobs.clone(), app.routes.clone());
        let app = if setup.works { app } else { App { jobs: Jobs::default(), ..app } };
        let serving = tokio::spawn(async move { app.serve(listener).await.expect("serving ends in order") });
        let people = people::People::default();
        Self { hub, base_url, sandbox, config, routes, jobs, serving, stop, dir, people }
    }

    /// The folder of this server's files.
    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Moves this server's clock and the sandbox's forward together.
    pub(crate) fn advance(&self, by: Duration) {
        self.hub.clock().advance(by);
        self.sandbox.world.clock.advance(i64::try_from(by.as_secs()).expect("a short time"));
    }

    /// Runs jobs until none is due.
    pub(crate) async fn run_jobs(&self) {
        while jobs::run_due(&self.hub, &self.jobs).await.expect("jobs can be claimed") > 0 {}
    }

    /// Does the regular rounds that are due.
    pub(crate) async fn tick(&self) {
        jobs::tick(&self.hub, &self.jobs).await.expect("the schedule can be read");
    }

    /// A browser, or program, that nobody is signed in with.
    pub(crate) fn anyone(&self) -> Browser {
        Browser::new(self.base_url.clone())
    }

    /// Stops serving, and leaves the providers and the files for others to go on with.
    pub(crate) async fn leave(self) -> (Running, Config, TempDir) {
        self.stop.cancel();
        self.serving.await.expect("serving ends in order");
        (self.sandbox, self.config, self.dir)
    }

    /// Stops in order, as SIGTERM does.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.serving.await.expect("serving ends in order");
        self.sandbox.stop().await;
    }
}

fn beginning() -> Instant {
    Instant::from(BEGINNING.parse::<jiff::Timestamp>().expect("an instant"))
}

async fn start_sandbox(base_url: &Url, fixed_clock: bool) -> Running {
    let mut seed = Seed::believable();
    seed.now = fixed_clock.then(|| beginning().timestamp());
    let base = base_url.as_str().trim_end_matches('/');
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        seed: Some(seed),
        extra_redirect_uris: ["/oauth/callback", "/sign-in/oidc/callback"]
            .map(|path| format!("{base}{path}"))
            .to_vec(),
        smtp_listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        public_url: None,
    };
    Sandbox::start(options).await.expect("the sandbox starts")
}

fn configure(
    dir: &TempDir,
    base_url: &Url,
    sandbox: &Running,
    database: String,
    change: fn(&mut Config, &Running),
) -> Config {
    let mut config = Config::from_toml("").expect("the defaults work");
    config.server.public_url = Some(base_url.clone());
    dir.path().clone_into(&mut config.server.data_dir);
    config.database.url = Some(database.into());
    let smtp = sandbox.smtp_addr.expect("a mail sink");
    config.mail.host = Some(smtp.ip().to_string());
    config.mail.port = smtp.port();
    config.mail.tls = MailTls::None;
    config.mail.from = Some("Switchboard <switchboard@lindenhof.example>".to_owned());
    let url = &sandbox.base_url;
    config.providers.webex.api_url = url.clone().into();
    config.providers.webex.idbroker_url = url.clone().into();
    config.providers.webex.xml_url = Some(url.clone().into());
    config.providers.microsoft.login_url = url.clone().into();
    config.providers.microsoft.graph_url = url.clone().into();
    change(&mut config, sandbox);
    config
}
