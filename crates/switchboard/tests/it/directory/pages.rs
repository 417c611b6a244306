//! What pages and programs are told: rules and wishes that say something twice, the fields of an upload, sites of hosts,
//! departments with blanks, and plans that can be decided upon or not.

use ::directory::planning::{NewPlan, Plan, PlanRow};
use platform::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::planning_desk::{ADA, BEN, Desk, SITE};
use crate::harness::{Browser, Reply};

const LEILA: &str = "leila.haddad@lindenhof.example";

async fn program(desk: &Desk) -> Browser {
    desk.hub.api_key(&[Scope::DirectoryRead, Scope::DirectoryWrite]).await
}

fn page_of(plan: &Plan) -> String {
    format!("/admin/directory/plans/{}", plan.id)
}

/// Reads a page and looks for these parts, and for the absence of those.
async fn shows(browser: &Browser, path: &str, parts: &[&str], none_of: &[&str]) {
    holds(&browser.get(path).await.expect(200), parts, none_of);
}

#[track_caller]
fn holds(page: &Reply, parts: &[&str], none_of: &[&str]) {
    for part in parts {
        assert!(page.body.contains(part), "{part:?} is not in {}", page.body);
    }
    for part in none_of {
        assert!(!page.body.contains(part), "{part:?} is in {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_says_everything_about_a_site_in_one_row() {
    let desk = Desk::open().await;
    let twice = [
        ("rule-0-department", "Reference"),
        ("rule-0-site-0-name", SITE),
        ("rule-0-site-0-types", "PRO"),
        ("rule-0-site-1-name", SITE),
        ("rule-0-site-1-codes", "Branch = Main"),
    ];
    let page = desk.browser.post("/admin/directory/rules", &twice).await.expect(422);
    holds(&page, &["stands in this rule more than once. Put both into one row.", "Branch = Main"], &[]);
    let site = json!({ "site": SITE, "session_types": ["PRO"] });
    let again = json!({ "site": SITE.to_uppercase(), "tracking_codes": { "Branch": "Main" } });
    let rules =
        json!({ "rules": [{ "when": { "department": "Reference" }, "then": { "sites": [site, again] } }] });
    let program = program(&desk).await;
    let refused = program.call(Method::PUT, "/api/v1/directory/rules", &rules).await.expect(422).json();
    assert_eq!(refused["errors"].as_array().map(Vec::len), Some(1), "{refused}");
    assert_eq!(refused["errors"][0]["field"], "rules[0].then.sites[1].site", "{refused}");
    assert_eq!(program.get("/api/v1/directory/rules").await.expect(200).json()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_names_a_site_once_whatever_its_capitals() {
    let desk = Desk::open().await;
    let program = program(&desk).await;
    let loud = SITE.to_uppercase();
    let sites =
        json!({ SITE: { "session_types": ["PRO"] }, loud: { "tracking_codes": { "Branch": "Main" } } });
    let people = json!({ "people": [{ "email": ADA, "department": "x" }, { "email": BEN, "sites": sites }] });
    let refused = program.call(Method::POST, "/api/v1/directory/plans", &people).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "people[1].sites", "{refused}");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("more than once"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_form_is_said_at_its_fields_and_not_of_the_file() {
    let desk = Desk::open().await;
    let blame = ["Problems of the file", "people.csv", "file-error", "banner danger"];
    let site = format!("UserID,Active,FirstName,LastName,Email,HostPrivilege\n1,Y,,,{BEN},HOST\n");
    let page = desk.upload(&[("name", "Hosts"), ("site", "")], site.as_bytes()).await.expect(422);
    let marked = [
        r#"name="site" aria-invalid="true""#,
        r#"id="site-error""#,
        "does not say which. Choose the site and send it again.",
        r#"value="Hosts""#,
    ];
    holds(&page, &marked, &blame);
    let list = format!("email,department\n{BEN},Archive\n");
    let page = desk.upload(&[("name", &"x".repeat(500))], list.as_bytes()).await.expect(422);
    holds(&page, &[r#"id="name-error""#, "Write a name of at most"], &blame);
    let made = desk.upload(&[("name", "Hosts"), ("site", SITE)], site.as_bytes()).await;
    assert!(made.expect(303).location().path().starts_with("/admin/directory/plans/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_problems_than_are_listed_are_counted_and_the_choice_of_the_file_is_not_to_blame() {
    let desk = Desk::open().await;
    let list = format!("email,department\n{}", "no address,\n".repeat(1_500));
    let page = desk.upload(&[("name", "Many")], list.as_bytes()).await.expect(422);
    let parts = [
        "people.csv has more problems than are listed here.",
        "1500 things in it are wrong",
        r#"<td colspan="2">… and 500 more. Mend these first.</td>"#,
    ];
    holds(&page, &parts, &["file-error"]);
    let page = desk.upload(&[("name", "Empty")], b"email,department\n").await.expect(422);
    holds(&page, &["file-error", "nobody below it"], &["Problems of the file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_host_names_their_sites() {
    let desk = Desk::open().await;
    let db = desk.hub.hub.db();
    let text = "SELECT id FROM directory_person WHERE email_key = $1";
    let (id,): (String,) = db.sql(text).bind(BEN.to_owned()).one(db).await.unwrap();
    let path = format!("/admin/directory/people/{id}");
    let host = format!("<li>{SITE}, as host, by licence</li>");
    let hint = "Session types and tracking codes of a person are read when a plan is about them.";
    shows(&desk.browser, &path, &[&host, hint], &["as attendee"]).await;
    desk.sql("UPDATE directory_person SET sites = ' lindenhof-events.webex.com lindenhof.webex.com '").await;
    let attendee = "<li>lindenhof-events.webex.com, as attendee</li>";
    let doubled = format!("{SITE}, as attendee");
    shows(&desk.browser, &path, &[&host, attendee], &[&doubled]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_with_blanks_around_it_is_found() {
    let desk = Desk::open().await;
    let found = async |department: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("department", department)
            .finish();
        let path = format!("/admin/directory/people?{query}");
        shows(&desk.browser, &path, &[BEN, "<caption>1 person found</caption>"], &["Nobody found"]).await;
    };
    // As it was stored before blanks were taken off; the next reading takes them off.
    desk.sql(
        "UPDATE directory_person SET department = '  Reading Room ' \
         WHERE email_key = 'ben.okafor@lindenhof.example'",
    )
    .await;
    let option = r#"<option value="Reading Room">Reading Room</option>"#;
    shows(&desk.browser, "/admin/directory/people", &[option], &[]).await;
    found("Reading Room").await;
    found("  Reading Room ").await;
    let program = program(&desk).await;
    let path = "/api/v1/directory/people?department=%20Reading%20Room";
    let listed = program.get(path).await.expect(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    let long = "x".repeat(250);
    let db = desk.hub.hub.db();
    let text = "UPDATE directory_person SET department = $1 WHERE email_key = $2";
    db.sql(text).bind(long.clone()).bind(BEN.to_owned()).execute(db).await.unwrap();
    found(&long).await;
}

/// One who is planned in part, one who is not there, and one of whom nothing can be done.
async fn in_part(desk: &Desk) -> (Plan, Vec<PlanRow>) {
    let list = format!(
        "email,department,licence: Mesaging\n{BEN},Archive,yes\nnobody@lindenhof.example,Archive,\n{ADA},,yes\n"
    );
    desk.planned(&list).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_count_of_those_refused_in_part_leads_to_exactly_them() {
    let desk = Desk::open().await;
    let (plan, rows) = in_part(&desk).await;
    assert_eq!((rows.len(), plan.counts.partly_refused, plan.counts.refused), (3, 1, 2));
    let page = page_of(&plan);
    let tile =
        format!(r#"<a href="{page}?show=partly_refused#people"><strong>1</strong> in part refused</a>"#);
    shows(&desk.browser, &page, &[&tile, "row 2 of the list", "row 3 of the list"], &[]).await;
    let (path, others) = (format!("{page}?show=partly_refused"), ["row 3 of the list", "row 4 of the list"]);
    let chosen = r#"<option value="partly_refused" selected>"#;
    shows(&desk.browser, &path, &["row 2 of the list", chosen], &others).await;
    let path = format!("{page}?show=with_refusals");
    shows(&desk.browser, &path, &["row 2 of the list", "row 3 of the list", "row 4 of the list"], &[]).await;
    let path = format!("/api/v1/directory/plans/{}/rows?partly_refused=true", plan.id);
    let listed = program(&desk).await.get(&path).await.expect(200).json();
    let emails: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|row| &row["email"]).collect();
    assert_eq!(emails, [BEN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_cannot_be_applied_any_more_is_expired_and_waits_for_nobody() {
    const PLANS: &str = "/admin/directory/plans";
    let desk = Desk::open().await;
    let leila = desk.hub.signed_in(LEILA, &[Role::Administrator]).await;
    desk.sql("UPDATE directory SET needs_approval = TRUE").await;
    let (nothing, _) = desk.planned(&format!("email,department\n{ADA},\n")).await;
    let approve = "Approve</button>";
    shows(&leila, &page_of(&nothing), &["There is nothing to apply"], &[approve, "waits for approval"]).await;
    let (plan, _) = desk.planned(&format!("email,department\n{BEN},Archive\n")).await;
    let path = page_of(&plan);
    shows(&leila, &path, &[approve, "waits for approval"], &["expired"]).await;
    shows(&desk.browser, &path, &["waits for approval"], &[approve]).await;
    let expired = r#"<span class="badge off">expired</span>"#;
    desk.sql("UPDATE directory_plan SET ready_at = ready_at - 700000000000").await;
    shows(&leila, &path, &[expired, "older than seven days"], &[approve, "waits for approval"]).await;
    shows(&leila, PLANS, &[expired], &["waits for approval", ">ready</span>"]).await;
    desk.sql("UPDATE directory_plan SET ready_at = created_at, provider_org = 'another'").await;
    shows(&leila, &path, &[expired, "another Webex organization"], &[approve, "waits for approval"]).await;
    shows(&leila, PLANS, &[expired], &["waits for approval"]).await;
    desk.sql("UPDATE directory_plan SET state = 'applied'").await;
    shows(&leila, PLANS, &["applied"], &["expired"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_being_worked_out_can_be_given_up() {
    let desk = Desk::open().await;
    let list = format!("email,department\n{BEN},Archive\n");
    let id = desk.file(NewPlan::default(), "people.csv", list.as_bytes()).await.unwrap();
    let plan = desk.plan(id).await;
    let delete = format!("{}/delete", page_of(&plan));
    let form = format!(r#"<form method="post" action="{delete}">"#);
    shows(&desk.browser, &page_of(&plan), &["The plan is being worked out", &form], &[]).await;
    let gone = desk.browser.post(&delete, &[]).await.expect(303);
    assert_eq!(gone.location().path(), "/admin/directory/plans");
    desk.hub.run_jobs().await;
    desk.browser.get(&page_of(&plan)).await.expect(404);
    assert_eq!(desk.audited("plan.deleted").await.len(), 1);
}
