//! `switchboard slots` as a person or a script uses it: JSON in, one line of JSON out for each problem.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

/// Problems with answers that an independent implementation gave.
const SAMPLES: &str = include_str!("../../../slots/tests/samples.json");

fn slots(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.arg("slots").args(arguments).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The lines of the answer, each read.
fn answers(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn cases() -> Vec<Value> {
    serde_json::from_str::<Value>(SAMPLES).unwrap()["cases"].as_array().unwrap().clone()
}

/// The lines that answer the samples, to the letter.
fn expected() -> String {
    let line = |case: &Value| format!("{{\"id\":{},\"slots\":{}}}\n", case["id"], case["slots"]);
    cases().iter().map(line).collect()
}

/// A small problem that one thing can be wrong with: Monday, 2 February 2026, 09:00 to 10:00 in Berlin.
fn problem() -> Value {
    json!({
        "id": "one", "mode": "any", "viewer": "Asia/Kathmandu",
        "from": "2026-02-02T00:00:00Z", "to": "2026-02-03T00:00:00Z", "now": "2026-01-05T00:00:00Z",
        "duration": 30, "step": 30, "before_buffer": 0, "after_buffer": 0, "min_notice": 0, "max_advance": null,
        "hosts": [{
            "id": 7, "tz": "Europe/Berlin",
            "weekly": [{"days": [1], "start": "09:00", "end": "10:00"}],
            "overrides": [{"date": "2026-02-09", "windows": [["09:00", "10:00"]]}],
            "busy": [["2026-02-02T08:30:00Z", "2026-02-02T09:00:00Z"]],
        }],
    })
}

const ANSWER: &str =
    "{\"id\":\"one\",\"slots\":[[\"2026-02-02T08:00:00Z\",\"2026-02-02T13:45:00+05:45\",[7]]]}\n";

#[test]
fn a_file_of_samples_is_answered_to_the_letter() {
    let output = slots(&[], SAMPLES);
    assert_eq!(text(&output.stdout), expected());
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn problems_one_per_line_are_answered_one_per_line() {
    let lines: Vec<String> = cases().iter().map(Value::to_string).collect();
    let output = slots(&[], &lines.join("\n\n"));
    assert_eq!(text(&output.stdout), expected());
    assert!(output.status.success());
}

#[test]
fn one_problem_may_be_spread_over_lines() {
    for input in [problem().to_string(), serde_json::to_string_pretty(&problem()).unwrap()] {
        let output = slots(&[], &input);
        assert_eq!(text(&output.stdout), ANSWER);
        assert!(output.status.success());
    }
}

#[test]
fn what_is_wrong_with_a_problem_is_named() {
    for (place, wrong, named) in [
        ("/viewer", json!("Europe/Atlantis"), "viewer: \"Europe/Atlantis\" is not a time zone"),
        ("/mode", json!("some"), "mode: unknown variant `some`"),
        ("/from", json!("yesterday"), "from: "),
        ("/to", json!("2026-02-01T00:00:00Z"), "to: must not be before `from`"),
        ("/to", json!("9999-02-01T00:00:00Z"), "to: the period is longer than"),
        ("/duration", json!(-30), "duration: invalid value: integer `-30`"),
        ("/duration", json!(0), "duration: must be at least 1 minute"),
        ("/step", json!(0), "step: must be at least 1 minute"),
        ("/before_buffer", json!(4_294_967_295_u32), "before_buffer: must be at most"),
        ("/min_notice", json!(1.5), "min_notice: invalid type"),
        ("/max_advance", json!("soon"), "max_advance: invalid type"),
        ("/hosts/0/tz", json!("Mars"), "hosts[0].tz: \"Mars\" is not a time zone"),
        ("/hosts/0/weekly/0/end", json!("25:00"), "hosts[0].weekly[0].end: \"25:00\" is not a time of day"),
        ("/hosts/0/weekly/0/end", json!("09:00"), "hosts[0].weekly[0]: 09:00 to 09:00 is not a window"),
        ("/hosts/0/weekly/0/start", json!("24:00"), "hosts[0].weekly[0]: 24:00 to 10:00 is not a window"),
        ("/hosts/0/weekly/0/days", json!([8]), "hosts[0].weekly[0].days: 8 is no weekday"),
        ("/hosts/0/overrides/0/date", json!("2026-02-30"), "hosts[0].overrides[0].date: "),
        ("/hosts/0/overrides/0/windows/0", json!(["12:00", "9"]), "hosts[0].overrides[0].windows[0]"),
        (
            "/hosts/0/overrides/0/windows/0",
            json!(["12:00", "09:00"]),
            "hosts[0].overrides[0].windows[0]: 12:00 to",
        ),
        ("/hosts/0/busy/0", json!(["2026-02-02T08:30:00Z", "later"]), "hosts[0].busy[0]"),
    ] {
        let mut problem = problem();
        *problem.pointer_mut(place).unwrap() = wrong;
        let output = slots(&[], &problem.to_string());
        let said = text(&output.stderr);
        assert!(said.starts_with("line 1 (problem \"one\"): ") && said.contains(named), "{place}: {said}");
        assert!(!output.status.success(), "{place}");
        let answer = &answers(&output)[0];
        assert_eq!(answer["id"], "one");
        assert!(
            answer["error"].as_str().unwrap().contains(named) && answer.get("slots").is_none(),
            "{answer}"
        );
    }
}

#[test]
fn no_field_may_be_left_out() {
    for (holder, field) in [
        ("", "hosts"),
        ("", "viewer"),
        ("", "id"),
        ("", "max_advance"),
        ("/hosts/0", "tz"),
        ("/hosts/0", "busy"),
    ] {
        let mut problem = problem();
        problem.pointer_mut(holder).unwrap().as_object_mut().unwrap().remove(field);
        let output = slots(&[], &problem.to_string());
        let said = text(&output.stderr);
        assert!(said.contains(&format!("missing field `{field}`")) && !output.status.success(), "{said}");
    }
}

#[test]
fn a_bad_problem_does_not_keep_the_others_from_their_answer() {
    let mut unknown = problem();
    unknown["id"] = json!(2);
    unknown["hosts"][0]["tz"] = json!("Mars");
    let output = slots(&[], &format!("{}\n{unknown}\n\n{{\"id\": \n[]\n{}\n", problem(), problem()));
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!((lines[0].as_str(), lines[4].as_str()), (ANSWER.trim_end(), ANSWER.trim_end()));
    let said = text(&output.stderr);
    let said: Vec<&str> = said.lines().collect();
    assert!(said[0].starts_with("line 2 (problem 2): hosts[0].tz: "), "{said:?}");
    assert!(said[1].starts_with("line 4: this is not JSON: "), "{said:?}");
    assert!(said[2].starts_with("line 5: a problem is a JSON object"), "{said:?}");
    assert_eq!(said.len(), 3);
    assert!(!output.status.success());
}

#[test]
fn input_without_a_problem_is_refused() {
    for input in ["", " \n\n", "{\n  \"id\": 1,\n  oops\n}\n", "\u{feff}nothing"] {
        let output = slots(&[], input);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{input:?}");
        assert!(text(&output.stdout).lines().count() <= 1, "{input:?}");
    }
}

#[test]
fn every_time_is_explained_when_asked_for() {
    let output = slots(&["--explain"], &problem().to_string());
    let answer = &answers(&output)[0];
    assert_eq!(answer["slots"], serde_json::from_str::<Value>(ANSWER).unwrap()["slots"]);
    let at = |start: &str| {
        let mut times = answer["explained"].as_array().unwrap().iter();
        times.find(|time| time["start"] == start).unwrap().clone()
    };
    let offered = json!({
        "local": "2026-02-02T13:45:00+05:45", "start": "2026-02-02T08:00:00Z", "offered": true,
        "reasons": [], "hosts": [{"host": 7, "reasons": []}],
    });
    assert_eq!(at("2026-02-02T08:00:00Z"), offered);
    let busy = at("2026-02-02T08:30:00Z");
    assert_eq!(busy["offered"], false);
    assert_eq!(busy["hosts"][0]["reasons"], json!([{"reason": "busy", "cause": 0}]));
    let closed = at("2026-02-02T10:00:00Z");
    assert_eq!(closed["hosts"][0]["reasons"], json!([{"reason": "outside_availability"}]));
}
