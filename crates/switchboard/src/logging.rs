//! Logs: our own rooms at the configured level, libraries only when they warn.

use std::io;

use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::{Format, Log};

/// The crates of this house, whose lines are written from the configured level on.
const ROOMS: [&str; 17] = [
    "vault",
    "oauth",
    "webex",
    "microsoft",
    "sandbox",
    "platform",
    "notifications",
    "accounts",
    "invitations",
    "connections",
    "calendars",
    "slots",
    "scheduling",
    "rosters",
    "pace",
    "directory",
    "switchboard",
];

/// Starts logging to standard error, for the life of this process.
pub fn start(log: &Log) {
    // Logging that was started already (by a test) stays as it is.
    let _ = tracing_subscriber::registry().with(layer(log, io::stderr)).try_init();
}

/// A layer that writes what `log` says to `writer`.
pub fn layer<W>(log: &Log, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = tracing::Level::from(log.level);
    let targets =
        Targets::new().with_default(LevelFilter::WARN).with_targets(ROOMS.map(|room| (room, level)));
    match log.format {
        Format::Text => fmt::layer().with_ansi(false).with_writer(writer).with_filter(targets).boxed(),
        Format::Json => {
            fmt::layer().json().flatten_event(true).with_writer(writer).with_filter(targets).boxed()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn every_room_writes_its_log() {
        let rooms = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let rooms = rooms.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(ROOMS.map(str::to_owned).into_iter().collect::<BTreeSet<_>>(), rooms.collect());
    }
}
