//! A site that takes only so many requests by XML in a minute and refuses the others (exception 000045): a run obeys that
//! without losing a row, and the next one knows it.

use std::time::Duration;

use platform::{Clock, Scope};
use sandbox::Progress;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    running::{Running, SITE, Wanted, change},
    sites::{more_types, session_types},
};
use crate::harness::{Setup, TestHub};

const XML: &str = "/WBXService/XMLService";
const PEOPLE: u32 = 120;
const IN_A_MINUTE: u64 = 120;
/// Each is read, changed and read again: a few requests more than a minute takes.
const ROWS: usize = 42;
/// How many of them are changed back.
const BACK: usize = 4;
/// Nothing here takes longer.
const LONG: Duration = Duration::from_secs(60);

/// Lets time pass on both sides, which stood still, as it does by the machine: a pace needs it to come to the next request.
fn let_time_flow(hub: &TestHub) {
    let theirs = &hub.sandbox.world.clock;
    let stood = theirs.now();
    theirs.set(None);
    theirs.advance(stood.as_second() - theirs.now().as_second());
    drop(tokio::spawn(follow_the_machine(hub.hub.clock().clone())));
}

/// Moves a clock in steps so short that nobody takes it for one that stands.
async fn follow_the_machine(clock: Clock) {
    let mut seen = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = Instant::now();
        clock.advance(now - seen);
        seen = now;
    }
}

/// A minute passes on both sides, in steps that leave the run to whoever works on it.
async fn a_minute_passes(it: &Running, run: &str) {
    let text = "SELECT working_until FROM directory_run WHERE organization_id = $1 AND id = $2";
    let db = it.hub.hub.db();
    for _ in 0..3 {
        it.hub.advance(Duration::from_secs(21));
        let anew = it.hub.hub.now().after(Duration::from_secs(50)).micros();
        let wait = async {
            loop {
                let (until,): (Option<i64>,) =
                    db.sql(text).bind(it.organization).bind(run.to_owned()).one(db).await.unwrap();
                if until.is_none_or(|until| until > anew) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LONG, wait).await.expect("the run is worked on");
    }
}

/// So many requests by XML are taken in so many seconds, as often as anybody looks.
fn allow(it: &Running, requests: u64, seconds: u64) {
    it.hub.sandbox.world.throttle.clear();
    it.switch(&json!({ "webex.limits": [{ "family": "xml", "requests": requests, "seconds": seconds }] }));
}

/// How many requests by XML the provider has taken, and how many it has refused.
fn counted(it: &Running) -> (u64, u64) {
    let counts = it.hub.sandbox.world.throttle.counts();
    let of_xml = counts.iter().filter(|count| count.family == "xml");
    of_xml.fold((0, 0), |all, count| (all.0 + count.accepted, all.1 + count.rejected))
}

/// Waits until something was refused, and nothing is in the air any more.
async fn until_refused(it: &Running) {
    let is_in_the_air = || {
        let all = it.hub.sandbox.world.requests.all();
        all.iter().any(|request| request.path == XML && request.state == Progress::InFlight)
    };
    let wait = async {
        while counted(it).1 == 0 || is_in_the_air() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, wait).await.expect("what is too much is refused");
}

/// What the API says of a run's refusals.
async fn told(it: &Running, run: &str) -> Value {
    let program = it.hub.api_key(&[Scope::DirectoryRead]).await;
    let run = program.get(&format!("/api/v1/directory/runs/{run}")).await.expect(200).json();
    run["progress"]["refused"].clone()
}

/// The row that takes back the session types of this one.
fn back(row: &Wanted) -> Wanted {
    let field = json!({ "field": "session_types", "site": SITE });
    let types = &row.changes[0];
    let changes = vec![change(&field, &types["then"], &types["now"])];
    Wanted { person: row.person.clone(), email: row.email.clone(), changes }
}

/// Whether everybody may start online events by now, as the provider says.
async fn everybody_has_them(it: &Running, run: &str) -> bool {
    it.switch(&json!({ "webex.xml_only_sites": [] }));
    for row in it.rows(run).await {
        if !session_types(it, row.person_id.as_deref().unwrap()).await.contains(&"9".to_owned()) {
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_takes_in_a_minute_is_obeyed_and_known_the_next_time() {
    let it = Running::among(PEOPLE, Setup { works: true, ..Setup::default() }).await;
    let mut rows = more_types(&it, ROWS).await;
    let code = json!({ "field": "tracking_code", "site": SITE, "name": "Cost Centre" });
    rows[0].changes.push(change(&code, &Value::Null, &json!("4711")));
    let planned: Vec<Vec<Value>> = rows.iter().map(|row| row.changes.clone()).collect();
    let rows_back: Vec<Wanted> = rows.iter().take(BACK).map(back).collect();
    it.by_xml().await;
    allow(&it, IN_A_MINUTE, 60);
    let plan = it.plan(rows).await;
    let_time_flow(&it.hub);
    let run = it.apply(&plan).await;
    until_refused(&it).await;
    a_minute_passes(&it, &run).await;
    it.wait_for(&run, "done").await;
    let ended = it.rows(&run).await;
    assert_eq!(ended.len(), ROWS);
    for (row, planned) in ended.iter().zip(&planned) {
        assert_eq!((row.state.as_str(), row.problem()), ("done", ""), "{row:?}");
        let done = row.done();
        assert!(planned.iter().all(|change| done.contains(change)), "{planned:?} {done:?}");
    }
    let (taken, refused) = counted(&it);
    assert!(taken > IN_A_MINUTE && refused > 0 && refused < taken / 2, "{taken} taken, {refused} refused");
    assert_eq!(told(&it, &run).await, refused, "the run says so");
    assert!(everybody_has_them(&it, &run).await, "{ended:#?}");
    // More than the learned pace needs, but not for many at once: whoever had to learn it again would be refused.
    allow(&it, 9, 3);
    let run = it.carry_out(rows_back).await;
    assert_eq!(it.states(&run).await, ["done"; BACK], "{:#?}", it.rows(&run).await);
    let (taken, refused) = counted(&it);
    assert!(taken >= 12, "{taken}");
    assert_eq!((refused, told(&it, &run).await), (0, json!(0)));
}
