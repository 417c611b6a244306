//! The wiring: from a configuration to a server that runs.

mod finish;
mod health;
mod home;
mod lock;
mod metrics;
mod observe;
mod openapi;
mod overview;
mod router;
mod serve;
mod storage;

use axum::Router;
use platform::{
    Clock, Hub, Random, Settings,
    db::Db,
    hub::HubParts,
    jobs::Jobs,
    keys::{Keys, MasterKeySource, SealedColumn},
    outbound::Outbound,
    web::Route,
};
use tokio_util::sync::CancellationToken;

use crate::{Config, Trouble};

pub use lock::Lock;
pub use openapi::document;
pub use router::declared as routes;
pub use serve::listen;
pub use storage::prepare_data_dir;

/// The product's name, in page titles, mails and at providers.
const PRODUCT: &str = "Switchboard";

/// What a server takes from its surroundings; tests bring their own.
pub struct Ambient {
    pub clock: Clock,
    pub random: Random,
    /// Cancelled when the server is to stop.
    pub stop: CancellationToken,
}

impl Default for Ambient {
    fn default() -> Self {
        Self { clock: Clock::system(), random: Random::system(), stop: CancellationToken::new() }
    }
}

/// A server, ready to listen.
pub struct App {
    pub hub: Hub,
    pub router: Router,
    pub jobs: Jobs,
    /// Every declared route with who may use it.
    pub routes: Vec<Route>,
}

impl App {
    /// Opens database and keys, brings the schema up to date and joins the rooms.
    pub async fn build(config: &Config, ambient: Ambient) -> Result<Self, Trouble> {
        let source = config.master_key_source();
        let hub = open_hub(config, ambient, source.clone()).await?;
        configure(&hub, config)?;
        connections::prepare(&hub).await?;
        let (router, routes) = router::router(&hub, config, source)?;
        Ok(Self { hub, router, jobs: jobs(), routes })
    }
}

/// Opens database and keys for a command that does not serve.
pub async fn open(config: &Config) -> Result<Hub, Trouble> {
    let hub = open_hub(config, Ambient::default(), config.master_key_source()).await?;
    configure(&hub, config)?;
    Ok(hub)
}

async fn open_hub(config: &Config, ambient: Ambient, source: MasterKeySource) -> Result<Hub, Trouble> {
    prepare_data_dir(&config.server.data_dir)?;
    let Ambient { clock, random, stop } = ambient;
    let db = Db::connect(&config.database_url()).await.map_err(|error| Trouble::with_database(&error))?;
    db.migrate().await?;
    let ring = source.open(&db, &random).await?;
    let banners = vec![
        connections::BANNER,
        calendars::BANNER,
        scheduling::BANNER,
        notifications::banner as platform::web::BannerSource,
    ];
    let (keys, outbound, settings) = (Keys::new(source, ring), outbound(config)?, settings(config)?);
    Ok(Hub::new(HubParts { db, keys, clock, random, outbound, settings, banners, stop }))
}

fn settings(config: &Config) -> Result<Settings, Trouble> {
    Ok(Settings {
        public_url: config.server.public_url()?,
        data_dir: config.server.data_dir.clone(),
        form_targets: config.form_targets(),
        product_name: PRODUCT.to_owned(),
    })
}

/// The client for requests to providers, trusting what the configuration names.
pub(crate) fn outbound(config: &Config) -> Result<Outbound, Trouble> {
    let path = config.providers.extra_ca_file.as_deref();
    let pem = path.map(std::fs::read).transpose();
    let pem =
        pem.map_err(|error| Trouble::with_file("read", path.unwrap_or(&config.server.data_dir), &error))?;
    Outbound::new(pem.as_deref()).map_err(|error| {
        Trouble::new(format!("the certificates in providers.extra_ca_file cannot be used: {error}"))
            .with_hint("The file holds one or more certificates in PEM form (-----BEGIN CERTIFICATE-----).")
    })
}

/// Hands each room its typed section.
fn configure(hub: &Hub, config: &Config) -> Result<(), Trouble> {
    notifications::configure(hub, config.mail.settings())?;
    accounts::configure(hub, config.sign_in_settings()?);
    connections::configure(hub, config.provider_endpoints());
    calendars::configure(hub, config.calendars.settings());
    scheduling::configure(hub);
    Ok(())
}

/// Every column of the house that holds sealed values.
pub fn sealed() -> Vec<SealedColumn> {
    [connections::SEALED, calendars::SEALED, notifications::SEALED, scheduling::SEALED, directory::SEALED]
        .concat()
}

/// What all rooms do in the background.
pub fn jobs() -> Jobs {
    const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
    let own = Jobs::default().every(DAY, "jobs.sweep", platform::jobs::sweep);
    let below = own.merge(accounts::jobs()).merge(notifications::jobs()).merge(connections::jobs());
    below.merge(calendars::jobs()).merge(scheduling::jobs()).merge(directory::jobs())
}
