//! What others do while a run is under way: nothing of it is lost, and nobody is taken for somebody whom the run made.

use reqwest::Method;
use sandbox::{Effect, Fault, Progress};
use serde_json::{Value, json};

use super::running::{BEN, Running, SITE, Wanted, change, department};

fn status(status: u16) -> Fault {
    Fault { status: Some(status), ..Fault::default() }
}

/// Webex refuses a request after some time, and wants others to wait too.
fn enough() -> Fault {
    Fault { delay_ms: Some(2_500), retry_after: Some(json!(1)), ..Fault::default() }
}

fn newcomer(email: &str, licence: &str) -> Wanted {
    let name = change(&json!({ "field": "display_name" }), &Value::Null, &json!("New Person"));
    let give = change(&json!({ "field": "licence", "id": licence }), &json!(false), &json!(true));
    Wanted { person: None, email: email.to_owned(), changes: vec![name, give] }
}

async fn created_by_somebody_else(it: &Running, email: &str, licence: &str) {
    let body = json!({ "emails": [email], "displayName": "Somebody Else", "licenses": [licence] });
    it.webex(Method::POST, "people", &body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_others_create_after_a_refusal_is_not_ours() {
    for refused in [400, 409] {
        let it = Running::start().await;
        let meetings = it.licence("Meetings").await;
        let email = "new.person@lindenhof.example";
        it.spoil("POST", "/v1/people", status(refused), None);
        let run = it.carry_out(vec![newcomer(email, &meetings)]).await;
        assert_eq!(it.states(&run).await, ["failed"]);
        it.heal();
        it.hub.sandbox.world.clock.advance(1_000);
        created_by_somebody_else(&it, email, &meetings).await;
        let undone = it.press(&run, "undo").await;
        assert!(!undone.header("location").unwrap_or_default().contains("/plans/"), "{}", undone.body);
        it.press(&run, "retry").await.expect(303);
        it.wait_for(&run, "done").await;
        let row = it.rows(&run).await.remove(0);
        assert!(row.problem().contains("changed meanwhile"), "{row:?}");
        assert!(row.done().is_empty(), "{row:?}");
        let undone = it.press(&run, "undo").await;
        assert!(!undone.header("location").unwrap_or_default().contains("/plans/"), "{}", undone.body);
        let person = it.person(email).await;
        assert_eq!(
            (&person["displayName"], &person["loginEnabled"]),
            (&json!("Somebody Else"), &json!(true))
        );
        assert!(person["licenses"].as_array().unwrap().contains(&json!(meetings)));
        assert_eq!(it.writes().iter().filter(|request| request.method == "POST").count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_a_cut_answer_created_is_ours_and_is_switched_off_by_an_undo() {
    let it = Running::start().await;
    let meetings = it.licence("Meetings").await;
    let email = "new.person@lindenhof.example";
    it.spoil("POST", "/v1/people", Fault { effect: Some(Effect::Whole), ..status(500) }, Some(1));
    // The look-up fails too, so that the row only finds out when it is tried again.
    it.spoil_later("GET", "/v1/people", status(503), (1, Some(1)));
    let plan = it.plan(vec![newcomer(email, &meetings)]).await;
    let run = it.apply(&plan).await;
    it.see_it_through(&run).await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    let back = it.undo(&run).await;
    let back = it.apply(&back).await;
    it.wait_for(&back, "done").await;
    assert_eq!(it.person(email).await["loginEnabled"], json!(false));
}

/// A run that moves Ben to the archive and changes a session type of his, while somebody else changes this field of his
/// in the middle of what the site takes its time to answer. With that session type.
async fn changed_by_somebody_else(it: &Running, field: &str, value: Value) -> (String, Value) {
    let was = it.person(BEN).await["department"].as_str().unwrap().to_owned();
    let types = change(&json!({ "field": "session_types", "site": SITE }), &json!(["3"]), &json!(["3", "9"]));
    let row = it.wanted(BEN, vec![department(&was, "Archive"), types.clone()]).await;
    let slow = Fault { delay_ms: Some(2_500), ..Fault::default() };
    it.spoil("GET", "/v1/admin/meeting/userconfig/", slow, Some(1));
    let plan = it.plan(vec![row]).await;
    let run = it.apply(&plan).await;
    site_is_asked(it).await;
    it.meddle(BEN, field, value).await;
    it.wait_for(&run, "done").await;
    (run, types)
}

/// Waits until the site is asked about the person.
async fn site_is_asked(it: &Running) {
    let asked = || {
        let all = it.hub.sandbox.world.requests.all();
        all.iter().any(|request| {
            request.path.contains("userconfig/sessionTypes") && request.state == Progress::InFlight
        })
    };
    while !asked() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_change_while_a_site_takes_its_time_is_not_lost() {
    let it = Running::start().await;
    let (run, _) = changed_by_somebody_else(&it, "title", json!("Head of Loans")).await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    let ben = it.person(BEN).await;
    assert_eq!((&ben["department"], &ben["title"]), (&json!("Archive"), &json!("Head of Loans")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_change_while_webex_has_had_enough_is_not_lost() {
    let it = Running::start().await;
    let was = it.person(BEN).await["department"].as_str().unwrap().to_owned();
    let row = it.wanted(BEN, vec![department(&was, "Archive")]).await;
    it.spoil("PUT", "/v1/people", enough(), Some(1));
    let plan = it.plan(vec![row]).await;
    let run = it.apply(&plan).await;
    while it.writes().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    it.meddle(BEN, "title", json!("Head of Loans")).await;
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    let ben = it.person(BEN).await;
    assert_eq!((&ben["department"], &ben["title"]), (&json!("Archive"), &json!("Head of Loans")));
}

#[tokio::test(flavor = "multi_thread")]
async fn tracking_codes_that_others_set_while_webex_has_had_enough_are_not_lost() {
    let it = Running::start().await;
    let code = |name: &str| json!({ "field": "tracking_code", "site": SITE, "name": name });
    let row = it.wanted(BEN, vec![change(&code("Cost Centre"), &Value::Null, &json!("1"))]).await;
    let path = "/v1/admin/meeting/userconfig/trackingCodes";
    it.spoil("PUT", path, enough(), Some(1));
    let plan = it.plan(vec![row]).await;
    let run = it.apply(&plan).await;
    while it.writes().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let id = it.id(BEN).await;
    let body =
        json!({ "siteUrl": SITE, "personId": id, "trackingCodes": [{ "name": "Branch", "value": "North" }] });
    it.webex(Method::PUT, "admin/meeting/userconfig/trackingCodes", &body).await;
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    let found = it
        .webex(
            Method::GET,
            &format!("admin/meeting/userconfig/trackingCodes?siteUrl={SITE}&personId={id}"),
            &Value::Null,
        )
        .await;
    let codes = found["trackingCodes"].as_array().unwrap();
    for (name, value) in [("Branch", "North"), ("Cost Centre", "1")] {
        assert!(codes.iter().any(|code| code["name"] == name && code["value"] == value), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_others_change_while_a_site_takes_its_time_is_left_alone() {
    let it = Running::start().await;
    let (run, types) = changed_by_somebody_else(&it, "department", json!("Elsewhere")).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!(
        (row.state.as_str(), it.person(BEN).await["department"].clone()),
        ("failed", json!("Elsewhere"))
    );
    assert!(row.problem().contains("changed meanwhile"), "{}", row.problem());
    assert!(row.done().contains(&types), "{row:?}");
}
