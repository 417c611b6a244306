//! Meeting sites by REST and XML, and the tickets for the latter.

use std::time::Duration;

use reqwest::Method;
use sandbox::{CutPoint, Fault, Match, Received, Rule};
use serde_json::{Value, json};

use super::{
    reading::{Library, status},
    running::{BEN, Running, SITE, Wanted, change},
};
use crate::harness::Setup;

const XML: &str = "/WBXService/XMLService";
const CONFIG: &str = "/v1/admin/meeting/config/";

fn page(body: &str) -> Fault {
    Fault { status: Some(200), body: Some(Value::String(body.to_owned())), ..Fault::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_only_speaks_xml_says_the_same() {
    let it = Library::start().await;
    it.read().await;
    let by_rest = it.sites().await;
    it.switch(&json!({ "webex.xml_only_sites": ["*"] }));
    it.read().await;
    let by_xml = it.sites().await;
    for (rest, xml) in by_rest.iter().zip(&by_xml) {
        assert_eq!((xml.found_way.as_deref(), xml.trouble()), (Some("xml"), ""));
        assert!(xml.version.as_deref().unwrap().contains("XML API"), "{xml:?}");
        let names = |facts: &Value, list: &str, name: &str| -> Vec<String> {
            let all = facts[list].as_array().unwrap().iter();
            all.map(|it| it[name].as_str().unwrap().to_owned()).collect()
        };
        for (list, name) in
            [("session_types", "id"), ("session_types", "short_name"), ("tracking_codes", "name")]
        {
            assert_eq!(names(&rest.facts(), list, name), names(&xml.facts(), list, name));
        }
        assert_eq!(rest.facts()["tracking_codes"][0]["options"], xml.facts()["tracking_codes"][0]["options"]);
    }
    assert_eq!(tickets(&it).await, 2);
    it.pass(11).await;
    assert_eq!(tickets(&it).await, 0, "nobody needs them any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_does_not_say_whose_session_it_is_is_read_all_the_same() {
    let it = Library::start().await;
    it.switch(&json!({ "webex.xml_only_sites": [SITE] }));
    // What is asked after the version, the session, session types and tracking codes.
    it.spoil(XML, 4, Some(1), status(500));
    it.read().await;
    let site = it.sites().await.pop().unwrap();
    assert_eq!((site.found_way.as_deref(), site.trouble()), (Some("xml"), ""));
    assert!(!site.facts()["session_types"].as_array().unwrap().is_empty());
    let refused = it.hub.sandbox.world.requests.all().into_iter().filter(|it| it.status == Some(500));
    assert_eq!(refused.count(), 1);
}

async fn tickets(it: &Library) -> i64 {
    it.number("SELECT COUNT(*) FROM session_ticket WHERE organization_id = $1 AND ticket IS NOT NULL").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_xml_keeps_what_was_known_and_says_so() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE m [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\
                <message><header>&b;</header></message>";
    let faults = [
        Fault { html: true, ..Fault::default() },
        Fault { cut: Some(CutPoint::Middle), ..Fault::default() },
        Fault { malformed: true, ..Fault::default() },
        page(bomb),
        status(503),
    ];
    let it = Library::start().await;
    it.switch(&json!({ "webex.xml_only_sites": [SITE] }));
    it.read().await;
    let before = it.sites().await.pop().unwrap();
    for fault in faults {
        let shown = format!("{fault:?}");
        it.spoil(XML, 0, None, fault);
        let reading = it.read().await;
        assert_eq!(reading.trouble, None, "{shown}: one site is no reason to stop");
        let after = it.sites().await.pop().unwrap();
        assert_eq!((&after.facts, after.found_way.as_deref()), (&before.facts, Some("xml")), "{shown}");
        assert!(after.trouble().contains("tried again by itself"), "{shown}: {}", after.trouble());
        it.heal();
        it.pass(700).await;
        assert_eq!(it.sites().await.pop().unwrap().trouble(), "", "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_neither_way_says_why() {
    let it = Library::start().await;
    it.switch(&json!({ "webex.rest_only_sites": ["*"] }));
    it.spoil(CONFIG, 0, None, status(403));
    it.read().await;
    for site in it.sites().await {
        assert_eq!(site.found_way, None);
        assert!(site.trouble().contains("answers neither by REST nor by XML"), "{}", site.trouble());
        assert!(site.trouble().contains("administrator of this site"), "{}", site.trouble());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_decides_how_a_site_is_asked() {
    let it = Library::start().await;
    it.read().await;
    let choose = async |way: &str| {
        it.ada.post("/admin/directory/site", &[("site", SITE), ("way", way)]).await.expect(303);
        it.hub.run_jobs().await;
        it.sites().await.pop().unwrap()
    };
    let xml = choose("xml").await;
    assert_eq!((xml.found_way.as_deref(), xml.version.is_some()), (Some("xml"), true));
    it.switch(&json!({ "webex.rest_only_sites": ["*"] }));
    let refused = choose("xml").await;
    assert!(refused.trouble().contains("by XML"), "{}", refused.trouble());
    let found = choose("").await;
    assert_eq!((found.found_way.as_deref(), found.trouble()), (Some("rest"), ""));
}

fn types(now: &[&str], then: &[&str]) -> Value {
    change(&json!({ "field": "session_types", "site": SITE }), &json!(now), &json!(then))
}

fn branch(now: Option<&str>, then: Option<&str>) -> Value {
    change(
        &json!({ "field": "tracking_code", "site": SITE, "name": "Cost Centre" }),
        &json!(now),
        &json!(then),
    )
}

async fn by_xml(it: &Running) {
    it.switch(&json!({ "webex.xml_only_sites": [SITE] }));
    let text = "UPDATE directory_site SET found_way = 'xml' WHERE organization_id = $1 AND site = $2";
    let db = it.hub.hub.db();
    db.sql(text).bind(it.organization).bind(SITE.to_owned()).execute(db).await.unwrap();
}

fn xml_requests(it: &Running, operation: &str) -> usize {
    let all = it.hub.sandbox.world.requests.all();
    let is_meant = |detail: &Option<String>| detail.as_deref().is_some_and(|text| text.contains(operation));
    all.iter().filter(|request| request.path == XML && is_meant(&request.detail)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn session_types_and_tracking_codes_are_changed_by_xml() {
    let it = Running::start().await;
    by_xml(&it).await;
    let rows = vec![it.wanted(BEN, vec![types(&["3"], &["3", "9"]), branch(None, Some("4711"))]).await];
    let run = it.carry_out(rows).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!((row.state.as_str(), row.problem()), ("done", ""));
    assert!(it.book().await.contains("4711"));
    let back = vec![it.wanted(BEN, vec![types(&["3", "9"], &["3"]), branch(Some("4711"), None)]).await];
    let run = it.carry_out(back).await;
    assert_eq!(it.states(&run).await, ["done"]);
    assert!(!it.book().await.contains("4711"));
    assert_eq!(xml_requests(&it, "AuthenticateUser"), 1, "{:#?}", it.hub.sandbox.world.requests.all());
}

/// What somebody may start, by the ids.
pub(super) async fn session_types(it: &Running, id: &str) -> Vec<String> {
    let path = format!("admin/meeting/userconfig/sessionTypes?siteUrl={SITE}&personId={id}");
    let found = it.webex(Method::GET, &path, &Value::Null).await;
    let types = found["items"][0]["sessionTypes"].as_array().cloned().unwrap_or_default();
    types.iter().map(|kind| kind["id"].as_str().unwrap().to_owned()).collect()
}

/// Rows that give these people a session type more.
pub(super) async fn more_types(it: &Running, most: usize) -> Vec<Wanted> {
    let people = it.people().await.into_iter().filter(|(email, _)| email.starts_with(|c| c != 'a'));
    let mut rows = Vec::new();
    for (email, (id, _)) in people {
        let membership = session_types(it, &id).await;
        if membership.contains(&"3".to_owned()) && !membership.contains(&"9".to_owned()) {
            let now: Vec<&str> = membership.iter().map(String::as_str).collect();
            let then: Vec<&str> = now.iter().copied().chain(["9"]).collect();
            rows.push(Wanted { person: Some(id), email, changes: vec![types(&now, &then)] });
        }
        if rows.len() == most {
            break;
        }
    }
    assert_eq!(rows.len(), most, "so many people can get one more");
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_side_by_side_share_one_ticket() {
    let it = Running::start().await;
    let rows = more_types(&it, 8).await;
    by_xml(&it).await;
    let run = it.carry_out(rows).await;
    assert_eq!(it.states(&run).await, ["done"; 8], "{:#?}", it.rows(&run).await);
    assert_eq!(xml_requests(&it, "AuthenticateUser"), 1);
    assert_eq!(xml_requests(&it, "SetUser"), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_the_site_ended_is_replaced_without_losing_a_row() {
    let it = Running::start().await;
    let rows = more_types(&it, 6).await;
    by_xml(&it).await;
    it.carry_out(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
    // By the site's clock ninety minutes have passed, by ours none.
    it.hub.sandbox.world.clock.advance(5_500);
    let run = it.carry_out(rows).await;
    assert_eq!(it.states(&run).await, ["done"; 6], "{:#?}", it.rows(&run).await);
    assert!((2..=3).contains(&xml_requests(&it, "AuthenticateUser")), "one for each ticket");
    assert_eq!(xml_requests(&it, "SetUser"), 7);
}

/// How often the site refused a ticket (exception 030047): then it does not know who asks.
fn refused_tickets(it: &Running) -> usize {
    let needs_none = ["ep.GetAPIVersion", "user.AuthenticateUser"];
    let is_refused = |request: &&Received| {
        let with_ticket = request.detail.as_deref().is_some_and(|detail| !needs_none.contains(&detail));
        request.path == XML && with_ticket && request.account.is_none()
    };
    it.hub.sandbox.world.requests.all().iter().filter(is_refused).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_replaced_in_its_last_five_minutes_before_the_site_refuses_it() {
    let it = Running::with(Setup::default()).await;
    let rows = more_types(&it, 4).await;
    by_xml(&it).await;
    // A session, and six requests of four rows: some are changed, and some are not, when the site goes down.
    let matching = Match { method: None, path: Some(XML.to_owned()) };
    let rule = Rule { id: 0, matching, times: None, after: 7, fault: status(503), hits: 0 };
    it.hub.sandbox.world.faults.add(rule).unwrap();
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.hub.run_jobs().await;
    assert_eq!(it.run(&run).await.state, "running", "{:#?}", it.rows(&run).await);
    assert!((1..4).contains(&xml_requests(&it, "SetUser")), "{:#?}", it.rows(&run).await);
    assert_eq!(xml_requests(&it, "AuthenticateUser"), 1);
    it.heal();
    it.hub.advance(Duration::from_secs(86 * 60));
    let db = it.hub.hub.db();
    let text = "SELECT expires_at FROM session_ticket WHERE organization_id = $1 AND ticket IS NOT NULL";
    let (ends,): (i64,) = db.sql(text).bind(it.organization).one(db).await.unwrap();
    let left = ends - it.hub.hub.now().micros();
    assert!(left > 180_000_000 && left < 300_000_000, "it is good for some minutes more: {left}");
    // Less than a minute more: whoever still used the first ticket would be let in to the end.
    for _ in 0..4 {
        it.hub.tick().await;
        it.let_waits_end(&run).await;
        it.hub.run_jobs().await;
        if it.run(&run).await.state == "done" {
            break;
        }
        it.hub.advance(Duration::from_secs(15));
    }
    assert_eq!(it.states(&run).await, ["done"; 4], "{:#?}", it.rows(&run).await);
    assert_eq!(xml_requests(&it, "AuthenticateUser"), 2);
    assert_eq!((refused_tickets(&it), xml_requests(&it, "SetUser")), (0, 4));
    // A refusal would have been seen: by the site's clock alone the second ticket ends, too.
    it.hub.sandbox.world.clock.advance(5_500);
    let plan = it.plan(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
    it.apply(&plan).await;
    it.hub.run_jobs().await;
    assert!(refused_tickets(&it) > 0, "{:#?}", it.hub.sandbox.world.requests.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn ninety_minutes_in_the_middle_of_a_run_lose_nothing() {
    let it = Running::with(Setup::default()).await;
    let rows = more_types(&it, 4).await;
    by_xml(&it).await;
    // Two requests for each of the first rows pass, then the site is down.
    let matching = Match { method: None, path: Some(XML.to_owned()) };
    let rule = Rule { id: 0, matching, times: None, after: 9, fault: status(503), hits: 0 };
    it.hub.sandbox.world.faults.add(rule).unwrap();
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.hub.run_jobs().await;
    assert_eq!(it.run(&run).await.state, "running", "{:#?}", it.rows(&run).await);
    it.heal();
    for seconds in [5_500, 60, 60, 60] {
        it.hub.advance(Duration::from_secs(seconds));
        it.hub.tick().await;
        it.let_waits_end(&run).await;
        it.hub.run_jobs().await;
    }
    assert_eq!(it.states(&run).await, ["done"; 4], "{:#?}", it.rows(&run).await);
    assert!(xml_requests(&it, "AuthenticateUser") >= 2);
    it.switch(&json!({ "webex.xml_only_sites": [] }));
    let types = session_types(&it, it.rows(&run).await[0].person_id.as_deref().unwrap()).await;
    assert!(types.contains(&"9".to_owned()), "{types:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_its_ticket_and_a_removed_connection_loses_it() {
    let it = Running::with(Setup::default()).await;
    by_xml(&it).await;
    let rows = vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await];
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.hub.run_jobs().await;
    assert_eq!(it.run(&run).await.state, "done");
    let db = it.hub.hub.db();
    // A run that is paused goes on later, with its ticket.
    let again = "UPDATE directory_run SET state = 'paused', ended_at = NULL WHERE organization_id = $1";
    db.sql(again).bind(it.organization).execute(db).await.unwrap();
    it.hub.advance(Duration::from_secs(11));
    it.hub.tick().await;
    assert_eq!(xml_requests(&it, "RevokeSessionTicket"), 0);
    let (connection,): (String,) = db
        .sql("SELECT id FROM connection WHERE organization_id = $1")
        .bind(it.organization)
        .one(db)
        .await
        .unwrap();
    it.ada.post(&format!("/my/connections/{connection}/remove"), &[]).await.expect(303);
    it.hub.advance(Duration::from_secs(11));
    it.hub.tick().await;
    assert_eq!(xml_requests(&it, "RevokeSessionTicket"), 1);
    let (left,): (i64,) = db.sql("SELECT COUNT(*) FROM session_ticket").one(db).await.unwrap();
    assert_eq!(left, 0);
}

/// What the site answers to every request.
fn failure(id: &str, reason: &str) -> Fault {
    page(&format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><serv:message xmlns:serv=\"http://www.webex.com/schemas/2002/06/service\">\
         <serv:header><serv:response><serv:result>FAILURE</serv:result><serv:reason>{reason}</serv:reason>\
         <serv:exceptionID>{id}</serv:exceptionID></serv:response></serv:header><serv:body><serv:bodyContent/></serv:body>\
         </serv:message>"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_opens_no_session_pauses_the_run_and_says_what_to_do() {
    for (id, reason) in [
        ("030048", "Authentication Server can't generate a valid session ticket"),
        ("030001", "The requested user was not found"),
        ("000001", "Access denied, additional privileges are required"),
    ] {
        let it = Running::start().await;
        by_xml(&it).await;
        it.spoil("POST", XML, failure(id, reason), None);
        let plan = it.plan(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
        let run = it.apply(&plan).await;
        let said = it.wait_for(&run, "paused").await.reason.unwrap();
        assert!(said.contains(SITE) && said.contains("opens no session"), "{said}");
        assert!(said.contains("spark:all") && said.contains(id), "{said}");
        it.heal();
        it.press(&run, "resume").await.expect(303);
        it.wait_for(&run, "done").await;
        assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_site_calls_malformed_is_not_sent_again() {
    let it = Running::start().await;
    by_xml(&it).await;
    it.spoil("POST", XML, failure("000000", "Fail to forward request:null"), None);
    let run = it.carry_out(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!((row.state.as_str(), row.attempts), ("failed", 0), "{row:?}");
    assert!(row.problem().contains("fault in Switchboard") && row.problem().contains("000000"), "{row:?}");
    let sent = it.hub.sandbox.world.requests.all();
    assert_eq!(sent.iter().filter(|request| request.path.ends_with("XMLService")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_another_way_now_is_not_taken_for_one_that_does_not_know_the_person() {
    for xml in [false, true] {
        let it = Running::start().await;
        let way = if xml {
            by_xml(&it).await;
            it.switch(&json!({ "webex.xml_only_sites": [], "webex.rest_only_sites": [SITE] }));
            "rest"
        } else {
            it.switch(&json!({ "webex.xml_only_sites": [SITE] }));
            "xml"
        };
        let plan = it.plan(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
        let run = it.apply(&plan).await;
        let said = it.wait_for(&run, "paused").await.reason.unwrap();
        assert!(said.contains("any more") && said.contains("Read now") && said.contains(SITE), "{said}");
        let db = it.hub.hub.db();
        let text = "UPDATE directory_site SET chosen_way = $1 WHERE site = $2";
        db.sql(text).bind(way.to_owned()).bind(SITE.to_owned()).execute(db).await.unwrap();
        it.press(&run, "resume").await.expect(303);
        it.wait_for(&run, "done").await;
        assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_making_took_too_long_is_ended_and_not_kept() {
    let it = Running::start().await;
    by_xml(&it).await;
    it.spoil("POST", XML, Fault { delay_ms: Some(1_000), ..Fault::default() }, Some(1));
    let plan = it.plan(vec![it.wanted(BEN, vec![branch(None, Some("4711"))]).await]).await;
    let run = it.apply(&plan).await;
    let until = async |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    until(&|| it.hub.sandbox.world.requests.all().iter().any(|request| request.path == XML)).await;
    // Its time is over, and somebody else has begun to make one.
    let db = it.hub.hub.db();
    let text = "UPDATE session_ticket SET making_until = making_until + 60000000";
    assert_eq!(db.sql(text).execute(db).await.unwrap(), 1);
    until(&|| xml_requests(&it, "RevokeSessionTicket") == 1).await;
    let text = "UPDATE session_ticket SET making_until = NULL WHERE ticket IS NULL";
    assert_eq!(db.sql(text).execute(db).await.unwrap(), 1, "what is not kept is not written down");
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    assert_eq!(xml_requests(&it, "AuthenticateUser"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_comes_with_session_types_by_xml_is_reported_and_goes_with_an_undo() {
    let it = Running::start().await;
    by_xml(&it).await;
    let book = it.book().await;
    let events = it.licence("Webinars").await;
    let mut licences = it.person(BEN).await["licenses"].clone();
    assert!(!licences.as_array().unwrap().contains(&json!(events)));
    licences.as_array_mut().unwrap().push(json!(events));
    // A session, a look, the change: while that is under way, the licence appears.
    it.spoil_later("POST", XML, Fault { delay_ms: Some(1_500), ..Fault::default() }, (2, Some(1)));
    let plan = it.plan(vec![it.wanted(BEN, vec![types(&["3"], &["3", "9"])]).await]).await;
    let run = it.apply(&plan).await;
    let sent = || it.hub.sandbox.world.requests.all().iter().filter(|request| request.path == XML).count();
    while sent() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    it.meddle(BEN, "licenses", licences).await;
    it.wait_for(&run, "done").await;
    let row = it.rows(&run).await.remove(0);
    let came = change(&json!({ "field": "licence", "id": events }), &json!(false), &json!(true));
    assert_eq!((row.state.as_str(), row.problem()), ("done", ""));
    assert_eq!(row.done(), [types(&["3"], &["3", "9"]), came]);
    let back = it.undo(&run).await;
    let back = it.apply(&back).await;
    it.wait_for(&back, "done").await;
    assert_eq!(it.states(&back).await, ["done"], "{:#?}", it.rows(&back).await);
    assert_eq!(it.book().await, book);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_types_that_came_with_a_licence_go_with_it() {
    let it = Running::start().await;
    let (book, meetings) = (it.book().await, it.licence("Meetings").await);
    let mut guest = None;
    for email in it.people().await.into_keys() {
        let person = it.person(&email).await;
        let has = person["licenses"].as_array().is_some_and(|all| all.contains(&json!(meetings)));
        if !has && person["loginEnabled"] != json!(false) && !person.to_string().contains(SITE) {
            guest = Some(email);
        }
    }
    let guest = guest.expect("somebody without a licence for the site");
    let give = change(&json!({ "field": "licence", "id": meetings }), &json!(false), &json!(true));
    let plan = it.plan(vec![it.wanted(&guest, vec![give, types(&[], &["3", "9"])]).await]).await;
    let run = it.apply(&plan).await;
    it.see_it_through(&run).await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    assert_eq!(session_types(&it, it.rows(&run).await[0].person_id.as_deref().unwrap()).await, ["3", "9"]);
    let back = it.undo(&run).await;
    let back = it.apply(&back).await;
    it.see_it_through(&back).await;
    assert_eq!(it.states(&back).await, ["done"], "{:#?}", it.rows(&back).await);
    assert_eq!(it.book().await, book);
}
