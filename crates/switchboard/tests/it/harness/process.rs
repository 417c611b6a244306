//! Real processes of the server, which can be killed, on what a test's own server has left behind.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use platform::db::Db;
use sandbox::Running;
use switchboard::Config;
use url::Url;

use super::Browser;

/// A `serve` of its own; it is killed when the test ends before it does.
pub(crate) struct Process {
    child: Child,
    pub(crate) base: Url,
}

impl Process {
    /// Starts one on the database and the keys of another, in a data folder of this name; on SQLite there is only one.
    /// `more` are further lines of its configuration.
    pub(crate) fn serve(dir: &Path, name: &str, (config, sandbox): (&Config, &Running), more: &str) -> Self {
        let data_dir = dir.join(name);
        fs::create_dir_all(&data_dir).unwrap();
        let provider = sandbox.base_url.as_str();
        let text = format!(
            "server.listen = '127.0.0.1:0'\nserver.public_url = '{}'\nserver.data_dir = '{}'\n\
             database.url = '{}'\nkeys.key_file = '{}'\nlog.level = 'error'\n\
             providers.webex.api_url = '{provider}'\nproviders.webex.idbroker_url = '{provider}'\n\
             providers.webex.xml_url = '{provider}'\n\
             providers.microsoft.login_url = '{provider}'\nproviders.microsoft.graph_url = '{provider}'\n{more}",
            config.server.public_url.as_ref().unwrap(),
            data_dir.display(),
            config.database_url(),
            config.key_file().display(),
        );
        let file = dir.join(format!("{name}.toml"));
        fs::write(&file, text).unwrap();
        Self::start(&file)
    }

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
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn program(&self, key: &str) -> Browser {
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

/// What a dead server held is free after some time, and what waits has its turn; that time passes here. Never while a
/// server lives.
pub(crate) async fn let_time_pass(config: &Config, statements: &[&'static str]) {
    let db = Db::connect(&config.database_url()).await.unwrap();
    for text in statements {
        db.sql(*text).execute(&db).await.unwrap();
    }
    db.close().await;
}
