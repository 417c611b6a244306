//! What administrators do at Webex: licences with stock, sites with session types and tracking codes, all in its time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ADA, Answer, BEN, TOMAS, World, text};

const SITE: &str = "lindenhof.webex.com";
const SESSIONS: &str = "/v1/admin/meeting/userconfig/sessionTypes";
const CODES: &str = "/v1/admin/meeting/userconfig/trackingCodes";

async fn licenses(world: &World, token: &str) -> Vec<Value> {
    world.get("/v1/licenses", token).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn assign(world: &World, token: &str, body: Value) -> Answer {
    world.call(Method::PATCH, "/v1/licenses/users", token, Some(body)).await
}

fn change(license: &Value, operation: &str) -> Value {
    json!({"id": license["id"], "operation": operation})
}

/// A GET with the address in a header.
async fn of(world: &World, path: &str, token: &str, email: &str) -> Answer {
    let request = world.http.get(world.url(path)).bearer_auth(token).header("email", email);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn licences_are_added_and_removed_one_person_at_a_time() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let all = licenses(&world, &token).await;
    let (meeting, implicit) = (&all[1], &all[4]);
    let body = json!({"email": TOMAS, "licenses": [change(meeting, "add")]});
    let done = assign(&world, &token, body.clone()).await.expect(200);
    assert_eq!(done["siteUrls"], json!([{"siteUrl": SITE, "accountType": "host"}]));
    assert_eq!(assign(&world, &token, body).await.expect(200), done, "twice is once");
    let now = licenses(&world, &token).await;
    assert_eq!(now[1]["consumedUnits"].as_u64(), meeting["consumedUnits"].as_u64().map(|units| units + 1));
    let to_attendee = json!({
        "personId": done["personId"], "licenses": [change(meeting, "remove")],
        "siteUrls": [{"siteUrl": SITE, "accountType": "attendee"}],
    });
    let done = assign(&world, &token, to_attendee).await.expect(200);
    assert_eq!(done["siteUrls"], json!([{"siteUrl": SITE, "accountType": "attendee"}]));
    let refused = [
        (json!({"email": TOMAS, "licenses": [change(implicit, "remove")]}), 700_006),
        (json!({"email": TOMAS, "licenses": [{"id": "unknown"}]}), 400_000),
        (
            json!({"email": TOMAS, "siteUrls": [{"siteUrl": "x.webex.com", "accountType": "attendee"}]}),
            400_216,
        ),
    ];
    for (body, code) in refused {
        let answer = assign(&world, &token, body).await.expect(400);
        assert_eq!(answer["errors"][0]["errorCode"], code, "{answer}");
    }
    assign(&world, &token, json!({"email": "nobody@x.example"})).await.expect(404);
    assign(&world, &token, json!({"licenses": []})).await.expect(400);
    assign(&world, &world.token(BEN, &[]).await, json!({"email": TOMAS})).await.expect(403);
}

#[tokio::test]
async fn a_read_only_administrator_sees_everything_and_changes_nothing() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let roles = world.get("/v1/roles", &token).await.expect(200)["items"].clone();
    let role =
        roles.as_array().unwrap().iter().find(|role| role["name"] == "Read-only Administrator").unwrap();
    let mut me = world.get("/v1/people/me", &token).await.expect(200);
    me["roles"] = json!([role["id"]]);
    let path = format!("/v1/people/{}", text(&me, "id"));
    world.call(Method::PUT, &path, &token, Some(me)).await.expect(200);
    let me = world.get("/v1/people/me", &token).await.expect(200);
    assert_eq!(me["roles"], json!([role["id"]]));
    let tomas = world.get(&format!("/v1/people?email={TOMAS}"), &token).await.expect(200)["items"][0].clone();
    assert!(tomas["licenses"].is_array(), "{tomas}");
    of(&world, &format!("{SESSIONS}?siteUrl={SITE}"), &token, ADA).await.expect(200);
    licenses(&world, &token).await;
    world
        .call(Method::PUT, &format!("/v1/people/{}", text(&tomas, "id")), &token, Some(tomas.clone()))
        .await
        .expect(403);
    assign(&world, &token, json!({"email": TOMAS, "licenses": []})).await.expect(403);
    let types = json!({"siteUrl": SITE, "email": ADA, "sessionTypeIds": ["3"]});
    world.call(Method::PUT, SESSIONS, &token, Some(types)).await.expect(403);
}

#[tokio::test]
async fn without_stock_the_rest_is_assigned_or_nothing() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let all = licenses(&world, &token).await;
    let (call, events) = (&all[3], &all[2]);
    let people = world.get("/v1/people?max=30", &token).await.expect(200)["items"].clone();
    let left = events["totalUnits"].as_u64().unwrap() - events["consumedUnits"].as_u64().unwrap();
    let without: Vec<&Value> = people
        .as_array()
        .unwrap()
        .iter()
        .filter(|person| !person["licenses"].as_array().unwrap().contains(&events["id"]))
        .collect();
    let both = |person: &Value| json!({"personId": person["id"], "licenses": [change(events, "add"), change(call, "add")]});
    for person in without.iter().take(usize::try_from(left).unwrap()) {
        assign(&world, &token, both(person)).await.expect(200);
    }
    let late = without.last().unwrap();
    let partial = assign(&world, &token, both(late)).await.expect(206);
    let got = partial["licenses"].as_array().unwrap();
    assert!(got.contains(&call["id"]) && !got.contains(&events["id"]), "{partial}");
    let only = json!({"personId": late["id"], "licenses": [change(events, "add")]});
    assert_eq!(assign(&world, &token, only).await.expect(400)["errors"][0]["errorCode"], 400_112);
    world.switch("webex.no_stock", json!("refuse")).await;
    let more = &without[without.len() - 2];
    assign(&world, &token, both(more)).await.expect(400);
}

#[tokio::test]
async fn people_of_other_organizations_wait_for_their_acceptance() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    world.switch("webex.outsiders", json!(["guest@partner.example"])).await;
    let meeting = licenses(&world, &token).await[1].clone();
    let body = json!({"email": "guest@partner.example", "licenses": [change(&meeting, "add")]});
    let answer = assign(&world, &token, body).await.expect(200);
    assert_eq!((&answer["licenses"], &answer["pendingLicenses"]), (&json!([]), &json!([meeting["id"]])));
}

#[tokio::test]
async fn holders_of_a_licence_come_in_pages() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let messaging = licenses(&world, &token).await[0].clone();
    let mut url = format!("/v1/licenses/{}?includeAssignedTo=user&limit=10", text(&messaging, "id"));
    let mut emails = Vec::new();
    loop {
        let answer = world.get(&url, &token).await;
        let page = answer.expect(200);
        assert!(page["users"].as_array().unwrap().len() <= 10);
        emails.extend(page["users"].as_array().unwrap().iter().map(|user| text(user, "email")));
        match answer.header("link") {
            Some(link) => url = link.trim_start_matches('<').split('>').next().unwrap().to_owned(),
            None => break,
        }
    }
    emails.sort();
    emails.dedup();
    assert_eq!(emails.len() as u64, messaging["consumedUnits"].as_u64().unwrap());
}

#[tokio::test]
async fn session_types_of_a_person_are_replaced_as_a_whole() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let kinds = world.get("/v1/admin/meeting/config/sessionTypes", &token).await.expect(200);
    assert_eq!(kinds["items"][0]["shortName"], "PRO");
    let own = of(&world, SESSIONS, &token, BEN).await.expect(200);
    assert_eq!(own["items"][0]["sessionTypes"][0]["id"], "3");
    let put = |ids: Value| json!({"siteUrl": SITE, "email": BEN, "sessionTypeIds": ids});
    let done = world.call(Method::PUT, SESSIONS, &token, Some(put(json!(["9", "74377"])))).await.expect(200);
    let ids: Vec<String> =
        done["sessionTypes"].as_array().unwrap().iter().map(|kind| text(kind, "id")).collect();
    assert_eq!(ids, ["9", "74377"]);
    let refused = [put(json!(["1"])), put(json!([])), json!({"email": BEN, "sessionTypeIds": ["3"]})];
    for body in refused {
        world.call(Method::PUT, SESSIONS, &token, Some(body)).await.expect(400);
    }
    of(&world, SESSIONS, &token, TOMAS).await.expect(404);
    world.get(SESSIONS, &token).await.expect(400);
    of(&world, SESSIONS, &world.token(BEN, &[]).await, BEN).await.expect(403);
    world.switch("webex.xml_only_sites", json!([SITE])).await;
    of(&world, SESSIONS, &token, BEN).await.expect(404);
}

#[tokio::test]
async fn tracking_codes_of_a_person_follow_the_site() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let put = |codes: Value| json!({"siteUrl": SITE, "email": BEN, "trackingCodes": codes});
    let both = json!([{"name": "Branch", "value": "Main"}, {"name": "Cost Centre", "value": "4711"}]);
    let done = world.call(Method::PUT, CODES, &token, Some(put(both))).await.expect(200);
    assert_eq!(done["trackingCodes"].as_array().unwrap().len(), 2);
    let one = json!([{"name": "Branch", "value": "North"}]);
    world.call(Method::PUT, CODES, &token, Some(put(one.clone()))).await.expect(200);
    let read = of(&world, CODES, &token, BEN).await.expect(200);
    assert_eq!(read["trackingCodes"][0]["value"], "North");
    assert_eq!(read["trackingCodes"].as_array().unwrap().len(), 1, "the set is replaced");
    let unknown = json!([{"name": "1", "value": "x"}]);
    let answer = world.call(Method::PUT, CODES, &token, Some(put(unknown))).await.expect(400);
    assert_eq!(answer["errors"][0]["description"], "Tracking code of '1' is not found.");
    let wrong = json!([{"name": "Branch", "value": "Moon"}]);
    world.call(Method::PUT, CODES, &token, Some(put(wrong))).await.expect(400);
    let nowhere = json!({"email": BEN, "trackingCodes": one});
    let answer = world.call(Method::PUT, CODES, &token, Some(nowhere)).await.expect(400);
    assert_eq!(answer["errors"][0]["description"], "'siteUrl' cannot be empty");
    let ada = text(&world.get("/v1/people/me", &token).await.expect(200), "id");
    let wins = of(&world, &format!("{CODES}?personId={ada}"), &token, BEN).await.expect(200);
    assert_eq!(wins["email"], ADA);
    world.switch("webex.mapped_tracking_sites", json!(["*"])).await;
    world.call(Method::PUT, CODES, &token, Some(put(one))).await.expect(400);
}

#[tokio::test]
async fn tracking_codes_of_a_site_are_made_changed_and_removed() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let path = "/v1/admin/meeting/config/trackingCodes";
    let code = json!({
        "name": "Project", "siteUrl": SITE, "options": [{"value": "A", "defaultValue": true}], "inputMode": "select",
        "hostProfileCode": "optional", "scheduleStartCodes": [{"service": "All", "type": "optional"}],
    });
    let made = world.post(path, &token, code.clone()).await.expect(200);
    world.post(path, &token, code.clone()).await.expect(400);
    let one = format!("{path}/{}", text(&made, "id"));
    assert_eq!(world.get(&one, &token).await.expect(200), made);
    let mut changed = code.clone();
    changed["name"] = json!("Programme");
    let put = world.call(Method::PUT, &one, &token, Some(changed)).await.expect(200);
    assert_eq!((&put["name"], &put["id"]), (&json!("Programme"), &made["id"]));
    for (name, value) in [("siteUrl", json!("")), ("name", json!("")), ("hostProfileCode", json!("adminSet"))]
    {
        let mut wrong = code.clone();
        wrong[name] = value;
        world.post(path, &token, wrong).await.expect(400);
    }
    let gone = format!("{one}?siteUrl={SITE}");
    world.call(Method::DELETE, &one, &token, None).await.expect(400);
    world.call(Method::DELETE, &gone, &token, None).await.expect(204);
    let missing = world.get(&one, &token).await.expect(400);
    assert_eq!(missing["message"], "The requested resource could not be found.");
    assert_eq!(world.get(path, &token).await.expect(200)["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn common_settings_are_changed_group_by_group() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let path = "/v1/admin/meeting/config/commonSettings";
    let before = world.get(path, &token).await.expect(200);
    let change = json!({"securityOptions": {"joinBeforeHost": false}, "telephonyConfig": {"VoIP": false}});
    let after = world.call(Method::PATCH, path, &token, Some(change)).await.expect(200);
    assert_eq!(after["securityOptions"]["joinBeforeHost"], false);
    assert_eq!(after["telephonyConfig"], before["telephonyConfig"], "it is read only");
    assert_eq!(after["securityOptions"]["passwordCriteria"], before["securityOptions"]["passwordCriteria"]);
    let twice = json!({"securityOptions": {"passwordCriteria": {"disallowValues": ["a", "a"]}}});
    let refused = world.call(Method::PATCH, path, &token, Some(twice)).await.expect(400);
    assert_eq!(refused["errors"][0]["description"], "Repeated items are not allowed in disallowValues.");
    world.call(Method::PATCH, path, &token, Some(json!({"colour": "red"}))).await.expect(400);
}

#[tokio::test]
async fn addresses_and_site_accounts_appear_after_their_time() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    world.switch("webex.propagation_seconds", json!(120)).await;
    let meeting = licenses(&world, &token).await[1].clone();
    let body =
        json!({"emails": ["new@lindenhof.example"], "displayName": "New", "licenses": [meeting["id"]]});
    let made = world.post("/v1/people", &token, body).await.expect(200);
    assert!(made["sipAddresses"].is_null());
    let path = format!("/v1/people/{}", text(&made, "id"));
    of(&world, SESSIONS, &token, "new@lindenhof.example").await.expect(404);
    world.advance(119).await;
    assert!(world.get(&path, &token).await.expect(200)["sipAddresses"].is_null());
    world.advance(1).await;
    assert_eq!(world.get(&path, &token).await.expect(200)["sipAddresses"].as_array().unwrap().len(), 2);
    of(&world, SESSIONS, &token, "new@lindenhof.example").await.expect(200);
}

#[tokio::test]
async fn hosts_become_attendees_and_hosts_again() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let meeting = licenses(&world, &token).await[1]["id"].clone();
    let ben = world.get(&format!("/v1/people?email={BEN}"), &token).await.expect(200)["items"][0].clone();
    let path = format!("/v1/people/{}", text(&ben, "id"));
    let put = |licenses: Vec<Value>, sites: Value| {
        let mut body = ben.clone();
        (body["licenses"], body["siteUrls"]) = (json!(licenses), sites);
        Some(body)
    };
    let all: Vec<Value> = ben["licenses"].as_array().unwrap().clone();
    let fewer: Vec<Value> = all.iter().filter(|id| **id != meeting).cloned().collect();
    let attendee = json!([format!("{SITE}#attendee")]);
    let changed =
        world.call(Method::PUT, &path, &token, put(fewer.clone(), attendee.clone())).await.expect(200);
    assert_eq!((&changed["siteUrls"], &changed["licenses"]), (&attendee, &json!(fewer)));
    let kept = world.call(Method::PUT, &path, &token, put(fewer.clone(), json!([]))).await.expect(200);
    assert_eq!(kept["siteUrls"], attendee, "only showAllTypes takes an attendance away");
    let shown = format!("{path}?showAllTypes=true");
    let gone = world.call(Method::PUT, &shown, &token, put(fewer.clone(), json!([]))).await.expect(200);
    assert!(gone["siteUrls"].is_null());
    let host = world.call(Method::PUT, &path, &token, put(all.clone(), attendee)).await.expect(200);
    assert!(
        host["siteUrls"].is_null() && host["licenses"] == json!(all),
        "who hosts does not attend: {host}"
    );
    let wrong = world.call(Method::PUT, &path, &token, put(all, json!([SITE]))).await.expect(400);
    assert_eq!(wrong["errors"][0]["errorCode"], 400_216);
}
