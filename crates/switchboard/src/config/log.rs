//! What is logged, and how.

use serde::{Deserialize, Serialize};

/// Logs go to standard error.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Log {
    /// `text` for people, `json` for programs.
    #[config(env = "SWITCHBOARD_LOG_FORMAT", default = "text")]
    pub format: Format,

    /// `error`, `warn`, `info`, `debug` (every request with its status) or `trace`.
    #[config(env = "SWITCHBOARD_LOG_LEVEL", default = "info")]
    pub level: Level,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Text,
    Json,
}

/// The least severe line that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl From<Level> for tracing::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}
