//! The demo as a process: a server whose people are connected to a sandbox beside it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::{Client, Method};
use serde_json::Value;
use tempfile::TempDir;

use super::appointments::Program;

/// A running demo; killed when dropped.
pub(crate) struct Demo {
    child: Child,
    record: Value,
    _data: TempDir,
}

impl Demo {
    /// Starts it with so many people at Webex, and waits until everybody is connected.
    pub(crate) fn start(people: usize) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"]);
        command.args(["--people", &people.to_string(), "--data"]).arg(data.path());
        let mut child = command.env_clear().stdout(Stdio::piped()).spawn().expect("the demo starts");
        let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
        let is_ready = |line: Result<String, _>| line.is_ok_and(|line| line.contains("Press Ctrl+C to stop"));
        assert!(lines.any(is_ready), "the demo did not start");
        let record = fs::read(data.path().join("demo.json")).expect("its record");
        Self { child, record: serde_json::from_slice(&record).expect("JSON"), _data: data }
    }

    /// A program with the demo's key.
    pub(crate) fn program(&self) -> Program {
        Program::at(&self.text("base_url"), &self.text("api_key"))
    }

    /// The sandbox's control interface.
    pub(crate) fn sandbox(&self) -> Control {
        Control::of(&self.text("sandbox_url"))
    }

    fn text(&self, name: &str) -> String {
        self.record[name].as_str().expect("a text").to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sandbox's control interface.
pub(crate) struct Control {
    client: Client,
    base: String,
}

impl Control {
    #[expect(clippy::disallowed_methods, reason = "a benchmark's client is no request of the product")]
    fn of(sandbox: &str) -> Self {
        Self { client: Client::new(), base: format!("{sandbox}/_sandbox") }
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        self.ask(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) {
        self.ask(Method::POST, path, body).await;
    }

    pub(crate) async fn forget(&self, path: &str) {
        self.ask(Method::DELETE, path, &Value::Null).await;
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.base)).json(body);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }
}
