//! What tests with processes of the server have at hand: tokens to be refreshed in a database that they share.

use std::{path::PathBuf, time::Duration};

use platform::{Scope, db::Db};
use sandbox::{Fault, Match, Progress, Provider, Received, Rule, Running};
use serde_json::{Value, json};
use switchboard::Config;
use tempfile::TempDir;

use super::desk::{BEN, Desk};
use crate::harness::{Browser, Process, Setup, TestHub};

/// An organization whose Ben has connected Webex, in a database that nobody serves.
pub(super) struct Scene {
    pub(super) sandbox: Running,
    pub(super) key: String,
    pub(super) connections: Vec<String>,
    config: Config,
    dir: TempDir,
}

impl Scene {
    /// `many` connections of Ben, one for each of as many integrations, whose tokens are strictly single-use.
    pub(super) async fn set(many: usize) -> Self {
        let hub = TestHub::start_with(Setup { fixed_clock: false, ..Setup::default() }).await;
        let desk = Desk::on(hub).await;
        desk.switch(&json!({ "webex.refresh": "rotate" }));
        let mut connections = Vec::new();
        for _ in 0..many {
            let integration = desk.hub.integration(Provider::Webex).await;
            connections.push(desk.hub.connect(&desk.ben, &integration, BEN).await);
        }
        desk.hub.run_jobs().await;
        desk.forget_requests();
        let key = desk.hub.key(&Scope::ALL).await;
        let (sandbox, config, dir) = desk.hub.leave().await;
        Self { sandbox, key, connections, config, dir }
    }

    /// Starts a process in a data folder of this name; on SQLite there is only one.
    pub(super) fn serve(&self, name: &str) -> Process {
        Process::serve(self.dir.path(), name, (&self.config, &self.sandbox), "")
    }

    pub(super) fn data_dir(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The database beside the servers.
    pub(super) async fn db(&self) -> Db {
        Db::connect(&self.config.database_url()).await.unwrap()
    }

    /// Lets every access token have ended an hour ago.
    pub(super) async fn expire(&self) {
        let db = self.db().await;
        let sql =
            "UPDATE connection SET access_expires_at = refreshed_at - 3600000000 WHERE removed_at IS NULL";
        db.sql(sql).execute(&db).await.unwrap();
        db.close().await;
    }

    pub(super) fn delay_refreshes(&self, delay: Duration) {
        let matching = Match { method: None, path: Some("/v1/access_token".to_owned()) };
        let fault = Fault { delay_ms: u64::try_from(delay.as_millis()).ok(), ..Fault::default() };
        let rule = Rule { id: 0, matching, times: None, after: 0, fault, hits: 0 };
        self.sandbox.world.faults.add(rule).unwrap();
    }

    pub(super) fn heal(&self) {
        self.sandbox.world.faults.remove(None);
    }

    /// The refreshes that came as far as this.
    pub(super) fn refreshes(&self, state: Progress) -> usize {
        let counts = |request: &&Received| request.path == "/v1/access_token" && request.state == state;
        self.sandbox.world.requests.all().iter().filter(counts).count()
    }

    /// Asks Webex who this token belongs to; answers the status.
    pub(super) async fn asks(&self, token: &str) -> u16 {
        let webex = Browser::with_key(self.sandbox.base_url.clone(), token);
        webex.get("/v1/people/me").await.status.as_u16()
    }
}

pub(super) fn token_path(connection: &str) -> String {
    format!("/api/v1/connections/{connection}/token")
}

pub(super) async fn connection(program: &Browser, id: &str) -> Value {
    program.get(&format!("/api/v1/connections/{id}")).await.expect(200).json()
}

/// Waits for a condition, at most half a minute.
pub(super) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = tokio::time::Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
