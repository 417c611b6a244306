//! Bookings over HTTP, on SQLite and on PostgreSQL: 50 visitors at once who each book a time of their own, over and
//! over; and 200 visitors at once who all want the same one.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use common::{
    appointments::{Library, Program, settings},
    ms,
    postgres::Cluster,
    process::{Server, machine},
    say,
};
use platform::Clock;
use reqwest::StatusCode;
use tokio::task::JoinSet;

const HOSTS: usize = 20;
const VISITORS: usize = 50;
/// How many times each visitor books.
const BOOKINGS: usize = 20;
const RACERS: usize = 200;

fn main() {
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    client.block_on(async {
        say(&machine());
        measure("SQLite", None).await;
        let cluster = Cluster::start();
        measure("PostgreSQL", Some(&cluster.url)).await;
    });
}

async fn measure(name: &str, database: Option<&str>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let library = Library::store(dir.path(), database, HOSTS).await;
    let (key, hosts) = library.leave().await;
    let server = Server::serve(dir.path(), &settings(database));
    let program = Program::new(server.address, &key);
    let mut kinds = Vec::new();
    for (number, host) in hosts.iter().enumerate() {
        kinds.push(program.make_type(&format!("Host {number}"), &[*host], "one").await);
    }
    distinct(name, &program, &Arc::new(kinds.clone())).await;
    race(name, &program, &kinds[0]).await;
}

/// The start of the n-th half hour from the day after tomorrow on.
fn start(number: usize) -> String {
    let day = 86_400;
    let first = (Clock::system().now().timestamp().as_second() / day + 2) * day;
    let start = jiff::Timestamp::from_second(first + i64::try_from(number).unwrap_or(0) * 1800);
    start.expect("an instant").to_string()
}

async fn distinct(name: &str, program: &Program, kinds: &Arc<Vec<String>>) {
    let started = Instant::now();
    let mut visitors = JoinSet::new();
    for visitor in 0..VISITORS {
        let (program, kinds) = (program.clone(), Arc::clone(kinds));
        visitors.spawn(async move {
            let mut took = Vec::new();
            for round in 0..BOOKINGS {
                let number = visitor * BOOKINGS + round;
                let asked = Instant::now();
                let status = program.book(&kinds[number % HOSTS], &start(number / HOSTS), number).await;
                assert_eq!(status, StatusCode::CREATED);
                took.push(asked.elapsed());
            }
            took
        });
    }
    let mut took: Vec<Duration> = visitors.join_all().await.concat();
    let all = started.elapsed();
    took.sort_unstable();
    let at = |percent: usize| ms(took.get(took.len() * percent / 100).copied().unwrap_or(Duration::ZERO));
    let rate = f64::from(u32::try_from(took.len()).unwrap_or(0)) / all.as_secs_f64();
    say(&format!(
        "{name}: {} bookings by {VISITORS} visitors: {rate:.0}/s; p50 {} ms, p99 {} ms",
        took.len(),
        at(50),
        at(99)
    ));
}

async fn race(name: &str, program: &Program, kind: &str) {
    let wanted = start(20 * 48);
    let started = Instant::now();
    let mut racers = JoinSet::new();
    for number in 0..RACERS {
        let (program, kind, wanted) = (program.clone(), kind.to_owned(), wanted.clone());
        racers.spawn(async move { program.book(&kind, &wanted, number).await });
    }
    let answers = racers.join_all().await;
    let took = started.elapsed();
    let count = |status: StatusCode| answers.iter().filter(|it| **it == status).count();
    let (won, lost) = (count(StatusCode::CREATED), count(StatusCode::CONFLICT));
    assert_eq!((won, lost), (1, RACERS - 1));
    say(&format!(
        "{name}: {RACERS} visitors for one time: {won} booked, {lost} told otherwise, all answered in {} ms",
        ms(took)
    ));
}
