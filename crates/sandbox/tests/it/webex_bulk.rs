//! An organization of a hundred thousand, rate limits, and writes that fail halfway.

use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ADA, Answer, BEN, World, text};

fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    Some(link.trim_start_matches('<').split('>').next()?.to_owned())
}

async fn person(world: &World, token: &str, email: &str) -> Value {
    world.get(&format!("/v1/people?email={email}"), token).await.expect(200)["items"][0].clone()
}

#[tokio::test]
async fn a_hundred_thousand_people_are_read_in_pages_of_a_thousand() {
    let world = World::start().await;
    let seeded = world.set("/_sandbox/seed", json!({"people": 100_000})).await;
    assert_eq!((&seeded["webex_people"], &seeded["people"]), (&json!(100_000), &json!(26)));
    let token = world.token(ADA, &[]).await;
    let mut url = "/v1/people?max=1000".to_owned();
    let mut emails = Vec::new();
    let mut slowest = 0;
    loop {
        let began = Instant::now();
        let answer = world.get(&url, &token).await;
        slowest = slowest.max(began.elapsed().as_millis());
        let body = answer.expect(200);
        emails.extend(body["items"].as_array().unwrap().iter().map(|item| item["emails"][0].to_string()));
        match next(&answer) {
            Some(link) => url = link,
            None => break,
        }
    }
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len(), 100_000);
    assert!(slowest < 5_000, "a page took {slowest} ms");
    let found = world.get("/v1/people?displayName=alma%20w", &token).await.expect(200);
    assert!(text(&found["items"][0], "displayName").starts_with("Alma W"), "{found}");
    let units = world.get("/v1/licenses", &token).await.expect(200);
    assert!(units["items"][1]["consumedUnits"].as_u64().unwrap() > 50_000, "{units}");
    assert!(units["items"][1]["totalUnits"].as_u64() > units["items"][1]["consumedUnits"].as_u64());
}

#[tokio::test]
async fn a_link_stays_good_while_people_come_go_and_are_renamed() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let first = world.get("/v1/people?max=10", &token).await;
    let link = next(&first).unwrap();
    let last = first.expect(200)["items"][9].clone();
    world.call(Method::DELETE, &format!("/v1/people/{}", text(&last, "id")), &token, None).await.expect(204);
    let ben = person(&world, &token, BEN).await;
    let renamed = json!({"displayName": "Zacharias Okafor", "emails": [BEN]});
    let path = format!("/v1/people/{}", text(&ben, "id"));
    world.call(Method::PUT, &path, &token, Some(renamed)).await.expect(200);
    let body = json!({"emails": ["aaron@lindenhof.example"], "displayName": "Aaron Abel"});
    world.post("/v1/people", &token, body).await.expect(200);
    let second = world.get(&link, &token).await;
    let third = world.get(&next(&second).unwrap(), &token).await;
    let rest: Vec<String> = [second.expect(200), third.expect(200)]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap().clone())
        .map(|item| item["emails"][0].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(rest.len(), 26 - 10 + 1, "nobody is missed or told twice: {rest:?}");
    assert!(!rest.contains(&BEN.to_owned()) && rest.contains(&"aaron@lindenhof.example".to_owned()));
}

#[tokio::test]
async fn put_loses_what_is_not_sent_but_never_an_implicit_licence() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let ben = person(&world, &token, BEN).await;
    let path = format!("/v1/people/{}", text(&ben, "id"));
    let mut body = ben.clone();
    body["licenses"] = json!([ben["licenses"][0], ben["licenses"][1]]);
    let refused = world.call(Method::PUT, &path, &token, Some(body)).await.expect(400);
    assert_eq!(refused["errors"][0]["errorCode"], 700_006, "{refused}");
    assert_eq!(person(&world, &token, BEN).await, ben, "a refused PUT changes nothing");
    let bare = json!({"displayName": "Ben Okafor"});
    let changed = world.call(Method::PUT, &path, &token, Some(bare.clone())).await.expect(200);
    assert!(changed["department"].is_null() && changed["firstName"].is_null(), "{changed}");
    assert_eq!(changed["licenses"], ben["licenses"]);
    world.switch("webex.put_omitted", json!("clear")).await;
    world.call(Method::PUT, &path, &token, Some(bare)).await.expect(400);
}

#[tokio::test]
async fn an_error_can_leave_half_of_the_work_done() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let ben = person(&world, &token, BEN).await;
    let rule = json!({"match": {"method": "PUT", "path": "/v1/people/"}, "times": 1, "fault": {"status": 500, "effect": "part"}});
    world.set("/_sandbox/faults", rule).await;
    let mut body = ben.clone();
    body["title"] = json!("Head of Reference");
    body["loginEnabled"] = json!(false);
    let path = format!("/v1/people/{}", text(&ben, "id"));
    world.call(Method::PUT, &path, &token, Some(body)).await.expect(500);
    let now = person(&world, &token, BEN).await;
    assert_eq!((&now["title"], &now["loginEnabled"]), (&json!("Head of Reference"), &json!(true)));
    let rule = json!({"match": {"method": "POST", "path": "/v1/people"}, "times": 1, "fault": {"status": 400, "effect": "whole"}});
    world.set("/_sandbox/faults", rule).await;
    let body = json!({"emails": ["made@lindenhof.example"], "displayName": "Made"});
    world.post("/v1/people", &token, body).await.expect(400);
    assert_eq!(person(&world, &token, "made@lindenhof.example").await["displayName"], "Made");
}

#[tokio::test]
async fn the_directory_reads_the_same_after_a_change_is_taken_back() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let before = world.control(Method::GET, "/_sandbox/directory", json!({})).await.expect(200);
    assert_eq!(before["people"].as_array().unwrap().len(), 26);
    let ben = person(&world, &token, BEN).await;
    let path = format!("/v1/people/{}", text(&ben, "id"));
    let mut changed = ben.clone();
    changed["department"] = json!("Elsewhere");
    world.call(Method::PUT, &path, &token, Some(changed)).await.expect(200);
    let between = world.control(Method::GET, "/_sandbox/directory", json!({})).await.expect(200);
    assert_ne!(before, between);
    world.call(Method::PUT, &path, &token, Some(ben)).await.expect(200);
    let after = world.control(Method::GET, "/_sandbox/directory", json!({})).await;
    assert_eq!(after.expect(200), before);
}

#[tokio::test]
async fn limits_refuse_in_their_own_ways_and_everything_is_counted() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    for (retry_after, seen) in [("present", Some("10")), ("absent", None), ("zero", Some("0"))] {
        let limit = json!([{"family": "people", "requests": 3, "seconds": 10, "retry_after": retry_after}]);
        world.switch("webex.limits", limit).await;
        for _ in 0..3 {
            world.get("/v1/people/me", &token).await.expect(200);
        }
        let refused = world.get("/v1/people/me", &token).await;
        refused.expect(429);
        assert_eq!(refused.header("retry-after"), seen, "{retry_after}");
        world.get("/v1/licenses", &token).await.expect(200);
        world.advance(10).await;
        world.get("/v1/people/me", &token).await.expect(200);
    }
    let counts =
        world.control(Method::GET, "/_sandbox/limits", json!({})).await.expect(200)["counts"].clone();
    let people = counts.as_array().unwrap().iter().find(|count| count["family"] == "people").unwrap();
    assert_eq!((&people["accepted"], &people["rejected"]), (&json!(12), &json!(3)));
    let none = world.control(Method::DELETE, "/_sandbox/limits", json!({})).await.expect(200);
    assert_eq!(none["counts"], json!([]));
}
