//! One lane: people who book, move and cancel at a server that dies all the time.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use platform::{Scope, db::Db};
use reqwest::Method;
use sandbox::{CutPoint, Fault, Mail, Match, Rule, Running};
use serde_json::{Value, json};
use switchboard::Config;
use tempfile::TempDir;
use tokio::time::Instant;

use super::{compare::Counted, moment::Moment};
use crate::{
    harness::{Process, Setup, let_time_pass},
    scheduling::stage::{Stage, text},
};

/// New bookings between two kills.
const BOOKINGS: usize = 2;
/// A server that has got nothing done for so long waits for something.
const QUIET: Duration = Duration::from_secs(15);
/// After so many days in which nothing gets done, nothing ever will.
const STUCK: usize = 4;

/// What somebody wants, until it is answered.
#[derive(Clone)]
struct Wish {
    path: String,
    body: Value,
    key: Option<String>,
}

/// One lane: providers, a database, and what was wished.
pub(super) struct Lane {
    pub(super) sandbox: Running,
    pub(super) config: Config,
    dir: TempDir,
    pub(super) key: String,
    it: String,
    open: Vec<Wish>,
    /// By the visitor's name: the booking's id.
    pub(super) booked: BTreeMap<String, String>,
    pub(super) mails: BTreeMap<u64, Mail>,
    /// The last mail that was collected.
    seen: u64,
    pub(super) number: usize,
    /// The first time that can be booked.
    pub(super) first: Timestamp,
    /// A simple sequence that looks random and is the same every time.
    chance: u64,
}

impl Lane {
    pub(super) async fn set(seed: u64) -> Self {
        let stage = Stage::with(Setup { fixed_clock: false, works: true, ..Setup::default() }).await;
        stage.switch(&json!({ "webex.meetings_per_day": 100_000 }));
        let path = format!("/api/v1/availability/{}", stage.account);
        let mut hours = stage.program.get(&path).await.expect(200).json();
        hours["weekly"] = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "24:00" }]);
        stage.program.call(Method::PUT, &path, &hours).await.expect(200);
        let it = stage.offer("webex", json!({ "durations": [10], "step": 10, "reminders": [] })).await;
        let days = stage.hub.hub.now().timestamp().as_second() / 86_400;
        let first = Timestamp::from_second((days + 3) * 86_400).unwrap();
        stage.wait_until_read().await;
        let key = stage.hub.key(&Scope::ALL).await;
        let (sandbox, config, dir) = stage.hub.leave().await;
        let (open, booked, mails) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { sandbox, config, dir, key, it, open, booked, mails, seen: 0, number: 0, first, chance: seed }
    }

    pub(super) fn serve(&self) -> Process {
        let smtp = self.sandbox.smtp_addr.unwrap();
        let mail = format!(
            "mail.host = '{}'\nmail.port = {}\nmail.tls = 'none'\nmail.from = 'switchboard@lindenhof.example'\n",
            smtp.ip(),
            smtp.port(),
        );
        Process::serve(self.dir.path(), "one", (&self.config, &self.sandbox), &mail)
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % below
    }

    /// Nobody wishes for a time that somebody else has wished for.
    pub(super) fn start_of(&self, number: usize) -> Timestamp {
        self.first + SignedDuration::from_mins(i64::try_from(number).unwrap() * 10)
    }

    /// A few people wish for something.
    fn wish(&mut self) {
        for _ in 0..BOOKINGS {
            let name = format!("Visitor {:05}", self.number);
            let email = format!("visitor{:05}@visitor.example", self.number);
            let visitor = json!({ "name": name, "email": email, "zone": "Europe/Berlin" });
            let body = json!({ "type": self.it, "start": self.start_of(self.number), "visitor": visitor });
            self.open.push(Wish { path: "/api/v1/bookings".into(), body, key: Some(name) });
            self.number += 1;
        }
        let ids: Vec<String> = self.booked.values().cloned().collect();
        if ids.is_empty() {
            return;
        }
        let one = |lane: &mut Self| ids[usize::try_from(lane.chance(ids.len() as u64)).unwrap()].clone();
        if self.chance(3) == 0 {
            let path = format!("/api/v1/bookings/{}/cancel", one(self));
            self.open.push(Wish { path, body: json!({}), key: None });
        }
        if self.chance(3) == 0 {
            let path = format!("/api/v1/bookings/{}/reschedule", one(self));
            let body = json!({ "start": self.start_of(self.number) });
            self.number += 1;
            self.open.push(Wish { path, body, key: None });
        }
    }

    /// Sends what nobody has answered yet; whoever gets no answer wishes again. A wish stays open until it is answered,
    /// also when this is cut off.
    async fn send(&mut self, process: &Process) {
        let program = process.program(&self.key);
        let mut index = 0;
        while let Some(wish) = self.open.get(index).cloned() {
            let answer = program.try_post(&wish.path, &wish.body, wish.key.as_deref()).await;
            let Some((status, body)) = answer else {
                index += 1;
                continue;
            };
            assert!([200, 201, 409].contains(&status), "{status} {body}");
            self.open.remove(index);
            if let Some(name) = wish.key {
                assert_eq!(status, 201, "{body}");
                self.booked.insert(name, text(&serde_json::from_str(&body).unwrap(), "id"));
            }
        }
    }

    fn collect_mails(&mut self) {
        let all = self.sandbox.world.mails.all();
        self.seen = all.last().map_or(self.seen, |mail| mail.id);
        self.mails.extend(all.into_iter().filter(|mail| mail.source == "smtp").map(|mail| (mail.id, mail)));
    }

    /// What a dead server held is free, and as many meetings can be created again as on a new day.
    async fn let_leases_end(&self) {
        let statements = [
            "UPDATE job SET lease_until = NULL WHERE done_at IS NULL",
            "UPDATE booking SET work_until = NULL",
            "DELETE FROM meeting_creation",
        ];
        let_time_pass(&self.config, &statements).await;
    }

    /// What waits for its next attempt, or for a dead server's, has it now.
    async fn let_waits_end(&self) {
        let statements = [
            "UPDATE mail SET due_at = created_at WHERE sent_at IS NULL",
            "UPDATE job SET run_at = created_at WHERE done_at IS NULL",
            "UPDATE booking_step SET next_attempt_at = NULL WHERE state = 'waiting'",
        ];
        let_time_pass(&self.config, &statements).await;
    }

    /// How many steps and mails are open.
    async fn unfinished(&self) -> (i64, i64) {
        let db = Db::connect(&self.config.database_url()).await.unwrap();
        let steps = "SELECT COUNT(*) FROM booking_step s JOIN booking b ON b.id = s.booking_id \
                     WHERE s.done_wish < b.wish OR s.state <> 'done'";
        let (steps,): (i64,) = db.sql(steps).one(&db).await.unwrap();
        let mails = "SELECT COUNT(*) FROM mail WHERE sent_at IS NULL AND withdrawn_at IS NULL";
        let (mails,): (i64,) = db.sql(mails).one(&db).await.unwrap();
        db.close().await;
        (steps, mails)
    }

    /// The steps that are not done: kind, state, last error, detail, memo.
    async fn open_steps(&self) -> Vec<(String, String, Option<String>, Option<String>, Option<String>)> {
        let db = Db::connect(&self.config.database_url()).await.unwrap();
        let text = "SELECT s.step, s.state, s.last_error, s.detail, s.memo FROM booking_step s JOIN booking b \
                    ON b.id = s.booking_id WHERE s.done_wish < b.wish OR s.state <> 'done'";
        let steps = db.sql(text).all(&db).await.unwrap();
        db.close().await;
        steps
    }

    /// The providers have trouble of their own, now and then.
    fn spoil(&mut self) {
        let faults = &self.sandbox.world.faults;
        faults.remove(None);
        let fault = match self.chance(8) {
            0 => Fault { status: Some(503), ..Fault::default() },
            1 => Fault { cut: Some(CutPoint::After), ..Fault::default() },
            2 => Fault { delay_ms: Some(300), ..Fault::default() },
            _ => return,
        };
        let path = if self.chance(2) == 0 { "/v1/meetings*" } else { "/v1.0/me/*events*" };
        let matching = Match { method: None, path: Some(path.to_owned()) };
        let (times, after) = (Some(1), 0);
        self.sandbox.world.faults.add(Rule { id: 0, matching, times, after, fault, hits: 0 }).unwrap();
    }

    pub(super) async fn run(mut self, kills: usize) -> Counted {
        for _ in 0..kills {
            self.wish();
            self.spoil();
            self.sandbox.world.requests.clear();
            let moment = Moment::of(self.chance(u64::MAX >> 33), self.chance(u64::MAX >> 33));
            let mut process = self.serve();
            let (world, seen) = (self.sandbox.world.clone(), self.seen);
            tokio::select! {
                () = moment.wait(&world, seen) => {}
                () = async { self.send(&process).await; std::future::pending().await } => {}
            }
            process.kill();
            self.collect_mails();
            self.let_leases_end().await;
        }
        self.finish().await;
        self.compare(kills).await
    }

    /// The last servers may finish. Whenever one gets nothing done for a while, a day passes: then as many meetings can
    /// be created again, and what waits has its turn. Nothing may be left that several such days do not end.
    async fn finish(&mut self) {
        self.sandbox.world.faults.remove(None);
        let (mut days, mut left) = (0, (i64::MAX, i64::MAX));
        while left != (0, 0) {
            self.let_leases_end().await;
            self.let_waits_end().await;
            let mut process = self.serve();
            while !self.open.is_empty() {
                self.send(&process).await;
            }
            let now = self.finish_a_day().await;
            process.kill();
            days = if now == left { days + 1 } else { 0 };
            left = now;
            assert!(days < STUCK, "steps and mails are left: {left:?}; {:#?}", self.open_steps().await);
        }
    }

    /// Waits until nothing is left or nothing has been done for a while; answers what is left.
    async fn finish_a_day(&mut self) -> (i64, i64) {
        let (mut left, mut since) = (self.unfinished().await, Instant::now());
        while left != (0, 0) && since.elapsed() < QUIET {
            tokio::time::sleep(Duration::from_millis(200)).await;
            self.collect_mails();
            let now = self.unfinished().await;
            if now != left {
                (left, since) = (now, Instant::now());
            }
        }
        self.collect_mails();
        left
    }
}
