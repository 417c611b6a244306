//! `keys`: rotation while the servers run, and what is sealed under which key.

use std::collections::BTreeMap;

use clap::Subcommand;
use platform::{Hub, Random, keys::MasterKeySource};
use vault::Sealed;

use super::output;
use crate::{Config, Trouble, app};

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make new data keys and seal everything anew; servers go on working meanwhile.
    Rotate {
        /// Make a new master key first.
        #[arg(long)]
        master: bool,
    },
    /// Show where the master key is, and how many values are sealed under which data key.
    Status,
}

impl Keys {
    pub(super) async fn run(self, config: &Config) -> Result<(), Trouble> {
        match self {
            Self::Rotate { master } => rotate(config, master).await,
            Self::Status => status(config).await,
        }
    }
}

async fn rotate(config: &Config, master: bool) -> Result<(), Trouble> {
    // Opened first: a key that does not fit must not be replaced.
    app::open(config).await?;
    let source = config.master_key_source();
    if master {
        replace_master_key(&source)?;
    }
    let hub = app::open(config).await?;
    let done = platform::keys::rotate(&hub, &app::sealed()).await?;
    output::line(&format!(
        "{} organizations have a new data key, {} values are sealed anew.",
        done.organizations, done.resealed
    ))?;
    if master {
        output::line(&format!(
            "The new master key is the first line of {}. Keep a copy of it apart from the database. The lines below it \
             are the older keys: remove them once every server has been restarted.",
            config.key_file().display()
        ))?;
    }
    Ok(())
}

fn replace_master_key(source: &MasterKeySource) -> Result<(), Trouble> {
    if let MasterKeySource::Text(_) = source {
        return Err(Trouble::new("the master key comes from the environment, so it is changed there").with_hint(
            "Put a new key in front of the old one, separated by a space (`openssl rand -base64 32` makes one), restart \
             every server, then run `switchboard keys rotate`. After that the old one can go.",
        ));
    }
    source.add_master_key(&Random::system()).map_err(Trouble::from)
}

async fn status(config: &Config) -> Result<(), Trouble> {
    let hub = app::open(config).await?;
    let source = config.master_key_source();
    let place = match &source {
        MasterKeySource::Text(_) => "the environment or configuration".to_owned(),
        MasterKeySource::File(path) => path.display().to_string(),
    };
    output::line(&format!(
        "Master key: {} (from {place}); it opens this database.",
        source.key_ring()?.master_id().as_str()
    ))?;
    let sealed = sealed_under(&hub).await?;
    if sealed.is_empty() {
        output::line("No value is sealed yet.")?;
    }
    for ((key, column), count) in sealed {
        output::line(&format!("Data key {key}: {count} values in {column}"))?;
    }
    Ok(())
}

/// How many values of which column are sealed under which data key.
async fn sealed_under(hub: &Hub) -> Result<BTreeMap<(String, String), usize>, Trouble> {
    let mut counts = BTreeMap::new();
    for column in app::sealed() {
        for text in platform::keys::sealed_values(hub, column).await? {
            let key = Sealed::parse(text).map_err(platform::Error::from)?.key_id().as_str().to_owned();
            *counts.entry((key, format!("{}.{}", column.table, column.column))).or_default() += 1;
        }
    }
    Ok(counts)
}
