//! Free times over HTTP: 20 hosts, 30 days, 2,000 busy times in the calendars' table, a start every half hour; on
//! SQLite and on PostgreSQL.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::time::{Duration, Instant};

use common::{
    appointments::{Library, Program, settings},
    ms,
    postgres::Cluster,
    process::{Server, machine},
    say,
};
use platform::Clock;

const HOSTS: usize = 20;
const BUSY: usize = 2_000;
const QUESTIONS: usize = 500;

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
    library.store_busy_times(BUSY).await;
    let (key, hosts) = library.leave().await;
    let server = Server::serve(dir.path(), &settings(database));
    let program = Program::new(server.address, &key);
    for (mode, title) in [("any", "any of 20"), ("all", "all 20 together")] {
        let kind = program.make_type(title, &hosts, mode).await;
        let today = Clock::system().now().timestamp();
        let month = today + jiff::SignedDuration::from_hours(30 * 24);
        let path = format!("/slots?type={kind}&from={today:.0}&to={month:.0}");
        let offered = program.get(&path).await["items"].as_array().map_or(0, Vec::len);
        let mut took = Vec::with_capacity(QUESTIONS);
        for _ in 0..QUESTIONS {
            let asked = Instant::now();
            program.download(&path).await;
            took.push(asked.elapsed());
        }
        took.sort_unstable();
        let at = |percent: usize| ms(took.get(took.len() * percent / 100).copied().unwrap_or(Duration::ZERO));
        say(&format!("{name}, {title}: {offered} times; p50 {} ms, p99 {} ms", at(50), at(99)));
    }
}
