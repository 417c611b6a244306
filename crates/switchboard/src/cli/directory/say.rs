//! Plans and runs in a few lines, for people.

use serde_json::Value;

use super::watch::span;
use crate::cli::output;

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a plan would do, and how to go on.
pub(super) fn plan(plan: &Value) {
    let (id, counts) = (text(&plan["id"]), &plan["counts"]);
    output::line(&format!("Plan {id}: {}", text(&plan["name"])));
    if plan["state"] == "failed" {
        output::line(&format!("It could not be worked out: {}", text(&plan["trouble"])));
        return;
    }
    let rows = [
        ("to create", "create"),
        ("to change", "change"),
        ("as wished already", "unchanged"),
        ("refused", "refused"),
        ("lose something", "losses"),
        ("can no longer sign in", "deactivations"),
    ];
    for (words, name) in rows {
        let count = number(&counts[name]);
        if count > 0 || name == "change" {
            output::line(&format!("{count:>8}  {words}"));
        }
    }
    for line in plan["stock"].as_array().into_iter().flatten() {
        let total = line["total"].as_i64().map_or_else(String::new, |total| format!(" of {total}"));
        output::line(&format!(
            "          {}: {} in use, {} after{total}",
            text(&line["name"]),
            number(&line["before"]),
            number(&line["after"])
        ));
    }
    output::line(&format!(
        "          {} requests, about {}. Nothing has been changed.",
        number(&counts["requests"]),
        span(number(&counts["seconds"]))
    ));
    if let Some(obstacle) = plan["obstacle"].as_str() {
        output::line(obstacle);
    }
    match (plan["needs_confirmation"] == true, plan["obstacle"].is_null()) {
        (true, _) => {
            output::line(&format!("If this is meant: switchboard directory apply {id} --confirm-losses"));
        }
        (false, true) => output::line(&format!("To carry it out: switchboard directory apply {id}")),
        // What stands against it says what to do.
        (false, false) => {}
    }
}

/// How a run ended or stands, and how to go on.
pub(super) fn run(run: &Value) {
    let (id, progress) = (text(&run["id"]), &run["progress"]);
    output::line(&format!("Run {id}: {}", text(&run["state"])));
    if let Some(reason) = run["reason"].as_str() {
        output::line(reason);
    }
    for (words, name) in
        [("done", "done"), ("as wished already", "unchanged"), ("failed", "failed"), ("left", "left")]
    {
        let count = number(&progress[name]);
        if count > 0 || name == "done" {
            output::line(&format!("{count:>8}  {words}"));
        }
    }
    let next = match text(&run["state"]) {
        "running" => format!("To watch it: switchboard directory watch {id}"),
        "stopped" if run["ended_at"].is_null() => {
            format!("To see its rows under way through: switchboard directory watch {id}")
        }
        "paused" => format!("To go on: switchboard directory resume {id}"),
        _ if number(&progress["failed"]) > 0 => {
            format!(
                "Why rows failed: switchboard directory result {id}; to try them again: switchboard directory retry {id}"
            )
        }
        _ => format!("To take it back: switchboard directory undo {id}"),
    };
    output::line(&next);
}
