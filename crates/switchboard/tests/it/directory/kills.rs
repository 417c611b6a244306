//! A server that is killed again and again in the middle of a run: afterwards the report is complete, and every row was
//! carried out exactly once.
//!
//! `SWITCHBOARD_KILLS` says how often; a few times without it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use platform::{db::Db, id::OrganizationId};
use sandbox::{CutPoint, Fault, Match, Progress, Received, Rule};
use serde_json::{Value, json};
use switchboard::Config;

use super::running::{Running, SITE, Wanted, change, department};
use crate::harness::{Process, Setup, let_time_pass};

/// In the usual run, which has to be short.
const A_FEW: usize = 12;
/// Rows for each kill, so that there is always something in the middle.
const EACH: usize = 8;
const CREATED: usize = 20;
const XML: &str = "/WBXService/XMLService";
const PATHS: [&str; 4] = ["/v1/people*", "/v1/licenses/users", "/v1/admin/*", XML];
/// A server that has got nothing done for so long never will.
const STUCK: Duration = Duration::from_secs(120);

#[expect(clippy::disallowed_methods, reason = "tells this test how long to go on")]
fn kills() -> usize {
    std::env::var("SWITCHBOARD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(A_FEW)
}

/// What is left when the test's own server has gone: the providers, the database, and what was planned.
struct Scene {
    sandbox: sandbox::Running,
    config: Config,
    dir: tempfile::TempDir,
    organization: OrganizationId,
    run: String,
    /// What was planned, by row.
    planned: Vec<Value>,
    /// Requests that were to change something, by their numbers: the provider keeps the latest only.
    writes: BTreeMap<u64, Received>,
    chance: u64,
    kills: usize,
    by_xml: bool,
}

impl Scene {
    async fn set(kills: usize, by_xml: bool) -> Self {
        let people = u32::try_from(kills * EACH + 100).unwrap();
        let it = Running::among(people, Setup { fixed_clock: false, ..Setup::default() }).await;
        let rows = rows(&it, kills * EACH).await;
        if by_xml {
            it.by_xml().await;
        }
        let planned = rows.iter().map(|row| json!(row.changes)).collect();
        let plan = it.plan(rows).await;
        let run = it.apply(&plan).await;
        it.hub.sandbox.world.requests.clear();
        let organization = it.organization;
        let (sandbox, config, dir) = it.hub.leave().await;
        let writes = BTreeMap::new();
        Self { sandbox, config, dir, organization, run, planned, writes, chance: 7, kills, by_xml }
    }

    fn serve(&self) -> Process {
        Process::serve(self.dir.path(), "one", (&self.config, &self.sandbox), "")
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % below
    }

    /// The provider has trouble of its own, now and then.
    fn spoil(&mut self) {
        let faults = &self.sandbox.world.faults;
        faults.remove(None);
        let fault = match self.chance(5) {
            0 => Fault { status: Some(503), ..Fault::default() },
            1 => Fault { cut: Some(CutPoint::After), ..Fault::default() },
            2 => Fault { delay_ms: Some(200), ..Fault::default() },
            _ => return,
        };
        let path = PATHS[usize::try_from(self.chance(4)).unwrap()];
        let method = (path == "/v1/people*")
            .then(|| ["PUT", "POST"][usize::try_from(self.chance(2)).unwrap()].to_owned());
        let matching = Match { method, path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times: Some(1), after: 2, fault, hits: 0 };
        self.sandbox.world.faults.add(rule).unwrap();
    }

    /// Kills a server when so many changes, or so many requests of any kind, have arrived. Answers whether that was in the
    /// middle: it had begun to change things, and rows are left.
    async fn kill_one(&mut self) -> bool {
        let (only_writes, number) = (self.chance(4) != 0, self.chance(30));
        self.note();
        self.sandbox.world.requests.clear();
        let mut process = self.serve();
        let wanted = usize::try_from(if only_writes { number / 3 + 1 } else { number }).unwrap();
        let wait = self.until_sent(only_writes, wanted);
        tokio::time::timeout(STUCK, wait).await.expect("the server gets on with the run");
        // Anywhere in what comes next.
        tokio::time::sleep(Duration::from_millis(number % 5)).await;
        process.kill();
        let has_begun = self.sent(true) > 0;
        self.let_waits_end().await;
        has_begun && is_left(&self.states().await)
    }

    /// Waits until so many requests have arrived from the server, unless the run ends before.
    async fn until_sent(&self, only_writes: bool, wanted: usize) {
        while is_left(&self.states().await) {
            for _ in 0..100 {
                if self.sent(only_writes) >= wanted {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// How many requests have arrived from this server, or how many of them were to change something.
    fn sent(&self, only_writes: bool) -> usize {
        let all = self.sandbox.world.requests.all();
        all.iter().filter(|request| !only_writes || is_write(request)).count()
    }

    /// Takes in what has arrived.
    fn note(&mut self) {
        let all = self.sandbox.world.requests.all().into_iter();
        self.writes.extend(all.filter(is_write).map(|request| (request.id, request)));
    }

    async fn let_waits_end(&self) {
        let statements = [
            "UPDATE job SET lease_until = NULL, run_at = created_at WHERE done_at IS NULL",
            "UPDATE directory_run SET working_until = NULL, waits_until = NULL",
            "UPDATE directory_run_row SET next_attempt_at = NULL WHERE state = 'waiting'",
            "UPDATE session_ticket SET making_until = NULL",
            // Answers that a dead server was waiting for are given up after two minutes.
            "DELETE FROM provider_pace",
        ];
        let_time_pass(&self.config, &statements).await;
    }

    /// The states of the run's rows, counted.
    async fn states(&self) -> BTreeMap<String, i64> {
        let db = Db::connect(&self.config.database_url()).await.unwrap();
        let text = "SELECT state, COUNT(*) FROM directory_run_row WHERE organization_id = $1 GROUP BY state";
        let rows: Vec<(String, i64)> = db.sql(text).bind(self.organization).all(&db).await.unwrap();
        db.close().await;
        rows.into_iter().collect()
    }

    /// The last server may finish, as long as it gets on.
    async fn finish(&mut self) {
        self.sandbox.world.faults.remove(None);
        let mut process = self.serve();
        let (mut left, mut since) = (self.states().await, Instant::now());
        while is_left(&left) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            self.note();
            let now = self.states().await;
            if now != left {
                (left, since) = (now, Instant::now());
            }
            assert!(since.elapsed() < STUCK, "rows are left: {left:?}");
        }
        process.kill();
        self.note();
    }

    async fn compare(&self) {
        let db = Db::connect(&self.config.database_url()).await.unwrap();
        let text = "SELECT state, done, problem FROM directory_run_row WHERE organization_id = $1 AND run_id = $2 \
                    ORDER BY number";
        let statement = db.sql(text).bind(self.organization).bind(self.run.clone());
        let rows: Vec<(String, String, Option<String>)> = statement.all(&db).await.unwrap();
        assert_eq!(rows.len(), self.planned.len());
        for ((state, done, problem), planned) in rows.iter().zip(&self.planned) {
            assert_eq!((state.as_str(), problem.as_deref()), ("done", None), "{planned}");
            let done: Vec<Value> = serde_json::from_str(done).unwrap();
            for change in planned.as_array().unwrap() {
                assert!(done.iter().any(|it| is_as_planned(it, change)), "{change} is not among {done:?}");
            }
        }
        let text = "SELECT subject_id, COUNT(*) FROM audit_entry WHERE organization_id = $1 \
                    AND action = 'directory.person_changed' GROUP BY subject_id";
        let told: Vec<(String, i64)> = db.sql(text).bind(self.organization).all(&db).await.unwrap();
        assert_eq!(told.len(), rows.len());
        assert!(told.iter().all(|(_, times)| *times == 1), "{told:?}");
        db.close().await;
        self.compare_requests();
    }

    /// Nothing that was answered with success was sent a second time: whoever goes on after a crash looks first, also for
    /// what a dead server was not told any more. By XML a refusal would have the status of a success; nobody is refused here.
    fn compare_requests(&self) {
        let mut answered: BTreeMap<String, usize> = BTreeMap::new();
        for request in self.writes.values() {
            if request.state == Progress::Answered && request.status.is_some_and(|it| it < 300) {
                *answered.entry(told(request)).or_default() += 1;
            }
        }
        assert!(answered.values().all(|times| *times == 1), "{answered:#?}");
        // One for each person, of whom none was left out of the count.
        let people = |kind: &str| answered.keys().filter(|told| told.starts_with(kind)).count();
        let on_site = if self.by_xml {
            format!("POST {XML} user.SetUser ")
        } else {
            "PUT /v1/admin/meeting/userconfig/sessionTypes ".to_owned()
        };
        for (kind, most) in [
            ("PUT /v1/people/", self.kills * EACH),
            ("POST /v1/people ", CREATED),
            ("PATCH /v1/licenses/users ", self.planned_of("licence")),
            (on_site.as_str(), self.planned_of("session_types")),
        ] {
            assert!((1..=most).contains(&people(kind)), "{kind}: at most {most} of {answered:#?}");
        }
    }

    /// For how many people this is planned.
    fn planned_of(&self, field: &str) -> usize {
        let has = |changes: &&Value| changes.as_array().unwrap().iter().any(|it| it["field"] == field);
        self.planned.iter().filter(has).count()
    }
}

/// Whether it was to change something; by XML reading is a POST too.
fn is_write(request: &Received) -> bool {
    match (request.method.as_str(), request.path.as_str()) {
        ("PUT" | "PATCH", _) | ("POST", "/v1/people") => true,
        ("POST", XML) => request.detail.as_deref() == Some("user.SetUser"),
        _ => false,
    }
}

/// What was changed of whom.
fn told(request: &Received) -> String {
    let Received { method, path, detail, person, .. } = request;
    let (detail, person) = (detail.as_deref().unwrap_or_default(), person.as_deref().unwrap_or_default());
    format!("{method} {path} {detail} {person}")
}

/// Whether rows are not at their end.
fn is_left(states: &BTreeMap<String, i64>) -> bool {
    states.keys().any(|state| ["open", "begun", "waiting"].contains(&state.as_str()))
}

/// Whether this was done as planned. Whoever hosts only by this row has got session types with the licence before they
/// were changed.
fn is_as_planned(done: &Value, planned: &Value) -> bool {
    if planned["field"] == "session_types" && planned["now"] == json!([]) {
        return ["field", "site", "then"].into_iter().all(|name| done[name] == planned[name]);
    }
    done == planned
}

/// People who move to another department, get a licence and session types; and new ones.
async fn rows(it: &Running, changed: usize) -> Vec<Wanted> {
    let meetings = it.licence("Meetings").await;
    let give = change(&json!({ "field": "licence", "id": meetings }), &json!(false), &json!(true));
    let types = |now: &[&str]| {
        change(&json!({ "field": "session_types", "site": SITE }), &json!(now), &json!(["3", "9"]))
    };
    let people = it.webex(reqwest::Method::GET, "people?max=1000", &Value::Null).await;
    let hosts = |person: &Value| person["licenses"].as_array().unwrap().contains(&json!(meetings));
    let mut rows = Vec::new();
    for person in people["items"].as_array().unwrap().iter().skip(40).take(changed) {
        let mut changes = vec![department(person["department"].as_str().unwrap_or_default(), "Moved")];
        match (rows.len() % 3, hosts(person)) {
            (0, true) => changes.push(types(&["3"])),
            (0, false) => changes.push(give.clone()),
            (1, false) => changes.extend([give.clone(), types(&[])]),
            _ => {}
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        rows.push(Wanted { person: Some(text(&person["id"])), email: text(&person["emails"][0]), changes });
    }
    let name = |number: usize| {
        change(&json!({ "field": "display_name" }), &Value::Null, &json!(format!("New {number}")))
    };
    rows.extend((0..CREATED).map(|number| Wanted {
        person: None,
        email: format!("new{number}@lindenhof.example"),
        changes: vec![name(number), give.clone(), types(&[])],
    }));
    rows
}

/// Kills so often, then lets the run end and compares; tells how it went.
async fn kill_again_and_again(kills: usize, by_xml: bool) -> String {
    let mut scene = Scene::set(kills, by_xml).await;
    let mut in_the_middle = 0;
    for _ in 0..kills {
        scene.spoil();
        in_the_middle += usize::from(scene.kill_one().await);
    }
    let told =
        format!("{kills} kills, {in_the_middle} of them in the middle, then {:?}", scene.states().await);
    assert!(in_the_middle >= kills / 2, "{told}");
    scene.finish().await;
    scene.compare().await;
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_of_a_run_carries_every_row_out_once() {
    println!("{}", kill_again_and_again(kills(), false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_among_requests_by_xml_carries_every_row_out_once() {
    println!("{}", kill_again_and_again(kills().div_ceil(3), true).await);
}
