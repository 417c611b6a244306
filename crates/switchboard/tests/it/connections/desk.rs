//! What every test of connections has at hand: a server, Ben's browser, a program with every scope, and the sandbox's
//! own books to compare with.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use platform::Scope;
use reqwest::Method;
use sandbox::{CutPoint, Fault, Mail, Match, Provider, Received, Rule};
use serde_json::{Value, json};
use url::Url;

use crate::harness::{Browser, Consent, Reply, TestHub, press};

pub(super) const BEN: &str = "ben.okafor@lindenhof.example";
pub(super) const CHIARA: &str = "chiara.rossi@lindenhof.example";
pub(super) const ADA: &str = "ada.lindqvist@lindenhof.example";
/// Where both providers give tokens.
pub(super) const TOKEN_ENDPOINT: [(Provider, &str); 2] =
    [(Provider::Webex, "/v1/access_token"), (Provider::Microsoft, "/organizations/oauth2/v2.0/token")];

pub(super) struct Desk {
    pub(super) hub: TestHub,
    pub(super) ben: Browser,
    pub(super) program: Browser,
}

impl Desk {
    pub(super) async fn open() -> Self {
        Self::on(TestHub::start().await).await
    }

    pub(super) async fn on(hub: TestHub) -> Self {
        let program = hub.api_key(&Scope::ALL).await;
        let ben = hub.host().await;
        Self { hub, ben, program }
    }

    /// A desk at which Ben has connected his account; answers integration and connection too.
    pub(super) async fn connected(provider: Provider) -> (Self, String, String) {
        let desk = Self::open().await;
        let integration = desk.hub.integration(provider).await;
        let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
        desk.hub.run_jobs().await;
        desk.forget_requests();
        (desk, integration, connection)
    }

    // --- our API ---

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.program.call(Method::POST, path, &body).await
    }

    pub(super) async fn token(&self, connection: &str) -> Reply {
        self.program.get(&format!("/api/v1/connections/{connection}/token")).await
    }

    /// The token's value, which must be had.
    pub(super) async fn value(&self, connection: &str) -> String {
        text(&self.token(connection).await.expect(200).json(), "access_token")
    }

    /// Many programs at the same moment.
    pub(super) async fn tokens(&self, connection: &str, many: usize) -> Vec<Reply> {
        let asked = (0..many).map(|_| self.token(connection));
        stream::iter(asked).buffer_unordered(many).collect().await
    }

    pub(super) async fn connection(&self, id: &str) -> Value {
        self.program.get(&format!("/api/v1/connections/{id}")).await.expect(200).json()
    }

    pub(super) async fn integration(&self, id: &str) -> Value {
        self.program.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json()
    }

    pub(super) async fn remove(&self, connection: &str) {
        let path = format!("/api/v1/connections/{connection}");
        self.program.call(Method::DELETE, &path, &Value::Null).await.expect(204);
    }

    /// Lets a whole day pass, with what is done in it.
    pub(super) async fn a_day_passes(&self) {
        self.hub.advance(Duration::from_secs(86_400));
        self.round().await;
    }

    /// The regular rounds, and the jobs that come of them.
    pub(super) async fn round(&self) {
        self.hub.tick().await;
        self.hub.run_jobs().await;
    }

    /// Moves to where this connection's token has just ended.
    pub(super) async fn expire(&self, connection: &str) {
        self.to_the_end(connection, 1).await;
    }

    /// Moves to `seconds` after the end of this connection's token; before it, when negative.
    pub(super) async fn to_the_end(&self, connection: &str, seconds: i64) {
        let until = text(&self.connection(connection).await, "valid_until");
        let until: jiff::Timestamp = until.parse().unwrap();
        let left = until.as_second() + seconds - self.hub.hub.now().seconds();
        self.hub.advance(Duration::from_secs(u64::try_from(left).expect("the end lies ahead")));
    }

    // --- the way through the provider ---

    /// Goes to the provider and decides; answers where the provider sends the browser, which is not followed.
    pub(super) async fn way_back(
        &self,
        who: &Browser,
        integration: &str,
        email: &str,
        consent: Consent,
    ) -> Url {
        let begun = who.post("/my/connections/authorize", &[("integration", integration)]).await.expect(303);
        self.way_back_from(who, begun, email, consent).await
    }

    pub(super) async fn way_back_from(
        &self,
        who: &Browser,
        begun: Reply,
        email: &str,
        consent: Consent,
    ) -> Url {
        let mut reply = begun;
        for _ in 0..12 {
            if !reply.status.is_redirection() {
                reply = press(who, &reply, email, consent).await;
                continue;
            }
            let target = reply.location();
            if target.origin() == self.hub.base_url.origin() {
                return target;
            }
            reply = who.get(target.as_str()).await;
        }
        panic!("the provider never sends {email} back: {}", reply.body);
    }

    // --- the sandbox ---

    pub(super) fn forget_requests(&self) {
        self.hub.sandbox.world.requests.clear();
    }

    /// What the providers were asked under this path.
    pub(super) fn asked(&self, path: &str) -> Vec<Received> {
        let mut all = self.hub.sandbox.world.requests.all();
        all.retain(|request| request.path.starts_with(path));
        all
    }

    /// How many refreshes this provider has seen.
    pub(super) fn refreshes(&self, provider: Provider) -> usize {
        let is_refresh = |request: &&Received| request.detail.as_deref() == Some("refresh_token");
        self.asked(token_endpoint(provider)).iter().filter(is_refresh).count()
    }

    /// How many requests have reached this provider's token endpoint, answered or not.
    pub(super) fn refreshes_begun(&self, provider: Provider) -> usize {
        self.asked(token_endpoint(provider)).len()
    }

    /// How many tokens of this person are alive at Webex, except personal ones.
    pub(super) async fn sandbox_grants(&self, email: &str) -> usize {
        let admin = self.personal_token(Provider::Webex, ADA).await;
        let path = format!("/v1/authorizations?personEmail={email}");
        let list = self.get_as(&admin, &path).await.expect(200).json();
        list["items"].as_array().unwrap().len()
    }

    /// A token that the sandbox gives without asking anybody.
    pub(super) async fn personal_token(&self, provider: Provider, email: &str) -> String {
        let body = json!({ "provider": provider, "email": email });
        text(&self.control("/_sandbox/tokens", body).await, "access_token")
    }

    /// Spoils every request under this path, until [`Desk::heal`].
    pub(super) fn spoil(&self, path: &str, fault: Fault) {
        self.spoil_some(path, fault, None);
    }

    pub(super) fn spoil_some(&self, path: &str, fault: Fault, times: Option<u32>) {
        let matching = Match { method: None, path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times, after: 0, fault, hits: 0 };
        self.hub.sandbox.world.faults.add(rule).expect("room for a fault");
    }

    pub(super) fn heal(&self) {
        self.hub.sandbox.world.faults.remove(None);
    }

    /// Changes switches of the sandbox.
    pub(super) fn switch(&self, changes: &Value) {
        let mut core = self.hub.sandbox.world.core();
        core.switches = core.switches.with(changes.as_object().unwrap().clone()).unwrap();
    }

    /// Changes the registered app of a provider.
    pub(super) fn change_app(&self, provider: Provider, change: impl FnOnce(&mut sandbox::App)) {
        let mut core = self.hub.sandbox.world.core();
        change(core.apps.iter_mut().find(|app| app.provider == provider).unwrap());
    }

    /// The sandbox's control interface.
    pub(super) async fn control(&self, path: &str, body: Value) -> Value {
        let url = self.hub.sandbox.base_url.join(path).unwrap();
        let anyone = Browser::new(url.clone());
        anyone.call(Method::POST, url.as_str(), &body).await.expect(200).json()
    }

    /// Withdraws what a person granted.
    pub(super) async fn revoke(&self, provider: Provider, email: &str) {
        self.control("/_sandbox/revoke", json!({ "provider": provider, "email": email })).await;
    }

    /// Asks a provider's API with a token; answers the status.
    pub(super) async fn asks(&self, provider: Provider, token: &str) -> u16 {
        let path = if provider == Provider::Webex { "/v1/people/me" } else { "/v1.0/me" };
        self.get_as(token, path).await.status.as_u16()
    }

    pub(super) async fn get_as(&self, token: &str, path: &str) -> Reply {
        Browser::with_key(self.hub.sandbox.base_url.clone(), token).get(path).await
    }

    /// The mails that we sent.
    pub(super) fn mails(&self) -> Vec<Mail> {
        let mut all = self.hub.sandbox.world.mails.all();
        all.retain(|mail| mail.source == "smtp");
        all
    }
}

pub(super) fn token_endpoint(provider: Provider) -> &'static str {
    TOKEN_ENDPOINT.iter().find(|(known, _)| *known == provider).unwrap().1
}

#[track_caller]
pub(super) fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

pub(super) fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

pub(super) fn cut(at: CutPoint) -> Fault {
    Fault { cut: Some(at), ..Fault::default() }
}

/// The kind of a problem, without its prefix.
pub(super) fn problem(reply: &Reply) -> String {
    let kind = text(&reply.json(), "type");
    kind.trim_start_matches("urn:switchboard:problem:").to_owned()
}
