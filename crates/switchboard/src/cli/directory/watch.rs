//! Waiting for what goes on in the server: with a progress bar on a terminal, with lines of JSON for scripts.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use tokio::time::Instant;

use super::client::{Client, Failure};
use crate::{Trouble, cli::output};

/// How often the server is asked.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a server may give no usable answer while something goes on in it: a restart takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// The plan once it is worked out or has failed.
pub(super) async fn until_ready(client: &Client, mut plan: Value) -> Result<Value, Trouble> {
    let bar = bar("Working out");
    let path = format!("plans/{}", plan["id"].as_str().unwrap_or_default());
    while plan["state"] == "working" {
        move_to(&bar, &plan["worked_out"], &plan["people"], "");
        tokio::time::sleep(PAUSE).await;
        plan = again(client, &path, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(plan)
}

/// The run once it is paused or over: a stopped one still brings its rows under way to their end.
pub(super) async fn until_ended(client: &Client, run: &Value, json: bool) -> Result<Value, Trouble> {
    let bar = if json { ProgressBar::hidden() } else { bar("Applying") };
    let path = format!("runs/{}", run["id"].as_str().unwrap_or_default());
    let mut run = run.clone();
    let mut told = Value::Null;
    while run["state"] == "running" || run["state"] == "stopped" && run["ended_at"].is_null() {
        let progress = &run["progress"];
        let ended = ["done", "unchanged", "failed", "left"].map(|name| progress[name].as_i64().unwrap_or(0));
        move_to(&bar, &ended.iter().sum::<i64>().into(), &progress["total"], &rest(&run));
        if json && *progress != told {
            told = progress.clone();
            output::line(&run.to_string())?;
        }
        tokio::time::sleep(PAUSE).await;
        run = again(client, &path, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(run)
}

/// What stands there. The run goes on by itself, so a server that is started again meanwhile ends nothing here; what the
/// server refuses does.
async fn again(client: &Client, path: &str, bar: &ProgressBar) -> Result<Value, Trouble> {
    let began = Instant::now();
    loop {
        match client.get(path).await {
            Err(Failure::Away(_)) if began.elapsed() < PATIENCE => bar.set_message("no answer, asking again"),
            answer => return Ok(answer?),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn bar(doing: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_prefix(doing);
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {human_pos} of {human_len}  {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn move_to(bar: &ProgressBar, position: &Value, length: &Value, message: &str) {
    bar.set_length(length.as_u64().unwrap_or(0));
    bar.set_position(position.as_u64().unwrap_or(0));
    bar.set_message(message.to_owned());
}

/// The rate, what is left, and what went wrong so far.
fn rest(run: &Value) -> String {
    let progress = &run["progress"];
    let mut parts = vec![format!("{:.0} a minute", progress["rows_per_minute"].as_f64().unwrap_or(0.0))];
    if let Some(seconds) = progress["seconds_left"].as_i64() {
        parts.push(format!("{} left", span(seconds)));
    }
    let failed = progress["failed"].as_i64().filter(|failed| *failed > 0);
    parts.extend(failed.map(|failed| format!("{failed} failed")));
    parts.extend(run["reason"].as_str().map(str::to_owned));
    parts.join(", ")
}

/// Seconds as people say them.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_rest_is_said_in_a_line() {
        let run = json!({ "reason": null, "progress": { "rows_per_minute": 59.6, "seconds_left": 3700, "failed": 2 } });
        assert_eq!(rest(&run), "60 a minute, 1 h 1 min left, 2 failed");
        assert_eq!((span(59), span(90), span(7200)), ("59 s".into(), "2 min".into(), "2 h 0 min".into()));
    }
}
