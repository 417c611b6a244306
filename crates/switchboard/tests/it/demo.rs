//! The demo as a newcomer runs it: two ports, one file, everybody can sign in, and it works a second time.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::harness::Browser;

struct Demo(Child);

impl Demo {
    /// Starts the demo and waits until its guide has been printed.
    fn start(data: &Path) -> (Self, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data"])
            .arg(data);
        let mut child = command.env_clear().stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        assert!(lines.by_ref().any(|line| line.unwrap().contains("Press Ctrl+C to stop")));
        drop(lines);
        let record = serde_json::from_slice(&fs::read(data.join("demo.json")).unwrap()).unwrap();
        (Self(child), record)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn signs_in(record: &Value, account: &Value) {
    let browser = Browser::new(record["base_url"].as_str().unwrap().parse().unwrap());
    let (email, password) = (account["email"].as_str().unwrap(), account["password"].as_str().unwrap());
    let reply =
        browser.post("/sign-in", &[("email", email), ("password", password), ("next", "/my/account")]).await;
    assert_eq!(reply.status.as_u16(), 303, "{email}: {}", reply.body);
    browser.get("/my/account").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_in_demo_json_can_sign_in_and_still_can_the_second_time() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("demo");
    let (demo, first) = Demo::start(&data);
    let pages: Vec<&str> =
        first["booking_urls"].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert_eq!(pages.len(), 5);
    assert!(pages.iter().any(|page| page.contains("?key=")), "one is private: {pages:?}");
    let visitor = Browser::new(first["base_url"].as_str().unwrap().parse().unwrap());
    for page in pages {
        visitor.get(page).await.expect(200);
    }
    assert_eq!(first["hosts"].as_array().unwrap().len(), 2);
    let sandbox = Browser::new(first["sandbox_url"].as_str().unwrap().parse().unwrap());
    sandbox.get("/_sandbox").await.expect(200);
    signs_in(&first, &first["administrator"]).await;
    drop(demo);

    let (_demo, second) = Demo::start(&data);
    assert_eq!((&first["administrator"], &first["api_key"]), (&second["administrator"], &second["api_key"]));
    assert_eq!(second["booking_urls"].as_array().unwrap().len(), 5, "they are found again");
    for account in second["hosts"].as_array().unwrap().iter().chain([&second["administrator"]]) {
        signs_in(&second, account).await;
    }
    let base = second["base_url"].as_str().unwrap().parse().unwrap();
    let program = Browser::with_key(base, second["api_key"].as_str().unwrap());
    assert_eq!(program.get("/api/v1/me").await.expect(200).json()["kind"], "api_key");
}
