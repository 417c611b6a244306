//! What tests of the saga have at hand: a server, Ben who has connected Webex and Microsoft, appointment types, and the
//! providers' own books and inboxes to compare with.

use std::time::Duration;

use platform::{Role, Scope, id::AccountId};
use reqwest::Method;
use sandbox::{Fault, Mail, Match, Provider, Rule};
use serde_json::{Value, json};

use crate::harness::{Browser, Reply, Setup, TestHub};

pub(super) const BEN: &str = "ben.okafor@lindenhof.example";
pub(super) const CHIARA: &str = "chiara.rossi@lindenhof.example";
pub(super) const VERA: &str = "vera@visitor.example";
pub(super) const MEETINGS: &str = "/v1/meetings";
/// The Monday after the beginning, at eleven in Berlin.
pub(super) const MONDAY: &str = "2026-11-23T10:00:00.000Z";

pub(super) struct Stage {
    pub(super) hub: TestHub,
    pub(super) ben: Browser,
    pub(super) account: AccountId,
    pub(super) program: Browser,
    /// The integrations at Webex and Microsoft.
    pub(super) webex: String,
    pub(super) microsoft: String,
}

#[track_caller]
pub(super) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

pub(super) fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

impl Stage {
    pub(super) async fn open() -> Self {
        Self::with(Setup::default()).await
    }

    pub(super) async fn with(setup: Setup) -> Self {
        let hub = TestHub::start_with(setup).await;
        let account = hub.account(BEN, &[Role::Host]).await;
        let ben = hub.signed_in(BEN, &[Role::Host]).await;
        let program = hub.api_key(&Scope::ALL).await;
        let webex = hub.integration(Provider::Webex).await;
        let microsoft = hub.integration(Provider::Microsoft).await;
        let stage = Self { hub, ben, account, program, webex, microsoft };
        stage.hub.connect(&stage.ben, &stage.webex, BEN).await;
        stage.hub.connect(&stage.ben, &stage.microsoft, BEN).await;
        stage.settle().await;
        // A new connection is tested, with a meeting too.
        stage.hub.sandbox.world.mails.clear();
        stage.hub.sandbox.world.requests.clear();
        stage
    }

    /// Lets calendars be found and read.
    pub(super) async fn settle(&self) {
        self.hub.run_jobs().await;
        self.pass(77).await;
        self.pass(6).await;
    }

    /// Lets so many seconds pass, with what is done at their end.
    pub(super) async fn pass(&self, seconds: u64) {
        self.hub.advance(Duration::from_secs(seconds));
        self.hub.tick().await;
        self.hub.run_jobs().await;
    }

    /// Waits until a server that works by itself has found and read the calendar that receives bookings.
    pub(super) async fn wait_until_read(&self) {
        // Whoever looks at their calendars need not wait for the round that finds them.
        self.ben.get("/my/calendars").await.expect(200);
        let path = format!("/api/v1/calendars?account_id={}", self.account);
        for _ in 0..600 {
            let list = self.program.get(&path).await.expect(200).json();
            let is_read =
                |calendar: &Value| calendar["receives_bookings"] == true && calendar["read_at"].is_string();
            if list["items"].as_array().unwrap().iter().any(is_read) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the calendars are never read");
    }

    // --- appointments ---

    /// A type of Ben's with this place; answers its id.
    pub(super) async fn offer(&self, place: &str, more: Value) -> String {
        let mut body = json!({
            "name": format!("Consultation {place}"), "hosts": [self.account], "durations": [30],
            "places": [{ "kind": place, "detail": "Room 4" }],
        });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let made = self.post("/api/v1/appointment-types", body).await.expect(201).json();
        text(&made, "id")
    }

    /// Vera books; nothing is carried out yet.
    pub(super) async fn ask(&self, it: &str, start: &str) -> String {
        text(&self.made(it, start).await, "id")
    }

    /// The same; answers all that the API says.
    pub(super) async fn made(&self, it: &str, start: &str) -> Value {
        let visitor = json!({ "name": "Vera Sommer", "email": VERA, "phone": "+49 30 123456", "zone": "Europe/Berlin" });
        let body = json!({ "type": it, "start": start, "visitor": visitor });
        self.post("/api/v1/bookings", body).await.expect(201).json()
    }

    /// Vera books, and it is carried out.
    pub(super) async fn book(&self, it: &str, start: &str) -> String {
        let id = self.ask(it, start).await;
        self.hub.run_jobs().await;
        id
    }

    pub(super) async fn booking(&self, id: &str) -> Value {
        self.program.get(&format!("/api/v1/bookings/{id}")).await.expect(200).json()
    }

    /// The steps' states in their order.
    pub(super) async fn states(&self, id: &str) -> Vec<String> {
        let booking = self.booking(id).await;
        let steps = booking["steps"].as_array().unwrap();
        steps.iter().map(|step| format!("{} {}", text(step, "kind"), text(step, "state"))).collect()
    }

    /// The step of this kind.
    pub(super) async fn step(&self, id: &str, kind: &str) -> Value {
        let booking = self.booking(id).await;
        let steps = booking["steps"].as_array().unwrap();
        steps
            .iter()
            .find(|step| step["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind}: {steps:?}"))
            .clone()
    }

    pub(super) async fn cancel(&self, id: &str) {
        self.post(&format!("/api/v1/bookings/{id}/cancel"), json!({ "reason": "I am ill" }))
            .await
            .expect(200);
    }

    pub(super) async fn reschedule(&self, id: &str, start: &str) {
        let body = json!({ "start": start });
        self.post(&format!("/api/v1/bookings/{id}/reschedule"), body).await.expect(200);
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.program.call(Method::POST, path, &body).await
    }

    // --- the providers' books ---

    async fn as_owner(&self, provider: &str, email: &str) -> Browser {
        let url = self.hub.sandbox.base_url.clone();
        let body = json!({ "provider": provider, "email": email });
        let tokens = url.join("/_sandbox/tokens").unwrap();
        let token =
            Browser::new(url.clone()).call(Method::POST, tokens.as_str(), &body).await.expect(200).json();
        Browser::with_key(url, &text(&token, "access_token"))
    }

    /// Ben's meetings at Webex from the beginning on.
    pub(super) async fn meetings(&self) -> Vec<Value> {
        self.meetings_of(BEN).await
    }

    pub(super) async fn meetings_of(&self, email: &str) -> Vec<Value> {
        let webex = self.as_owner("webex", email).await;
        let path = "/v1/meetings?meetingType=meetingSeries&from=2026-11-20T00:00:00Z&to=2027-11-20T00:00:00Z&max=100";
        let list = webex.get(path).await.expect(200).json();
        list["items"].as_array().unwrap().clone()
    }

    /// Who is invited to a meeting of Ben's.
    pub(super) async fn invitees(&self, id: &str) -> Vec<String> {
        let webex = self.as_owner("webex", BEN).await;
        let list = webex.get(&format!("/v1/meetingInvitees?meetingId={id}")).await.expect(200).json();
        list["items"].as_array().unwrap().iter().map(|one| text(one, "email")).collect()
    }

    /// Ben deletes a meeting at Webex himself.
    pub(super) async fn delete_meeting(&self, id: &str) {
        let webex = self.as_owner("webex", BEN).await;
        webex.call(Method::DELETE, &format!("/v1/meetings/{id}"), &Value::Null).await.expect(204);
        self.hub.sandbox.world.mails.clear();
    }

    /// Switches an integration `enable` or `disable`.
    pub(super) async fn turn(&self, integration: &str, how: &str) {
        self.post(&format!("/api/v1/integrations/{integration}/{how}"), Value::Null).await.expect(204);
    }

    /// What stands in somebody's calendar in the two weeks after the beginning.
    pub(super) async fn events_of(&self, email: &str) -> Vec<Value> {
        let path = "/v1.0/me/calendarView?startDateTime=2026-11-20T00:00:00Z&endDateTime=2026-12-05T00:00:00Z&$top=200";
        let list = self.outlook(email, Method::GET, path, &Value::Null).await.expect(200).json();
        list["value"].as_array().unwrap().clone()
    }

    pub(super) async fn events(&self) -> Vec<Value> {
        self.events_of(BEN).await
    }

    pub(super) async fn outlook(&self, email: &str, method: Method, path: &str, body: &Value) -> Reply {
        let owner = self.as_owner("microsoft", email).await;
        let with_body = !body.is_null();
        let shape = |request: reqwest::RequestBuilder| {
            let request = request.header("Prefer", "IdType=\"ImmutableId\", outlook.timezone=\"UTC\"");
            if with_body { request.json(body) } else { request }
        };
        owner.send(method, path, shape).await
    }

    /// The mails that reached this person by our server, in their order.
    pub(super) fn mails_to(&self, email: &str) -> Vec<Mail> {
        let mut all = self.hub.sandbox.world.mails.all();
        all.retain(|mail| mail.source == "smtp" && mail.to.iter().any(|to| to.contains(email)));
        all.sort_by_key(|mail| mail.id);
        all
    }

    /// The first words of the subjects of the visitor's mails.
    pub(super) fn told(&self, email: &str) -> Vec<String> {
        let first = |mail: Mail| mail.subject.split(':').next().unwrap_or_default().to_owned();
        self.mails_to(email).into_iter().map(first).collect()
    }

    // --- the sandbox ---

    /// Spoils requests with this method and path, some times or until [`Stage::heal`].
    pub(super) fn spoil(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let matching = Match { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times, after: 0, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).expect("room for a fault");
    }

    pub(super) fn heal(&self) {
        self.hub.sandbox.world.faults.remove(None);
    }

    pub(super) fn switch(&self, changes: &Value) {
        let mut core = self.hub.sandbox.world.core();
        core.switches = core.switches.with(changes.as_object().unwrap().clone()).unwrap();
    }

    /// How many requests with this method and path the sandbox has seen.
    pub(super) fn asked(&self, method: &str, path: &str) -> usize {
        let all = self.hub.sandbox.world.requests.all();
        all.iter().filter(|request| request.method == method && request.path.starts_with(path)).count()
    }
}
