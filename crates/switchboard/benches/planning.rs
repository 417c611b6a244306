//! A plan of 20,000 rows against an organization of 100,000 people: departments, titles and licences, from the file to
//! the plan that can be looked at; on SQLite and on PostgreSQL. Goals: below 5 s and below 300 MB. And a list at the limits
//! of rows times columns, which shall not need more memory.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{fs, path::Path, time::Instant};

use common::{ms, postgres::Cluster, process::machine, say};
use directory::planning::{self, NewPlan, PlanState};
use platform::{Actor, Hub, db::built, id::OrganizationId, jobs};
use serde_json::json;
use switchboard::{app, config::Config};

const PEOPLE: usize = 100_000;
const ROWS: usize = 20_000;
const BATCH: usize = 500;
const LICENCES: [&str; 4] = ["Messaging", "Meetings Suite", "Webinars", "Calling"];
/// As many as a list can have columns for, and as many rows as it can have then.
const MORE: usize = rosters::MOST_COLUMNS - 1;
const WIDE_ROWS: usize = rosters::MOST_CELLS / rosters::MOST_COLUMNS - 1;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    say(&machine());
    measure("SQLite", None).await;
    let cluster = Cluster::start();
    measure("PostgreSQL", Some(&cluster.url)).await;
}

async fn measure(name: &str, database: Option<&str>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let hub = open(dir.path(), database).await;
    let organization =
        accounts::create_organization(&hub, "Lindenhof", "Europe/Berlin").await.expect("an organization");
    store(&hub, organization).await;
    plan(&hub, organization, &format!("{name} (goals: 5,000 ms, 300 MB): {ROWS} rows"), (ROWS, list())).await;
    plan(
        &hub,
        organization,
        &format!("{name} (goal: 300 MB): {WIDE_ROWS} rows with 500 columns"),
        (WIDE_ROWS, wide()),
    )
    .await;
    hub.db().close().await;
}

async fn plan(hub: &Hub, organization: OrganizationId, name: &str, (rows, file): (usize, Vec<u8>)) {
    let (size, before) = (file.len(), resident());
    let asked = Instant::now();
    let actor = Actor::system(organization);
    let id = planning::from_file(hub, &actor, NewPlan::default(), "people.csv", file).await.expect("a plan");
    let taken = asked.elapsed();
    let rooms = directory::jobs();
    while jobs::run_due(hub, &rooms).await.expect("jobs can be claimed") > 0 {}
    let took = asked.elapsed();
    let plan = planning::get(hub, organization, id).await.expect("the plan");
    let planned = i64::try_from(rows).unwrap_or(0);
    assert_eq!((plan.state, plan.planned), (PlanState::Ready, planned), "{:?}", plan.trouble);
    say(&format!(
        "{name} ({} KiB) against {PEOPLE} people: taken in after {} ms, planned after {} ms; {} change, {} \
         stay; memory {} MB before, at most {} MB",
        size / 1024,
        ms(taken),
        ms(took),
        plan.counts.change,
        plan.counts.unchanged,
        before,
        highest(),
    ));
}

async fn open(data: &Path, database: Option<&str>) -> Hub {
    let mut config = Config::from_toml("").expect("the defaults work");
    data.clone_into(&mut config.server.data_dir);
    config.database.url = database.map(|url| url.to_owned().into());
    app::open(&config).await.expect("the database opens")
}

fn email(number: usize) -> String {
    format!("person.{number}@lindenhof.example")
}

/// Every fifth person: half of them move, a quarter get a licence.
fn list() -> Vec<u8> {
    let mut text = format!("email,department,title,licence: {}\r\n", LICENCES[2]);
    for number in 0..ROWS {
        let department = if number % 2 == 0 { "Archive" } else { "" };
        let licence = if number % 4 == 1 { "yes" } else { "" };
        let email = email(number * 5).to_uppercase();
        text.extend([email.as_str(), ",", department, ",Librarian,", licence, "\r\n"]);
    }
    text.into_bytes()
}

/// As Control Hub writes it: about every licence of everybody, yes or no. Every hundredth person gets one.
fn wide() -> Vec<u8> {
    let titles: Vec<String> = (0..MORE).map(|number| format!(",licence: More {number}")).collect();
    let mut text = format!("email{}\r\n", titles.concat());
    for number in 0..WIDE_ROWS {
        text.push_str(&email(number * 5));
        text.push_str(if number % 100 == 0 { ",yes" } else { ",no" });
        text.push_str(&",no".repeat(MORE - 1));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// Writes what a reading would have found.
async fn store(hub: &Hub, organization: OrganizationId) {
    let text = "INSERT INTO directory (organization_id, provider_org, generation, read_at, people, found, failures, rules, \
                most_losses, needs_approval) VALUES ($1, 'org', 1, $2, $3, 0, 0, $4, 10, FALSE)";
    let rules = json!({ "create": false, "synchronized": [] }).to_string();
    let row = hub.db().sql(text).bind(organization).bind(hub.now());
    row.bind(i64::try_from(PEOPLE).unwrap_or(0)).bind(rules).execute(hub.db()).await.expect("a directory");
    let more = (0..MORE).map(|number| format!("More {number}"));
    for (number, name) in LICENCES.map(str::to_owned).into_iter().chain(more).enumerate() {
        let text = "INSERT INTO directory_licence (organization_id, id, name, total, consumed, read_at) \
                    VALUES ($1, $2, $3, 100000, 0, 0)";
        let row = hub.db().sql(text).bind(organization).bind(licence(number)).bind(name);
        row.execute(hub.db()).await.expect("a licence");
    }
    let mut tx = hub.db().begin().await.expect("a transaction");
    for first in (0..PEOPLE).step_by(BATCH) {
        let row = |row: usize| {
            let places: Vec<String> = (1..=9).map(|column| format!("${}", row * 9 + column)).collect();
            format!("({}, '', TRUE, FALSE, 0)", places.join(", "))
        };
        let text = format!(
            "INSERT INTO directory_person (organization_id, id, generation, email_key, sort_key, search, department, \
             licences, record, sites, is_active, is_pending, read_at) VALUES {}",
            (0..BATCH).map(row).collect::<Vec<_>>().join(", ")
        );
        let mut statement = tx.sql(built(text));
        for number in first..first + BATCH {
            let (id, email) = (format!("Y2lzY29zcGFyazovL3VzL1BFT1BMRS8{number:020}"), email(number));
            statement = statement.bind(organization).bind(id.clone()).bind(1_i64).bind(email.clone());
            statement = statement.bind(email.clone()).bind(email.clone()).bind("Loans".to_owned());
            statement = statement.bind(licence(0)).bind(record(&id, &email).to_string());
        }
        statement.execute(&mut tx).await.expect("people");
    }
    tx.commit().await.expect("a commit");
}

fn licence(number: usize) -> String {
    format!("Y2lzY29zcGFyazovL3VzL0xJQ0VOU0Uv{number:060}")
}

/// About as long as what Webex answers.
fn record(id: &str, email: &str) -> serde_json::Value {
    json!({
        "id": id, "emails": [email], "displayName": email, "firstName": "Person", "lastName": "Generated",
        "phoneNumbers": [{"type": "work", "value": "+49 30 123456"}, {"type": "mobile", "value": "+49 170 123456"}],
        "sipAddresses": [{"type": "cloud-calling", "value": format!("{email}@calls.example"), "primary": true}],
        "department": "Loans", "title": "Librarian", "orgId": "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8x",
        "licenses": [licence(0), licence(1)], "created": "2020-01-01T00:00:00.000Z",
        "lastModified": "2026-01-01T00:00:00.000Z", "timezone": "Europe/Berlin", "status": "active",
        "invitePending": false, "loginEnabled": true, "type": "person", "siteUrls": [], "roles": [],
        "avatar": "https://avatar.example/0123456789/0123456789/0123456789/0123456789~1600",
    })
}

/// Megabytes that this process has in memory.
fn resident() -> u64 {
    from_status("VmRSS:")
}

/// The most that it ever had.
fn highest() -> u64 {
    from_status("VmHWM:")
}

fn from_status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
