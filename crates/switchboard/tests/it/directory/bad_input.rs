//! What people and programs send wrong, through HTTP: refused early, in words that say where and what to write instead, and
//! all of it at once.

use std::time::Duration;

use platform::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::planning_desk::{ADA, BEN, Desk, SITE, SUITE, WEBINARS};
use crate::harness::{Browser, Reply};

const PLANS: &str = "/api/v1/directory/plans";

struct Program {
    desk: Desk,
    browser: Browser,
    key: String,
}

impl Program {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let key = desk.hub.key(&[Scope::DirectoryRead, Scope::DirectoryWrite]).await;
        let browser = Browser::with_key(desk.hub.base_url.clone(), &key);
        Self { desk, browser, key }
    }

    async fn send(&self, file: &[u8]) -> Reply {
        let path = format!("{PLANS}/files?file_name=people.csv");
        self.browser.send(Method::POST, &path, |request| request.body(file.to_vec())).await
    }

    /// Where something is wrong with a file, and what.
    async fn refused(&self, file: &[u8]) -> Vec<(String, String)> {
        let problem = self.send(file).await.expect(422).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap().iter();
        errors.map(|error| (text(&error["field"]), text(&error["message"]))).collect()
    }

    /// The rows of the plan that was asked for.
    async fn rows(&self, made: Reply) -> Vec<Value> {
        let plan = made.expect(201).json();
        self.desk.hub.run_jobs().await;
        let path = format!("{PLANS}/{}", plan["id"].as_str().unwrap());
        let plan = self.browser.get(&path).await.expect(200).json();
        assert_eq!(plan["state"], "ready", "{plan}");
        let rows = self.browser.get(&format!("{path}/rows")).await.expect(200).json();
        rows["items"].as_array().unwrap().clone()
    }

    async fn of_people(&self, people: Value) -> Reply {
        self.browser.call(Method::POST, PLANS, &json!({ "people": people, "create": true })).await
    }
}

fn says(problems: &[(String, String)], place: &str, words: &[&str]) {
    let is_it =
        |(field, message): &&(String, String)| field == place && words.iter().all(|it| message.contains(it));
    assert!(problems.iter().any(|problem| is_it(&problem)), "no {words:?} at {place:?} in {problems:#?}");
}

/// What was refused in a row of a plan.
fn why(row: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let refused = row["refused"].as_array().unwrap().iter();
    refused.map(|refusal| (text(&refusal["what"]), text(&refusal["why"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_lists_are_refused_in_words() {
    let program = Program::open().await;
    says(&program.refused(b"").await, "file", &["empty", "first row has to name the columns"]);
    says(&program.refused(b"email,department\n").await, "file", &["nobody below", "Add a row"]);
    let latin = program.refused(b"email,department\nada@l.example,B\xfccher\n").await;
    says(&latin, "row 2", &["not in UTF-8", "Save"]);
    let program_file = program.refused(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0").await;
    says(&program_file, "file", &["a program", "Save the list as CSV (UTF-8)"]);
    let binary: Vec<u8> = (0..=255).cycle().take(4_096).collect();
    let binary = program.refused(&binary).await;
    assert!(binary.iter().all(|(_, message)| message.contains("Save")), "{binary:?}");
    says(&program.refused(b"PK\x03\x04 no workbook").await, "file", &["damaged", "save it again"]);
    says(
        &program.refused(b"<html><body>Sign in</body></html>").await,
        "file",
        &["web page", "Save the list"],
    );
    let titles = program.refused(b"mail,depart\nada@l.example,x\n").await;
    says(&titles, "row 1, depart", &["No column is called", "“department”"]);
    says(&program.refused(b"name,department\nAda,x\n").await, "row 1", &["e-mail addresses", "“email”"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_in_a_list_is_said_at_once_with_row_and_column() {
    let program = Program::open().await;
    let list = format!(
        "email,active,phone,licence: {SUITE},{SITE}: account\n{BEN},perhaps,,,\n{ADA},,4.93012E+11,,\n{},,,maybe,boss\n\
         no address,,,,\n,yes,,,\n",
        BEN.to_uppercase()
    );
    let problems = program.refused(list.as_bytes()).await;
    says(&problems, "row 2, active", &["Write yes or no", "perhaps"]);
    says(&problems, "row 3, phone", &["4.93012E+11"]);
    says(&problems, "row 4, email", &["already stands in row 2", "Keep one of rows 2 and 4"]);
    says(&problems, &format!("row 4, licence: {SUITE}"), &["Write yes or no", "maybe"]);
    says(&problems, &format!("row 4, {SITE}: account"), &["HOST", "ATTND"]);
    says(&problems, "row 5, email", &["Write one address"]);
    says(&problems, "row 6, email", &["names nobody"]);
    assert_eq!(problems.len(), 7, "{problems:#?}");
    let none = program.browser.get(PLANS).await.expect(200).json();
    assert_eq!(none["items"], json!([]), "nothing is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_nothing_and_licences_without_stock_are_refused_in_their_rows() {
    let program = Program::open().await;
    let list = format!(
        "email,department,licence: Mesaging,lindenhof-event.webex.com: session types,{SITE}: session types,\
         {SITE}: tracking code: Brnch\n{BEN},Archive,yes,PRO,\"PRO,XYZ\",Main\n{ADA},Archive,,,,\n"
    );
    let rows = program.rows(program.send(list.as_bytes()).await).await;
    let refused = why(&rows[0]);
    says(&refused, "Licence “Mesaging”", &["Did you mean “Messaging”?"]);
    says(&refused, "Site “lindenhof-event.webex.com”", &["Did you mean “lindenhof-events.webex.com”?"]);
    says(&refused, &format!("Session type “XYZ” on {SITE}"), &["no such session type"]);
    says(&refused, &format!("Tracking code “Brnch” on {SITE}"), &["“Branch”"]);
    assert_eq!(
        (&rows[0]["row"], &rows[0]["kind"], &rows[1]["row"]),
        (&json!(2), &json!("change"), &json!(3))
    );
    assert_eq!(rows[1]["refused"], json!([]), "the other rows stand");
    let mut list = format!("email,licence: {WEBINARS}\n");
    for email in program.desk.people().await {
        list.push_str(&email);
        list.push_str(",yes\n");
    }
    let rows = program.rows(program.send(list.as_bytes()).await).await;
    let last = why(rows.last().unwrap());
    says(
        &last,
        &format!("Licence {WEBINARS} (lindenhof-events.webex.com)"),
        &["5 in all, 2 in use", "buy more"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_is_refused_before_it_is_sent() {
    let program = Program::open().await;
    let address = program.desk.hub.base_url.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {PLANS}/files HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: text/csv\r\n\
         Content-Length: 1073741824\r\n\r\nemail\n",
        program.key
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer[..read.expect("an answer at once").unwrap()]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_names_people_by_id_or_address_and_nobody_twice() {
    let program = Program::open().await;
    let people = program.browser.get("/api/v1/directory/people?search=okafor").await.expect(200).json();
    let id = people["items"][0]["id"].as_str().unwrap();
    let rows = program.of_people(json!([{ "person_id": id, "department": "Archive" }])).await;
    let rows = program.rows(rows).await;
    assert_eq!(
        (&rows[0]["email"], &rows[0]["kind"], &rows[0]["person_id"]),
        (&json!(BEN), &json!("change"), &json!(id))
    );
    let wrong = program
        .of_people(json!([{ "person_id": "nobody", "department": "x" }, { "person_id": "no one" }, { "email": ADA }]))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "people[0].person_id", "{wrong}");
    assert!(
        wrong["errors"][1]["message"].as_str().unwrap().contains("Nobody in the organization has this id")
    );
    let wrong =
        program.of_people(json!([{ "person_id": id }, { "email": BEN.to_uppercase() }])).await.expect(422);
    assert!(wrong.body.contains("Keep one of rows 1 and 2"), "{}", wrong.body);
    let wrong = program.of_people(json!([{ "email": "ben" }, {}, { "email": BEN, "person_id": id }])).await;
    let wrong = wrong.expect(422).json();
    let fields: Vec<&Value> = wrong["errors"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
    assert_eq!(fields, ["people[0].email", "people[1].email", "people[2].person_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_tried_in_vain_is_refused_in_the_plan() {
    let program = Program::open().await;
    let list = format!("email,{SITE}: account,{SITE}: session types\n{BEN},attendee,\n{ADA},,REMOVE\n");
    let rows = program.rows(program.send(list.as_bytes()).await).await;
    says(
        &why(&rows[0]),
        &format!("Attendee on {SITE}"),
        &["hosts on this site by licence", "clear the cell"],
    );
    says(&why(&rows[1]), &format!("Session types on {SITE}"), &["no empty list", "Leave at least one"]);
    let new = json!([{ "email": "grace@lindenhof.example", "display_name": "Grace", "sites": {
        SITE: { "session_types": ["PRO"], "tracking_codes": { "Branch": "Main" } } } }]);
    let rows = program.rows(program.of_people(new.clone()).await).await;
    assert_eq!((&rows[0]["kind"], rows[0]["changes"].as_array().unwrap().len()), (&json!("create"), 1));
    says(&why(&rows[0]), &format!("Session types on {SITE}"), &["only with a licence for it"]);
    let mut hosting = new;
    hosting[0]["licences"] = json!({ format!("{SUITE} - {SITE}"): true });
    let rows = program.rows(program.of_people(hosting).await).await;
    assert_eq!(
        (&rows[0]["refused"], rows[0]["changes"].as_array().unwrap().len()),
        (&json!([]), 4),
        "{:?}",
        rows[0]
    );
    program
        .desk
        .sql("UPDATE directory SET rules = '{\"create\":true,\"synchronized\":[{\"field\":\"department\"}]}'")
        .await;
    let new =
        json!([{ "email": "grace@lindenhof.example", "display_name": "Grace", "department": "Archive" }]);
    let rows = program.rows(program.of_people(new).await).await;
    says(&why(&rows[0]), "Department", &["Directory synchronization owns this field"]);
    assert_eq!(rows[0]["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_exports_are_filtered_alike() {
    let program = Program::open().await;
    let count = async |query: &str| {
        let path = format!("/api/v1/directory/people?limit=200&{query}");
        let found = program.browser.get(&path).await.expect(200).json();
        let listed = found["items"].as_array().unwrap().len();
        let exported = program.browser.get(&format!("/api/v1/directory/export?{query}")).await.expect(200);
        assert_eq!(exported.body.lines().count() - 1, listed, "{query}");
        listed
    };
    let all = count("").await;
    assert_eq!(count("search=okafor").await, 1);
    let hosts = count(&format!("site={SITE}")).await;
    assert!(hosts > 0 && hosts < all, "{hosts} of {all}");
    assert_eq!(count("site=lindenhof").await, hosts);
    assert_eq!(count(&format!("licence={}", WEBINARS.replace(' ', "%20"))).await, 2);
    let active = count("status=active").await;
    assert_eq!(active + count("status=inactive").await + count("status=pending").await, all);
    for query in ["licence=Webinrs", "site=elsewhere", "status=odd"] {
        for path in ["people", "export"] {
            let refused =
                program.browser.get(&format!("/api/v1/directory/{path}?{query}")).await.expect(422).json();
            let field = query.split('=').next().unwrap();
            assert_eq!(refused["errors"][0]["field"], field, "{refused}");
        }
    }
    let classic = program.browser.get(&format!("/api/v1/directory/export?layout=meetings&site={SITE}")).await;
    assert_eq!(classic.expect(200).body.matches("\r\0\n").count(), hosts + 1);
}
