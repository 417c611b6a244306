//! Reading a whole organization, and what happens when it cannot be read.

use std::time::Duration;

use ::directory::{
    plan::RowKind,
    planning::{NewPlan, PlanState},
};
use platform::{id::OrganizationId, record};
use reqwest::Method;
use sandbox::{CutPoint, Fault, Match, Rule, Seed};
use serde_json::{Value, json};

use super::{
    planning_desk::{Desk, changes, kinds, why},
    running::{ADA, BEN, SITE, integration, token},
};
use crate::harness::{Browser, Setup, TestHub};

const EVENTS: &str = "lindenhof-events.webex.com";
const PEOPLE: &str = "/v1/people?";
const FELIX: &str = "felix.brandt@lindenhof.example";
const CHIARA: &str = "chiara.rossi@lindenhof.example";

/// A server whose clock the test moves, and whose administrator is connected.
pub(super) struct Library {
    pub(super) hub: TestHub,
    pub(super) ada: Browser,
    pub(super) organization: OrganizationId,
    token: String,
}

record! {
    #[derive(Clone, Debug)]
    pub(super) struct Reading {
        generation: i64,
        people: i64,
        found: i64,
        phase: Option<String>,
        provider_org_name: Option<String>,
        failures: i64,
        trouble: Option<String>,
        due_at: Option<i64>,
    }
}

record! {
    #[derive(Clone, Debug)]
    pub(super) struct SiteFacts {
        site: String,
        found_way: Option<String>,
        facts: String,
        version: Option<String>,
        trouble: Option<String>,
    }
}

impl SiteFacts {
    pub(super) fn facts(&self) -> Value {
        serde_json::from_str(&self.facts).unwrap()
    }

    pub(super) fn trouble(&self) -> &str {
        self.trouble.as_deref().unwrap_or_default()
    }
}

impl Library {
    pub(super) async fn with(people: u32) -> Self {
        let hub = TestHub::start_with(Setup::default()).await;
        if people > 0 {
            let now = Some(hub.hub.now().timestamp());
            let seed = Seed { webex_people: people, now, ..Seed::believable() };
            hub.sandbox.world.reset(&seed).unwrap();
        }
        let ada = hub.admin().await;
        let organization = hub.organization().await;
        let integration = integration(&hub).await;
        hub.connect(&ada, &integration, ADA).await;
        let token = token(&hub, ADA).await;
        hub.run_jobs().await;
        hub.sandbox.world.requests.clear();
        Self { hub, ada, organization, token }
    }

    pub(super) async fn start() -> Self {
        Self::with(0).await
    }

    /// Presses “Read now” and lets everything be done that follows at once.
    pub(super) async fn read(&self) -> Reading {
        self.ada.post("/admin/directory/read", &[]).await.expect(303);
        self.hub.run_jobs().await;
        self.reading().await
    }

    /// Lets so many seconds pass, with what is done at their end.
    pub(super) async fn pass(&self, seconds: u64) {
        self.hub.advance(Duration::from_secs(seconds));
        self.hub.tick().await;
        self.hub.run_jobs().await;
    }

    pub(super) async fn reading(&self) -> Reading {
        let text = "SELECT generation, people, found, phase, provider_org_name, failures, trouble, due_at FROM directory \
                    WHERE organization_id = $1";
        let db = self.hub.hub.db();
        db.sql(text).bind(self.organization).one(db).await.unwrap()
    }

    pub(super) async fn sites(&self) -> Vec<SiteFacts> {
        let text = "SELECT site, found_way, facts, version, trouble FROM directory_site WHERE organization_id = $1 \
                    ORDER BY site";
        let db = self.hub.hub.db();
        db.sql(text).bind(self.organization).all(db).await.unwrap()
    }

    pub(super) async fn number(&self, text: &'static str) -> i64 {
        let db = self.hub.hub.db();
        let (number,): (i64,) = db.sql(text).bind(self.organization).one(db).await.unwrap();
        number
    }

    async fn known_people(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM directory_person WHERE organization_id = $1").await
    }

    pub(super) fn spoil(&self, path: &str, after: u32, times: Option<u32>, fault: Fault) {
        let matching = Match { method: None, path: Some(path.to_owned()) };
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

    /// Requests for pages of people.
    fn pages(&self) -> usize {
        let all = self.hub.sandbox.world.requests.all();
        all.iter().filter(|it| it.path == "/v1/people" && it.query.contains("max=")).count()
    }

    async fn webex(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = self.hub.sandbox.base_url.join(&format!("/v1/{path}")).unwrap();
        let program = Browser::with_key(self.hub.sandbox.base_url.clone(), &self.token);
        let reply = program.call(method, url.as_str(), body).await;
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    async fn person(&self, email: &str) -> Value {
        self.webex(Method::GET, &format!("people?email={email}"), &Value::Null).await["items"][0].clone()
    }

    async fn stored(&self, email: &str) -> Option<Value> {
        let text = "SELECT record FROM directory_person WHERE organization_id = $1 AND email_key = $2";
        let db = self.hub.hub.db();
        let statement = db.sql(text).bind(self.organization).bind(email.to_owned());
        let found: Option<(String,)> = statement.maybe(db).await.unwrap();
        found.map(|(record,)| serde_json::from_str(&record).unwrap())
    }
}

pub(super) fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

fn cut(cut: CutPoint) -> Fault {
    Fault { cut: Some(cut), ..Fault::default() }
}

fn answers(body: Value) -> Fault {
    Fault { body: Some(body), ..status(200) }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_read_with_licences_and_sites() {
    let it = Library::start().await;
    let reading = it.read().await;
    assert_eq!((reading.trouble, reading.phase), (None, None));
    assert_eq!((reading.generation, reading.people), (1, 26));
    assert_eq!(reading.provider_org_name.as_deref(), Some("Lindenhof University Library"));
    assert_eq!(it.known_people().await, 26);
    let ben = it.stored(BEN).await.unwrap();
    let at_webex = it.person(BEN).await;
    for field in ["id", "displayName", "department", "licenses", "emails", "created"] {
        assert_eq!(ben[field], at_webex[field], "{field}");
    }
    let licences = it.webex(Method::GET, "licenses", &Value::Null).await["items"].as_array().unwrap().len();
    let known = it.number("SELECT COUNT(*) FROM directory_licence WHERE organization_id = $1").await;
    assert_eq!(known, i64::try_from(licences).unwrap());
    let sites = it.sites().await;
    assert_eq!(sites.iter().map(|site| site.site.as_str()).collect::<Vec<_>>(), [EVENTS, SITE]);
    for site in &sites {
        assert_eq!((site.found_way.as_deref(), site.trouble()), (Some("rest"), ""));
        let facts = site.facts();
        assert_eq!(facts["session_types"].as_array().unwrap().len(), 5, "{facts}");
        assert_eq!(facts["tracking_codes"][0]["name"], "Branch");
        assert_ne!(facts["tracking_codes"][0]["options"], json!([]), "a select offers values");
        assert_eq!(facts["tracking_codes"][2]["options"], json!([]), "an editable select takes any");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_in_the_middle_goes_on_with_the_same_page() {
    let it = Library::with(2_600).await;
    it.spoil(PEOPLE.trim_end_matches('?'), 4, Some(1), cut(CutPoint::Middle));
    let stopped = it.read().await;
    assert_eq!((stopped.generation, stopped.failures, stopped.phase.as_deref()), (0, 1, Some("people")));
    assert!(stopped.found > 0 && stopped.found < 2_600, "{stopped:?}");
    assert!(stopped.trouble.unwrap().contains("tried again by itself"));
    it.pass(120).await;
    let done = it.reading().await;
    assert_eq!((done.generation, done.people, done.trouble, done.failures), (1, 2_600, None, 0));
    assert_eq!(it.pages(), 7, "six pages, one of them twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_vanishes_before_a_reading_is_complete() {
    let it = Library::with(1_200).await;
    it.read().await;
    let ben = it.person(BEN).await;
    let id = ben["id"].as_str().unwrap();
    it.webex(Method::DELETE, &format!("people/{id}"), &Value::Null).await;
    it.spoil("/v1/people", 2, Some(1), status(503));
    let stopped = it.read().await;
    assert_eq!((stopped.generation, stopped.people), (1, 1_200));
    assert!(it.stored(BEN).await.is_some());
    it.pass(120).await;
    assert_eq!((it.reading().await.generation, it.reading().await.people), (2, 1_199));
    assert!(it.stored(BEN).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_vanishes_by_an_answer_without_a_list() {
    let it = Library::with(1_200).await;
    it.read().await;
    // The second of three pages, and the same once more.
    for (after, body) in [(2, json!({})), (0, json!({ "items": null }))] {
        it.spoil("/v1/people", after, Some(1), answers(body));
        let stopped = it.read().await;
        assert_eq!((stopped.generation, stopped.phase.as_deref()), (1, Some("people")));
        let trouble = stopped.trouble.unwrap();
        assert!(
            trouble.contains("could not be understood") && trouble.contains("stays as it is"),
            "{trouble}"
        );
        assert_eq!(it.known_people().await, 1_200);
    }
    it.pass(120).await;
    let done = it.reading().await;
    assert_eq!((done.generation, done.people, done.trouble), (2, 1_200, None));
    assert_eq!(it.known_people().await, 1_200);
}

#[tokio::test(flavor = "multi_thread")]
async fn licences_sites_and_names_stay_where_an_answer_has_no_list() {
    const LICENCES: &str = "SELECT COUNT(*) FROM directory_licence WHERE organization_id = $1";
    let it = Library::start().await;
    it.read().await;
    let licences = it.number(LICENCES).await;
    it.spoil("/v1/licenses", 0, Some(1), answers(json!({})));
    let stopped = it.read().await;
    assert_eq!((stopped.generation, stopped.phase.as_deref()), (1, Some("licences")));
    assert!(stopped.trouble.unwrap().contains("could not be understood"));
    assert_eq!(it.number(LICENCES).await, licences);
    it.spoil("/v1/admin/meeting/config/sessionTypes", 0, Some(1), answers(json!({})));
    assert_eq!(it.read().await.generation, 2);
    let sites = it.sites().await;
    assert!(sites[0].trouble().contains("could not be read by REST"), "{}", sites[0].trouble());
    for site in &sites {
        assert_eq!(site.facts()["session_types"].as_array().unwrap().len(), 5, "{site:?}");
    }
    it.spoil("/v1/organizations", 0, Some(1), answers(json!({})));
    let stopped = it.read().await;
    assert_eq!(stopped.provider_org_name.as_deref(), Some("Lindenhof University Library"));
    assert!(stopped.trouble.unwrap().contains("could not be understood"));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_waited_for() {
    let it = Library::with(1_200).await;
    it.spoil("/v1/people", 3, Some(2), Fault { retry_after: Some(json!(20)), ..Fault::default() });
    let waiting = it.read().await;
    assert_eq!((waiting.generation, waiting.phase.as_deref()), (0, Some("people")));
    for _ in 0..8 {
        it.pass(60).await;
    }
    let done = it.reading().await;
    assert_eq!((done.generation, done.people, done.trouble), (1, 1_200, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_read_anew_every_day() {
    let it = Library::start().await;
    it.read().await;
    it.pass(80_000).await;
    assert_eq!(it.reading().await.generation, 1);
    it.pass(16_000).await;
    assert_eq!(it.reading().await.generation, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_lost_the_role_is_told_what_to_do() {
    let it = Library::start().await;
    it.read().await;
    let mut ada = it.person(ADA).await;
    let id = ada["id"].as_str().unwrap().to_owned();
    ada["roles"] = json!([]);
    it.webex(Method::PUT, &format!("people/{id}"), &ada).await;
    let refused = it.read().await;
    let trouble = refused.trouble.unwrap();
    assert!(trouble.contains("may no longer read the organization"), "{trouble}");
    assert!(trouble.contains("Control Hub") && trouble.contains("Read now"), "{trouble}");
    assert_eq!((refused.generation, it.known_people().await), (1, 26));
    let page = it.ada.get("/admin/directory").await.expect(200).body;
    assert!(page.contains("may no longer read the organization"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_stands_still_can_be_begun_again() {
    let it = Library::with(1_200).await;
    let refused = Fault { status: Some(403), ..Fault::default() };
    it.spoil("/v1/people", 2, None, refused);
    let stuck = it.read().await;
    assert_eq!((stuck.generation, stuck.phase.as_deref()), (0, Some("people")));
    let page = it.ada.get("/admin/directory").await.expect(200).body;
    assert!(page.contains("then press “Read now”") && page.contains(">Read now</button>"), "{page}");
    assert!(!page.contains("Reading people"), "{page}");
    it.heal();
    let read = it.read().await;
    assert_eq!((read.generation, read.people, read.trouble), (1, 1_200, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_replaces_nothing_until_somebody_says_so() {
    let it = Library::start().await;
    it.read().await;
    let text = "UPDATE directory SET provider_org = 'another', provider_org_name = 'Old Library' WHERE organization_id = $1";
    let db = it.hub.hub.db();
    db.sql(text).bind(it.organization).execute(db).await.unwrap();
    it.pass(100_000).await;
    let refused = it.reading().await;
    let trouble = refused.trouble.unwrap();
    assert!(
        trouble.contains("“Lindenhof University Library”") && trouble.contains("“Old Library”"),
        "{trouble}"
    );
    assert_eq!((refused.generation, it.known_people().await), (1, 26));
    it.pass(30_000).await;
    assert_eq!(it.reading().await.generation, 1);
    let accepted = it.read().await;
    assert_eq!((accepted.generation, accepted.trouble), (2, None));
    assert_eq!(accepted.provider_org_name.as_deref(), Some("Lindenhof University Library"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_administrator_the_button_says_who_is_needed() {
    let hub = TestHub::start().await;
    let ada = hub.admin().await;
    let reply = ada.post("/admin/directory/read", &[]).await;
    assert!(reply.body.contains("No Webex administrator is connected"), "{}", reply.body);
}

/// Webex with a token of Ada's own, beside a desk where plans are made.
struct Meddler<'a> {
    desk: &'a Desk,
    program: Browser,
}

impl<'a> Meddler<'a> {
    async fn at(desk: &'a Desk) -> Self {
        let token = token(&desk.hub, ADA).await;
        Self { desk, program: Browser::with_key(desk.hub.sandbox.base_url.clone(), &token) }
    }

    /// As the list shows the person.
    async fn listed(&self, email: &str) -> Value {
        let path = format!("/v1/people?email={email}");
        self.program.call(Method::GET, &path, &Value::Null).await.expect(200).json()["items"][0].clone()
    }

    /// Changes one thing of a person; answers where they are.
    async fn put(&self, email: &str, field: &str, value: Value) -> String {
        let mut person = self.listed(email).await;
        person[field] = value;
        let path = format!("/v1/people/{}", person["id"].as_str().unwrap());
        self.program.call(Method::PUT, &path, &person).await.expect(200);
        path
    }

    /// The person as the directory knows them.
    async fn known(&self, email: &str) -> Value {
        let db = self.desk.hub.hub.db();
        let statement = db.sql("SELECT record FROM directory_person WHERE email_key = $1");
        let (record,): (String,) = statement.bind(email.to_owned()).one(db).await.unwrap();
        serde_json::from_str(&record).unwrap()
    }

    /// How often people were read by themselves.
    fn reads(&self) -> usize {
        let all = self.desk.hub.sandbox.world.requests.all();
        all.iter().filter(|it| it.path.starts_with("/v1/people/") && it.method == "GET").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_knows_extensions_although_the_list_does_not_tell_them() {
    let desk = Desk::open().await;
    let webex = Meddler::at(&desk).await;
    webex.put(BEN, "extension", json!("812")).await;
    assert_eq!(webex.listed(BEN).await["extension"], Value::Null);
    let felix = webex.put(FELIX, "extension", json!("813")).await;
    webex.program.call(Method::DELETE, &felix, &Value::Null).await.expect(204);
    let licences = webex.known(BEN).await["licenses"].clone();
    desk.hub.sandbox.world.requests.clear();
    let list = format!(
        "email,extension,department\n{BEN},812,\n{ADA},REMOVE,\n{FELIX},REMOVE,\n{CHIARA},,Elsewhere\n"
    );
    let (_, rows) = desk.planned(&list).await;
    let expected = [RowKind::Unchanged, RowKind::Unchanged, RowKind::Refused, RowKind::Change];
    assert_eq!(kinds(&rows), expected, "{rows:#?}");
    assert!(why(&rows[2]).contains("Nobody in the organization has this address"), "{}", why(&rows[2]));
    assert_eq!(webex.reads(), 3);
    let known = webex.known(BEN).await;
    assert_eq!((&known["extension"], &known["licenses"]), (&json!("812"), &licences));
    // What was read once is known to the next plan too.
    let (_, rows) = desk.planned(&format!("email,extension\n{BEN},REMOVE\n{ADA},814\n")).await;
    assert_eq!(changes(&rows[0]), ["Extension: 812 -> "]);
    assert_eq!(changes(&rows[1]), ["Extension:  -> 814"]);
    assert!(rows[0].loses && !rows[1].loses);
    assert_eq!(webex.reads(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_keeps_what_is_known_when_the_administrator_sees_no_more_than_others() {
    let desk = Desk::open().await;
    let webex = Meddler::at(&desk).await;
    let before = webex.known(BEN).await;
    webex.put(ADA, "roles", json!([])).await;
    let list = format!("email,extension\n{BEN},812\n");
    let plan = desk.file(NewPlan::default(), "people.csv", list.as_bytes()).await.unwrap();
    desk.hub.run_jobs().await;
    let plan = desk.plan(plan).await;
    assert_eq!(plan.state, PlanState::Failed);
    let trouble = plan.trouble.unwrap();
    assert!(trouble.contains("give the role back in Control Hub"), "{trouble}");
    assert_eq!(webex.known(BEN).await, before);
}

/// By hand: `cargo test --release -p switchboard --test it a_hundred_thousand -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes in a debug build"]
async fn a_hundred_thousand_people_fit_into_little_memory() {
    let it = Library::with(100_000).await;
    let (before, began) = (resident(), std::time::Instant::now());
    let mut reading = it.read().await;
    while reading.generation == 0 {
        assert_eq!(reading.trouble, None);
        it.pass(1).await;
        reading = it.reading().await;
    }
    assert_eq!(reading.people, 100_000);
    let grown = resident() - before;
    println!("{grown} MiB more than before, {:?}", began.elapsed());
    assert!(grown < 300, "{grown} MiB");
}

/// The most memory that this process has had so far, in MiB; zero where the system does not tell.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
