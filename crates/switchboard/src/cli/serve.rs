//! `serve`: the server itself.

use std::net::SocketAddr;

use clap::Args;

use super::{output, signals::stop_on_signal};
use crate::{
    Config, Trouble,
    app::{Ambient, App, Lock, listen, prepare_data_dir},
    logging,
};

#[derive(Args)]
pub(super) struct Serve {
    /// The address and port to listen on, instead of the configured one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, mut config: Config) -> Result<(), Trouble> {
        config.server.listen = self.listen.unwrap_or(config.server.listen);
        logging::start(&config.log);
        prepare_data_dir(&config.server.data_dir)?;
        let _lock = config.is_sqlite().then(|| Lock::take(&config.server.data_dir)).transpose()?;
        let listener = listen(config.server.listen).await?;
        if let Ok(address) = listener.local_addr() {
            config.server.listen = address;
        }
        let ambient = Ambient::default();
        stop_on_signal(ambient.stop.clone())?;
        let app = App::build(&config, ambient).await?;
        output::line(&format!(
            "Switchboard listens on {}, reached at {}",
            config.server.listen,
            app.hub.settings().url("")
        ))?;
        if let Some(link) = accounts::ensure_setup_link(&app.hub).await? {
            output::line(
                "Nobody administers this Switchboard yet. Open this link within 24 hours to set it up:",
            )?;
            output::line(&format!("  {link}"))?;
        }
        app.serve(listener).await
    }
}
