//! Two organizations on one server, both connected to Webex: nothing of the first one's directory is there for the other,
//! whoever asks and whatever is asked.

use std::{collections::BTreeMap, time::Duration};

use accounts::{NewAccount, NewApiKey};
use platform::{Actor, Role, Scope};
use reqwest::Method;
use sandbox::Provider;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    by_program::{DIRECTORY, Desk},
    planning_desk::WEBINARS,
    running::{ADA, BEN, SITE},
};
use crate::harness::{Browser, PASSWORD, Reply, TestHub};

const PAGES: &str = "/admin/directory";
const RUI: &str = "rui.costa@harbour.example";
/// Nothing in this test takes longer.
const LONG: Duration = Duration::from_secs(60);

/// What the first organization has.
struct Library {
    /// One that is ready, and those of the runs.
    plans: Vec<String>,
    /// One that is paused, with rows that wait, and one that is done.
    runs: Vec<String>,
    person: Value,
    auditor: Browser,
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// Applies a plan; answers the run's id.
async fn apply(desk: &Desk, plan: &str) -> String {
    id(&desk.post(&format!("/plans/{plan}/runs"), &json!({})).await.expect(201).json())
}

/// Waits until no server works on the paused run any more: then it stays as it is.
async fn until_left_alone(desk: &Desk, run: &str) {
    let text =
        "SELECT COUNT(*) FROM directory_run WHERE id = $1 AND state = 'paused' AND working_until IS NULL";
    let db = desk.it.hub.hub.db();
    let wait = async {
        loop {
            let (left_alone,): (i64,) = db.sql(text).bind(run.to_owned()).one(db).await.unwrap();
            if left_alone == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, wait).await.expect("rows under way end");
}

impl Library {
    async fn at(desk: &Desk) -> Self {
        let rule = json!({ "when": { "department": "Reference" }, "then": { "add_licences": [WEBINARS] } });
        let rules = json!({ "rules": [rule] });
        desk.program.call(Method::PUT, &format!("{DIRECTORY}/rules"), &rules).await.expect(204);
        let moved = id(&desk.plan(json!([{ "email": BEN, "department": "Basement" }])).await);
        let done = apply(desk, &moved).await;
        let ended = desk.until(&format!("/runs/{done}"), |run| run["ended_at"].is_string()).await;
        assert_eq!(ended["progress"]["done"], 1, "{ended}");
        let archived = desk.to_the_archive_by_halves().await;
        let paused = apply(desk, &archived).await;
        desk.half_done(&paused).await;
        desk.post(&format!("/runs/{paused}/pause"), &json!({})).await.expect(200);
        until_left_alone(desk, &paused).await;
        let ready = id(&desk.plan(json!([{ "email": ADA, "department": "Elsewhere" }])).await);
        let auditor = desk.it.hub.api_key(&[Scope::AuditRead]).await;
        let person = desk.it.person(BEN).await;
        Self { plans: vec![ready, moved, archived], runs: vec![paused, done], person, auditor }
    }

    /// Everything that the first organization is told of its directory, by where it stands.
    async fn told(&self, desk: &Desk) -> BTreeMap<String, String> {
        let lists = ["", "/licences", "/sites", "/rules", "/people?limit=200", "/plans", "/runs"];
        let mut paths: Vec<String> = lists.map(str::to_owned).to_vec();
        for plan in &self.plans {
            paths.extend(["", "/rows", "/document"].map(|part| format!("/plans/{plan}{part}")));
        }
        for run in &self.runs {
            paths.extend(["", "/rows", "/result"].map(|part| format!("/runs/{run}{part}")));
        }
        let mut told = BTreeMap::from([("at Webex".to_owned(), desk.it.book().await)]);
        for path in paths {
            let body = desk.program.get(&format!("{DIRECTORY}{path}")).await.expect(200).body;
            told.insert(path, body);
        }
        let trail = self.auditor.get("/api/v1/audit?limit=200").await.expect(200).json();
        let is_ours = |act: &&Value| {
            let action = act["action"].as_str().unwrap();
            action.starts_with("directory") || action.starts_with("plan")
        };
        let acts: Vec<&Value> = trail["items"].as_array().unwrap().iter().filter(is_ours).collect();
        told.insert("audited".to_owned(), json!(acts).to_string());
        told
    }

    fn person(&self) -> &str {
        self.person["id"].as_str().unwrap()
    }

    /// Every request about a certain thing of the first organization's, with what that is called.
    fn requests(&self) -> Vec<(Method, String, Value, &'static str)> {
        let read = |path: String, thing| (Method::GET, path, Value::Null, thing);
        let act = |path: String, thing| (Method::POST, path, json!({}), thing);
        let mut all = vec![
            read(format!("/people/{}", self.person()), "person"),
            (Method::PUT, format!("/sites/{SITE}/api"), json!({ "api": "xml" }), "meeting site"),
        ];
        for plan in &self.plans {
            for part in ["", "/rows", "/document"] {
                all.push(read(format!("/plans/{plan}{part}"), "plan"));
            }
            for part in ["/confirmation", "/approval", "/runs"] {
                all.push(act(format!("/plans/{plan}{part}"), "plan"));
            }
            all.push((Method::DELETE, format!("/plans/{plan}"), Value::Null, "plan"));
        }
        for run in &self.runs {
            for part in ["", "/rows", "/result", "/events"] {
                all.push(read(format!("/runs/{run}{part}"), "run"));
            }
            for part in ["/pause", "/resume", "/stop", "/retry", "/undo"] {
                all.push(act(format!("/runs/{run}{part}"), "run"));
            }
        }
        all
    }

    /// The same at the pages: what is looked at (GET), and what is pressed (POST).
    fn pages(&self) -> Vec<(Method, String, &'static str)> {
        let mut all = vec![(Method::GET, format!("/people/{}", self.person()), "person")];
        for plan in &self.plans {
            for part in ["", "/progress", "/document"] {
                all.push((Method::GET, format!("/plans/{plan}{part}"), "plan"));
            }
            for button in ["apply", "approve", "confirm", "delete"] {
                all.push((Method::POST, format!("/plans/{plan}/{button}"), "plan"));
            }
        }
        for run in &self.runs {
            for part in ["", "/live", "/events", "/result.csv"] {
                all.push((Method::GET, format!("/runs/{run}{part}"), "run"));
            }
            for button in ["pause", "resume", "stop", "retry", "undo"] {
                all.push((Method::POST, format!("/runs/{run}/{button}"), "run"));
            }
        }
        all
    }
}

/// The administrator of the other organization, and a program with every scope. They have read nothing yet.
struct Strangers {
    browser: Browser,
    program: Browser,
}

/// Insists on an answer that there is no such thing, which is another one than that of an address where nothing is ever.
#[track_caller]
fn nothing(reply: &Reply, thing: &str) {
    let (status, body) = (reply.status.as_u16(), &reply.body);
    assert!(status == 404 && body.contains(&format!("no such {thing}")), "{status} {}: {body}", reply.url);
}

impl Strangers {
    async fn beside(hub: &TestHub) -> Self {
        let organization =
            accounts::create_organization(&hub.hub, "Harbour College", "Europe/Lisbon").await.unwrap();
        let rui = NewAccount {
            organization,
            name: "Rui Costa".to_owned(),
            email: RUI.to_owned(),
            password: Some(PASSWORD.into()),
            roles: vec![Role::Administrator],
            time_zone: None,
        };
        accounts::create_account(&hub.hub, rui).await.unwrap();
        let browser = hub.anyone();
        let fields = [("email", RUI), ("password", PASSWORD), ("next", "/")];
        browser.post("/sign-in", &fields).await.expect(303);
        let new = NewApiKey { name: "Theirs".to_owned(), scopes: Scope::ALL.to_vec(), expires_at: None };
        let key = accounts::create_api_key(&hub.hub, &Actor::system(organization), new).await.unwrap();
        let program = Browser::with_key(hub.base_url.clone(), key.secret.expose_secret());
        let (client_id, secret) = hub.credentials(Provider::Webex);
        let wish = json!({
            "provider": "webex", "name": "Directory", "client_id": client_id, "tenant": "",
            "client_secret": { "value": secret }, "purposes": { "sign_in": [], "directory": [] },
        });
        let made = program.call(Method::POST, "/api/v1/integrations", &wish).await.expect(201).json();
        hub.connect(&browser, &id(&made), ADA).await;
        Self { browser, program }
    }

    async fn find_nothing(&self, library: &Library) {
        for (method, path, body, thing) in library.requests() {
            nothing(&self.program.call(method, &format!("{DIRECTORY}{path}"), &body).await, thing);
        }
        for (method, path, thing) in library.pages() {
            let path = format!("{PAGES}{path}");
            let reply = if method == Method::GET {
                self.browser.get(&path).await
            } else {
                self.browser.post(&path, &[]).await
            };
            nothing(&reply, thing);
        }
        let choice = [("site", SITE), ("way", "xml")];
        nothing(&self.browser.post(&format!("{PAGES}/site"), &choice).await, "meeting site");
    }

    async fn have_lists_of_their_own(&self, library: &Library) {
        for list in ["plans", "runs", "people", "licences", "sites", "rules"] {
            let own = self.program.get(&format!("{DIRECTORY}/{list}")).await.expect(200).json();
            assert_eq!(own["items"], json!([]), "{list}");
        }
        let own = self.program.get(DIRECTORY).await.expect(200).json();
        let known = ["provider_organization", "provider_organization_id", "read_at", "reading"];
        assert!(own["people"] == 0 && known.iter().all(|name| own[*name].is_null()), "{own}");
        let export = self.program.get(&format!("{DIRECTORY}/export")).await.expect(200).body;
        assert!(!export.contains('@'), "{export}");
        let name = library.person["displayName"].as_str().unwrap();
        let foreign = library.plans.iter().chain(&library.runs).map(String::as_str);
        let foreign: Vec<&str> = foreign.chain([BEN, name, SITE, WEBINARS]).collect();
        let shows_none = |page: &Reply| {
            let found = foreign.iter().find(|text| page.body.contains(**text));
            assert!(found.is_none(), "{found:?} stands in {}: {}", page.url, page.body);
        };
        for path in ["", "/plans", "/plans/new", "/runs", "/people", "/rules", "/files", "/reading"] {
            shows_none(&self.browser.get(&format!("{PAGES}{path}")).await.expect(200));
        }
        let picked = [("person", library.person())];
        shows_none(&self.browser.post(&format!("{PAGES}/edit"), &picked).await.expect(200));
    }

    /// Decides what may be decided before anything was read.
    async fn decide_for_themselves(&self) {
        let settings =
            json!({ "most_losses": 55, "needs_approval": true, "create": true, "synchronized": [] });
        for (path, body) in [("settings", &settings), ("rules", &json!({ "rules": [] }))] {
            self.program.call(Method::PUT, &format!("{DIRECTORY}/{path}"), body).await.expect(204);
        }
        assert_eq!(self.program.get(DIRECTORY).await.expect(200).json()["settings"], settings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_finds_nothing_of_a_directory_and_changes_nothing() {
    let desk = Desk::open().await;
    let library = Library::at(&desk).await;
    let strangers = Strangers::beside(&desk.it.hub).await;
    let before = library.told(&desk).await;
    strangers.find_nothing(&library).await;
    strangers.have_lists_of_their_own(&library).await;
    strangers.decide_for_themselves().await;
    let after = library.told(&desk).await;
    for (place, told) in &before {
        assert_eq!(after.get(place), Some(told), "{place}");
    }
}
