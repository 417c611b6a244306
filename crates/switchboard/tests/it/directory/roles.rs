//! Changes that are forbidden: a role that is lost in the middle of a run holds it, one person who may not be changed does
//! not.

use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};

use super::{
    running::{ADA, BEN, Running, SITE, Wanted, change, token},
    sites::more_types,
};

fn forbidden() -> Fault {
    Fault { status: Some(403), ..Fault::default() }
}

async fn role(it: &Running, token: &str, name: &str) -> Value {
    let roles = it.webex_by(token, Method::GET, "roles", &Value::Null).await;
    let found = roles["items"].as_array().unwrap().iter().find(|role| role["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {roles}"))["id"].clone()
}

/// Gives Ada these roles, by Ben, who is an administrator too.
async fn let_ada_be(it: &Running, ben: &str, names: &[&str]) {
    let mut roles = Vec::new();
    for name in names {
        roles.push(role(it, ben, name).await);
    }
    let found = it.webex_by(ben, Method::GET, &format!("people?email={ADA}"), &Value::Null).await;
    let mut ada = found["items"][0].clone();
    ada["roles"] = json!(roles);
    let path = format!("people/{}?showAllTypes=true", ada["id"].as_str().unwrap());
    it.webex_by(ben, Method::PUT, &path, &ada).await;
}

/// A token of Ben's, who is a full administrator from now on.
async fn second_administrator(it: &Running) -> String {
    let roles = it.person(ADA).await["roles"].clone();
    it.meddle(BEN, "roles", roles).await;
    token(&it.hub, BEN).await
}

async fn nobody_failed(it: &Running, run: &str) {
    let states = it.states(run).await;
    assert!(!states.iter().any(|state| state == "failed"), "{:#?}", it.rows(run).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_may_only_read_any_more_pauses_the_run_and_no_row_fails() {
    for by_xml in [false, true] {
        let it = Running::start().await;
        let ben = second_administrator(&it).await;
        let rows: Vec<Wanted> = if by_xml {
            let rows = more_types(&it, 10).await;
            it.by_xml().await;
            let_ada_be(&it, &ben, &["Read-only Administrator"]).await;
            rows
        } else {
            it.moved("Archive", 20).await.into_iter().filter(|row| row.email != BEN).collect()
        };
        let slow = Fault { delay_ms: Some(3_000), ..Fault::default() };
        it.spoil_later("GET", "/v1/people/", slow, (3, None));
        let plan = it.plan(rows).await;
        it.hub.sandbox.world.requests.clear();
        let run = it.apply(&plan).await;
        if !by_xml {
            // Some people are changed; meanwhile the others are still being read.
            while it.writes().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let_ada_be(&it, &ben, &["Read-only Administrator"]).await;
        }
        let paused = it.wait_for(&run, "paused").await;
        let reason = paused.reason.unwrap();
        assert!(reason.contains("give the role back in Control Hub"), "{reason}");
        nobody_failed(&it, &run).await;
        let states = it.states(&run).await;
        let done = states.iter().filter(|state| *state == "done").count();
        assert!((done == 0) == by_xml && done < states.len(), "{states:?}");
        it.heal();
        // In vain: nothing has changed.
        it.press(&run, "resume").await.expect(303);
        it.wait_for(&run, "paused").await;
        nobody_failed(&it, &run).await;
        let_ada_be(&it, &ben, &["User Administrator", "Full Administrator"]).await;
        it.press(&run, "resume").await.expect(303);
        it.wait_for(&run, "done").await;
        let states = it.states(&run).await;
        assert!(states.iter().all(|state| state == "done"), "{:#?}", it.rows(&run).await);
    }
}

/// A run that moves so many people, none of whom may be changed.
async fn forbidden_for_all(it: &Running, people: usize) -> String {
    let plan = it.plan(it.moved("Archive", people).await).await;
    it.spoil("PUT", "/v1/people/", forbidden(), None);
    it.apply(&plan).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_after_the_other_pauses_the_run_whatever_the_roles_say() {
    let it = Running::start().await;
    let run = forbidden_for_all(&it, 8).await;
    let reason = it.wait_for(&run, "paused").await.reason.unwrap();
    assert!(reason.contains("one change of people after the other"), "{reason}");
    nobody_failed(&it, &run).await;
    it.heal();
    it.press(&run, "resume").await.expect(303);
    it.wait_for(&run, "done").await;
    assert_eq!(it.states(&run).await, ["done"; 8], "{:#?}", it.rows(&run).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_really_not_be_changed_fails_after_the_run_was_resumed() {
    let it = Running::start().await;
    let run = forbidden_for_all(&it, 6).await;
    it.wait_for(&run, "paused").await;
    it.press(&run, "resume").await.expect(303);
    it.see_it_through(&run).await;
    assert_eq!(it.states(&run).await, ["failed"; 6], "{:#?}", it.rows(&run).await);
    let problem = it.rows(&run).await[0].problem().to_owned();
    assert!(problem.contains("does not let it be changed for this person"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_may_not_be_changed_is_tried_twice_and_the_others_go_on() {
    let it = Running::start().await;
    let events = it.licence("Webinars").await;
    let mut rows = it.moved("Archive", 6).await;
    let id = rows[2].person.clone().unwrap();
    let has = it.person(&rows[2].email).await["licenses"].as_array().unwrap().contains(&json!(events));
    assert!(!has);
    let give = change(&json!({ "field": "licence", "id": events }), &json!(false), &json!(true));
    rows[2].changes.push(give.clone());
    it.spoil("PUT", &format!("/v1/people/{id}"), forbidden(), None);
    let plan = it.plan(rows).await;
    let run = it.apply(&plan).await;
    it.see_it_through(&run).await;
    let rows = it.rows(&run).await;
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    assert_eq!(states, ["done", "done", "failed", "done", "done", "done"]);
    assert!(rows[2].problem().contains("Person: Webex does not let"), "{}", rows[2].problem());
    assert_eq!(rows[2].done(), [give], "the other part of the row was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_closed_to_the_administrator_pauses_the_run_and_names_the_site() {
    for method in ["PUT", "GET"] {
        let it = Running::start().await;
        let rows = more_types(&it, 6).await;
        it.spoil(method, "/v1/admin/meeting/userconfig/", forbidden(), None);
        let plan = it.plan(rows).await;
        let run = it.apply(&plan).await;
        let reason = it.wait_for(&run, "paused").await.reason.unwrap();
        assert!(reason.contains(SITE), "{reason}");
        nobody_failed(&it, &run).await;
        it.heal();
        it.press(&run, "resume").await.expect(303);
        it.wait_for(&run, "done").await;
        assert_eq!(it.states(&run).await, ["done"; 6], "{:#?}", it.rows(&run).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_somebody_who_is_no_administrator_of_the_site_is_warned_of() {
    let it = Running::start().await;
    let ben = second_administrator(&it).await;
    let probed = async || {
        let db = it.hub.hub.db();
        db.sql("UPDATE directory_site SET read_at = NULL").execute(db).await.unwrap();
        let asked = [("site", SITE), ("way", "xml")];
        it.ada.post("/admin/directory/site", &asked).await.expect(303);
        let text = "SELECT found_way, COALESCE(trouble, '') FROM directory_site \
                    WHERE organization_id = $1 AND site = $2 AND read_at IS NOT NULL";
        let wait = async {
            loop {
                let statement = db.sql(text).bind(it.organization).bind(SITE.to_owned());
                let found: Option<(Option<String>, String)> = statement.maybe(db).await.unwrap();
                match found {
                    Some(found) => return found,
                    None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), wait).await.expect("the site is read")
    };
    it.by_xml().await;
    assert_eq!(probed().await, (Some("xml".to_owned()), String::new()));
    let_ada_be(&it, &ben, &["Read-only Administrator"]).await;
    let (way, trouble) = probed().await;
    assert_eq!(way.as_deref(), Some("xml"), "it can be read");
    assert!(trouble.contains(ADA) && trouble.contains("not siteAdmin"), "{trouble}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_stopped_ends_although_nobody_may_look_at_its_rows_any_more() {
    let it = Running::start().await;
    let ben = second_administrator(&it).await;
    let rows: Vec<Wanted> = it
        .moved("Archive", 20)
        .await
        .into_iter()
        .filter(|row| row.email != BEN && row.email != ADA)
        .collect();
    // Some rows are begun and on their way when the run is stopped.
    it.spoil("PUT", "/v1/people/", Fault { delay_ms: Some(2_000), ..Fault::default() }, None);
    let plan = it.plan(rows).await;
    it.hub.sandbox.world.requests.clear();
    let run = it.apply(&plan).await;
    let begun = async {
        while it.writes().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), begun).await.expect("rows are begun");
    let_ada_be(&it, &ben, &[]).await;
    it.press(&run, "stop").await.expect(303);
    // A stopped run is waited for until it is over.
    it.wait_for(&run, "stopped").await;
    let rows = it.rows(&run).await;
    assert!(rows.iter().all(|row| ["left", "failed", "done"].contains(&row.state.as_str())), "{rows:#?}");
    let failed: Vec<_> = rows.iter().filter(|row| row.state == "failed").collect();
    assert!(!failed.is_empty(), "{rows:#?}");
    for row in failed {
        assert!(row.problem().contains("not known how much of this row was changed"), "{row:?}");
    }
    // The place of the one run is free again.
    it.heal();
    let_ada_be(&it, &ben, &["Full Administrator"]).await;
    let next = it.carry_out(it.moved("Loans", 1).await).await;
    assert_eq!(it.states(&next).await, ["done"]);
}
