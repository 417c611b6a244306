//! 2,000 people changed by a run, end to end, against providers that allow so many requests: how much of what is allowed
//! is used, and how many requests are refused. Each provider is met twice: with its limit unknown, and once learned.
//! Goals: at least 97 % used, below 1 % refused. A quarter of an hour in all.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::time::Duration;

use common::{appointments::Program, demo::Demo, process::machine, say};
use serde_json::{Value, json};

const PEOPLE: usize = 2_000;
/// How the provider counts, so many requests in so many seconds.
const LIMITS: [(&str, u32, u32); 4] =
    [("window", 100, 1), ("window", 500, 10), ("bucket", 50, 1), ("window", 50, 1)];

#[tokio::main]
async fn main() {
    say(&machine());
    // Some of them by their words, such as `window of 50 in 1 s`; otherwise all.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    for limit in LIMITS {
        if wanted.is_empty() || wanted.contains(&words(limit)) {
            measure(limit).await;
        }
    }
}

fn words((kind, requests, seconds): (&str, u32, u32)) -> String {
    format!("{kind} of {requests} in {seconds} s")
}

async fn measure(limit: (&str, u32, u32)) {
    let (kind, requests, seconds) = limit;
    // Some were only invited so far.
    let demo = Demo::start(PEOPLE + PEOPLE / 2);
    let (program, sandbox) = (demo.program(), demo.sandbox());
    until(&program, "/directory", |directory| {
        directory["read_at"].is_string() && directory["reading"].is_null()
    })
    .await;
    let people = addresses(&program).await;
    let limits = json!([{ "family": "people", "kind": kind, "requests": requests, "seconds": seconds }]);
    sandbox.put("/switches", &json!({ "webex.limits": limits })).await;
    for (round, title) in
        [("unknown", "Librarian of the first round"), ("learned", "Librarian of the second")]
    {
        let plan = plan(&program, &people, title).await;
        // The sandbox counts from here on; what the plan asked for counted before, and so it has to be long ago.
        tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
        sandbox.forget("/limits").await;
        let (status, run) = program.post(&format!("/directory/plans/{plan}/runs"), &json!({})).await;
        assert_eq!(status, 201, "{run}");
        let path = format!("/directory/runs/{}", run["id"].as_str().unwrap_or_default());
        let run = until(&program, &path, |run| run["state"] != "running").await;
        assert_eq!(run["progress"]["done"], PEOPLE, "{run}");
        say(&format!(
            "{}, {round}: {}",
            words(limit),
            used(&sandbox.look("/limits").await, f64::from(requests) / f64::from(seconds))
        ));
    }
}

/// What the provider counted.
fn used(limits: &Value, allowed: f64) -> String {
    let counts = limits["counts"].as_array().and_then(|all| all.iter().find(|it| it["family"] == "people"));
    let counts = counts.expect("people were asked for");
    let number = |name: &str| counts[name].as_f64().unwrap_or_default();
    let at = |name: &str| -> jiff::Timestamp {
        counts[name].as_str().and_then(|text| text.parse().ok()).expect("an instant")
    };
    let took = at("last").duration_since(at("first")).as_secs_f64();
    let (accepted, rejected) = (number("accepted"), number("rejected"));
    format!(
        "{accepted:.0} requests in {took:.1} s, {:.1} % of the allowed rate used; {rejected:.0} refused ({:.2} %)",
        100.0 * accepted / (allowed * took),
        100.0 * rejected / (accepted + rejected)
    )
}

async fn addresses(program: &Program) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), String::new());
    while found.len() < PEOPLE {
        let page = program.get(&format!("/directory/people?limit=200{after}")).await;
        let people = page["items"].as_array().cloned().unwrap_or_default();
        let usable = people.iter().filter(|person| person["active"] == true && person["pending"] == false);
        found.extend(usable.filter_map(|person| person["email"].as_str().map(str::to_owned)));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(found.len() >= PEOPLE, "only {} people", found.len());
    found.truncate(PEOPLE);
    found
}

/// A plan that gives everybody this title; answers its id.
async fn plan(program: &Program, people: &[String], title: &str) -> String {
    let wishes: Vec<Value> = people.iter().map(|email| json!({ "email": email, "title": title })).collect();
    let (status, plan) = program.post("/directory/plans", &json!({ "people": wishes })).await;
    assert_eq!(status, 201, "{plan}");
    let id = plan["id"].as_str().unwrap_or_default().to_owned();
    let ready = until(program, &format!("/directory/plans/{id}"), |plan| plan["state"] != "working").await;
    assert_eq!((&ready["state"], &ready["obstacle"]), (&json!("ready"), &Value::Null), "{ready}");
    id
}

/// What stands there as soon as it is as wished.
async fn until(program: &Program, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let now = program.get(path).await;
        if is_so(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
