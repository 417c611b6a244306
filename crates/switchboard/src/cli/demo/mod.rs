//! `demo`: the server and the sandbox together, with an invented organization, ready to click through.

mod appointments;
mod browser;
mod connections;
mod guide;
mod people;
mod program;
mod record;

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use confique::Config as _;
use sandbox::{Options, Running, Seed};

use self::{connections::Connecting, program::Program};
use super::{output, sandbox::start, signals::stop_on_signal};
use crate::{
    Config, Trouble,
    app::{Ambient, App, Lock, listen, prepare_data_dir},
    config::{CalendarNotifications, Log},
    logging,
};

#[derive(Args)]
pub(super) struct Demo {
    /// Where the demo keeps its database, its key and `demo.json`.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// Where Switchboard listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the sandbox listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9400")]
    sandbox_listen: SocketAddr,
    /// Registers no app and connects nobody, to leave these first steps to you.
    #[arg(long)]
    by_hand: bool,
    /// How many people the sandbox's Webex organization has at least, to try out changes in bulk; at most 200000.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    people: u32,
}

impl Demo {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        logging::start(&log()?);
        prepare_data_dir(&self.data)?;
        let _lock = Lock::take(&self.data)?;
        let known = record::read(&self.data)?;
        let before = known.as_ref();
        let listener = listen(again(self.listen, before.map(|known| known.base_url.as_str()))).await?;
        let address = listener.local_addr().unwrap_or(self.listen);
        let base_url = base_url(address);
        let sandbox_listen = again(self.sandbox_listen, before.map(|known| known.sandbox_url.as_str()));
        let mut sandbox = start(self.options(sandbox_listen, &base_url)).await?;
        sandbox.keep_in(self.data.join("sandbox.json"));
        let ambient = Ambient::default();
        stop_on_signal(ambient.stop.clone())?;
        let app = App::build(&self.config(address, &base_url, &sandbox)?, ambient).await?;
        let mut record =
            people::settle(&app.hub, known.as_ref(), &base_url, sandbox.base_url.as_str()).await?;
        let (hub, router) = (app.hub.clone(), app.router.clone());
        let program = Program::new(router.clone(), &record);
        record.booking_urls = appointments::settle(&hub, &program, &record).await?;
        let apps = sandbox.world.core().apps.clone();
        let connecting =
            Connecting { hub: &hub, router: &router, program: &program, record: &record, apps: &apps };
        // Everything else works without, and the pages say what is missing.
        if let Err(trouble) = connecting.settle(self.by_hand).await {
            tracing::warn!(%trouble, "the demo's people could not be connected");
        }
        let serving = tokio::spawn(app.serve(listener));
        connecting.read_calendars().await?;
        connecting.read_directory().await?;
        record::write(&self.data, &record)?;
        output::line(&guide::text(&record, &apps, &self.data, known.is_some()))?;
        let served = serving.await.unwrap_or_else(|error| Err(Trouble::new(error.to_string())));
        sandbox.stop().await;
        served
    }

    fn options(&self, listen: SocketAddr, base_url: &str) -> Options {
        let redirect_uri = |path| format!("{base_url}{path}");
        Options {
            listen,
            tls: None,
            seed: Some(Seed { webex_people: self.people, ..Seed::believable() }),
            extra_redirect_uris: ["/oauth/callback", "/sign-in/oidc/callback"].map(redirect_uri).to_vec(),
            smtp_listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            public_url: None,
        }
    }

    fn config(&self, listen: SocketAddr, base_url: &str, sandbox: &Running) -> Result<Config, Trouble> {
        let mut config = Config::from_toml("")?;
        config.server.listen = listen;
        config.server.public_url = Some(parse(base_url)?);
        config.server.data_dir.clone_from(&self.data);
        if let Some(smtp) = sandbox.smtp_addr {
            config.mail.host = Some(smtp.ip().to_string());
            config.mail.port = smtp.port();
            config.mail.tls = crate::config::MailTls::None;
            config.mail.from = Some("Switchboard <switchboard@lindenhof.example>".to_owned());
        }
        let url = &sandbox.base_url;
        config.providers.webex.api_url = url.clone().into();
        config.providers.webex.idbroker_url = url.clone().into();
        config.providers.webex.xml_url = Some(url.clone().into());
        config.providers.microsoft.login_url = url.clone().into();
        config.providers.microsoft.graph_url = url.clone().into();
        // The sandbox reaches this machine, as Microsoft would reach a public address.
        config.calendars.notifications = CalendarNotifications::On;
        Ok(config)
    }
}

/// The demo takes nothing from a configuration that is meant for real work, except how much is logged.
fn log() -> Result<Log, Trouble> {
    type Layer = <Log as confique::Config>::Layer;
    let quiet = Layer { level: Some(crate::config::Level::Warn), ..confique::Layer::empty() };
    Log::builder().env().preloaded(quiet).load().map_err(|error| Trouble::new(format!("{error:#}")))
}

/// A free port is the one of the time before, if nobody else took it: links in mails and calendars keep leading here.
fn again(wanted: SocketAddr, before: Option<&str>) -> SocketAddr {
    let port = before.and_then(|url| url::Url::parse(url).ok()?.port()).unwrap_or_default();
    let same = SocketAddr::new(wanted.ip(), port);
    let is_free = || std::net::TcpListener::bind(same).is_ok();
    if wanted.port() == 0 && port != 0 && is_free() { same } else { wanted }
}

fn base_url(address: SocketAddr) -> String {
    // A wildcard address is not one that a browser can open.
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn parse(text: &str) -> Result<url::Url, Trouble> {
    text.parse().map_err(|_| Trouble::new(format!("{text} is not an address that a browser can open")))
}
