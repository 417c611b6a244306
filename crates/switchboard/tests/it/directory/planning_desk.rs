//! What tests of plans have at hand: a server whose administrator is connected, and the organization as it was read.

use std::time::Duration;

use ::directory::{
    plan::{Field, RowKind, Setting},
    planning::{self, NewPlan, Plan, PlanId, PlanRow, PlanState, RowFilter},
};
use futures_util::TryStreamExt;
use platform::{
    Actor, Error, Role,
    actor::{Origin, Person, Who},
    error::FieldError,
    id::OrganizationId,
};
use reqwest::Method;
use sandbox::{Fault, Match, Provider, Rule};
use serde_json::{Value, json};

use crate::harness::{Browser, Reply, Setup, TestHub};

pub(super) const ADA: &str = "ada.lindqvist@lindenhof.example";
pub(super) const BEN: &str = "ben.okafor@lindenhof.example";
pub(super) const SITE: &str = "lindenhof.webex.com";
pub(super) const SUITE: &str = "Meeting - Webex Meetings Suite";
/// There are five, of which two are in use.
pub(super) const WEBINARS: &str = "Meeting - Webex Webinars 1000";

pub(super) struct Desk {
    pub(super) hub: TestHub,
    pub(super) organization: OrganizationId,
    pub(super) ada: Actor,
    /// Ada at her pages.
    pub(super) browser: Browser,
}

impl Desk {
    /// Sends a list called `people.csv` as a browser does, with these fields of the form.
    pub(super) async fn upload(&self, fields: &[(&str, &str)], file: &[u8]) -> Reply {
        const BOUNDARY: &str = "----boundary-of-a-test";
        let part = |name: &str, more: &str| {
            let place = format!("form-data; name=\"{name}\"{more}");
            format!("--{BOUNDARY}\r\nContent-Disposition: {place}\r\n\r\n").into_bytes()
        };
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend([part(name, ""), value.as_bytes().to_vec(), b"\r\n".to_vec()].concat());
        }
        body.extend([part("file", "; filename=\"people.csv\""), file.to_vec()].concat());
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let shape = |request: reqwest::RequestBuilder| {
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            request.header("sec-fetch-site", "same-origin").header("content-type", kind).body(body)
        };
        self.browser.send(Method::POST, "/admin/directory/plans/new", shape).await
    }

    /// The organization is connected and was read.
    pub(super) async fn open() -> Self {
        let hub = TestHub::start_with(Setup { fixed_clock: false, ..Setup::default() }).await;
        let browser = hub.admin().await;
        let organization = hub.organization().await;
        let (client_id, secret) = hub.credentials(Provider::Webex);
        let body = json!({
            "provider": "webex", "name": "Directory", "client_id": client_id, "tenant": "",
            "client_secret": { "value": secret }, "purposes": { "sign_in": [], "directory": [] },
        });
        let program = hub.api_key(&platform::Scope::ALL).await;
        let made = program.call(Method::POST, "/api/v1/integrations", &body).await.expect(201).json();
        hub.connect(&browser, made["id"].as_str().unwrap(), ADA).await;
        let ada = actor(&hub, ADA).await;
        browser.post("/admin/directory/read", &[]).await.expect(303);
        let desk = Self { hub, organization, ada, browser };
        desk.settle("SELECT COUNT(*) FROM directory WHERE generation > 0").await;
        desk.settle("SELECT COUNT(*) FROM directory_site WHERE found_way IS NOT NULL HAVING COUNT(*) = 2")
            .await;
        desk
    }

    /// Runs jobs until this counts something.
    async fn settle(&self, text: &'static str) {
        let db = self.hub.hub.db();
        let wait = async {
            loop {
                self.hub.tick().await;
                self.hub.run_jobs().await;
                let found: Option<(i64,)> = db.sql(text).maybe(db).await.unwrap();
                if found.is_some_and(|(count,)| count > 0) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the organization is read");
    }

    pub(super) async fn file(&self, new: NewPlan, name: &str, bytes: &[u8]) -> Result<PlanId, Error> {
        planning::from_file(&self.hub.hub, &self.ada, new, name, bytes.to_vec()).await
    }

    /// The plan of a list, worked out.
    pub(super) async fn planned(&self, text: &str) -> (Plan, Vec<PlanRow>) {
        let id = self.file(NewPlan::default(), "people.csv", text.as_bytes()).await.unwrap();
        self.worked_out(id).await
    }

    pub(super) async fn worked_out(&self, id: PlanId) -> (Plan, Vec<PlanRow>) {
        self.hub.run_jobs().await;
        let plan = self.plan(id).await;
        assert_eq!(plan.state, PlanState::Ready, "{:?}", plan.trouble);
        (plan, self.rows(id, RowFilter::default()).await)
    }

    pub(super) async fn plan(&self, id: PlanId) -> Plan {
        planning::get(&self.hub.hub, self.organization, id).await.unwrap()
    }

    pub(super) async fn rows(&self, id: PlanId, filter: RowFilter) -> Vec<PlanRow> {
        planning::rows(&self.hub.hub, self.organization, id, filter, 0, 1_000).await.unwrap()
    }

    /// Everything wrong with a list.
    pub(super) async fn refused(&self, bytes: &[u8]) -> Vec<FieldError> {
        let error = self.file(NewPlan::default(), "people.csv", bytes).await.unwrap_err();
        let platform::Fault::Invalid(fields) = error.fault else { panic!("{error:?}") };
        fields
    }

    /// Addresses of people in their order.
    pub(super) async fn people(&self) -> Vec<String> {
        let db = self.hub.hub.db();
        let text = "SELECT email_key FROM directory_person ORDER BY email_key";
        let rows: Vec<(String,)> = db.sql(text).all(db).await.unwrap();
        rows.into_iter().map(|(email,)| email).collect()
    }

    pub(super) async fn licence(&self, name: &str) -> String {
        let names = planning::names(&self.hub.hub, self.organization).await.unwrap();
        let found = names.iter().find(|(_, shown)| shown.starts_with(name));
        found.unwrap_or_else(|| panic!("no {name} in {names:?}")).0.clone()
    }

    /// All that Webex knows of its people, in one text.
    pub(super) async fn book(&self) -> String {
        let url = self.hub.sandbox.base_url.join("/_sandbox/directory").unwrap();
        self.hub.anyone().get(url.as_str()).await.body
    }

    pub(super) async fn sql(&self, text: &'static str) {
        let db = self.hub.hub.db();
        db.sql(text).execute(db).await.unwrap();
    }

    pub(super) fn spoil(&self, path: &str, fault: Fault) {
        let matching = Match { method: Some("GET".into()), path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times: None, after: 0, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).unwrap();
    }

    pub(super) async fn audited(&self, action: &str) -> Vec<Value> {
        let filter = platform::audit::AuditFilter::default();
        let all = platform::audit::list(&self.hub.hub, self.organization, &filter, None, 100).await.unwrap();
        let of_action = all.iter().filter(|entry| entry.action == action);
        of_action.map(|entry| serde_json::from_str(&entry.details).unwrap()).collect()
    }

    pub(super) async fn exported(&self, layout: rosters::Layout, site: Option<&str>) -> Vec<u8> {
        let filter = ::directory::PeopleFilter::default();
        let hub = &self.hub.hub;
        let pieces = planning::export(hub, self.organization, (layout, site), filter).await.unwrap();
        pieces.try_collect::<Vec<_>>().await.unwrap().concat()
    }
}

/// An administrator with this address.
pub(super) async fn actor(hub: &TestHub, email: &str) -> Actor {
    let account = hub.account(email, &[Role::Administrator]).await;
    let person = Person {
        organization: hub.organization().await,
        organization_name: "Lindenhof University Library".into(),
        account,
        session: String::new(),
        name: email.split('@').next().unwrap().replace('.', " "),
        email: email.into(),
        roles: vec![Role::Administrator],
        zone: jiff::tz::TimeZone::UTC,
    };
    Actor { who: Who::Person(person), origin: Origin::default() }
}

/// `field: now -> then` of every change of a row.
pub(super) fn changes(row: &PlanRow) -> Vec<String> {
    let text = |setting: &Setting| setting.to_string();
    let change = |it: &::directory::plan::Change| {
        format!("{}: {} -> {}", ::directory::plan::words(&it.field), text(&it.now), text(&it.then))
    };
    row.changes.0.iter().map(change).collect()
}

pub(super) fn kinds(rows: &[PlanRow]) -> Vec<RowKind> {
    rows.iter().map(|row| row.kind).collect()
}

pub(super) fn why(row: &PlanRow) -> String {
    row.refused.0.iter().map(|it| format!("{}: {}", it.what, it.why)).collect::<Vec<_>>().join("\n")
}

pub(super) fn gives(row: &PlanRow, licence: &str) -> bool {
    let field = Field::Licence { id: licence.to_owned() };
    row.changes.0.iter().any(|change| change.field == field && change.then == Setting::Flag(true))
}
