//! What every test of appointments has at hand: a server, two hosts with their hours, a type to book in person, a
//! program with every scope, and verbs for what visitors and hosts do.
//!
//! It begins on Saturday, 21 November 2026, at 9:00 in UTC (10:00 in Berlin). [`MONDAY`] is the Monday after it.

use std::time::Duration;

use platform::{
    Instant, Role, Scope,
    id::{AccountId, OrganizationId},
};
use reqwest::Method;
use sandbox::{Fault, Match, Provider, Rule};
use serde_json::{Value, json};

use crate::harness::{Browser, Reply, Setup, TestHub};

const BEN: &str = "ben.okafor@lindenhof.example";
const CHIARA: &str = "chiara.rossi@lindenhof.example";
/// Ten o'clock in UTC, eleven in Berlin, in everybody's hours.
pub(super) const MONDAY: &str = "2026-11-23T10:00:00Z";
pub(super) const VISITOR: &str = "mara@visitor.example";

/// Somebody who takes appointments.
pub(super) struct Host {
    pub(super) email: &'static str,
    pub(super) browser: Browser,
    pub(super) account: AccountId,
}

/// The small world of these tests.
pub(super) struct Desk {
    pub(super) hub: TestHub,
    pub(super) organization: OrganizationId,
    pub(super) program: Browser,
    pub(super) ben: Host,
    pub(super) chiara: Host,
}

/// The instant of this text.
pub(super) fn at(text: &str) -> Instant {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

/// The text of the instant this many minutes later, as the API writes it.
pub(super) fn later(text: &str, minutes: i64) -> String {
    let instant = text.parse::<jiff::Timestamp>().unwrap();
    Instant::from(instant + jiff::SignedDuration::from_mins(minutes)).to_string()
}

#[track_caller]
pub(super) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// A type's settings with some changed.
pub(super) fn with(mut settings: Value, changes: Value) -> Value {
    if let (Value::Object(settings), Value::Object(changes)) = (&mut settings, changes) {
        settings.extend(changes);
    }
    settings
}

pub(super) fn in_person() -> Value {
    json!([{ "kind": "in_person", "detail": "Room 4" }])
}

/// A wish to book this type.
pub(super) fn wish(type_id: &str, start: &str) -> Value {
    json!({
        "type": type_id,
        "start": start,
        "visitor": { "name": "Mara Visitor", "email": VISITOR, "zone": "Europe/Berlin" },
    })
}

pub(super) fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

impl Desk {
    /// Ben and Chiara are hosts from nine to five on weekdays, in Berlin; nobody is connected.
    pub(super) async fn open() -> Self {
        Self::on(Setup::default()).await
    }

    pub(super) async fn on(setup: Setup) -> Self {
        let hub = TestHub::start_with(setup).await;
        let organization = hub.organization().await;
        let program = hub.api_key(&Scope::ALL).await;
        let ben = Self::host(&hub, BEN).await;
        let chiara = Self::host(&hub, CHIARA).await;
        Self { hub, organization, program, ben, chiara }
    }

    /// Both hosts have connected Webex and Microsoft, and their calendars are read.
    pub(super) async fn connected() -> Self {
        let desk = Self::open().await;
        for provider in [Provider::Webex, Provider::Microsoft] {
            let integration = desk.hub.integration(provider).await;
            for host in [&desk.ben, &desk.chiara] {
                desk.hub.connect(&host.browser, &integration, host.email).await;
            }
        }
        desk.hub.run_jobs().await;
        desk.settle().await;
        desk
    }

    async fn host(hub: &TestHub, email: &'static str) -> Host {
        let account = hub.account(email, &[Role::Host]).await;
        let browser = hub.signed_in(email, &[Role::Host]).await;
        Host { email, browser, account }
    }

    /// A third host and so on, not connected.
    pub(super) async fn another_host(&self, email: &'static str) -> Host {
        Self::host(&self.hub, email).await
    }

    // --- types ---

    /// Ben's type, half an hour in person; the settings for [`Desk::make`], with these changed.
    pub(super) fn settings(&self, changes: Value) -> Value {
        let settings = json!({
            "name": "Ask a librarian", "hosts": [self.ben.account], "places": in_person(), "durations": [30],
        });
        with(settings, changes)
    }

    /// Makes a type; answers its id.
    pub(super) async fn make(&self, settings: &Value) -> String {
        let made = self.program.call(Method::POST, "/api/v1/appointment-types", settings).await;
        text(&made.expect(201).json(), "id")
    }

    /// Ben's type in person.
    pub(super) async fn in_person(&self) -> String {
        self.make(&self.settings(json!({}))).await
    }

    /// Ben's type by Webex or Teams (`webex`, `teams`).
    pub(super) async fn online(&self, kind: &str) -> String {
        self.make(&self.settings(json!({ "places": [{ "kind": kind }] }))).await
    }

    pub(super) async fn appointment_type(&self, id: &str) -> Value {
        self.program.get(&format!("/api/v1/appointment-types/{id}")).await.expect(200).json()
    }

    /// Changes some settings of a type that is there.
    pub(super) async fn change(&self, id: &str, changes: Value) -> Reply {
        let settings = with(self.appointment_type(id).await, changes);
        self.program.call(Method::PUT, &format!("/api/v1/appointment-types/{id}"), &settings).await
    }

    // --- times ---

    /// The starts on offer on a date, in UTC.
    pub(super) async fn starts(&self, type_id: &str, date: &str) -> Vec<String> {
        let date: jiff::civil::Date = date.parse().unwrap();
        let path = format!(
            "/api/v1/slots?type={type_id}&from={date}&to={}&zone=Europe/Berlin",
            date.tomorrow().unwrap()
        );
        let slots = self.program.get(&path).await.expect(200).json();
        slots["items"].as_array().unwrap().iter().map(|slot| text(slot, "start")).collect()
    }

    pub(super) async fn is_offered(&self, type_id: &str, start: &str) -> bool {
        let from = at(start);
        let path =
            format!("/api/v1/slots?type={type_id}&from={from}&to={}", from.after(Duration::from_secs(60)));
        let slots = self.program.get(&path).await.expect(200).json();
        !slots["items"].as_array().unwrap().is_empty()
    }

    pub(super) async fn hold(&self, type_id: &str, start: &str) -> Reply {
        let body = json!({ "type": type_id, "start": start });
        self.program.call(Method::POST, "/api/v1/holds", &body).await
    }

    // --- bookings ---

    /// Tries to book.
    pub(super) async fn book(&self, type_id: &str, start: &str) -> Reply {
        self.send(&wish(type_id, start)).await
    }

    /// Books, which must succeed; answers the booking.
    pub(super) async fn booked(&self, type_id: &str, start: &str) -> Value {
        self.book(type_id, start).await.expect(201).json()
    }

    /// Sends a whole wish, such as [`wish`] with changes.
    pub(super) async fn send(&self, wish: &Value) -> Reply {
        self.program.call(Method::POST, "/api/v1/bookings", wish).await
    }

    pub(super) async fn send_with_key(&self, wish: &Value, key: &str) -> Reply {
        let shape = |request: reqwest::RequestBuilder| request.header("Idempotency-Key", key).json(wish);
        self.program.send(Method::POST, "/api/v1/bookings", shape).await
    }

    /// The booking with its steps.
    pub(super) async fn booking(&self, id: &str) -> Value {
        self.program.get(&format!("/api/v1/bookings/{id}")).await.expect(200).json()
    }

    pub(super) async fn move_to(&self, id: &str, start: &str) -> Reply {
        let path = format!("/api/v1/bookings/{id}/reschedule");
        self.program.call(Method::POST, &path, &json!({ "start": start })).await
    }

    pub(super) async fn cancel(&self, id: &str) -> Reply {
        let path = format!("/api/v1/bookings/{id}/cancel");
        self.program.call(Method::POST, &path, &json!({ "reason": "I am ill." })).await
    }

    /// Every booking of the organization.
    pub(super) async fn bookings(&self) -> Vec<Value> {
        let list = self.program.get("/api/v1/bookings?limit=200").await.expect(200).json();
        list["items"].as_array().unwrap().clone()
    }

    // --- time ---

    /// Lets time pass, with what is done at its end.
    pub(super) async fn pass(&self, time: Duration) {
        self.hub.advance(time);
        self.hub.tick().await;
        self.hub.run_jobs().await;
    }

    /// Lets the rounds happen and everything be read, a little more than a minute later.
    pub(super) async fn settle(&self) {
        self.pass(Duration::from_secs(77)).await;
        self.pass(Duration::from_secs(6)).await;
    }

    // --- the sandbox ---

    /// Spoils requests with this method and path, some times or until [`Desk::heal`].
    pub(super) fn spoil(&self, method: &str, path: &str, fault: Fault, times: Option<u32>) {
        let matching = Match { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times, after: 0, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).expect("room for a fault");
    }

    pub(super) fn heal(&self) {
        self.hub.sandbox.world.faults.remove(None);
    }

    /// Asks a provider's API as this person (`/v1/meetings`, `/v1.0/me/events`).
    pub(super) async fn provider(
        &self,
        provider: Provider,
        email: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Reply {
        let url = self.hub.sandbox.base_url.clone();
        let tokens = url.join("/_sandbox/tokens").unwrap();
        let wanted = json!({ "provider": provider, "email": email });
        let token = Browser::new(url.clone()).call(Method::POST, tokens.as_str(), &wanted).await.expect(200);
        let owner = Browser::with_key(url, &text(&token.json(), "access_token"));
        owner.call(method, path, body).await
    }
}
