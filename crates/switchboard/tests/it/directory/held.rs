//! Runs that a program pauses, goes on with, stops and tries again: what stands there afterwards, and what is refused at
//! the wrong moment.

use platform::Scope;
use sandbox::Fault;
use serde_json::{Value, json};

use super::{by_program::Desk, running::ADA};
use crate::harness::{Browser, Reply};

const ANOTHER: &str = "Another run is under way or paused";
const OVER: &str = "The run is over; it cannot be paused, gone on with or stopped any more.";

/// Applies a plan; answers the run's id.
async fn apply(desk: &Desk, plan: &str) -> String {
    let run = desk.post(&format!("/plans/{plan}/runs"), &json!({})).await.expect(201).json();
    run["id"].as_str().unwrap().to_owned()
}

async fn ask(desk: &Desk, run: &str, word: &str) -> Reply {
    desk.post(&format!("/runs/{run}/{word}"), &json!({})).await
}

/// Asks for this; answers the run, which then is as it was answered.
async fn asked(desk: &Desk, run: &str, word: &str) -> Value {
    let answer = ask(desk, run, word).await.expect(200).json();
    let now = desk.get(&format!("/runs/{run}")).await;
    assert_eq!((&answer["id"], &answer["reason"]), (&now["id"], &now["reason"]), "{word}");
    assert_eq!(answer["state"], now["state"], "{word}");
    answer
}

/// Insists on a problem in these words, which a program can tell from others.
#[track_caller]
fn refused(reply: Reply, words: &str) {
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.body);
    let problem = reply.expect(409).json();
    assert_eq!(problem["type"], "urn:switchboard:problem:conflict");
    assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
}

/// How often this stands in the audit trail.
async fn audited(desk: &Desk, action: &str) -> usize {
    let hub = &desk.it.hub;
    let auditor = Browser::with_key(hub.base_url.clone(), &hub.key(&[Scope::AuditRead]).await);
    let trail = auditor.get("/api/v1/audit?limit=200").await.expect(200).json();
    trail["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_pauses_goes_on_with_and_stops_a_run() {
    let desk = Desk::open().await;
    let plan = desk.to_the_archive_by_halves().await;
    let run = apply(&desk, &plan).await;
    desk.half_done(&run).await;
    refused(ask(&desk, &run, "retry").await, "The run is not over yet");
    for _ in 0..2 {
        let paused = asked(&desk, &run, "pause").await;
        assert_eq!(
            (&paused["state"], &paused["reason"]),
            (&json!("paused"), &json!("Paused by API key Test."))
        );
        assert_eq!(paused["ended_at"], Value::Null, "{paused}");
    }
    refused(ask(&desk, &run, "retry").await, "The run is not over yet");
    let other = desk.plan(json!([{ "email": ADA, "department": "Elsewhere" }])).await;
    let other = format!("/plans/{}/runs", other["id"].as_str().unwrap());
    refused(desk.post(&other, &json!({})).await, ANOTHER);
    for _ in 0..2 {
        assert_eq!(asked(&desk, &run, "resume").await["state"], "running");
    }
    let stopped = asked(&desk, &run, "stop").await;
    assert_eq!(
        (&stopped["state"], &stopped["reason"]),
        (&json!("stopped"), &json!("Stopped by API key Test."))
    );
    let path = format!("/runs/{run}");
    let ended = desk.until(&path, |run| run["ended_at"].is_string()).await;
    let progress = &ended["progress"];
    assert_eq!(
        (&progress["done"], &progress["left"], &progress["waiting"]),
        (&json!(2), &json!(4), &json!(0)),
        "{ended}"
    );
    assert_eq!(asked(&desk, &run, "stop").await["ended_at"], ended["ended_at"], "it is already");
    for word in ["pause", "resume"] {
        refused(ask(&desk, &run, word).await, OVER);
    }
    refused(ask(&desk, &run, "retry").await, "No row of this run has failed");
    assert_eq!(desk.get(&path).await["state"], "stopped");
    let left = desk.get(&format!("{path}/rows?state=left")).await;
    let left = left["items"].as_array().unwrap();
    assert!(left.len() == 4 && left.iter().all(|row| row["done"] == json!([])), "{left:?}");
    for action in ["directory.run_paused", "directory.run_resumed", "directory.run_stopped"] {
        assert_eq!(audited(&desk, action).await, 1, "{action}: what is so already is not told again");
    }
    desk.it.heal();
    assert_eq!(desk.archived().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_tries_failed_rows_again_when_no_other_run_is_under_way() {
    let desk = Desk::open().await;
    let rows = desk.it.moved("Archive", 3).await;
    let plan = desk.to_the_archive(&rows).await;
    let person = |index: usize| format!("/v1/people/{}", rows[index].person.as_deref().unwrap());
    desk.it.spoil("PUT", &person(1), Fault { status: Some(400), ..Fault::default() }, Some(1));
    let run = apply(&desk, &plan).await;
    let path = format!("/runs/{run}");
    let ended = desk.until(&path, |run| run["ended_at"].is_string()).await;
    let counts = |run: &Value| ["done", "failed"].map(|name| run["progress"][name].clone());
    assert_eq!((&ended["state"], counts(&ended)), (&json!("done"), [json!(2), json!(1)]));
    let failed = desk.get(&format!("{path}/rows?state=failed")).await;
    assert_eq!(failed["items"][0]["email"], rows[1].email, "{failed}");
    for word in ["pause", "resume", "stop"] {
        refused(ask(&desk, &run, word).await, OVER);
    }
    // Another one is held up in the meantime.
    desk.it.spoil("GET", &person(0), Fault { status: Some(503), ..Fault::default() }, None);
    let other = desk.plan(json!([{ "email": rows[0].email, "department": "Elsewhere" }])).await;
    let other = apply(&desk, other["id"].as_str().unwrap()).await;
    refused(ask(&desk, &run, "retry").await, ANOTHER);
    let now = desk.get(&path).await;
    assert_eq!((&now["state"], counts(&now)), (&json!("done"), counts(&ended)), "nothing of it was begun");
    assert_eq!(asked(&desk, &other, "stop").await["state"], "stopped");
    desk.it.heal();
    desk.until(&format!("/runs/{other}"), |run| run["ended_at"].is_string()).await;
    let begun = ask(&desk, &run, "retry").await.expect(200).json();
    assert_eq!((&begun["id"], &begun["progress"]["total"]), (&json!(run), &json!(3)), "{begun}");
    let ended = desk.until(&path, |run| run["ended_at"].is_string()).await;
    assert_eq!((&ended["state"], counts(&ended)), (&json!("done"), [json!(3), json!(0)]));
    assert_eq!(desk.archived().await, 3);
    refused(ask(&desk, &run, "retry").await, "No row of this run has failed");
}
