//! Plans and runs in a few lines, for people.

use serde_json::Value;

use super::watch::span;

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What others have written, in one line and without anything that would steer a terminal.
pub(super) fn plain(value: &Value) -> String {
    text(value).chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A line for each number that is not zero, and for this one in any case.
fn counted(numbers: &Value, rows: &[(&str, &str)], always: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (words, name) in rows {
        let count = number(&numbers[*name]);
        if count > 0 || *name == always {
            lines.push(format!("{count:>8}  {words}"));
        }
    }
    lines
}

/// What a plan would do, or has done, and how to go on.
pub(super) fn plan(plan: &Value) -> String {
    let counts = &plan["counts"];
    let mut lines = vec![format!("Plan {}: {}", text(&plan["id"]), plain(&plan["name"]))];
    if plan["state"] == "failed" {
        lines.push(format!("It could not be worked out: {}", plain(&plan["trouble"])));
        return lines.join("\n");
    }
    lines.extend(list(&plan["remarks"]).map(remark));
    let rows = [
        ("to create", "create"),
        ("to change", "change"),
        ("as wished already", "unchanged"),
        ("refused", "refused"),
        ("refused in part", "partly_refused"),
        ("lose something", "losses"),
        ("can no longer sign in", "deactivations"),
    ];
    lines.extend(counted(counts, &rows, "change"));
    lines.extend(list(&plan["stock"]).map(stock));
    let nothing = if plan["state"] == "ready" { " Nothing has been changed." } else { "" };
    lines.push(format!(
        "          {} requests, about {}.{nothing}",
        number(&counts["requests"]),
        span(number(&counts["seconds"]))
    ));
    lines.extend(next_of_plan(plan));
    lines.join("\n")
}

/// Where in the file something was unusual, and how it was understood.
fn remark(remark: &Value) -> String {
    let (column, say) = (plain(&remark["column"]), plain(&remark["say"]));
    match (remark["row"].as_i64(), column.is_empty()) {
        (Some(row), false) => format!("Row {row}, column {column}: {say}"),
        (Some(row), true) => format!("Row {row}: {say}"),
        (None, false) => format!("Column {column}: {say}"),
        (None, true) => say,
    }
}

fn stock(line: &Value) -> String {
    let total = line["total"].as_i64().map_or_else(String::new, |total| format!(" of {total}"));
    format!(
        "          {}: {} in use, {} after{total}",
        plain(&line["name"]),
        number(&line["before"]),
        number(&line["after"])
    )
}

/// What stands against a plan, how to see it, and how to carry it out.
fn next_of_plan(plan: &Value) -> Vec<String> {
    let (id, counts) = (text(&plan["id"]), &plan["counts"]);
    let mut lines = Vec::new();
    if number(&counts["refused"]) + number(&counts["partly_refused"]) > 0 {
        lines.push(format!("What is refused, and why: switchboard directory show {id} --refused"));
    }
    let obstacle = plan["obstacle"].as_str();
    lines.extend(obstacle.map(str::to_owned));
    if plan["needs_confirmation"] == true {
        lines.push(format!("Who loses something: switchboard directory show {id} --losses"));
        lines.push(format!("If this is meant: switchboard directory apply {id} --confirm-losses"));
    } else if obstacle.is_none() {
        // An obstacle says itself what to do.
        lines.push(format!("To carry it out: switchboard directory apply {id}"));
    }
    lines
}

/// Which plan is no more.
pub(super) fn deleted(plan: &Value) -> String {
    let end = if plan["state"] == "working" {
        "It was still being worked out, and is given up. Nothing has been changed."
    } else {
        "Nothing has been changed."
    };
    format!("Plan {} is deleted: {}\n{end}", text(&plan["id"]), plain(&plan["name"]))
}

/// How a run ended or stands, and how to go on.
pub(super) fn run(run: &Value) -> String {
    let (id, progress) = (text(&run["id"]), &run["progress"]);
    let mut lines = vec![format!("Run {id}: {}", text(&run["state"]))];
    lines.extend(run["reason"].as_str().map(str::to_owned));
    let rows = [("done", "done"), ("as wished already", "unchanged"), ("failed", "failed"), ("left", "left")];
    lines.extend(counted(progress, &rows, "done"));
    lines.push(match text(&run["state"]) {
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
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn a_plan() -> Value {
        json!({
            "id": "01a1", "name": "people.csv", "state": "ready", "obstacle": null, "needs_confirmation": false,
            "remarks": [
                { "row": 2, "column": "Phone", "say": "The plus was put back." },
                { "row": null, "column": null, "say": "Locations are left alone." },
            ],
            "counts": { "change": 3, "partly_refused": 1, "requests": 9, "seconds": 4 },
            "stock": [{ "name": "Messaging", "total": 5, "before": 2, "after": 3 }],
        })
    }

    #[test]
    fn a_plan_tells_what_it_does_and_refuses() {
        let said = "Plan 01a1: people.csv\nRow 2, column Phone: The plus was put back.\nLocations are left alone.\n       \
                    3  to change\n       1  refused in part\n          Messaging: 2 in use, 3 after of 5\n          \
                    9 requests, about 4 s. Nothing has been changed.\n\
                    What is refused, and why: switchboard directory show 01a1 --refused\n\
                    To carry it out: switchboard directory apply 01a1";
        assert_eq!(plan(&a_plan()), said);
    }

    #[test]
    fn a_plan_tells_what_has_to_be_done_first() {
        let mut losses = a_plan();
        losses["counts"]["partly_refused"] = json!(0);
        losses["obstacle"] = json!("It takes much away.");
        losses["needs_confirmation"] = json!(true);
        let said = plan(&losses);
        let next = "It takes much away.\nWho loses something: switchboard directory show 01a1 --losses\n\
                    If this is meant: switchboard directory apply 01a1 --confirm-losses";
        assert!(said.ends_with(next) && !said.contains("--refused"), "{said}");
        let mut applied = a_plan();
        applied["state"] = json!("applied");
        applied["obstacle"] = json!("The plan was applied already.");
        let said = plan(&applied);
        assert!(said.ends_with("The plan was applied already."), "{said}");
        assert!(!said.contains("Nothing has been changed"), "{said}");
    }

    #[test]
    fn a_plan_that_failed_says_why() {
        let failed =
            json!({ "id": "01a1", "name": "Rules", "state": "failed", "trouble": "It was tried in vain." });
        assert_eq!(plan(&failed), "Plan 01a1: Rules\nIt could not be worked out: It was tried in vain.");
    }

    #[test]
    fn a_deleted_plan_is_named() {
        let mut gone = a_plan();
        assert_eq!(deleted(&gone), "Plan 01a1 is deleted: people.csv\nNothing has been changed.");
        gone["state"] = json!("working");
        assert!(deleted(&gone).contains("It was still being worked out, and is given up."));
    }
}
