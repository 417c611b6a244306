//! The demo's hours and appointment types, made through the same API that programs use. What a person has changed or
//! closed since stays as it is.

use accounts::Account;
use http::Method;
use platform::Hub;
use serde_json::{Value, json};

use super::{program::Program, record::Record};
use crate::Trouble;

const TYPES: &str = "/api/v1/appointment-types";

/// Makes hours and types where there are none, and answers the addresses of the booking pages.
pub(super) async fn settle(hub: &Hub, program: &Program, record: &Record) -> Result<Vec<String>, Trouble> {
    let mut types = program.list(TYPES).await?;
    if types.is_empty() {
        let hosts = hosts(hub, record).await?;
        for host in &hosts {
            set_hours(program, host).await?;
        }
        for settings in types_of(&hosts) {
            program.call(Method::POST, TYPES, Some(&settings)).await?;
        }
        types = program.list(TYPES).await?;
    }
    let url = |it: &Value| it["url"].as_str().map(str::to_owned);
    let mut open: Vec<&Value> = types.iter().filter(|it| it["active"] == true).collect();
    // Those that need no connection can be booked at once, so they come first.
    open.sort_by_key(|it| it["places"][0]["kind"] != "in_person");
    Ok(open.into_iter().filter_map(url).collect())
}

async fn hosts(hub: &Hub, record: &Record) -> Result<Vec<Account>, Trouble> {
    let mut hosts = Vec::new();
    for host in &record.hosts {
        hosts.extend(accounts::find(hub, &host.email).await?);
    }
    Ok(hosts)
}

/// One by Webex, one by Teams, one where the visitor chooses, one in turns, one behind a private link.
fn types_of(hosts: &[Account]) -> Vec<Value> {
    let [ben, chiara, ..] = hosts else { return Vec::new() };
    let desk = json!({ "kind": "in_person", "detail": "Reading room, information desk" });
    let topic = json!({
        "key": "topic", "label": "What is it about?", "kind": "choice", "required": true,
        "options": ["Finding literature", "Citing", "Open access", "Something else"],
    });
    vec![
        json!({
            "name": "Ask a librarian", "hosts": [ben.id], "durations": [15, 30], "step": 15,
            "description": "A question about the library, in person, by Webex or by phone.",
            "places": [desk, { "kind": "webex" }, { "kind": "phone" }], "questions": [topic],
        }),
        json!({
            "name": "Printing and scanning", "hosts": [ben.id, chiara.id], "mode": "any", "durations": [20], "step": 20,
            "description": "Help at the machines. Whoever is free takes it, in turns.", "places": [desk],
        }),
        json!({
            "name": "Literature search", "hosts": [ben.id], "durations": [45], "after_buffer": 15, "cap_per_day": 4,
            "description": "Search together, with a shared screen.", "places": [{ "kind": "webex" }],
        }),
        json!({
            "name": "Thesis advice", "hosts": [chiara.id], "durations": [30, 60], "min_notice": 1440,
            "description": "Plan your thesis, in a Teams meeting.", "places": [{ "kind": "teams" }],
        }),
        json!({
            "name": "Rare books by appointment", "hosts": [chiara.id], "durations": [60], "is_private": true,
            "description": "For invited guests.", "places": [{ "kind": "in_person", "detail": "Special collections, 2nd floor" }],
        }),
    ]
}

/// Weekdays with a break at noon.
async fn set_hours(program: &Program, host: &Account) -> Result<(), Trouble> {
    let path = format!("/api/v1/availability/{}", host.id);
    let now = program.call(Method::GET, &path, None).await?;
    let hours = json!({
        "time_zone": host.time_zone, "version": now["version"],
        "weekly": [
            { "days": [1, 2, 3, 4, 5], "start": "09:00", "end": "12:30" },
            { "days": [1, 2, 3, 4], "start": "13:30", "end": "17:00" },
        ],
    });
    program.call(Method::PUT, &path, Some(&hours)).await.map(|_| ())
}
