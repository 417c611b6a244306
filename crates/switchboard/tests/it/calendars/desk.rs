//! What every test of calendars has at hand: a server, a host who has connected Microsoft, and that host's mailbox as
//! the sandbox keeps it.

use std::{collections::BTreeMap, time::Duration};

use ::calendars::{Busy, Entry, HostBusy};
use platform::{
    Instant, Role, Scope,
    id::{AccountId, OrganizationId},
};
use reqwest::Method;
use sandbox::{Fault, Match, Provider, Rule};
use serde_json::{Value, json};

use crate::harness::{Browser, Reply, Setup, TestHub};

pub(super) const BEN: &str = "ben.okafor@lindenhof.example";
/// Her calendar has a believable week in it.
pub(super) const LEILA: &str = "leila.haddad@lindenhof.example";
pub(super) const DELTA: &str = "/v1.0/me/*calendarView/delta";

pub(super) struct Desk {
    pub(super) hub: TestHub,
    pub(super) email: &'static str,
    pub(super) host: Browser,
    pub(super) program: Browser,
    pub(super) organization: OrganizationId,
    pub(super) account: AccountId,
    pub(super) connection: String,
}

/// The instant of this text.
pub(super) fn at(text: &str) -> Instant {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

pub(super) fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

pub(super) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

#[track_caller]
pub(super) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

pub(super) fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

/// An entry for a booking on the Monday after the beginning, at ten for half an hour.
pub(super) fn booking(key: &str) -> Entry {
    Entry {
        key: key.to_owned(),
        start: at("2026-11-23T10:00:00Z"),
        end: at("2026-11-23T10:30:00Z"),
        subject: "Consultation with Mara".to_owned(),
        body_html: "<p>About her thesis</p>".to_owned(),
        location: Some("Room 4".to_owned()),
        online_meeting: false,
        private: false,
    }
}

impl Desk {
    /// Ben has connected his account, and everything is read.
    pub(super) async fn open() -> Self {
        Self::of(BEN, Setup::default()).await
    }

    /// Microsoft tells this server of changes.
    pub(super) async fn notified() -> Self {
        Self::of(BEN, Setup { configure: notices_on, ..Setup::default() }).await
    }

    pub(super) async fn of(email: &'static str, setup: Setup) -> Self {
        let hub = TestHub::start_with(setup).await;
        let organization = hub.organization().await;
        let account = hub.account(email, &[Role::Host]).await;
        let host = hub.signed_in(email, &[Role::Host]).await;
        let program = hub.api_key(&Scope::ALL).await;
        let integration = hub.integration(Provider::Microsoft).await;
        let connection = hub.connect(&host, &integration, email).await;
        let desk = Self { hub, email, host, program, organization, account, connection };
        desk.hub.run_jobs().await;
        desk.settle().await;
        desk
    }

    /// Lets the rounds happen and everything be read, a little more than a minute later.
    pub(super) async fn settle(&self) {
        self.pass(Duration::from_secs(77)).await;
        self.pass(Duration::from_secs(6)).await;
    }

    /// Lets time pass, with what is done at its end.
    pub(super) async fn pass(&self, time: Duration) {
        self.hub.advance(time);
        self.hub.tick().await;
        self.hub.run_jobs().await;
    }

    /// The host authorizes once more; answers the connection's id.
    pub(super) async fn connect_again(&self) -> String {
        let all = self.program.get("/api/v1/integrations").await.expect(200).json();
        self.hub.connect(&self.host, &text(&all["items"][0], "id"), self.email).await
    }

    // --- our side ---

    pub(super) async fn busy_of(&self, from: &str, to: &str) -> HostBusy {
        let hub = &self.hub.hub;
        let found =
            ::calendars::busy(hub, self.organization, &[self.account], at(from), at(to)).await.unwrap();
        found.into_iter().next().unwrap()
    }

    /// The busy times of the week from Monday, 23 November 2026, on.
    pub(super) async fn week(&self) -> Vec<Busy> {
        self.busy_of("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z").await.busy
    }

    /// The busy times of that week as text, in UTC.
    pub(super) async fn times(&self) -> Vec<String> {
        self.week().await.iter().map(|busy| format!("{}/{}", busy.start, busy.end)).collect()
    }

    pub(super) async fn is_closed(&self) -> bool {
        self.week().await.iter().any(|busy| busy.unreadable)
    }

    /// The host's calendars as the API shows them, by name.
    pub(super) async fn calendars(&self) -> BTreeMap<String, Value> {
        let path = format!("/api/v1/calendars?account_id={}", self.account);
        let list = self.program.get(&path).await.expect(200).json();
        list["items"].as_array().unwrap().iter().map(|item| (text(item, "name"), item.clone())).collect()
    }

    /// The host's own calendar.
    pub(super) async fn own(&self) -> Value {
        let all = self.calendars().await;
        all.into_values().find(|calendar| calendar["is_default"] == true).expect("a default calendar")
    }

    pub(super) async fn choose(&self, id: &str, choice: Value) -> Reply {
        self.program.call(Method::PUT, &format!("/api/v1/calendars/{id}"), &choice).await
    }

    /// What the room above was told, in this order.
    pub(super) async fn told_above(&self) -> Vec<Value> {
        let sql = "SELECT payload FROM job WHERE kind = $1 ORDER BY created_at, id";
        let db = self.hub.hub.db();
        let rows: Vec<(String,)> =
            db.sql(sql).bind(::calendars::ENTRY_CHANGED.to_owned()).all(db).await.unwrap();
        rows.into_iter().map(|(payload,)| serde_json::from_str(&payload).unwrap()).collect()
    }

    // --- the mailbox, as its owner works with it ---

    pub(super) async fn outlook(&self, method: Method, path: &str, body: &Value) -> Reply {
        // A fresh token each time: tests let more than an hour pass.
        let token = json!({ "provider": "microsoft", "email": self.email });
        let token = text(&self.control("/_sandbox/tokens", token).await, "access_token");
        let owner = Browser::with_key(self.hub.sandbox.base_url.clone(), &token);
        let with_body = !body.is_null();
        let shape = |request: reqwest::RequestBuilder| {
            let request = request.header("Prefer", "IdType=\"ImmutableId\", outlook.timezone=\"UTC\"");
            if with_body { request.json(body) } else { request }
        };
        owner.send(method, path, shape).await
    }

    /// Enters an event of the owner's own; answers its id.
    pub(super) async fn enter(&self, start: &str, end: &str, more: Value) -> String {
        self.enter_in("me", start, end, more).await
    }

    pub(super) async fn enter_in(&self, calendar: &str, start: &str, end: &str, more: Value) -> String {
        let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
        let mut body = json!({ "subject": "Something", "start": utc(start), "end": utc(end) });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let made =
            self.outlook(Method::POST, &format!("/v1.0/{calendar}/events"), &body).await.expect(201).json();
        text(&made, "id")
    }

    pub(super) async fn patch(&self, event: &str, change: Value) {
        self.outlook(Method::PATCH, &format!("/v1.0/me/events/{event}"), &change).await.expect(200);
    }

    pub(super) async fn delete(&self, event: &str) {
        self.outlook(Method::DELETE, &format!("/v1.0/me/events/{event}"), &Value::Null).await.expect(204);
    }

    /// Everything in the mailbox from Saturday on, for ten days.
    pub(super) async fn view(&self) -> Vec<Value> {
        let path = "/v1.0/me/calendarView?startDateTime=2026-11-21T00:00:00Z&endDateTime=2026-12-01T00:00:00Z&$top=200";
        let list = self.outlook(Method::GET, path, &Value::Null).await.expect(200).json();
        list["value"].as_array().unwrap().clone()
    }

    // --- the sandbox ---

    pub(super) async fn control(&self, path: &str, body: Value) -> Value {
        let url = self.hub.sandbox.base_url.join(path).unwrap();
        let anyone = Browser::new(url.clone());
        anyone.call(Method::POST, url.as_str(), &body).await.expect(200).json()
    }

    pub(super) fn switch(&self, changes: &Value) {
        let mut core = self.hub.sandbox.world.core();
        core.switches = core.switches.with(changes.as_object().unwrap().clone()).unwrap();
    }

    /// Spoils requests with this method and path, some times or until [`Desk::heal`].
    pub(super) fn spoil(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let matching = Match { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times, after: 0, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).expect("room for a fault");
    }

    pub(super) fn heal(&self) {
        self.hub.sandbox.world.faults.remove(None);
    }

    /// How many requests this method and path have seen since they were last forgotten.
    pub(super) fn asked(&self, method: &str, part: &str) -> usize {
        let all = self.hub.sandbox.world.requests.all();
        all.iter().filter(|request| request.method == method && request.path.contains(part)).count()
    }

    pub(super) fn forget_requests(&self) {
        self.hub.sandbox.world.requests.clear();
    }

    /// The subjects of mails that reached the host.
    pub(super) fn mails(&self) -> Vec<String> {
        let all = self.hub.sandbox.world.mails.all();
        all.into_iter()
            .filter(|mail| mail.source == "smtp" && mail.to.iter().any(|to| to.contains(self.email)))
            .map(|mail| mail.subject)
            .collect()
    }

    /// Waits for something that happens by itself; ends the test when it does not.
    pub(super) async fn until<F: Future<Output = bool>>(&self, what: &str, happened: impl Fn() -> F) {
        for _ in 0..400 {
            if happened().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never happened: {what}");
    }
}

fn notices_on(config: &mut switchboard::Config, _: &sandbox::Running) {
    config.calendars.notifications = switchboard::config::CalendarNotifications::On;
}
