//! The demo's integrations, the connections of its hosts, and the administrator's for the directory: registered through
//! the API and authorized page by page, as the people would. On a later start only what a person has left standing is
//! authorized again.

use std::time::Duration;

use axum::Router;
use http::Method;
use platform::Hub;
use sandbox::{App, Provider};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    program::Program,
    record::{Record, SignIn},
};
use crate::Trouble;

const INTEGRATIONS: &str = "/api/v1/integrations";
const CONNECTIONS: &str = "/api/v1/connections";
const CALENDARS: &str = "/api/v1/calendars";
const DIRECTORY: &str = "/api/v1/directory";
/// What the integration is called whose administrators read and change people.
const FOR_DIRECTORY: &str = "Webex directory";
/// How often and how long to look whether the hosts' calendars have been read.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(15);

/// What the demo needs to connect its hosts.
pub(super) struct Connecting<'a> {
    pub(super) hub: &'a Hub,
    pub(super) router: &'a Router,
    pub(super) program: &'a Program,
    pub(super) record: &'a Record,
    pub(super) apps: &'a [App],
}

/// A trip to a provider that somebody has to make.
struct Trip<'a> {
    person: &'a SignIn,
    integration: String,
    /// The account at the provider.
    email: String,
}

impl Connecting<'_> {
    /// Registers the sandbox's apps and connects the hosts, the first time; later authorizes again what is there,
    /// because a new sandbox knows none of the old tokens. To be done before anything works in the background, which
    /// would find them dead.
    pub(super) async fn settle(&self, by_hand: bool) -> Result<(), Trouble> {
        let is_new = self.program.list(INTEGRATIONS).await?.is_empty();
        if is_new && by_hand {
            return Ok(());
        }
        let trips = if is_new { self.first_trips().await? } else { self.trips_again().await? };
        for trip in trips {
            self.travel(&trip).await?;
        }
        Ok(())
    }

    async fn first_trips(&self) -> Result<Vec<Trip<'_>>, Trouble> {
        let mut trips = Vec::new();
        for app in self.apps {
            let integration = self.register(&for_hosts(app)).await?;
            let trip =
                |person| Trip { person, integration: integration.clone(), email: person.email.clone() };
            trips.extend(self.record.hosts.iter().map(trip));
        }
        let webex = self.apps.iter().find(|app| app.provider == Provider::Webex);
        if let Some(app) = webex {
            let integration = self.register(&for_directory(app)).await?;
            let person = &self.record.administrator;
            trips.push(Trip { person, integration, email: person.email.clone() });
        }
        Ok(trips)
    }

    /// Answers the integration's id.
    async fn register(&self, integration: &Value) -> Result<String, Trouble> {
        let made = self.program.call(Method::POST, INTEGRATIONS, Some(integration)).await?;
        Ok(made["id"].as_str().unwrap_or_default().to_owned())
    }

    /// One trip for every living connection of a person whose password we know, where its integration is enabled.
    async fn trips_again(&self) -> Result<Vec<Trip<'_>>, Trouble> {
        let integrations = self.program.list(INTEGRATIONS).await?;
        let is_on = |connection: &Value| {
            let mut on = integrations.iter().filter(|it| it["enabled"] == true && it["trial"] == false);
            on.any(|it| it["id"] == connection["integration_id"])
        };
        let mut trips = Vec::new();
        for connection in self.program.list(CONNECTIONS).await? {
            if !connection["removed_at"].is_null() || !is_on(&connection) {
                continue;
            }
            let Some(person) = self.owner(&connection).await? else { continue };
            let text = |name: &str| connection[name].as_str().unwrap_or_default().to_owned();
            trips.push(Trip { person, integration: text("integration_id"), email: text("provider_account") });
        }
        Ok(trips)
    }

    async fn owner(&self, connection: &Value) -> Result<Option<&SignIn>, Trouble> {
        let Record { hosts, administrator, operator, .. } = self.record;
        for person in hosts.iter().chain([administrator, operator]) {
            let account = accounts::find(self.hub, &person.email).await?;
            if account.is_some_and(|account| connection["account_id"] == account.id.to_string()) {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    /// Signs in, presses *Authorize*, and does what the provider asks. One that does not work is told and left to people.
    async fn travel(&self, trip: &Trip<'_>) -> Result<(), Trouble> {
        let mut browser = Browser::new(self.hub, self.router);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let SignIn { email, password } = trip.person;
        let next = pair("next", "/my/connections");
        browser.post("/sign-in", &[pair("email", email), pair("password", password), next]).await?;
        let form = [pair("integration", &trip.integration)];
        let begun = browser.post("/my/connections/authorize", &form).await?;
        let end = browser.accept_as(begun, &trip.email).await?;
        if end.status.is_success() && end.url.path().starts_with("/my/connections/") {
            // Opening the page has the calendars of a new connection listed.
            browser.get("/my/calendars").await?;
        } else {
            tracing::warn!(email, page = end.url.path(), "the demo could not authorize for this person");
        }
        Ok(())
    }

    /// Has the calendars read that make busy or receive bookings, and waits a while for it.
    pub(super) async fn read_calendars(&self) -> Result<(), Trouble> {
        let is_used = |it: &Value| it["makes_busy"] == true || it["receives_bookings"] == true;
        for calendar in self.program.list(CALENDARS).await?.iter().filter(|it| is_used(it)) {
            let path = format!("{CALENDARS}/{}/readings", calendar["id"].as_str().unwrap_or_default());
            self.program.call(Method::POST, &path, None).await?;
        }
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            let all = self.program.list(CALENDARS).await?;
            let is_known = |it: &Value| it["read_at"].is_string() && it["trouble"].is_null();
            if all.iter().filter(|it| is_used(it)).all(is_known) || self.hub.stop().is_cancelled() {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Has the Webex organization read the first time, in the background; with many people it takes a while.
    pub(super) async fn read_directory(&self) -> Result<(), Trouble> {
        let directory = self.program.call(Method::GET, DIRECTORY, None).await?;
        let integrations = self.program.list(INTEGRATIONS).await?;
        let integration = integrations.iter().find(|it| it["name"] == FOR_DIRECTORY);
        let connections = self.program.list(CONNECTIONS).await?;
        let is_connected =
            integration.is_some_and(|it| connections.iter().any(|at| at["integration_id"] == it["id"]));
        if directory["read_at"].is_null() && is_connected {
            self.program.call(Method::POST, &format!("{DIRECTORY}/readings"), Some(&json!({}))).await?;
        }
        Ok(())
    }
}

/// An app of the sandbox as an integration for everything that appointments need.
fn for_hosts(app: &App) -> Value {
    match app.provider {
        Provider::Webex => registration(app, "Webex", "", "meetings"),
        Provider::Microsoft => registration(app, "Microsoft 365", "organizations", "calendars"),
    }
}

/// The same Webex app as an integration of its own for administrators: hosts need not be asked for their scopes.
fn for_directory(app: &App) -> Value {
    registration(app, FOR_DIRECTORY, "", "directory")
}

fn registration(app: &App, name: &str, tenant: &str, purpose: &str) -> Value {
    let secret = app.secrets.first().map_or("", |secret| secret.value.as_str());
    json!({
        "provider": app.provider, "name": name, "client_id": app.client_id, "tenant": tenant,
        "client_secret": { "value": secret }, "purposes": { "sign_in": [], purpose: [] },
    })
}
