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
const PATHS: [&str; 4] = ["/v1/people*", "/v1/licenses/users", "/v1/admin/*", "/WBXService/XMLService"];
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
    chance: u64,
    kills: usize,
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
        Self { sandbox, config, dir, organization, run, planned, chance: 7, kills }
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

    /// Kills a server some time after it has begun to change things.
    async fn kill_one(&mut self) {
        let (many, number) = (self.chance(4) != 0, self.chance(30));
        let seen = self.writes().len();
        let mut process = self.serve();
        let began = Instant::now();
        let wanted = seen + usize::try_from(number).unwrap() / 3 + 1;
        while many && self.writes().len() < wanted && began.elapsed() < Duration::from_millis(1_500) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(if many { number % 5 } else { number * 20 })).await;
        process.kill();
        self.let_waits_end().await;
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

    fn writes(&self) -> Vec<Received> {
        let is_write = |request: &Received| {
            ["POST", "PUT", "PATCH"].contains(&request.method.as_str()) && request.path != "/v1/access_token"
        };
        self.sandbox.world.requests.all().into_iter().filter(is_write).collect()
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
    async fn finish(&self) {
        self.sandbox.world.faults.remove(None);
        let mut process = self.serve();
        let (mut left, mut since) = (self.states().await, Instant::now());
        while left.keys().any(|state| ["open", "begun", "waiting"].contains(&state.as_str())) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = self.states().await;
            if now != left {
                (left, since) = (now, Instant::now());
            }
            assert!(since.elapsed() < STUCK, "rows are left: {left:?}");
        }
        process.kill();
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
            for change in
                planned.as_array().unwrap().iter().filter(|change| change["field"] != "session_types")
            {
                assert!(done.contains(change), "{change} is not among {done:?}");
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

    /// Nothing that was answered with success was sent a second time.
    fn compare_requests(&self) {
        let mut answered: BTreeMap<String, usize> = BTreeMap::new();
        for request in self.writes() {
            let is_success = request.state == Progress::Answered && request.status.is_some_and(|it| it < 300);
            if is_success && request.method == "PUT" && request.path.starts_with("/v1/people/") {
                *answered.entry(request.path).or_default() += 1;
            }
        }
        let most = self.kills * EACH;
        assert!(answered.len() <= most && answered.values().all(|times| *times == 1), "{answered:?}");
        let created = self.writes().into_iter().filter(|request| {
            request.method == "POST" && request.path == "/v1/people" && request.status == Some(200)
        });
        assert!(created.count() <= CREATED);
    }
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
    let mut effective = 0;
    for _ in 0..kills {
        scene.spoil();
        let before = scene.writes().len();
        scene.kill_one().await;
        effective += usize::from(scene.writes().len() > before);
    }
    let told = format!("{kills} kills, {effective} of them in the middle, then {:?}", scene.states().await);
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
