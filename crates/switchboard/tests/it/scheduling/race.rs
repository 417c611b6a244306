//! Many at once: one wins, the others are told what else there is. On PostgreSQL half of them ask a second server.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt, stream};
use platform::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, MONDAY, later, text, wish, with};
use crate::harness::{Browser, Reply, Setup, TestHub, admin_url};

/// Where the visitors of a race knock: one server, or two on one PostgreSQL.
struct Doors {
    programs: Vec<Browser>,
    second: Option<TestHub>,
}

impl Doors {
    async fn of(desk: &Desk) -> Self {
        let key = desk.hub.key(&Scope::ALL).await;
        let mut programs = vec![Browser::with_key(desk.hub.base_url.clone(), &key)];
        let is_shared = admin_url().is_some_and(|url| url.starts_with("postgres"));
        let second = if is_shared { Some(another(desk).await) } else { None };
        programs.extend(second.iter().map(|hub| Browser::with_key(hub.base_url.clone(), &key)));
        Self { programs, second }
    }

    /// Sends all wishes at once; a wish may carry a key of its own.
    async fn send(&self, wishes: &[(Value, Option<String>)]) -> Vec<Reply> {
        let send = |(number, (wish, key)): (usize, &(Value, Option<String>))| {
            let program = &self.programs[number % self.programs.len()];
            let (wish, key) = (wish.clone(), key.clone());
            async move {
                let shape = |request: reqwest::RequestBuilder| match key {
                    Some(key) => request.header("Idempotency-Key", key).json(&wish),
                    None => request.json(&wish),
                };
                program.send(Method::POST, "/api/v1/bookings", shape).await
            }
        };
        stream::iter(wishes.iter().enumerate().map(send)).buffer_unordered(wishes.len()).collect().await
    }

    async fn close(self, desk: Desk) {
        if let Some(second) = self.second {
            second.stop().await;
        }
        desk.hub.stop().await;
    }
}

async fn another(desk: &Desk) -> TestHub {
    let database = Some(desk.hub.config.database_url());
    let key_file = Some(desk.hub.config.key_file());
    TestHub::start_with(Setup { seed: 43, database, key_file, ..Setup::default() }).await
}

/// The wish of this visitor among many.
fn visitor(kind: &str, start: &str, number: usize) -> Value {
    let email = format!("visitor{number}@visitor.example");
    with(wish(kind, start), json!({ "visitor": { "name": format!("Visitor {number}"), "email": email } }))
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status.as_u16() == status).count()
}

fn ids(replies: &[Reply]) -> BTreeSet<String> {
    let booked = replies.iter().filter(|reply| reply.status.as_u16() == 201);
    booked.map(|reply| text(&reply.json(), "id")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_visitors_race_for_one_time_and_one_gets_it() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let doors = Doors::of(&desk).await;
    let wishes: Vec<_> = (0..200).map(|number| (visitor(&kind, MONDAY, number), None)).collect();
    let replies = doors.send(&wishes).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 199));
    for refused in replies.iter().filter(|reply| reply.status.as_u16() == 409) {
        let problem = refused.json();
        assert_eq!(problem["type"], "urn:switchboard:problem:time_taken");
        let others = problem["alternatives"].as_array().unwrap();
        assert!(!others.is_empty() && !others.contains(&json!(later(MONDAY, 0))), "{problem}");
    }
    assert_eq!(desk.bookings().await.len(), 1);
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_times_of_different_types_race_alike() {
    let desk = Desk::open().await;
    let short = desk.in_person().await;
    let long = desk
        .make(
            &desk
                .settings(json!({ "name": "Long talk", "durations": [60], "step": 15, "before_buffer": 15 })),
        )
        .await;
    let doors = Doors::of(&desk).await;
    let starts =
        ["2026-11-23T09:45:00Z", "2026-11-23T10:00:00Z", "2026-11-23T10:15:00Z", "2026-11-23T10:30:00Z"];
    let mut wishes = Vec::new();
    for number in 0..40 {
        let kind = if number % 2 == 0 { &long } else { &short };
        let start = if number % 2 == 0 { starts[number / 2 % 4] } else { starts[1 + number / 2 % 2 * 2] };
        wishes.push((visitor(kind, start, number), None));
    }
    let replies = doors.send(&wishes).await;
    assert_eq!(count(&replies, 201) + count(&replies, 409), 40);
    let mut times: Vec<(String, String)> =
        desk.bookings().await.iter().map(|it| (text(it, "start"), text(it, "end"))).collect();
    times.sort_unstable();
    assert!(!times.is_empty() && times.is_sorted_by(|one, next| one.1 <= next.0), "{times:?}");
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_of_one_a_day_holds_against_twenty_times_at_once() {
    let desk = Desk::open().await;
    let kind = desk.make(&desk.settings(json!({ "cap_per_day": 1, "step": 15, "durations": [15] }))).await;
    let doors = Doors::of(&desk).await;
    // From nine to two in Berlin: a fresh time for each of them, so that only the cap is in the way.
    let wishes: Vec<_> = (0..20)
        .map(|number| {
            (
                visitor(&kind, &later("2026-11-23T08:00:00Z", i64::try_from(number).unwrap() * 15), number),
                None,
            )
        })
        .collect();
    let replies = doors.send(&wishes).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 19));
    assert!(desk.starts(&kind, "2026-11-23").await.is_empty(), "the day is full");
    assert!(!desk.starts(&kind, "2026-11-24").await.is_empty());
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_take_turns_over_thirty_bookings() {
    let desk = Desk::open().await;
    let third = desk.another_host("leila.haddad@lindenhof.example").await;
    let hosts = [desk.ben.account, desk.chiara.account, third.account];
    let kind = desk.make(&desk.settings(json!({ "mode": "any", "hosts": hosts, "step": 30 }))).await;
    let mut taken = std::collections::BTreeMap::<String, usize>::new();
    for number in 0..30 {
        // Whoever books a moment later finds the one whose turn was longest ago.
        desk.hub.advance(Duration::from_secs(1));
        let date = 23 + number / 15;
        let start = later(&format!("2026-11-{date}T08:00:00Z"), i64::from(number % 15) * 30);
        let booked = desk.booked(&kind, &start).await;
        assert_eq!(booked["hosts"].as_array().unwrap().len(), 1);
        *taken.entry(booked["hosts"][0].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(taken.into_values().collect::<Vec<_>>(), [10, 10, 10]);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_get_a_time_at_once_as_there_are_hosts() {
    let desk = Desk::open().await;
    let hosts = [desk.ben.account, desk.chiara.account];
    let kind = desk.make(&desk.settings(json!({ "mode": "any", "hosts": hosts }))).await;
    let doors = Doors::of(&desk).await;
    let wishes: Vec<_> = (0..30).map(|number| (visitor(&kind, MONDAY, number), None)).collect();
    let replies = doors.send(&wishes).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (2, 28));
    let bookings = desk.bookings().await;
    assert_ne!(bookings[0]["hosts"], bookings[1]["hosts"]);
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_who_meet_together_are_all_taken_or_none_is() {
    let desk = Desk::open().await;
    let alone =
        desk.make(&desk.settings(json!({ "name": "Chiara alone", "hosts": [desk.chiara.account] }))).await;
    let both = [desk.ben.account, desk.chiara.account];
    let together = desk.make(&desk.settings(json!({ "name": "Both", "mode": "all", "hosts": both }))).await;
    let bens = desk.make(&desk.settings(json!({ "name": "Ben alone" }))).await;
    let doors = Doors::of(&desk).await;
    let wishes: Vec<_> = (0..40)
        .map(|number| (visitor([&alone, &together, &bens, &together][number % 4], MONDAY, number), None))
        .collect();
    let replies = doors.send(&wishes).await;
    let bookings = desk.bookings().await;
    let is_together = bookings.iter().any(|it| it["type_id"] == json!(together));
    assert_eq!(bookings.len(), if is_together { 1 } else { 2 }, "{bookings:?}");
    assert_eq!(count(&replies, 201), bookings.len());
    assert_eq!(count(&replies, 201) + count(&replies, 409), 40);
    let text = "SELECT COUNT(*) FROM claim";
    let (claims,): (i64,) = desk.hub.hub.db().sql(text).one(desk.hub.hub.db()).await.unwrap();
    assert_eq!(claims, 2, "each of the two has one");
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_fifty_times_at_once_books_once() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let doors = Doors::of(&desk).await;
    let wishes: Vec<_> =
        (0..50).map(|_| (visitor(&kind, MONDAY, 7), Some("press-twice".to_owned()))).collect();
    let replies = doors.send(&wishes).await;
    assert_eq!(count(&replies, 201), 50, "{:?}", replies.iter().find(|it| it.status.as_u16() != 201));
    assert_eq!(ids(&replies).len(), 1);
    assert_eq!(desk.bookings().await.len(), 1);
    let other = (visitor(&kind, &later(MONDAY, 60), 7), Some("press-twice".to_owned()));
    let refused = doors.send(std::slice::from_ref(&other)).await.remove(0).expect(409);
    assert_eq!(refused.json()["type"], "urn:switchboard:problem:conflict");
    desk.send_with_key(&other.0, "press-twice").await.expect(201);
    assert_eq!(desk.bookings().await.len(), 2, "another program's key is another one");
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_booked_once_however_often_its_form_is_sent() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let token = text(&desk.hold(&kind, MONDAY).await.expect(201).json(), "token");
    let doors = Doors::of(&desk).await;
    let held = with(visitor(&kind, MONDAY, 1), json!({ "hold": token }));
    let mut wishes: Vec<_> = (0..20).map(|_| (held.clone(), None)).collect();
    wishes.extend((0..20).map(|number| (visitor(&kind, MONDAY, number), None)));
    let replies = doors.send(&wishes).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (20, 20), "who holds the time gets it");
    assert_eq!(ids(&replies).len(), 1);
    doors.close(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_moves_and_a_new_one_never_meet() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let id = text(&desk.booked(&kind, MONDAY).await, "id");
    let doors = Doors::of(&desk).await;
    let target = later(MONDAY, 60);
    let wishes: Vec<_> = (0..20).map(|number| (visitor(&kind, &target, number), None)).collect();
    let (replies, moved) = tokio::join!(doors.send(&wishes), desk.move_to(&id, &target));
    let has_moved = moved.status.as_u16() == 200;
    assert_eq!(count(&replies, 201), usize::from(!has_moved), "{}", moved.body);
    let starts: Vec<String> = desk.bookings().await.iter().map(|it| text(it, "start")).collect();
    assert_eq!(starts.iter().filter(|start| **start == target).count(), 1, "{starts:?}");
    doors.close(desk).await;
}
