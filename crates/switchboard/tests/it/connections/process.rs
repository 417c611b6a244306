//! Real processes of the server, which can be killed, on what a test's own server has left behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use platform::{Scope, db::Db};
use sandbox::{Fault, Match, Progress, Provider, Received, Rule, Running};
use serde_json::{Value, json};
use switchboard::Config;
use tempfile::TempDir;
use url::Url;

use super::desk::{BEN, Desk};
use crate::harness::{Browser, Setup, TestHub};

/// A `serve` of its own; it is killed when the test ends before it does.
pub(super) struct Process {
    child: Child,
    base: Url,
}

impl Process {
    fn start(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.arg("serve").env_clear().env("SWITCHBOARD_CONFIG", config).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("listens on ").nth(1).and_then(|rest| rest.split(',').next());
        let address = address.unwrap_or_else(|| panic!("it did not start: {line}"));
        let base = format!("http://{address}").parse().unwrap();
        Self { child, base }
    }

    /// Ends it as a power failure does (SIGKILL).
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn program(&self, key: &str) -> Browser {
        Browser::with_key(self.base.clone(), key)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
        let config = &self.config;
        let data_dir = self.data_dir(name);
        fs::create_dir_all(&data_dir).unwrap();
        let provider = self.sandbox.base_url.as_str();
        let text = format!(
            "server.listen = '127.0.0.1:0'\nserver.public_url = '{}'\nserver.data_dir = '{}'\n\
             database.url = '{}'\nkeys.key_file = '{}'\nlog.level = 'error'\n\
             providers.webex.api_url = '{provider}'\nproviders.webex.idbroker_url = '{provider}'\n\
             providers.microsoft.login_url = '{provider}'\nproviders.microsoft.graph_url = '{provider}'\n",
            config.server.public_url.as_ref().unwrap(),
            data_dir.display(),
            config.database_url(),
            config.key_file().display(),
        );
        let file = self.dir.path().join(format!("{name}.toml"));
        fs::write(&file, text).unwrap();
        Process::start(&file)
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
