//! Rows that are tried again: what was changed the first time is counted and told once.

use platform::audit;
use serde_json::Value;

use super::{
    running::{Running, department},
    runs::{give, status},
};

/// The changes of one person in the audit trail, an entry each, the latest first.
async fn told(it: &Running) -> Vec<Vec<String>> {
    let filter = audit::AuditFilter::default();
    let entries = audit::list(&it.hub.hub, it.organization, &filter, None, 100).await.unwrap();
    let changed = entries.iter().filter(|entry| entry.action == "directory.person_changed");
    let fields = |details: Value| {
        let changes = details["changes"].as_array().unwrap().iter();
        changes.map(|change| change["field"].as_str().unwrap().to_owned()).collect()
    };
    changed.map(|entry| fields(serde_json::from_str(&entry.details).unwrap())).collect()
}

async fn consumed(it: &Running, licence: &str) -> i64 {
    let text = "SELECT consumed FROM directory_licence WHERE organization_id = $1 AND id = $2";
    let database = it.hub.hub.db();
    let (consumed,): (i64,) =
        database.sql(text).bind(it.organization).bind(licence.to_owned()).one(database).await.unwrap();
    consumed
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_attempt_changed_is_told_and_counted_once() {
    let it = Running::start().await;
    let webinars = it.licence("Webinars").await;
    let has = |person: &Value| person["licenses"].as_array().unwrap().iter().any(|id| *id == *webinars);
    let mut who = None;
    for email in it.people().await.into_keys() {
        let person = it.person(&email).await;
        if who.is_none() && !has(&person) {
            who = Some((email, person["department"].as_str().unwrap_or_default().to_owned()));
        }
    }
    let (who, now) = who.unwrap();
    let before = consumed(&it, &webinars).await;
    let changes = vec![department(&now, "Archive"), give(&webinars)];
    // The licence is given, the department is not.
    let path = format!("/v1/people/{}", it.id(&who).await);
    it.spoil("PUT", &path, status(400, None), Some(1));
    let run = it.carry_out(vec![it.wanted(&who, changes).await]).await;
    assert_eq!(it.states(&run).await, ["failed"], "{:#?}", it.rows(&run).await);
    assert_eq!(consumed(&it, &webinars).await, before + 1);
    assert_eq!(told(&it).await, [["licence"]]);
    it.press(&run, "retry").await.expect(303);
    it.wait_for(&run, "done").await;
    assert_eq!(consumed(&it, &webinars).await, before + 1);
    assert_eq!(told(&it).await, [["department"], ["licence"]]);
    // The report tells all of it.
    assert_eq!(it.rows(&run).await[0].done().len(), 2);
}
