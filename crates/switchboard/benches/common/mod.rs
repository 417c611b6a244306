//! What the benchmarks share: a stored world, server processes, a load client, and a private PostgreSQL.

pub(crate) mod appointments;
pub(crate) mod demo;
pub(crate) mod load;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod world;

use std::time::Duration;

/// Prints one line of the results.
#[expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// The middle one of the measured values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Milliseconds with one decimal.
pub(crate) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
