//! Everything that our rooms log during a test run, at the finest level, kept to be searched for secrets.

use std::{
    io,
    sync::{Mutex, Once, PoisonError},
};

use switchboard::config::{Format, Level, Log};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[derive(Clone, Copy)]
struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts capturing; once for all tests of the run.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let log = Log { format: Format::Json, level: Level::Trace };
        tracing_subscriber::registry().with(switchboard::logging::layer(&log, || Kept)).init();
    });
}

/// Everything that was logged so far.
pub(crate) fn captured() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
