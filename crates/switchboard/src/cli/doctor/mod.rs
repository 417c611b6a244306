//! `doctor`: looks at everything that a working Switchboard needs and says what to do where something is amiss.

mod data;
mod network;
mod verdict;

use std::process::ExitCode;

use clap::Args;
use platform::{Clock, Random, db::Db};

use super::output;
use crate::{Config, Trouble};

use verdict::{State, Verdict};

#[derive(Args)]
pub(super) struct Doctor {
    /// Print the verdicts as JSON.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Succeeds when nothing failed; a warning is no failure.
    pub(super) async fn run(self, config: &Config) -> Result<ExitCode, Trouble> {
        let verdicts = examine(config).await;
        if self.json {
            output::line(&serde_json::to_string_pretty(&verdicts).unwrap_or_default())?;
        } else {
            for verdict in &verdicts {
                output::line(&verdict.to_string())?;
            }
        }
        let failed = verdicts.iter().any(|verdict| verdict.state == State::Fail);
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn examine(config: &Config) -> Vec<Verdict> {
    let mut verdicts = data::folder(config);
    match data::connect(config).await {
        Ok(db) => {
            verdicts.push(data::schema(&db).await);
            verdicts.push(data::key(config, &db, &Random::system()).await);
            db.close().await;
        }
        Err(verdict) => verdicts.push(verdict),
    }
    verdicts.extend(network::examine(config, &Clock::system()).await);
    verdicts
}

/// The database is opened only where it exists: looking must not change anything.
fn is_missing(config: &Config) -> bool {
    let url = config.database_url();
    url.strip_prefix("sqlite://")
        .is_some_and(|path| !std::path::Path::new(path.split('?').next().unwrap_or(path)).exists())
}

/// Opens the configured database.
async fn open(config: &Config) -> Result<Db, platform::db::Error> {
    Db::connect(&config.database_url()).await
}
