//! A stored world of appointments: hosts with hours and read calendars, an API key, and a client of the API.

use std::{path::Path, time::Duration};

use accounts::{NewAccount, NewApiKey};
use platform::{
    Actor, Hub, Instant, Role, Scope,
    id::{AccountId, OrganizationId},
    new_id,
};
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard::app;

use super::world::config;

/// An organization with its hosts.
pub(crate) struct Library {
    pub(crate) key: String,
    pub(crate) hosts: Vec<AccountId>,
    hub: Hub,
    organization: OrganizationId,
}

impl Library {
    /// Stores an organization with this many hosts, who work around the clock.
    pub(crate) async fn store(data: &Path, database: Option<&str>, hosts: usize) -> Self {
        let hub = app::open(&config(data, database)).await.expect("the database opens");
        let organization =
            accounts::create_organization(&hub, "Lindenhof University Library", "Europe/Berlin");
        let organization = organization.await.expect("an organization");
        let key = NewApiKey { name: "Benchmark".into(), scopes: Scope::ALL.to_vec(), expires_at: None };
        let key = accounts::create_api_key(&hub, &Actor::system(organization), key).await.expect("a key");
        let key = key.secret.expose_secret().to_owned();
        let mut library = Self { key, hosts: Vec::new(), hub, organization };
        for number in 0..hosts {
            library.store_host(number).await;
        }
        library
    }

    async fn store_host(&mut self, number: usize) {
        let new = NewAccount {
            organization: self.organization,
            name: format!("Host {number}"),
            email: format!("host{number}@lindenhof.example"),
            password: None,
            roles: vec![Role::Host],
            time_zone: None,
        };
        let account = accounts::create_account(&self.hub, new).await.expect("an account");
        let hours = r#"[{"days":[1,2,3,4,5,6,7],"start":"00:00","end":"24:00"}]"#;
        let text = "INSERT INTO availability (organization_id, account_id, time_zone, weekly, overrides, email_hidden, \
                    version, updated_at) VALUES ($1, $2, 'Europe/Berlin', $3, '[]', FALSE, 1, 0)";
        let row = self.hub.db().sql(text).bind(self.organization).bind(account).bind(hours.to_owned());
        row.execute(self.hub.db()).await.expect("hours");
        self.hosts.push(account);
    }

    /// Gives every host a calendar that was read just now, with this many of all the busy times in the next month.
    pub(crate) async fn store_busy_times(&self, count: usize) {
        let (now, day) = (self.hub.now(), Duration::from_secs(86_400));
        for (number, host) in self.hosts.iter().enumerate() {
            let link = new_id(self.hub.clock(), self.hub.random()).to_string();
            let text = "INSERT INTO calendar_link (organization_id, id, account_id, connection_id, mailbox, provider_id, \
                        name, is_default, can_edit, allows_teams, makes_busy, receives, policy, listed_at, generation, \
                        window_from, window_until, read_at, failures, by_connection) VALUES ($1, $2, $3, $7, '', \
                        'calendar', 'Calendar', TRUE, TRUE, FALSE, TRUE, TRUE, 'open', $4, 1, $5, $6, $4, 0, FALSE)";
            let row =
                self.hub.db().sql(text).bind(self.organization).bind(link.clone()).bind(*host).bind(now);
            let row = row.bind(now.before(day)).bind(now.after(day * 400));
            let row = row.bind(new_id(self.hub.clock(), self.hub.random()).to_string());
            row.execute(self.hub.db()).await.expect("a calendar");
            for event in (number..count).step_by(self.hosts.len()) {
                self.store_event(
                    &link,
                    event,
                    now.after(
                        day * 30 * u32::try_from(event).unwrap_or(0) / u32::try_from(count).unwrap_or(1),
                    ),
                )
                .await;
            }
        }
    }

    async fn store_event(&self, link: &str, number: usize, start: Instant) {
        let text = "INSERT INTO calendar_item (organization_id, link_id, generation, event_id, is_bare, starts_at, ends_at, \
                    blocks) VALUES ($1, $2, 1, $3, FALSE, $4, $5, TRUE)";
        let row = self.hub.db().sql(text).bind(self.organization).bind(link.to_owned());
        let row =
            row.bind(format!("event-{number}")).bind(start).bind(start.after(Duration::from_secs(3600)));
        row.execute(self.hub.db()).await.expect("an event");
    }

    /// Closes the database, so that a server can have it.
    pub(crate) async fn leave(self) -> (String, Vec<AccountId>) {
        self.hub.db().close().await;
        (self.key, self.hosts)
    }
}

/// A program that calls the API.
#[derive(Clone)]
pub(crate) struct Program {
    client: Client,
    base: String,
    key: String,
}

impl Program {
    pub(crate) fn new(server: std::net::SocketAddr, key: &str) -> Self {
        Self::at(&format!("http://{server}"), key)
    }

    #[expect(clippy::disallowed_methods, reason = "a benchmark's client is no request of the product")]
    pub(crate) fn at(server: &str, key: &str) -> Self {
        Self { client: Client::new(), base: format!("{server}/api/v1"), key: key.to_owned() }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.key).json(body);
        let reply = request.send().await.expect("an answer");
        (reply.status(), reply.json().await.unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.download(path).await).expect("JSON")
    }

    /// The whole answer, unread: what a client makes of it is not the server's time.
    pub(crate) async fn download(&self, path: &str) -> Vec<u8> {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.key);
        let reply = request.send().await.expect("an answer");
        assert_eq!(reply.status(), StatusCode::OK);
        reply.bytes().await.expect("a body").to_vec()
    }

    /// Makes a type in person, half an hour every half hour, with these changes; answers its id.
    pub(crate) async fn make_type(&self, name: &str, hosts: &[AccountId], mode: &str) -> String {
        let settings = json!({
            "name": name, "hosts": hosts, "mode": mode, "min_notice": 0, "reminders": [],
            "places": [{ "kind": "in_person", "detail": "Room 4" }],
        });
        let (status, made) = self.post("/appointment-types", &settings).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Tries to book; answers the status.
    pub(crate) async fn book(&self, kind: &str, start: &str, number: usize) -> StatusCode {
        let visitor =
            json!({ "name": format!("Visitor {number}"), "email": format!("v{number}@visitor.example") });
        let (status, _) =
            self.post("/bookings", &json!({ "type": kind, "start": start, "visitor": visitor })).await;
        status
    }
}

/// A server's database: its name, its address where it is not SQLite.
pub(crate) fn settings(database: Option<&str>) -> Vec<(&'static str, &str)> {
    database.map(|url| ("SWITCHBOARD_DATABASE_URL", url)).into_iter().collect()
}
