//! The directory by API and from the shell: read, plan, apply, report, undo.

use std::{path::Path, process::Output, time::Duration};

use accounts::NewApiKey;
use platform::{Role, Scope};
use reqwest::Method;
use sandbox::Fault;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    planning_desk::{WEBINARS, actor},
    running::{ADA, BEN, Running, Wanted},
};
use crate::harness::{Browser, Reply};

pub(super) const DIRECTORY: &str = "/api/v1/directory";
/// Nothing in these tests takes longer.
const LONG: Duration = Duration::from_secs(60);

/// A program with an API key, beside an organization that was read.
pub(super) struct Desk {
    pub(super) it: Running,
    pub(super) program: Browser,
    key: String,
}

impl Desk {
    pub(super) async fn open() -> Self {
        let it = Running::start().await;
        let key = it.hub.key(&[Scope::DirectoryRead, Scope::DirectoryWrite]).await;
        let program = Browser::with_key(it.hub.base_url.clone(), &key);
        program.call(Method::POST, &format!("{DIRECTORY}/readings"), &json!({})).await.expect(202);
        let desk = Self { it, program, key };
        desk.until("", |directory| {
            directory["reading"].is_null() && directory["provider_organization"] != "Lindenhof"
        })
        .await;
        desk
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.program.get(&format!("{DIRECTORY}{path}")).await.expect(200).json()
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.program.call(Method::POST, &format!("{DIRECTORY}{path}"), body).await
    }

    /// What stands there as soon as it is as wished.
    pub(super) async fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let end = tokio::time::Instant::now() + LONG;
        loop {
            let now = self.get(path).await;
            if is_so(&now) {
                return now;
            }
            assert!(tokio::time::Instant::now() < end, "{now}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks for a plan of these people and waits until it is worked out.
    pub(super) async fn plan(&self, people: Value) -> Value {
        let made = self.post("/plans", &json!({ "people": people })).await.expect(201).json();
        self.ready(&made).await
    }

    async fn ready(&self, plan: &Value) -> Value {
        let path = format!("/plans/{}", plan["id"].as_str().unwrap());
        let plan = self.until(&path, |plan| plan["state"] != "working").await;
        assert_eq!(plan["state"], "ready", "{plan}");
        plan
    }

    /// Carries a plan out and watches it to the end.
    async fn apply(&self, plan: &Value) -> Value {
        let path = format!("/plans/{}/runs", plan["id"].as_str().unwrap());
        let run = self.post(&path, &json!({})).await.expect(201).json();
        let path = format!("/runs/{}", run["id"].as_str().unwrap());
        // The stream ends with the run.
        let events = self.program.get(&format!("{DIRECTORY}{path}/events")).await.expect(200).body;
        assert!(events.contains(r#""state":"done""#), "{events}");
        self.get(&path).await
    }

    /// A plan that moves these people to the archive; answers its id.
    pub(super) async fn to_the_archive(&self, rows: &[Wanted]) -> String {
        let people = rows.iter().map(|row| json!({ "email": row.email, "department": "Archive" }));
        self.plan(people.collect()).await["id"].as_str().unwrap().to_owned()
    }

    /// The same for six people, four of whom the provider does not answer about from now on.
    pub(super) async fn to_the_archive_by_halves(&self) -> String {
        let rows = self.it.moved("Archive", 6).await;
        let plan = self.to_the_archive(&rows).await;
        for row in &rows[2..] {
            let path = format!("/v1/people/{}", row.person.as_deref().unwrap());
            self.it.spoil("GET", &path, Fault { status: Some(503), ..Fault::default() }, None);
        }
        plan
    }

    /// Waits until nothing more can be done of such a plan's run: two rows are done, the others wait.
    pub(super) async fn half_done(&self, run: &str) {
        let is_so = |run: &Value| run["progress"]["done"] == 2 && run["progress"]["waiting"] == 4;
        self.until(&format!("/runs/{run}"), is_so).await;
    }

    /// How many people are in the archive.
    pub(super) async fn archived(&self) -> usize {
        self.it.people().await.values().filter(|(_, department)| department == "Archive").count()
    }

    async fn department(&self) -> Value {
        self.it.person(BEN).await["department"].clone()
    }

    /// Runs a command of the binary against this server.
    pub(super) async fn shell(&self, words: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.arg("directory").args(words).env("SWITCHBOARD_SERVER", self.it.hub.base_url.as_str());
        command.env("SWITCHBOARD_API_KEY", &self.key).output().await.unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_plans_applies_and_takes_back() {
    let desk = Desk::open().await;
    let licences = desk.get("/licences").await;
    let licence = licences["items"].as_array().unwrap().iter().find(|it| it["name"] == WEBINARS).unwrap();
    let found = desk.get("/people?search=okafor").await;
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["email"]), (1, &json!(BEN)));
    let (was, book) = (desk.department().await, desk.it.book().await);
    let wishes =
        json!([{ "email": BEN.to_uppercase(), "department": "Archive", "licences": { WEBINARS: true } }]);
    let plan = desk.plan(wishes.clone()).await;
    assert_eq!((&plan["counts"]["change"], &plan["obstacle"]), (&json!(1), &Value::Null));
    assert_eq!((&plan["stock"][0]["id"], &plan["stock"][0]["given"]), (&licence["id"], &json!(1)));
    assert_eq!(desk.department().await, was, "nothing has changed yet");
    let rows = desk.get(&format!("/plans/{}/rows", plan["id"].as_str().unwrap())).await;
    let words = &rows["items"][0]["changes"][0]["words"];
    assert_eq!((&words["field"], &words["then"]), (&json!("Department"), &json!("Archive")));
    let run = desk.apply(&plan).await;
    assert_eq!((&run["progress"]["done"], &run["progress"]["failed"]), (&json!(1), &json!(0)), "{run}");
    assert_eq!(desk.department().await, "Archive");
    let path = format!("{DIRECTORY}/runs/{}/result", run["id"].as_str().unwrap());
    let result = desk.program.get(&path).await.expect(200).body;
    assert!(result.contains(BEN) && result.contains("Archive"), "{result}");
    let again = desk.plan(wishes).await;
    assert_eq!((&again["counts"]["unchanged"], &again["counts"]["change"]), (&json!(1), &json!(0)));
    let undo = desk
        .post(&format!("/runs/{}/undo", run["id"].as_str().unwrap()), &json!({}))
        .await
        .expect(201)
        .json();
    let undo = desk.ready(&undo).await;
    desk.apply(&undo).await;
    assert_eq!(desk.it.book().await, book, "everything is as it was");
    let auditor =
        Browser::with_key(desk.it.hub.base_url.clone(), &desk.it.hub.key(&[Scope::AuditRead]).await);
    let audit = auditor.get("/api/v1/audit").await.expect(200).json();
    let changed = |it: &&Value| it["action"] == "directory.person_changed";
    assert_eq!(audit["items"].as_array().unwrap().iter().filter(changed).count(), 2, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_sends_wrong_is_said() {
    let desk = Desk::open().await;
    let wrong = [
        json!({ "people": [{ "email": BEN, "departement": "Archive" }] }),
        json!({ "people": [{ "email": "ben" }] }),
        json!({ "people": [{ "email": BEN }, { "email": BEN.to_uppercase() }] }),
        json!({}),
        json!({ "rules": true, "people": [] }),
        json!("people"),
    ];
    for body in wrong {
        desk.post("/plans", &body).await.expect(422);
    }
    for path in
        ["/plans/no-id", "/runs/no-id", "/people/nobody", "/plans/01a1ffdf-06b7-77a5-80a8-0c38e1a4a10e"]
    {
        desk.program.get(&format!("{DIRECTORY}{path}")).await.expect(404);
    }
    desk.program.get(&format!("{DIRECTORY}/people?after=x")).await.expect(422);
    desk.program.get(&format!("{DIRECTORY}/export?layout=odd")).await.expect(422);
    let odd =
        desk.plan(json!([{ "email": BEN, "licences": { "Meeting - Webex Webinar 1000": true } }])).await;
    let rows = desk.get(&format!("/plans/{}/rows", odd["id"].as_str().unwrap())).await;
    let why = rows["items"][0]["refused"][0]["why"].as_str().unwrap().to_owned();
    assert!(why.contains("Did you mean “Meeting - Webex Webinars 1000”?"), "{why}");
    let reader = desk.it.hub.key(&[Scope::DirectoryRead]).await;
    let reader = Browser::with_key(desk.it.hub.base_url.clone(), &reader);
    reader.get(DIRECTORY).await.expect(200);
    reader.call(Method::POST, &format!("{DIRECTORY}/plans"), &json!({ "rules": true })).await.expect(403);
    let body = json!({ "most_losses": 400, "needs_approval": false, "create": false, "synchronized": [] });
    let path = format!("{DIRECTORY}/settings");
    desk.program.call(Method::PUT, &path, &body).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_goes_from_the_shell() {
    let desk = Desk::open().await;
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (list, was) = (path("people.csv"), desk.department().await);
    let exported = desk.shell(&["export", "--output", &list]).await;
    assert!(exported.status.success(), "{}", said(&exported));
    let text = std::fs::read_to_string(&list).unwrap();
    assert!(text.contains(BEN), "{text}");
    let some = desk.shell(&["export", "--search", "okafor", "--licence", "nonsense"]).await;
    assert!(!some.status.success() && said(&some).contains("no such licence"), "{}", said(&some));
    let some = desk.shell(&["export", "--search", "okafor", "--status", "active"]).await;
    assert_eq!(said(&some).lines().count(), 2, "{}", said(&some));
    std::fs::write(&list, format!("Email,Department\r\n{BEN},Archive\r\n")).unwrap();
    let planned = desk.shell(&["plan", &list, "--json"]).await;
    assert!(planned.status.success(), "{}", said(&planned));
    let plan: Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert_eq!(plan["counts"]["change"], 1, "{plan}");
    let applied = desk.shell(&["apply", plan["id"].as_str().unwrap()]).await;
    assert!(applied.status.success() && said(&applied).contains("1  done"), "{}", said(&applied));
    assert_eq!(desk.department().await, "Archive");
    let run = desk.get("/runs").await["items"][0]["id"].as_str().unwrap().to_owned();
    let result = path("result.csv");
    assert!(desk.shell(&["result", &run, "-o", &result]).await.status.success());
    assert!(std::fs::read_to_string(&result).unwrap().contains("Archive"));
    let undone = desk.shell(&["undo", &run, "--json"]).await;
    let plan: Value = serde_json::from_slice(&undone.stdout).unwrap();
    let document = path("plan.json");
    let shown = format!("{DIRECTORY}/plans/{}/document", plan["id"].as_str().unwrap());
    std::fs::write(&document, desk.program.get(&shown).await.expect(200).body).unwrap();
    let applied = desk.shell(&["apply", &document]).await;
    assert!(applied.status.success(), "{}", said(&applied));
    assert_eq!(desk.department().await, was);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_in_the_shell_is_said_and_fails() {
    let desk = Desk::open().await;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let says = async |words: &[&str], part: &str| {
        let output = desk.shell(words).await;
        let all = said(&output);
        assert!(!output.status.success() && all.contains(part), "{words:?}: {all}");
    };
    let as_text = |path: &Path| path.to_str().unwrap().to_owned();
    let odd = as_text(&write("odd.csv", "Email,Active\r\nben,perhaps\r\nnobody\r\n"));
    says(&["plan", &odd], "row 2, Email").await;
    says(&["plan", &as_text(&write("empty.csv", ""))], "empty").await;
    says(&["plan", "no-such-file.csv"], "could not read no-such-file.csv").await;
    says(&["apply", &as_text(&write("plan.json", "{}"))], "is no plan").await;
    says(&["apply", "01a1ffdf-06b7-77a5-80a8-0c38e1a4a10e"], "no such plan").await;
    says(&["--server", "http://127.0.0.1:1", "watch", "x"], "did not answer").await;
    says(&["--server", "nowhere", "watch", "x"], "is no address of a server").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_made_a_key_does_not_approve_its_plans_and_no_key_switches_approval_off() {
    let desk = Desk::open().await;
    let hub = &desk.it.hub;
    let scopes = vec![Scope::DirectoryRead, Scope::DirectoryWrite];
    let new = NewApiKey { name: "Ada's".to_owned(), scopes, expires_at: None };
    let key = accounts::create_api_key(&hub.hub, &actor(hub, ADA).await, new).await.unwrap();
    let program = Browser::with_key(hub.base_url.clone(), key.secret.expose_secret());
    let settings = |needs_approval: bool| json!({ "most_losses": 10, "needs_approval": needs_approval, "create": false, "synchronized": [] });
    let set =
        async |by: &Browser, body: Value| by.call(Method::PUT, &format!("{DIRECTORY}/settings"), &body).await;
    let on = set(&program, settings(true)).await;
    assert!(on.status.is_success(), "{}", on.body);
    for by in [&program, &desk.program] {
        let refused = set(by, settings(false)).await.expect(403).body;
        assert!(refused.contains("signed in"), "{refused}");
    }
    let wishes = json!({ "people": [{ "email": BEN, "department": "Archive" }] });
    let made = program.call(Method::POST, &format!("{DIRECTORY}/plans"), &wishes).await.expect(201).json();
    let plan = desk.ready(&made).await;
    let id = plan["id"].as_str().unwrap();
    let apply =
        async || program.call(Method::POST, &format!("{DIRECTORY}/plans/{id}/runs"), &json!({})).await;
    assert!(apply().await.expect(409).body.contains("second administrator"));
    let path = format!("{DIRECTORY}/plans/{id}/approval");
    for by in [&program, &desk.program] {
        by.call(Method::POST, &path, &json!({})).await.expect(403);
    }
    let page = format!("/admin/directory/plans/{id}/approve");
    desk.it.ada.post(&page, &[]).await;
    assert!(apply().await.expect(409).body.contains("second administrator"), "Ada made the key");
    let leila = hub.signed_in("leila.haddad@lindenhof.example", &[Role::Administrator]).await;
    leila.post(&page, &[]).await.expect(303);
    apply().await.expect(201);
}
