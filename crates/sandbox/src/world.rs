//! Everything the sandbox knows, shared by all handlers as [`Shared`].
//!
//! The contract for a family of provider calls (Webex, Entra, Graph):
//!
//! - It is a module with `pub(crate) fn routes() -> Routes` (a recorder around an `axum::Router<Shared>`,
//!   see [`crate::routes::Routes`]) and its own `State`, made by `State::new(&Seed)`, which sits in the world
//!   behind a mutex of its own. Handlers take `State(world): State<Shared>`.
//! - Time is `world.clock.now()`, randomness `world.random`; nothing else is ambient, nothing sleeps.
//! - Lock order: [`Core`] first (`world.core()`), the family's own state second; never the other way round, and
//!   no lock is held across an `.await`. Clone what is needed and let go.
//! - Every request of a provider path arrives with a `requests::RequestId` in its extensions. Whoever learns the
//!   account or app behind it tells `world.requests.amend(id, |entry| entry.account = …)`; token endpoints put
//!   the grant type into `entry.detail`.
//! - After a bearer token was accepted, call `world.charge(client_id)`: `Err(seconds)` means the app is over its
//!   limit and wants 429 with `Retry-After` in the family's own error shape.
//! - Faults and the request log are layers around the families; handlers need not know them.
//! - Sign-in: `world.sign_in(provider, email)` gives a `Set-Cookie` value, `world.signed_in(provider, &headers)`
//!   (or `signed_in_email`, for accounts that the seed does not know) reads it.
//! - Pages: `pages::page(status, &template)`, where the template extends `layout.html`.
//! - The control interface calls, per provider: `issue_token(&World, email, scopes) -> Option<Value>` (what
//!   `POST /_sandbox/tokens` answers), `revoke(&World, email, Revocation)` (what `POST /_sandbox/revoke` does).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::apps::{App, Provider};
use crate::clock::Clock;
use crate::courier::Courier;
use crate::faults::Faults;
use crate::mails::Mails;
use crate::random::Random;
use crate::requests::RequestLog;
use crate::seed::{Organization, Person, Seed};
use crate::switches::Switches;
use crate::throttle::Throttle;
use crate::{entra, graph, webex};

/// Browsers that stay signed in; at this number all of them must sign in again.
const MOST_SESSIONS: usize = 20_000;

/// The world as handlers hold it.
pub type Shared = Arc<World>;

/// All state of one running sandbox.
pub struct World {
    /// The origin under which the sandbox is reached, without a trailing slash in its path.
    pub base_url: Url,
    /// The sandbox's time.
    pub clock: Clock,
    /// The sandbox's randomness.
    pub random: Random,
    /// Received provider requests.
    pub requests: RequestLog,
    /// Injected faults.
    pub faults: Faults,
    /// Rate limits and what was counted.
    pub throttle: Throttle,
    /// The inbox.
    pub mails: Mails,
    /// What the providers send on their own.
    pub courier: Courier,
    /// The CA certificate (PEM), when TLS is on.
    pub ca_pem: Option<String>,
    /// Where the mail sink listens, when there is one.
    pub smtp_addr: Option<SocketAddr>,
    pub(crate) extra_redirect_uris: Vec<String>,
    core: Mutex<Core>,
    pub(crate) webex: Mutex<webex::State>,
    pub(crate) entra: Mutex<entra::State>,
    pub(crate) graph: Mutex<graph::State>,
}

/// What both providers share.
pub struct Core {
    /// The organization.
    pub organization: Organization,
    /// Its people.
    pub people: Vec<Person>,
    /// Registered apps of both providers.
    pub apps: Vec<App>,
    /// Behaviour switches.
    pub switches: Switches,
    sessions: HashMap<(Provider, String), String>,
    windows: HashMap<String, (i64, u32)>,
}

/// Why a person's tokens end early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// The person or an administrator took the authorization back.
    #[default]
    Revoked,
    /// The person changed their password.
    PasswordChanged,
    /// The account was switched off.
    AccountDisabled,
}

/// A seed that cannot be used, in words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct BadSeed(pub String);

impl World {
    pub(crate) fn new(base_url: Url, seed: &Seed, extra_redirect_uris: Vec<String>) -> Result<Self, BadSeed> {
        let clock = Clock::new(seed.now);
        let began = clock.now();
        Ok(Self {
            base_url,
            clock,
            random: Random::new(seed.random),
            requests: RequestLog::default(),
            faults: Faults::default(),
            throttle: Throttle::default(),
            mails: Mails::default(),
            courier: Courier::default(),
            ca_pem: None,
            smtp_addr: None,
            core: Mutex::new(Core::new(seed, &extra_redirect_uris)?),
            extra_redirect_uris,
            webex: Mutex::new(webex::State::new(seed)),
            entra: Mutex::new(entra::State::new(seed)),
            graph: Mutex::new(graph::State::new(began)),
        })
    }

    /// Forgets everything and starts again from a seed; the log of requests and the inbox are emptied too.
    pub fn reset(&self, seed: &Seed) -> Result<(), BadSeed> {
        let core = Core::new(seed, &self.extra_redirect_uris)?;
        *self.core() = core;
        *lock(&self.webex) = webex::State::new(seed);
        *lock(&self.entra) = entra::State::new(seed);
        self.clock.set(seed.now);
        *lock(&self.graph) = graph::State::new(self.clock.now());
        self.random.reset(seed.random);
        self.requests.clear();
        self.faults.remove(None);
        self.throttle.clear();
        self.mails.clear();
        self.courier.clear();
        Ok(())
    }

    /// What both providers share, locked.
    pub fn core(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }

    /// A copy of the switches.
    pub fn switches(&self) -> Switches {
        self.core().switches.clone()
    }

    /// An app by its provider and client id.
    pub fn app(&self, provider: Provider, client_id: &str) -> Option<App> {
        let core = self.core();
        core.apps.iter().find(|app| app.provider == provider && app.client_id == client_id).cloned()
    }

    /// A person by mail address (any case).
    pub fn person(&self, email: &str) -> Option<Person> {
        self.core().people.iter().find(|person| person.email.eq_ignore_ascii_case(email)).cloned()
    }

    /// Counts a request of an app; `Err` carries the seconds to wait when its minute is used up.
    pub fn charge(&self, client_id: &str) -> Result<(), u64> {
        let now = self.clock.now().as_second();
        let mut core = self.core();
        let own =
            core.apps.iter().find(|app| app.client_id == client_id).and_then(|app| app.requests_per_minute);
        let limit = own.unwrap_or(core.switches.requests_per_minute);
        let window = core.windows.entry(client_id.to_owned()).or_insert((now, 0));
        if now - window.0 >= 60 || now < window.0 {
            *window = (now, 0);
        }
        if window.1 >= limit {
            return Err(u64::try_from(60 - (now - window.0)).unwrap_or(60).max(1));
        }
        window.1 += 1;
        Ok(())
    }

    /// Remembers that a browser signed in as a person; returns the `Set-Cookie` value.
    pub fn sign_in(&self, provider: Provider, email: &str) -> String {
        let ticket = self.random.token();
        let mut core = self.core();
        if core.sessions.len() >= MOST_SESSIONS {
            core.sessions.clear();
        }
        core.sessions.insert((provider, ticket.clone()), email.to_owned());
        drop(core);
        let secure = if self.base_url.scheme() == "https" { "; Secure" } else { "" };
        format!("{}={ticket}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(provider))
    }

    /// Who a browser is signed in as, among the seeded people.
    pub fn signed_in(&self, provider: Provider, headers: &HeaderMap) -> Option<Person> {
        self.person(&self.signed_in_email(provider, headers)?)
    }

    /// The mail address that a browser is signed in with.
    pub fn signed_in_email(&self, provider: Provider, headers: &HeaderMap) -> Option<String> {
        let name = cookie_name(provider);
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let ticket = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then(|| value.to_owned()))?;
        self.core().sessions.get(&(provider, ticket)).cloned()
    }

    /// Ends a person's browser sessions.
    pub fn sign_out(&self, provider: Provider, email: &str) {
        self.core().sessions.retain(|(at, _), who| *at != provider || !who.eq_ignore_ascii_case(email));
    }
}

impl Core {
    fn new(seed: &Seed, extra_redirect_uris: &[String]) -> Result<Self, BadSeed> {
        let mut apps = seed.apps.clone();
        for app in &mut apps {
            app.redirect_uris.extend(extra_redirect_uris.iter().cloned());
            app.fill_in();
        }
        let switches = Switches::default()
            .with(seed.switches.clone())
            .map_err(|error| BadSeed(format!("The seed's switches are wrong: {error}.")))?;
        seed.check()?;
        Ok(Self {
            organization: seed.organization.clone(),
            people: seed.people.clone(),
            apps,
            switches,
            sessions: HashMap::new(),
            windows: HashMap::new(),
        })
    }
}

/// Locks a mutex; a panic of another thread does not make its content unusable here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds since 1970 of an instant some seconds later, saturating.
pub(crate) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now)
}

fn cookie_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Webex => "sandbox_webex",
        Provider::Microsoft => "sandbox_entra",
    }
}
