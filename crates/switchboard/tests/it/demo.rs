//! The demo as a newcomer runs it: two ports, one file, everybody can sign in, a visitor meets by Webex and by Teams at
//! once, and it works a second time.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use platform::Clock;
use reqwest::Method;
use serde_json::{Value, json};

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

/// A program with the demo's key, and what its visitor does.
struct Desk {
    program: Browser,
    sandbox: Browser,
}

const VERA: &str = "vera@visitor.example";

impl Desk {
    fn of(record: &Value) -> Self {
        let url = |name: &str| record[name].as_str().unwrap().parse().unwrap();
        let program = Browser::with_key(url("base_url"), record["api_key"].as_str().unwrap());
        Self { program, sandbox: Browser::new(url("sandbox_url")) }
    }

    async fn get(&self, path: &str) -> Value {
        self.program.get(path).await.expect(200).json()
    }

    /// The first free time of the type from so many days on.
    async fn free(&self, it: &str, days: i64) -> String {
        let from = Clock::system().now().timestamp() + jiff::SignedDuration::from_hours(24 * days);
        let until = from + jiff::SignedDuration::from_hours(24 * 14);
        let slots = self.get(&format!("/api/v1/slots?type={it}&from={from:.0}&to={until:.0}")).await;
        slots["items"][0]["start"].as_str().unwrap_or_else(|| panic!("no time of {it}: {slots}")).to_owned()
    }

    /// Vera books this type; answers the booking's id.
    async fn book(&self, it: &str) -> String {
        let start = self.free(it, 2).await;
        let visitor = json!({ "name": "Vera Sommer", "email": VERA, "zone": "Europe/Berlin" });
        let body = json!({ "type": it, "start": start, "visitor": visitor });
        let booked = self.program.call(Method::POST, "/api/v1/bookings", &body).await.expect(201).json();
        booked["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a booking's steps are done, and answers it.
    async fn carried_out(&self, id: &str) -> Value {
        let mut booking = Value::Null;
        for _ in 0..300 {
            booking = self.get(&format!("/api/v1/bookings/{id}")).await;
            let is_open = |step: &Value| step["state"] != "done" && step["state"] != "not_needed";
            if !booking["steps"].as_array().unwrap().iter().any(is_open) {
                return booking;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never carried out: {booking}");
    }

    /// Waits until the sandbox has a mail for somebody.
    async fn mail_comes(&self, to: &str) {
        let mut mails = String::new();
        for _ in 0..100 {
            mails = self.sandbox.get(&format!("/_sandbox/mails?to={to}")).await.expect(200).body;
            if mails.contains(to) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no mail: {mails}");
    }

    /// How many entries about Vera stand in somebody's Outlook calendar in the week of this booking.
    async fn entries(&self, person: &str, booking: &Value) -> usize {
        let day = &booking["start"].as_str().unwrap()[..10];
        let week = self.sandbox.get(&format!("/_sandbox/calendars?person={person}&week={day}")).await;
        let week = week.expect(200).json();
        let days = week["people"][0]["days"].as_array().unwrap();
        let entries = days.iter().flat_map(|day| day["entries"].as_array().unwrap());
        entries
            .filter(|entry| entry["source"] == "Outlook" && entry.to_string().contains("Vera Sommer"))
            .count()
    }

    async fn expect_all_well(&self) {
        let connections = self.get("/api/v1/connections").await;
        let connections = connections["items"].as_array().unwrap();
        assert_eq!(connections.len(), 5, "Webex and Microsoft of both hosts, and the directory");
        for connection in connections {
            assert_eq!(connection["state"], "active", "{connection}");
        }
        for calendar in self.get("/api/v1/calendars").await["items"].as_array().unwrap() {
            assert_eq!(calendar["trouble"], Value::Null, "{calendar}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_meets_by_webex_and_teams_at_once_and_both_meetings_outlive_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let (demo, record) = Demo::start(place.path());
    let desk = Desk::of(&record);
    desk.expect_all_well().await;
    let webex = desk.book("literature-search").await;
    let teams = desk.book("thesis-advice").await;
    let mut links = Vec::new();
    for (id, host) in [(&webex, "ben.okafor"), (&teams, "chiara.rossi")] {
        let booking = desk.carried_out(id).await;
        assert_eq!(desk.entries(&format!("{host}@lindenhof.example"), &booking).await, 1);
        let link = booking["meeting"]["join_url"].as_str().unwrap_or_else(|| panic!("no link: {booking}"));
        links.push(link.to_owned());
    }
    desk.mail_comes(VERA).await;
    // What happened is on the sandbox's disk half a second later; the file tells.
    let kept = place.path().join("sandbox.json");
    for _ in 0..100 {
        let text = fs::read_to_string(&kept).unwrap_or_default();
        if text.contains(&links[1]) && text.contains("Literature search") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(demo);

    let (_demo, again) = Demo::start(place.path());
    let desk = Desk::of(&again);
    assert_eq!(record["sandbox_url"], again["sandbox_url"], "a free port is the one of the time before");
    desk.expect_all_well().await;
    let types = ["literature-search", "thesis-advice"];
    for ((id, it), link) in [&webex, &teams].into_iter().zip(types).zip(&links) {
        let start = desk.free(it, 4).await;
        let path = format!("/api/v1/bookings/{id}/reschedule");
        desk.program.call(Method::POST, &path, &json!({ "start": start })).await.expect(200);
        let booking = desk.carried_out(id).await;
        assert_eq!(booking["state"], "confirmed", "{booking}");
        assert_eq!(booking["meeting"]["join_url"].as_str(), Some(link.as_str()), "the link stays");
    }
    let path = format!("/api/v1/bookings/{teams}/cancel");
    desk.program.call(Method::POST, &path, &json!({})).await.expect(200);
    assert_eq!(desk.carried_out(&teams).await["state"], "cancelled");
}
