//! Runs: what a plan showed becomes true, once, whatever the provider answers; and can be stopped and reported.

use reqwest::Method;
use sandbox::{CutPoint, Effect, Fault};
use serde_json::{Value, json};

use super::running::{ADA, BEN, Running, SITE, Wanted, change, department};
use crate::harness::Setup;

pub(super) fn status(status: u16, effect: Option<Effect>) -> Fault {
    Fault { status: Some(status), effect, ..Fault::default() }
}

pub(super) fn give(licence: &str) -> Value {
    change(&json!({ "field": "licence", "id": licence }), &json!(false), &json!(true))
}

fn types(now: &[&str], then: &[&str]) -> Value {
    change(&json!({ "field": "session_types", "site": SITE }), &json!(now), &json!(then))
}

fn text(now: Option<&str>, then: Option<&str>, field: &str) -> Value {
    change(&json!({ "field": field }), &json!(now), &json!(then))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_is_made_read_back_and_reported() {
    let it = Running::start().await;
    let branch = change(
        &json!({ "field": "tracking_code", "site": SITE, "name": "Cost Centre" }),
        &Value::Null,
        &json!("4711"),
    );
    let events = it.licence("Webinars").await;
    let ben = it.person(BEN).await;
    let was = ben["department"].as_str().unwrap();
    let changes = vec![department(was, "Archive"), give(&events), types(&["3"], &["3", "9"]), branch];
    let rows = vec![it.wanted(BEN, changes.clone()).await];
    let run = it.carry_out(rows).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!((row.state.as_str(), row.problem()), ("done", ""));
    assert_eq!(row.done(), changes);
    let now = it.person(BEN).await;
    assert_eq!(now["department"], "Archive");
    assert!(now["licenses"].as_array().unwrap().contains(&json!(events)));
    let book: Value = serde_json::from_str(&it.book().await).unwrap();
    let text = book.to_string();
    assert!(text.contains("4711"), "{text}");
    assert_eq!(it.writes().len(), 4, "{:#?}", it.writes());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_already_sends_nothing_and_what_was_changed_meanwhile_is_left_alone() {
    let it = Running::start().await;
    let people = it.moved("Archive", 3).await;
    let (so, other) = (people[0].email.clone(), people[1].email.clone());
    it.meddle(&so, "department", json!("Archive")).await;
    it.meddle(&other, "department", json!("Elsewhere")).await;
    it.hub.sandbox.world.requests.clear();
    let run = it.carry_out(people).await;
    let rows = it.rows(&run).await;
    assert_eq!(it.states(&run).await, ["unchanged", "failed", "done"]);
    assert!(rows[1].problem().contains("changed meanwhile"), "{}", rows[1].problem());
    assert_eq!(it.person(&other).await["department"], "Elsewhere");
    assert_eq!(it.writes().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_after_the_work_was_done_is_found_out_by_reading() {
    for fault in [
        status(400, Some(Effect::Whole)),
        status(500, Some(Effect::Whole)),
        Fault { cut: Some(CutPoint::After), ..Fault::default() },
        Fault { malformed: true, ..Fault::default() },
        Fault { html: true, ..Fault::default() },
        status(503, None),
    ] {
        let it = Running::start().await;
        let rows = it.moved("Archive", 1).await;
        let email = rows[0].email.clone();
        let then = rows[0].changes.clone();
        it.spoil("PUT", "/v1/people/", fault.clone(), Some(1));
        let plan = it.plan(rows).await;
        let run = it.apply(&plan).await;
        while it.run(&run).await.state != "done" {
            it.let_waits_end(&run).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let row = it.rows(&run).await.remove(0);
        assert_eq!(row.state, "done", "{fault:?} {row:?}");
        assert_eq!(row.done(), then);
        assert_eq!(it.person(&email).await["department"], "Archive");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_without_stock_fails_in_words_and_the_rest_is_done() {
    let it = Running::start().await;
    let events = it.licence("Webinars").await;
    let mut rows = it.moved("Archive", 12).await;
    for row in &mut rows {
        let has = it.person(&row.email).await["licenses"].as_array().unwrap().contains(&json!(events));
        if !has {
            row.changes.push(give(&events));
        }
    }
    let run = it.carry_out(rows).await;
    let rows = it.rows(&run).await;
    let failed: Vec<_> = rows.iter().filter(|row| row.state == "failed").collect();
    assert!(!failed.is_empty() && failed.len() < rows.len(), "{rows:#?}");
    for row in failed {
        assert!(
            row.problem().contains("Free one or buy more") || row.problem().contains("free one"),
            "{row:?}"
        );
        assert_eq!(row.done().len(), 1, "{row:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_vanished_fails_in_words() {
    let it = Running::start().await;
    let rows = it.moved("Archive", 2).await;
    let gone = rows[0].person.clone().unwrap();
    it.webex(Method::DELETE, &format!("people/{gone}"), &Value::Null).await;
    let run = it.carry_out(rows).await;
    assert_eq!(it.states(&run).await, ["failed", "done"]);
    let problem = it.rows(&run).await[0].problem().to_owned();
    assert!(problem.contains("no longer has this person"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_created_once_whatever_is_answered() {
    let it = Running::start().await;
    let meetings = it.licence("Meetings").await;
    let faults = [
        status(400, Some(Effect::Whole)),
        status(500, Some(Effect::Part)),
        Fault { cut: Some(CutPoint::After), ..Fault::default() },
        status(502, None),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let email = format!("new.person{number}@lindenhof.example");
        let changes = vec![
            text(None, Some("New"), "first_name"),
            text(None, Some(&format!("Person {number}")), "last_name"),
            text(None, Some("Archive"), "department"),
            give(&meetings),
            types(&[], &["3", "9"]),
        ];
        it.spoil("POST", "/v1/people", fault, Some(1));
        let plan = it.plan(vec![Wanted { person: None, email: email.clone(), changes }]).await;
        let run = it.apply(&plan).await;
        while it.run(&run).await.state != "done" {
            it.let_waits_end(&run).await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let row = it.rows(&run).await.remove(0);
        assert_eq!((row.state.as_str(), row.problem()), ("done", ""), "{number}");
        let person = it.person(&email).await;
        assert_eq!((&person["department"], &person["id"]), (&json!("Archive"), &json!(row.person_id)));
        assert!(person["licenses"].as_array().unwrap().contains(&json!(meetings)));
        assert!(row.done().iter().any(|change| change["field"] == "sign_in"));
        assert!(row.done().iter().any(|change| change["field"] == "session_types"), "{:?}", row.done());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_appears_late_on_a_site_is_waited_for() {
    let it = Running::start().await;
    it.switch(&json!({ "webex.propagation_seconds": 30 }));
    let meetings = it.licence("Meetings").await;
    let email = "late.person@lindenhof.example";
    let changes =
        vec![text(None, Some("Late Person"), "display_name"), give(&meetings), types(&[], &["3", "9"])];
    let plan = it.plan(vec![Wanted { person: None, email: email.to_owned(), changes }]).await;
    let run = it.apply(&plan).await;
    while it.states(&run).await != ["waiting"] {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(it.rows(&run).await[0].problem().contains("does not know the person yet"));
    it.hub.sandbox.world.clock.advance(31);
    it.let_waits_end(&run).await;
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_pauses_goes_on_and_stops() {
    let it = Running::start().await;
    it.spoil("GET", "/v1/people/", Fault { delay_ms: Some(150), ..Fault::default() }, None);
    let plan = it.plan(it.moved("Archive", 24).await).await;
    let run = it.apply(&plan).await;
    it.wait_for_rows(&run, 2).await;
    it.press(&run, "pause").await.expect(303);
    assert!(it.run(&run).await.reason.unwrap().starts_with("Paused by"));
    let quiet = async {
        while it.states(&run).await.iter().any(|state| state == "begun") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    quiet.await;
    let paused = it.states(&run).await;
    assert!(paused.iter().any(|state| state == "open"), "{paused:?}");
    it.hub.sandbox.world.requests.clear();
    let other = it.plan(it.moved("Elsewhere", 1).await).await;
    let refused = it.ada.post(&format!("/admin/directory/plans/{other}/apply"), &[]).await;
    assert!(!refused.header("location").unwrap_or_default().contains("/runs/"));
    assert_eq!((it.states(&run).await, it.writes().len()), (paused, 0));
    it.press(&run, "resume").await.expect(303);
    it.wait_for_rows(&run, 8).await;
    it.press(&run, "stop").await.expect(303);
    it.wait_for(&run, "stopped").await;
    let states = it.states(&run).await;
    assert!(states.iter().all(|state| ["done", "left"].contains(&state.as_str())), "{states:?}");
    let done = states.iter().filter(|state| *state == "done").count();
    let moved = it.people().await.values().filter(|(_, department)| department == "Archive").count();
    assert_eq!(done, moved);
    it.heal();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_role_pauses_the_run_and_says_who_must_act() {
    let it = Running::start().await;
    it.spoil("GET", "/v1/people/", Fault { delay_ms: Some(400), ..Fault::default() }, None);
    let roles = it.person(ADA).await["roles"].clone();
    it.meddle(BEN, "roles", roles).await;
    let rows: Vec<Wanted> =
        it.moved("Archive", 20).await.into_iter().filter(|row| row.email != BEN).collect();
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.wait_for_rows(&run, 1).await;
    it.meddle(ADA, "roles", json!([])).await;
    let paused = it.wait_for(&run, "paused").await;
    let reason = paused.reason.unwrap();
    assert!(reason.contains("Control Hub") && reason.contains("Resume"), "{reason}");
    let states = it.states(&run).await;
    assert!(!states.iter().any(|state| state == "failed"), "{states:?}");
    it.heal();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_waited_for() {
    let it = Running::start().await;
    let plan = it.plan(it.moved("Archive", 12).await).await;
    it.spoil("GET", "/v1/people/", status(503, None), None);
    let run = it.apply(&plan).await;
    let waits = async {
        while it.run(&run).await.reason.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    waits.await;
    let now = it.run(&run).await;
    assert_eq!(now.state, "running");
    assert!(now.reason.unwrap().contains("tried again by itself"));
    it.heal();
    it.let_waits_end(&run).await;
    it.wait_for(&run, "done").await;
    let states = it.states(&run).await;
    assert!(states.iter().all(|state| state == "done"), "{states:?}");
    assert_eq!(it.run(&run).await.reason, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_carried_out_changes_nothing_the_second_time() {
    let it = Running::start().await;
    let rows = it.moved("Archive", 5).await;
    let again = rows.iter().map(|row| Wanted {
        person: row.person.clone(),
        email: row.email.to_uppercase(),
        changes: row.changes.clone(),
    });
    let again: Vec<Wanted> = again.collect();
    it.carry_out(rows).await;
    let book = it.book().await;
    it.hub.sandbox.world.requests.clear();
    let run = it.carry_out(again).await;
    assert!(it.states(&run).await.iter().all(|state| state == "unchanged"));
    assert_eq!((it.writes().len(), it.book().await), (0, book));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_plan_restores_what_was_there() {
    for xml in [false, true] {
        let it = Running::start().await;
        if xml {
            it.by_xml().await;
        }
        let book = it.book().await;
        let (events, meetings) = (it.licence("Webinars").await, it.licence("Meetings").await);
        let take = change(&json!({ "field": "licence", "id": meetings }), &json!(true), &json!(false));
        let code = change(
            &json!({ "field": "tracking_code", "site": SITE, "name": "Cost Centre" }),
            &Value::Null,
            &json!("1"),
        );
        let mut rows = it.moved("Archive", 9).await;
        let mut given = 0;
        for (number, row) in rows.iter_mut().enumerate() {
            let person = it.person(&row.email).await;
            let has = |licence: &str| person["licenses"].as_array().unwrap().contains(&json!(licence));
            if number % 3 == 0 && has(&meetings) {
                row.changes.extend([types(&["3"], &["3", "13"]), code.clone()]);
            } else if has(&meetings) {
                row.changes.push(take.clone());
            }
            if !has(&events) && given == 0 {
                row.changes.push(give(&events));
                given += 1;
            }
            row.changes.push(text(person["title"].as_str(), None, "title"));
            row.changes.push(change(&json!({ "field": "sign_in" }), &json!(true), &json!(false)));
        }
        let run = it.carry_out(rows).await;
        assert!(it.states(&run).await.iter().all(|state| state == "done"), "{:#?}", it.rows(&run).await);
        assert_ne!(it.book().await, book);
        let asked = it.press(&run, "undo").await.expect(303).location();
        let plan = asked.path().rsplit('/').next().unwrap().to_owned();
        it.wait_for_plan(&plan).await;
        assert_eq!(it.press(&run, "undo").await.expect(303).location().path(), asked.path());
        let back = it.apply(&plan).await;
        it.wait_for(&back, "done").await;
        assert!(it.states(&back).await.iter().all(|state| state == "done"), "{:#?}", it.rows(&back).await);
        assert_eq!(it.book().await, book);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_and_numbers_come_back_as_they_were() {
    let it = Running::start().await;
    let ada = it.id(ADA).await;
    it.meddle(BEN, "manager", json!("Ada Lindqvist")).await;
    it.meddle(BEN, "managerId", json!(ada)).await;
    it.meddle(BEN, "phoneNumbers", json!([{ "type": "work", "value": "+49 30 1" }])).await;
    let book = it.book().await;
    let row = it
        .wanted(
            BEN,
            vec![
                text(Some("Ada Lindqvist"), Some("Grace Hopper"), "manager"),
                text(Some("+49 30 1"), None, "work_number"),
            ],
        )
        .await;
    let run = it.carry_out(vec![row]).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!(row.state, "done", "{row:?}");
    assert!(
        row.done().iter().any(|done| done["field"] == "manager_id" && done["now"] == json!(ada)),
        "{row:?}"
    );
    assert_ne!(it.book().await, book);
    let plan = it.undo(&run).await;
    let back = it.apply(&plan).await;
    it.wait_for(&back, "done").await;
    assert_eq!(it.states(&back).await, ["done"], "{:#?}", it.rows(&back).await);
    assert_eq!(it.book().await, book);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_webex_refuses_keeps_no_other_back() {
    let it = Running::start().await;
    let (implicit, webinars) = (it.licence("Screen Share").await, it.licence("Webinars").await);
    let had = it.person(BEN).await["licenses"].as_array().unwrap().clone();
    assert!(had.contains(&json!(implicit)) && !had.contains(&json!(webinars)), "{had:?}");
    let take = change(&json!({ "field": "licence", "id": implicit }), &json!(true), &json!(false));
    let run = it.carry_out(vec![it.wanted(BEN, vec![take, give(&webinars)]).await]).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!(row.state, "failed", "{row:?}");
    assert!(row.problem().contains("Screen Share") && !row.problem().contains("Webinars"), "{row:?}");
    let has = it.person(BEN).await["licenses"].as_array().unwrap().clone();
    assert!(has.contains(&json!(implicit)) && has.contains(&json!(webinars)), "{has:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_for_a_licence_that_webex_refuses_to_give() {
    let it = Running::start().await;
    let (meetings, webinars) = (it.licence("Meetings").await, it.licence("Webinars").await);
    let take = change(&json!({ "field": "licence", "id": meetings }), &json!(true), &json!(false));
    let row = it.wanted(BEN, vec![take, give(&webinars)]).await;
    it.spoil("PATCH", "/v1/licenses/users", status(400, None), Some(1));
    let run = it.carry_out(vec![row]).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!(row.state, "failed", "{row:?}");
    assert!(row.problem().contains("left as it is, because not everything could be given"), "{row:?}");
    let has = it.person(BEN).await["licenses"].as_array().unwrap().clone();
    assert!(has.contains(&json!(meetings)), "{has:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_a_licence_for_one_that_they_do_not_get() {
    let it = Running::start().await;
    let (meetings, webinars, messaging) =
        (it.licence("Meetings").await, it.licence("Webinars").await, it.licence("Messaging").await);
    let take = change(&json!({ "field": "licence", "id": meetings }), &json!(true), &json!(false));
    let mut rows = Vec::new();
    for (email, (id, _)) in it.people().await {
        let mut has = it.person(&email).await["licenses"].as_array().unwrap().clone();
        let is_fit = has.contains(&json!(meetings)) && !has.contains(&json!(webinars));
        if email != ADA && is_fit && rows.len() < 6 {
            has.retain(|licence| *licence != json!(messaging));
            it.meddle(&email, "licenses", json!(has)).await;
            let changes = vec![give(&messaging), give(&webinars), take.clone()];
            rows.push(Wanted { person: Some(id), email, changes });
        }
    }
    let people: Vec<String> = rows.iter().map(|row| row.email.clone()).collect();
    let run = it.carry_out(rows).await;
    let mut exchanged = 0;
    for (email, row) in people.iter().zip(it.rows(&run).await) {
        let has = it.person(email).await["licenses"].as_array().unwrap().clone();
        let has = |licence: &str| has.contains(&json!(licence));
        assert!(has(&messaging) && has(&meetings) != has(&webinars), "{email} {row:?}");
        assert_eq!(row.state == "done", has(&webinars), "{row:?}");
        exchanged += usize::from(has(&webinars));
    }
    assert!(0 < exchanged && exchanged < people.len(), "{exchanged} of {people:?}");
}

/// People with the first licence and without the second, who are no administrators.
async fn with_and_without(it: &Running, with: &str, without: &str) -> Vec<String> {
    let mut found = Vec::new();
    for email in it.people().await.into_keys() {
        let has = it.person(&email).await["licenses"].as_array().unwrap().clone();
        if email != ADA && has.contains(&json!(with)) && !has.contains(&json!(without)) {
            found.push(email);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_some_only_lose_is_there_for_those_who_exchange() {
    let it = Running::start().await;
    let (meetings, webinars) = (it.licence("Meetings").await, it.licence("Webinars").await);
    let flag = |field: &Value, now: bool| change(field, &json!(now), &json!(!now));
    let licence = |id: &str| json!({ "field": "licence", "id": id });
    let attendee = json!({ "field": "attendee", "site": "lindenhof-events.webex.com" });
    // All that are left of the second licence are given to somebody.
    let people = with_and_without(&it, &meetings, &webinars).await;
    let held = &people[..3];
    let mut rows = Vec::new();
    for email in held {
        rows.push(it.wanted(email, vec![give(&webinars)]).await);
    }
    it.carry_out(rows).await;
    let (mut exchanges, mut losses) = (Vec::new(), Vec::new());
    for (email, other) in people[3..6].iter().zip(held) {
        exchanges.push(it.wanted(email, vec![give(&webinars), flag(&licence(&meetings), true)]).await);
        let changes = vec![flag(&licence(&webinars), true), flag(&attendee, false)];
        losses.push(it.wanted(other, changes).await);
    }
    let run = it.carry_out(exchanges.into_iter().chain(losses).collect()).await;
    assert!(it.states(&run).await.iter().all(|state| state == "done"), "{:#?}", it.rows(&run).await);
    for (email, other) in people[3..6].iter().zip(held) {
        let (person, other) = (it.person(email).await, it.person(other).await);
        assert!(person["licenses"].as_array().unwrap().contains(&json!(webinars)), "{person}");
        assert!(other["siteUrls"].to_string().contains("lindenhof-events.webex.com#attendee"), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn licences_that_exclude_each_other_are_exchanged_at_once() {
    let it = Running::start().await;
    let (meetings, webinars) = (it.licence("Meetings").await, it.licence("Webinars").await);
    let email = with_and_without(&it, &meetings, &webinars).await.remove(0);
    let take = change(&json!({ "field": "licence", "id": meetings }), &json!(true), &json!(false));
    let body = json!({
        "message": "License conflict", "errors": [{ "description": "License conflict", "errorCode": 400_413 }],
        "trackingId": "t",
    });
    let conflict = Fault { body: Some(body), ..status(400, None) };
    it.spoil("PATCH", "/v1/licenses/users", conflict, Some(1));
    let run = it.carry_out(vec![it.wanted(&email, vec![give(&webinars), take]).await]).await;
    assert_eq!(it.states(&run).await, ["done"], "{:#?}", it.rows(&run).await);
    assert_eq!(it.writes().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_exchanged_stays_and_the_rest_is_given() {
    let it = Running::start().await;
    let (meetings, webinars) = (it.licence("Meetings").await, it.licence("Webinars").await);
    let email = with_and_without(&it, &meetings, &webinars).await.remove(0);
    let was = it.person(&email).await["licenses"].as_array().unwrap().clone();
    let take = change(&json!({ "field": "licence", "id": meetings }), &json!(true), &json!(false));
    let attend = change(
        &json!({ "field": "attendee", "site": "lindenhof-events.webex.com" }),
        &json!(false),
        &json!(true),
    );
    let body = json!({ "message": "License conflict", "errors": [{ "errorCode": 400_413 }] });
    // By itself, with what is taken away, and by itself once more.
    it.spoil("PATCH", "/v1/licenses/users", Fault { body: Some(body), ..status(400, None) }, Some(3));
    let run = it.carry_out(vec![it.wanted(&email, vec![give(&webinars), take, attend]).await]).await;
    let row = it.rows(&run).await.remove(0);
    assert_eq!(row.state, "failed", "{row:?}");
    assert!(row.problem().contains("left as it is, because not everything could be given"), "{row:?}");
    let is = it.person(&email).await;
    assert_eq!(is["licenses"].as_array().unwrap(), &was);
    assert!(is["siteUrls"].to_string().contains("lindenhof-events.webex.com#attendee"), "{is}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_stays_one_where_the_licence_to_host_is_refused() {
    let it = Running::start().await;
    let (meetings, webinars) = (it.licence("Meetings").await, it.licence("Webinars").await);
    let email = with_and_without(&it, &meetings, &webinars).await.remove(0);
    let site = "lindenhof-events.webex.com";
    let attendee = json!({ "field": "attendee", "site": site });
    let (no, yes) = (json!(false), json!(true));
    it.carry_out(vec![it.wanted(&email, vec![change(&attendee, &no, &yes)]).await]).await;
    it.spoil("PATCH", "/v1/licenses/users", status(400, None), Some(2));
    let changes = vec![give(&webinars), change(&attendee, &yes, &no)];
    let run = it.carry_out(vec![it.wanted(&email, changes).await]).await;
    assert_eq!(it.states(&run).await, ["failed"]);
    let is = it.person(&email).await;
    assert!(is["siteUrls"].to_string().contains(&format!("{site}#attendee")), "{is}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_taken_back_once_more() {
    let it = Running::start().await;
    let run = it.carry_out(it.moved("Archive", 2).await).await;
    let page = async || it.ada.get(&format!("/admin/directory/runs/{run}")).await.expect(200).body;
    let button = "Make an undo plan";
    assert!(page().await.contains(button));
    let first = it.undo(&run).await;
    let shown = page().await;
    assert!(shown.contains(&format!("/plans/{first}\"")) && !shown.contains(button), "{shown}");
    it.ada.post(&format!("/admin/directory/plans/{first}/delete"), &[]).await.expect(303);
    let shown = page().await;
    assert!(!shown.contains(&first) && shown.contains(button), "{shown}");
    let second = it.undo(&run).await;
    let back = it.apply(&second).await;
    it.wait_for(&back, "done").await;
    let shown = page().await;
    assert!(shown.contains("The earlier undo plan") && shown.contains(button), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_were_created_are_switched_off_and_not_deleted_by_an_undo() {
    let it = Running::start().await;
    let meetings = it.licence("Meetings").await;
    let email = "new.person@lindenhof.example";
    let changes =
        vec![text(None, Some("New Person"), "display_name"), give(&meetings), types(&[], &["3", "9"])];
    let run = it.carry_out(vec![Wanted { person: None, email: email.to_owned(), changes }]).await;
    let asked = it.press(&run, "undo").await.expect(303).location();
    let plan = asked.path().rsplit('/').next().unwrap().to_owned();
    it.wait_for_plan(&plan).await;
    let back = it.apply(&plan).await;
    it.wait_for(&back, "done").await;
    let person = it.person(email).await;
    assert_eq!((&person["loginEnabled"], &person["displayName"]), (&json!(false), &json!("New Person")));
    assert!(!person["licenses"].as_array().unwrap().contains(&json!(meetings)));
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_are_retried_and_the_result_is_a_file() {
    let it = Running::start().await;
    let rows = it.moved("Archive", 3).await;
    let path = format!("/v1/people/{}", rows[1].person.as_deref().unwrap());
    it.spoil("PUT", &path, status(400, None), Some(1));
    let run = it.carry_out(rows).await;
    assert_eq!(it.states(&run).await, ["done", "failed", "done"]);
    let file = it.ada.get(&format!("/admin/directory/runs/{run}/result.csv")).await.expect(200).body;
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert!(lines[0].ends_with("Row,Email,Name,Result,Changes,Reason"), "{file}");
    assert!(lines[1].contains("done") && lines[1].contains("→ Archive"), "{file}");
    assert!(lines[2].contains("failed") && lines[2].contains("Webex does not accept it"), "{file}");
    it.press(&run, "retry").await.expect(303);
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done", "done", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_one_person_gives_up_is_anothers_in_the_same_run() {
    let it = Running::start().await;
    let events = it.licence("Webinars").await;
    let people: Vec<String> = it.people().await.into_keys().filter(|email| email != ADA).collect();
    let mut without = Vec::new();
    let mut with = Vec::new();
    for email in people {
        let has = it.person(&email).await["licenses"].as_array().unwrap().contains(&json!(events));
        if has { with.push(email) } else { without.push(email) }
    }
    // Nothing is left after these.
    for email in without.drain(..3) {
        let mut licences = it.person(&email).await["licenses"].clone();
        licences.as_array_mut().unwrap().push(json!(events));
        it.meddle(&email, "licenses", licences).await;
    }
    let take = change(&json!({ "field": "licence", "id": events }), &json!(true), &json!(false));
    let rows = vec![it.wanted(&without[0], vec![give(&events)]).await, it.wanted(&with[0], vec![take]).await];
    // Taking takes its time; giving does not overtake it.
    it.spoil("PATCH", "/v1/licenses/users", Fault { delay_ms: Some(300), ..Fault::default() }, Some(1));
    let run = it.carry_out(rows).await;
    assert_eq!(it.states(&run).await, ["done", "done"], "{:#?}", it.rows(&run).await);
    assert!(it.person(&without[0]).await["licenses"].as_array().unwrap().contains(&json!(events)));
    assert!(!it.person(&with[0]).await["licenses"].as_array().unwrap().contains(&json!(events)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_is_stopped_leaves_its_rows_and_reports_what_was_done() {
    let it = Running::start().await;
    let book = it.book().await;
    it.spoil("PUT", "/v1/people/", status(400, None), Some(4));
    let run = it.carry_out(it.moved("Archive", 6).await).await;
    let failed = it.states(&run).await.iter().filter(|state| *state == "failed").count();
    assert_eq!(failed, 4);
    it.spoil("GET", "/v1/people/", Fault { delay_ms: Some(500), ..Fault::default() }, None);
    it.press(&run, "retry").await.expect(303);
    it.press(&run, "stop").await.expect(303);
    it.wait_for(&run, "stopped").await;
    it.heal();
    let rows = it.rows(&run).await;
    assert!(rows.iter().all(|row| ["done", "left"].contains(&row.state.as_str())), "{rows:#?}");
    for row in rows.iter().filter(|row| row.state == "left") {
        assert!(row.done().is_empty() && row.problem().contains("stopped"), "{row:?}");
    }
    let back = it.undo(&run).await;
    let back = it.apply(&back).await;
    it.wait_for(&back, "done").await;
    assert_eq!(it.book().await, book);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_given_up_are_taken_back_all_the_same() {
    let it = Running::start().await;
    let book = it.book().await;
    let rows = it.moved("Archive", 2).await;
    // Every change is made, and never told of; nobody is shown any more afterwards.
    it.spoil("PUT", "/v1/people/", status(500, Some(Effect::Whole)), None);
    it.spoil_later("GET", "/v1/people/", status(503, None), (2, None));
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.see_it_through(&run).await;
    let rows = it.rows(&run).await;
    for row in &rows {
        assert_eq!((row.state.as_str(), row.done().len()), ("failed", 0), "{row:?}");
        assert!(row.problem().contains("not known how much of this row was changed"), "{row:?}");
    }
    // The trail names what was asked for: it may have happened.
    let text = "SELECT COUNT(*) FROM audit_entry WHERE action = 'directory.person_change_unknown'";
    let (told,): (i64,) = it.hub.hub.db().sql(text).one(it.hub.hub.db()).await.unwrap();
    assert_eq!(told, 2);
    it.heal();
    assert_ne!(it.book().await, book);
    let back = it.undo(&run).await;
    let back = it.apply(&back).await;
    it.wait_for(&back, "done").await;
    assert_eq!(it.states(&back).await, ["done", "done"], "{:#?}", it.rows(&back).await);
    assert_eq!(it.book().await, book);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendance_of_somebody_who_hosts_there_fails_and_keeps_nobody() {
    let it = Running::start().await;
    let mut rows = it.moved("Archive", 3).await;
    let attend = change(&json!({ "field": "attendee", "site": SITE }), &json!(false), &json!(true));
    let ben = it.wanted(BEN, vec![attend]).await;
    rows.retain(|row| row.email != BEN);
    let others = rows.len();
    rows.push(ben);
    let run = it.carry_out(rows).await;
    let rows = it.rows(&run).await;
    assert!(rows[..others].iter().all(|row| row.state == "done"), "{rows:#?}");
    assert_eq!((rows[others].state.as_str(), rows[others].attempts), ("failed", 1), "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stumbles_waits_by_itself_and_nobody_wakes_it_sooner() {
    let it = Running::with(Setup::default()).await;
    let plan = it.plan(it.moved("Archive", 2).await).await;
    let run = it.apply(&plan).await;
    let db = it.hub.hub.db();
    let facts: (String,) = db
        .sql("SELECT facts FROM directory_site WHERE site = $1")
        .bind(SITE.to_owned())
        .one(db)
        .await
        .unwrap();
    let write = async |facts: &str| {
        let text = "UPDATE directory_site SET facts = $1 WHERE site = $2";
        db.sql(text).bind(facts.to_owned()).bind(SITE.to_owned()).execute(db).await.unwrap();
    };
    write("{").await;
    it.hub.run_jobs().await;
    let now = it.run(&run).await;
    assert!(now.state == "running" && now.reason.is_some(), "{now:?}");
    let waiting =
        "SELECT COUNT(*) FROM job WHERE kind = 'directory.run' AND done_at IS NULL AND run_at <= $1";
    for seconds in [6, 6] {
        it.hub.advance(std::time::Duration::from_secs(seconds));
        it.hub.tick().await;
        let (due,): (i64,) = db.sql(waiting).bind(it.hub.hub.now()).one(db).await.unwrap();
        assert_eq!(due, 0, "its wait is not over");
    }
    write(&facts.0).await;
    it.let_waits_end(&run).await;
    it.hub.run_jobs().await;
    assert_eq!(it.states(&run).await, ["done", "done"]);
}
