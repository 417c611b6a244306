//! What tests of runs have at hand: a server whose administrator is connected, plans written straight into the database,
//! and the provider's own book to compare with.

use std::{collections::BTreeMap, time::Duration};

use platform::{Scope, id::OrganizationId, record};
use reqwest::Method;
use sandbox::{Fault, Match, Provider, Received, Rule, Seed};
use serde_json::{Value, json};

use crate::harness::{Browser, Setup, TestHub};

pub(super) const ADA: &str = "ada.lindqvist@lindenhof.example";
pub(super) const BEN: &str = "ben.okafor@lindenhof.example";
pub(super) const SITE: &str = "lindenhof.webex.com";
/// Nothing in these tests takes longer.
const LONG: Duration = Duration::from_secs(60);

pub(super) struct Running {
    pub(super) hub: TestHub,
    pub(super) ada: Browser,
    pub(super) organization: OrganizationId,
    /// A token of Ada's own, for looking and meddling at Webex.
    token: String,
    number: std::cell::Cell<u32>,
}

record! {
    /// A run, as far as tests look at it.
    #[derive(Clone, Debug)]
    pub(super) struct RunFacts {
        state: String,
        reason: Option<String>,
        ended_at: Option<i64>,
        total: i64,
    }
}

record! {
    #[derive(Clone, Debug)]
    pub(super) struct RowFacts {
        number: i64,
        person_id: Option<String>,
        state: String,
        done: String,
        problem: Option<String>,
        attempts: i64,
    }
}

impl RowFacts {
    pub(super) fn done(&self) -> Vec<Value> {
        serde_json::from_str(&self.done).unwrap()
    }

    pub(super) fn problem(&self) -> &str {
        self.problem.as_deref().unwrap_or_default()
    }
}

/// A row to be planned: the person's id and address, and the changes.
pub(super) struct Wanted {
    pub(super) person: Option<String>,
    pub(super) email: String,
    pub(super) changes: Vec<Value>,
}

pub(super) fn change(field: &Value, now: &Value, then: &Value) -> Value {
    let mut change = field.clone();
    change["now"] = now.clone();
    change["then"] = then.clone();
    change
}

pub(super) fn department(now: &str, then: &str) -> Value {
    change(&json!({ "field": "department" }), &json!(now), &json!(then))
}

impl Running {
    pub(super) async fn start() -> Self {
        Self::with(Setup { fixed_clock: false, works: true, ..Setup::default() }).await
    }

    pub(super) async fn with(setup: Setup) -> Self {
        Self::open(TestHub::start_with(setup).await).await
    }

    /// The same with so many people at Webex.
    pub(super) async fn among(people: u32, setup: Setup) -> Self {
        let hub = TestHub::start_with(setup).await;
        let apps = hub.sandbox.world.core().apps.clone();
        let clock = &hub.sandbox.world.clock;
        let now = clock.setting().0.then(|| clock.now());
        hub.sandbox.world.reset(&Seed { webex_people: people, now, ..Seed::believable() }).unwrap();
        hub.sandbox.world.core().apps = apps;
        Self::open(hub).await
    }

    async fn open(hub: TestHub) -> Self {
        let ada = hub.admin().await;
        let organization = hub.organization().await;
        let integration = integration(&hub).await;
        hub.connect(&ada, &integration, ADA).await;
        let token = token(&hub, ADA).await;
        let running = Self { hub, ada, organization, token, number: std::cell::Cell::new(0) };
        running.know().await;
        running.hub.sandbox.world.requests.clear();
        running
    }

    /// Writes down what a reading would have found: the organization, its licences and its sites.
    async fn know(&self) {
        let organizations = self.webex(Method::GET, "organizations", &Value::Null).await;
        let text = "INSERT INTO directory (organization_id, provider_org, provider_org_name, generation, read_at, people, \
                    found, failures, rules, most_losses, needs_approval) \
                    VALUES ($1, $2, 'Lindenhof', 1, $3, 26, 0, 0, $4, 100, $5) ON CONFLICT (organization_id) DO NOTHING";
        let db = self.hub.hub.db();
        let provider = organizations["items"][0]["id"].as_str().unwrap().to_owned();
        let rules = json!({ "create": false, "synchronized": [] }).to_string();
        let statement = db.sql(text).bind(self.organization).bind(provider).bind(self.hub.hub.now());
        statement.bind(rules).bind(false).execute(db).await.unwrap();
        for licence in self.licences().await {
            let text = "INSERT INTO directory_licence (organization_id, id, name, site, total, consumed, read_at) \
                        VALUES ($1, $2, $3, $4, $5, $6, 0)";
            let text_of = |name: &str| licence[name].as_str().map(str::to_owned);
            let statement = db.sql(text).bind(self.organization).bind(text_of("id")).bind(text_of("name"));
            let statement = statement.bind(text_of("siteUrl")).bind(licence["totalUnits"].as_i64());
            statement.bind(licence["consumedUnits"].as_i64()).execute(db).await.unwrap();
        }
        for site in [SITE, "lindenhof-events.webex.com"] {
            let text = "INSERT INTO directory_site (organization_id, site, found_way, facts, read_at) \
                        VALUES ($1, $2, 'rest', $3, 0)";
            let codes = json!([
                { "name": "Branch", "place": 1, "options": [], "required": false },
                { "name": "Cost Centre", "place": 2, "options": [], "required": false },
            ]);
            let facts = json!({ "session_types": [], "tracking_codes": codes, "closed": null }).to_string();
            let statement = db.sql(text).bind(self.organization).bind(site.to_owned());
            statement.bind(facts).execute(db).await.unwrap();
        }
    }

    // --- Webex, by hand ---

    pub(super) async fn webex(&self, method: Method, path: &str, body: &Value) -> Value {
        self.webex_by(&self.token, method, path, body).await
    }

    /// The same with a token of somebody else's.
    pub(super) async fn webex_by(&self, token: &str, method: Method, path: &str, body: &Value) -> Value {
        let url = self.hub.sandbox.base_url.join(&format!("/v1/{path}")).unwrap();
        let program = Browser::with_key(self.hub.sandbox.base_url.clone(), token);
        let reply = program.call(method, url.as_str(), body).await;
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    pub(super) async fn person(&self, email: &str) -> Value {
        let found = self.webex(Method::GET, &format!("people?email={email}"), &Value::Null).await;
        found["items"][0].clone()
    }

    pub(super) async fn id(&self, email: &str) -> String {
        self.person(email).await["id"].as_str().unwrap_or_else(|| panic!("nobody is {email}")).to_owned()
    }

    async fn licences(&self) -> Vec<Value> {
        let found = self.webex(Method::GET, "licenses", &Value::Null).await;
        found["items"].as_array().unwrap().clone()
    }

    pub(super) async fn licence(&self, name: &str) -> String {
        let all = self.licences().await;
        let found = all.iter().find(|licence| licence["name"].as_str().unwrap().contains(name)).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// All that Webex knows of its people, in one text.
    pub(super) async fn book(&self) -> String {
        self.hub
            .anyone()
            .get(self.hub.sandbox.base_url.join("/_sandbox/directory").unwrap().as_str())
            .await
            .body
    }

    /// Changes a person behind everybody's back.
    pub(super) async fn meddle(&self, email: &str, field: &str, value: Value) {
        let mut person = self.person(email).await;
        person[field] = value;
        let id = person["id"].as_str().unwrap().to_owned();
        self.webex(Method::PUT, &format!("people/{id}?showAllTypes=true"), &person).await;
    }

    pub(super) fn spoil(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        self.spoil_later(method, path, fault, (0, times));
    }

    /// The same, after so many requests have passed.
    pub(super) fn spoil_later(
        &self,
        method: &str,
        path: &str,
        fault: Fault,
        (after, times): (u32, Option<u32>),
    ) {
        let matching = Match { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times, after, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).unwrap();
    }

    pub(super) fn heal(&self) {
        self.hub.sandbox.world.faults.remove(None);
    }

    pub(super) fn switch(&self, changes: &Value) {
        let mut core = self.hub.sandbox.world.core();
        core.switches = core.switches.with(changes.as_object().unwrap().clone()).unwrap();
    }

    /// Requests that were to change something.
    pub(super) fn writes(&self) -> Vec<Received> {
        let all = self.hub.sandbox.world.requests.all();
        let is_write = |request: &Received| {
            ["POST", "PUT", "PATCH"].contains(&request.method.as_str())
                && request.path.starts_with("/v1/")
                && request.path != "/v1/access_token"
        };
        all.into_iter().filter(is_write).collect()
    }

    // --- plans and runs ---

    /// People of the organization by address, with their ids and departments.
    pub(super) async fn people(&self) -> BTreeMap<String, (String, String)> {
        let found = self.webex(Method::GET, "people?max=1000", &Value::Null).await;
        let text = |person: &Value, name: &str| person[name].as_str().unwrap_or_default().to_owned();
        let all = found["items"].as_array().unwrap().iter();
        all.map(|it| (it["emails"][0].as_str().unwrap().to_owned(), (text(it, "id"), text(it, "department"))))
            .collect()
    }

    /// A change of these people's departments; answers the rows.
    pub(super) async fn moved(&self, to: &str, most: usize) -> Vec<Wanted> {
        let people = self.people().await.into_iter().filter(|(email, _)| email != ADA).take(most);
        people
            .map(|(email, (id, now))| Wanted { person: Some(id), email, changes: vec![department(&now, to)] })
            .collect()
    }

    /// A row about somebody who is there.
    pub(super) async fn wanted(&self, email: &str, changes: Vec<Value>) -> Wanted {
        Wanted { person: Some(self.id(email).await), email: email.to_owned(), changes }
    }

    /// Writes a plan down that is ready; answers its id.
    pub(super) async fn plan(&self, rows: Vec<Wanted>) -> String {
        self.number.set(self.number.get() + 1);
        let id = platform::new_id(self.hub.hub.clock(), self.hub.hub.random()).to_string();
        let (db, now) = (self.hub.hub.db(), self.hub.hub.now());
        let text = "INSERT INTO directory_plan (organization_id, id, name, source, remarks, state, rules, created_by, \
                    created_at, generation, wished, planned, ready_at, counts, stock, most_losses, provider_org) \
                    SELECT $1, $2, $3, 'api', '[]', 'ready', $4, 'Ada', $5, 1, $6, $6, $5, $7, '{}', 100, provider_org \
                    FROM directory WHERE organization_id = $1";
        let rules = json!({ "create": true, "synchronized": [] }).to_string();
        let count = i64::try_from(rows.len()).unwrap();
        let name = format!("Plan {}", self.number.get());
        let counts = json!({
            "create": 0, "change": count, "unchanged": 0, "refused": 0, "partly_refused": 0, "losses": 0,
            "deactivations": 0, "profile": count, "licences": count, "session_types": count, "tracking_codes": 0,
            "requests": count, "seconds": 1,
        });
        let statement =
            db.sql(text).bind(self.organization).bind(id.clone()).bind(name).bind(rules).bind(now);
        statement.bind(count).bind(counts.to_string()).execute(db).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for (number, row) in (1_i64..).zip(rows) {
            let kind = if row.person.is_some() { "change" } else { "create" };
            let text = "INSERT INTO directory_plan_row (organization_id, plan_id, number, person_id, email, name, kind, \
                        loses, changes, refused) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, '[]')";
            let statement =
                tx.sql(text).bind(self.organization).bind(id.clone()).bind(number).bind(row.person);
            let loses = row.changes.iter().any(|it| it["now"] == true && it["then"] == false);
            let statement = statement.bind(row.email).bind(kind.to_owned()).bind(loses);
            statement.bind(json!(row.changes).to_string()).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    /// Waits until a plan that was asked for is worked out.
    pub(super) async fn wait_for_plan(&self, plan: &str) {
        let (db, text) = (self.hub.hub.db(), "SELECT state, trouble FROM directory_plan WHERE id = $1");
        let wait = async {
            loop {
                let found: (String, Option<String>) =
                    db.sql(text).bind(plan.to_owned()).one(db).await.unwrap();
                assert_ne!(found.0, "failed", "{found:?}");
                if found.0 == "ready" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LONG, wait).await.expect("the plan is worked out");
    }

    /// Only the XML API answers for the sites.
    pub(super) async fn by_xml(&self) {
        self.switch(&json!({ "webex.xml_only_sites": ["*"] }));
        let db = self.hub.hub.db();
        db.sql("UPDATE directory_site SET found_way = 'xml'").execute(db).await.unwrap();
    }

    /// Applies a plan as the page does; answers the run's id.
    pub(super) async fn apply(&self, plan: &str) -> String {
        let reply = self.ada.post(&format!("/admin/directory/plans/{plan}/apply"), &[]).await;
        let at = reply.clone().expect(303).location();
        let path = at.path();
        assert!(path.starts_with("/admin/directory/runs/"), "{path} {}", reply.body);
        path.rsplit('/').next().unwrap().to_owned()
    }

    /// Applies these rows and waits for the end; answers the run's id.
    pub(super) async fn carry_out(&self, rows: Vec<Wanted>) -> String {
        let plan = self.plan(rows).await;
        let run = self.apply(&plan).await;
        self.wait_for(&run, "done").await;
        run
    }

    /// Presses a button of a run's page.
    pub(super) async fn press(&self, run: &str, button: &str) -> crate::harness::Reply {
        self.ada.post(&format!("/admin/directory/runs/{run}/{button}"), &[]).await
    }

    pub(super) async fn run(&self, run: &str) -> RunFacts {
        let text =
            "SELECT state, reason, ended_at, total FROM directory_run WHERE organization_id = $1 AND id = $2";
        let db = self.hub.hub.db();
        db.sql(text).bind(self.organization).bind(run.to_owned()).one(db).await.unwrap()
    }

    pub(super) async fn rows(&self, run: &str) -> Vec<RowFacts> {
        let text = "SELECT number, person_id, state, done, problem, attempts FROM directory_run_row \
                    WHERE organization_id = $1 AND run_id = $2 ORDER BY number";
        let db = self.hub.hub.db();
        db.sql(text).bind(self.organization).bind(run.to_owned()).all(db).await.unwrap()
    }

    pub(super) async fn states(&self, run: &str) -> Vec<String> {
        self.rows(run).await.into_iter().map(|row| row.state).collect()
    }

    /// Waits until the run is in this state; a run that has ended otherwise fails the test.
    pub(super) async fn wait_for(&self, run: &str, state: &str) -> RunFacts {
        let wait = async {
            loop {
                let now = self.run(run).await;
                let is_over = state != "stopped" || now.ended_at.is_some();
                if now.state == state && is_over {
                    return now;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(LONG, wait).await {
            Ok(now) => now,
            Err(late) => {
                panic!("never {state} ({late}): {:?} {:#?}", self.run(run).await, self.rows(run).await)
            }
        }
    }

    /// Waits until so many rows are at their end.
    pub(super) async fn wait_for_rows(&self, run: &str, number: usize) {
        let wait = async {
            while self.rows(run).await.iter().filter(|row| row.state == "done").count() < number {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, wait).await.expect("rows get done");
    }

    /// Waits until the run is over, however long its rows wait by themselves.
    pub(super) async fn see_it_through(&self, run: &str) {
        let wait = async {
            while self.run(run).await.state != "done" {
                self.let_waits_end(run).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let ended = tokio::time::timeout(LONG, wait).await;
        assert!(ended.is_ok(), "never done: {:?} {:#?}", self.run(run).await, self.rows(run).await);
    }

    /// Asks for the plan that takes a run back; answers its id when it is worked out.
    pub(super) async fn undo(&self, run: &str) -> String {
        let asked = self.press(run, "undo").await.expect(303).location();
        let plan = asked.path().rsplit('/').next().unwrap().to_owned();
        self.wait_for_plan(&plan).await;
        plan
    }

    /// Ends every wait of a run, as time would.
    pub(super) async fn let_waits_end(&self, run: &str) {
        let db = self.hub.hub.db();
        for text in [
            "UPDATE directory_run_row SET next_attempt_at = NULL WHERE organization_id = $1 AND run_id = $2 AND state IN ('begun', 'waiting')",
            "UPDATE directory_run SET waits_until = NULL WHERE organization_id = $1 AND id = $2",
        ] {
            db.sql(text).bind(self.organization).bind(run.to_owned()).execute(db).await.unwrap();
        }
        let text = "UPDATE job SET run_at = created_at WHERE done_at IS NULL AND kind = 'directory.run'";
        db.sql(text).execute(db).await.unwrap();
        self.hub.hub.wake().now();
    }
}

/// An integration with the sandbox's credentials that changes people; answers its id.
pub(super) async fn integration(hub: &TestHub) -> String {
    let (client_id, secret) = hub.credentials(Provider::Webex);
    let body = json!({
        "provider": "webex", "name": "Directory", "client_id": client_id, "tenant": "",
        "client_secret": { "value": secret }, "purposes": { "sign_in": [], "directory": [] },
    });
    let program = hub.api_key(&[Scope::IntegrationsWrite]).await;
    let made = program.call(Method::POST, "/api/v1/integrations", &body).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

pub(super) async fn token(hub: &TestHub, email: &str) -> String {
    let scopes = [
        "spark-admin:people_read",
        "spark-admin:people_write",
        "spark-admin:licenses_read",
        "spark-admin:organizations_read",
        "spark-admin:roles_read",
        "meeting:admin_config_read",
        "meeting:admin_config_write",
        "meeting:admin_schedule_read",
    ];
    let body = json!({ "provider": "webex", "email": email, "scopes": scopes });
    let url = hub.sandbox.base_url.join("/_sandbox/tokens").unwrap();
    let issued = hub.anyone().call(Method::POST, url.as_str(), &body).await.expect(200).json();
    issued["access_token"].as_str().unwrap_or_else(|| panic!("{issued}")).to_owned()
}
