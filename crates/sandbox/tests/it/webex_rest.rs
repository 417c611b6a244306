//! Webex REST: people, directory, preferences, meetings, invitees, webhooks; scopes and shapes of refusals.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, Answer, BEN, TOMAS, World, text};

fn ids(body: &Value) -> Vec<String> {
    let items = body["items"].as_array().into_iter().flatten();
    items.map(|item| text(item, "id")).collect()
}

fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    assert!(link.ends_with(">; rel=\"next\""), "{link}");
    Some(link.trim_start_matches('<').split('>').next()?.to_owned())
}

#[tokio::test]
async fn refusals_have_webex_shape_and_tracking_id() {
    let world = World::start().await;
    let token = world.token(BEN, &["meeting:schedules_read"]).await;
    let cases = [
        (Method::GET, "/v1/people/me", "nonsense", 401),
        (Method::GET, "/v1/people/me", token.as_str(), 403),
        (Method::GET, "/v1/nothing/here", token.as_str(), 404),
        (Method::PUT, "/v1/people/me", token.as_str(), 405),
        (Method::GET, "/v1/meetings/unknown", token.as_str(), 404),
        (Method::GET, "/v1/meetings?max=0", token.as_str(), 400),
    ];
    for (method, path, token, status) in cases {
        let answer = world.call(method, path, token, None).await;
        let body = answer.expect(status);
        assert_eq!(answer.header("trackingid"), body["trackingId"].as_str(), "{path}");
        assert!(body["message"].is_string() && body["errors"][0]["description"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn people_come_in_pages_that_follow_the_link() {
    let world = World::start().await;
    let token = world.token(ADA, &["spark-admin:people_read"]).await;
    let mut url = "/v1/people?max=10".to_owned();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let answer = world.get(&url, &token).await;
        seen.extend(ids(&answer.expect(200)));
        pages += 1;
        match next(&answer) {
            Some(link) => url = link,
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 26));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 26);
}

#[tokio::test]
async fn who_may_list_people_depends_on_scope_and_role() {
    let world = World::start().await;
    let plain = world.token(BEN, &["spark:people_read"]).await;
    world.get("/v1/people", &plain).await.expect(400);
    let elevated = world.token(BEN, &["spark-admin:people_read"]).await;
    world.get("/v1/people", &elevated).await.expect(400);
    let found = world.get(&format!("/v1/people?email={ADA}"), &plain).await.expect(200);
    assert!(found["items"][0]["roles"].is_null() && found["items"][0]["status"] == "active", "{found}");
    let admin = world.token(ADA, &["spark-admin:people_read"]).await;
    let found = world.get(&format!("/v1/people?email={ADA}"), &admin).await.expect(200);
    assert_eq!(found["items"][0]["roles"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["licenses"].as_array().unwrap().len(), 4);
    let named = world.get("/v1/people?displayName=ben", &plain).await.expect(200);
    assert_eq!(named["items"][0]["emails"][0], BEN);
    let quiet = world.get("/v1/people?displayName=ben&excludeStatus=true", &plain).await.expect(200);
    assert!(quiet["items"][0]["status"].is_null());
}

#[tokio::test]
async fn people_asked_for_by_id_come_without_presence() {
    let world = World::start().await;
    let admin = world.token(ADA, &[]).await;
    let me = text(&world.get("/v1/people/me", &admin).await.expect(200), "id");
    let body = world.get(&format!("/v1/people?id={me},unknown"), &admin).await.expect(200);
    assert_eq!(body["notFoundIds"], json!(["unknown"]));
    let names: Vec<&String> = body["items"][0].as_object().unwrap().keys().collect();
    assert!(
        !names.iter().any(|name| ["status", "lastActivity", "roles", "licenses"].contains(&name.as_str()))
    );
    let many = vec!["x"; 86].join(",");
    world.get(&format!("/v1/people?id={many}"), &admin).await.expect(400);
}

#[tokio::test]
async fn an_administrator_adds_changes_and_removes_a_person() {
    let world = World::start().await;
    let admin = world.token(ADA, &[]).await;
    let license = world.get("/v1/licenses", &admin).await.expect(200)["items"][1].clone();
    let body = json!({
        "emails": ["new@lindenhof.example"], "firstName": "New", "lastName": "Person", "department": "Reference",
        "licenses": [license["id"], "unknown"],
    });
    let made = world.post("/v1/people", &admin, body.clone()).await.expect(200);
    assert_eq!((&made["displayName"], &made["invitePending"]), (&json!("New Person"), &json!(true)));
    let implicit = world.get("/v1/licenses", &admin).await.expect(200)["items"][4]["id"].clone();
    assert_eq!(made["licenses"], json!([license["id"], implicit]), "unknown licences are skipped");
    world.post("/v1/people", &admin, body).await.expect(409);
    let consumed = world.get(&format!("/v1/licenses/{}", text(&license, "id")), &admin).await.expect(200);
    assert_eq!(consumed["consumedUnits"].as_u64(), license["consumedUnits"].as_u64().map(|units| units + 1));
    let path = format!("/v1/people/{}", text(&made, "id"));
    world.call(Method::PUT, &path, &admin, Some(json!({"firstName": "New"}))).await.expect(400);
    let put = json!({"displayName": "Newer", "emails": ["new@lindenhof.example"]});
    let changed = world.call(Method::PUT, &path, &admin, Some(put)).await.expect(200);
    assert!(changed["department"].is_null(), "PUT replaces");
    let other = world.token(BEN, &[]).await;
    world.call(Method::DELETE, &path, &other, None).await.expect(403);
    world.call(Method::DELETE, &path, &admin, None).await.expect(204);
    world.get(&path, &admin).await.expect(404);
}

#[tokio::test]
async fn licences_roles_and_organizations_are_for_administrators() {
    let world = World::start().await;
    let (admin, person) = (world.token(ADA, &[]).await, world.token(BEN, &[]).await);
    for path in ["/v1/licenses", "/v1/roles"] {
        let first = ids(&world.get(path, &admin).await.expect(200))[0].clone();
        world.get(&format!("{path}/{first}"), &admin).await.expect(200);
        world.get(&format!("{path}/unknown"), &admin).await.expect(404);
        world.get(path, &person).await.expect(403);
    }
    let organization = ids(&world.get("/v1/organizations", &person).await.expect(200))[0].clone();
    let found = world.get(&format!("/v1/organizations/{organization}"), &admin).await.expect(200);
    assert_eq!(found["displayName"], "Lindenhof University Library");
    world.get("/v1/organizations/unknown", &admin).await.expect(404);
    let narrow = world.token(BEN, &["meeting:schedules_read"]).await;
    world.get("/v1/organizations", &narrow).await.expect(403);
}

#[tokio::test]
async fn sites_follow_licences_and_the_default_can_be_chosen() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let sites = world.get("/v1/meetingPreferences/sites", &token).await.expect(200);
    assert_eq!(sites["sites"][0], json!({"siteUrl": "lindenhof.webex.com", "default": true}));
    assert_eq!(sites["sites"][1], json!({"siteUrl": "lindenhof-events.webex.com", "default": false}));
    let path = "/v1/meetingPreferences/sites?defaultSite=true";
    let choice = json!({"siteUrl": "lindenhof-events.webex.com"});
    world.call(Method::PUT, path, &token, Some(choice)).await.expect(200);
    let sites = world.get("/v1/meetingPreferences/sites", &token).await.expect(200);
    assert_eq!(sites["sites"][0]["siteUrl"], "lindenhof-events.webex.com");
    let wrong = json!({"siteUrl": "elsewhere.webex.com"});
    world.call(Method::PUT, path, &token, Some(wrong)).await.expect(400);
    let none = world.get("/v1/meetingPreferences/sites", &world.token(TOMAS, &[]).await).await.expect(200);
    assert_eq!(none["sites"], json!([]));
    let foreign = format!("/v1/meetingPreferences/sites?userEmail={BEN}");
    world.get(&foreign, &token).await.expect(200);
    world.get(&foreign, &world.token(TOMAS, &[]).await).await.expect(403);
}

fn meeting(changes: &Value) -> Value {
    let mut body = json!({
        "title": "Reference hour", "start": "2030-03-05 10:00:00", "end": "2030-03-05 10:30:00",
        "timezone": "Europe/Berlin", "sendEmail": false,
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_meeting_is_created_found_changed_and_deleted_without_mail() {
    let world = World::start().await;
    let token = world.token(BEN, &["meeting:schedules_read", "meeting:schedules_write"]).await;
    let made = world.post("/v1/meetings", &token, meeting(&json!({}))).await.expect(200);
    assert_eq!(made["start"], "2030-03-05T10:00:00+01:00");
    assert_eq!((&made["meetingType"], &made["state"]), (&json!("meetingSeries"), &json!("active")));
    assert_eq!(made["hostEmail"], BEN);
    let path = format!("/v1/meetings/{}", text(&made, "id"));
    let read = world.get(&path, &token).await.expect(200);
    assert_eq!(read["start"], "2030-03-05T09:00:00Z", "UTC without a timezone header");
    assert_eq!(read["password"], made["password"]);
    assert_eq!(ids(&world.get("/v1/meetings", &token).await.expect(200)), [text(&made, "id")]);
    let occurrence =
        &world.get("/v1/meetings?meetingType=scheduledMeeting", &token).await.expect(200)["items"][0];
    assert_eq!(occurrence["id"], format!("{}_20300305T090000Z", text(&made, "id")));
    let change = Some(json!({"title": "Changed", "sendEmail": false}));
    let changed = world.call(Method::PATCH, &path, &token, change).await.expect(200);
    assert_eq!((&changed["title"], &changed["start"]), (&json!("Changed"), &made["start"]));
    let change = meeting(&json!({"title": "Again", "end": "2030-03-05T11:00:00+01:00"}));
    let changed = world.call(Method::PUT, &path, &token, Some(change)).await.expect(200);
    assert_eq!(changed["end"], "2030-03-05T11:00:00+01:00");
    world.call(Method::DELETE, &format!("{path}?sendEmail=false"), &token, None).await.expect(204);
    world.get(&path, &token).await.expect(404);
    assert!(world.running.world.mails.all().is_empty());
}

#[tokio::test]
async fn webex_mails_host_and_invitees_unless_told_not_to() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let body = meeting(&json!({"sendEmail": true, "invitees": [{"email": "guest@example.org"}]}));
    let id = text(&world.post("/v1/meetings", &token, body).await.expect(200), "id");
    world.call(Method::DELETE, &format!("/v1/meetings/{id}"), &token, None).await.expect(204);
    let mails =
        world.control(Method::GET, "/_sandbox/mails?to=guest@example.org", json!({})).await.expect(200);
    let subjects: Vec<String> =
        mails["mails"].as_array().unwrap().iter().map(|mail| text(mail, "subject")).collect();
    assert_eq!(
        subjects,
        ["Webex meeting invitation: Reference hour", "Webex meeting canceled: Reference hour"]
    );
    assert_eq!(mails["mails"][0]["to"], json!([BEN, "guest@example.org"]));
}

#[tokio::test]
async fn scheduling_rules_are_enforced() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let long = "x".repeat(129);
    let refused = [
        json!({"title": ""}),
        json!({"title": long}),
        json!({"start": "2030-03-04T08:00:00Z"}),
        json!({"end": "2030-03-05 10:09:00"}),
        json!({"end": "2030-03-05 09:00:00"}),
        json!({"end": "2030-03-06 10:00:00"}),
        json!({"timezone": "Mars/Olympus"}),
        json!({"start": "soon"}),
        json!({"password": "weak"}),
        json!({"integrationTags": ["a", "b", "c", "d"]}),
        json!({"recurrence": "every week"}),
        json!({"scheduledType": "webinar"}),
        json!({"scheduledType": "party"}),
        json!({"publicMeeting": "yes"}),
        json!({"invitees": [{"email": "not an address"}]}),
        json!({"agenda": "x".repeat(1301)}),
        json!({"siteUrl": "lindenhof-events.webex.com"}),
        json!({"joinBeforeHostMinutes": 7}),
    ];
    for change in refused {
        world.post("/v1/meetings", &token, meeting(&change)).await.expect(400);
        assert_eq!(ids(&world.get("/v1/meetings", &token).await.expect(200)).len(), 0, "{change}");
    }
    let body = world
        .post("/v1/meetings", &token, meeting(&json!({"start": "2030-03-04T08:00:00Z"})))
        .await
        .expect(400);
    assert!(text(&body["errors"][0], "description").contains("'start' or 'end' is before current time"));
    let unlicensed = world.token(TOMAS, &[]).await;
    world.post("/v1/meetings", &unlicensed, meeting(&json!({}))).await.expect(403);
}

#[tokio::test]
async fn only_an_administrator_schedules_for_others() {
    let world = World::start().await;
    let (admin, person) = (world.token(ADA, &[]).await, world.token(BEN, &[]).await);
    let made = world.post("/v1/meetings", &admin, meeting(&json!({"hostEmail": BEN}))).await.expect(200);
    assert_eq!(made["hostEmail"], BEN);
    world.post("/v1/meetings", &person, meeting(&json!({"hostEmail": ADA}))).await.expect(403);
    world.post("/v1/meetings", &admin, meeting(&json!({"hostEmail": "x@y.example"}))).await.expect(400);
    assert_eq!(ids(&world.get("/v1/meetings", &admin).await.expect(200)).len(), 0);
    let behalf = world.get(&format!("/v1/meetings?hostEmail={BEN}"), &admin).await.expect(200);
    assert_eq!(ids(&behalf), [text(&made, "id")]);
    let third = world.token("chiara.rossi@lindenhof.example", &[]).await;
    world.get(&format!("/v1/meetings/{}", text(&made, "id")), &third).await.expect(404);
    world
        .call(Method::DELETE, &format!("/v1/meetings/{}", text(&made, "id")), &third, None)
        .await
        .expect(404);
}

#[tokio::test]
async fn integration_tags_find_meetings_of_the_same_app_only() {
    let world = World::start().await;
    let token = text(&world.authorize(BEN).await, "access_token");
    let tagged = meeting(&json!({"integrationTags": ["booking-7"]}));
    let made = world.post("/v1/meetings", &token, tagged).await.expect(200);
    let path = "/v1/meetings?integrationTag=booking-7";
    let found = world.get(path, &token).await.expect(200);
    assert_eq!(found["items"][0]["integrationTags"], json!(["booking-7"]));
    let other_app = world.token(BEN, &[]).await;
    assert_eq!(ids(&world.get(path, &other_app).await.expect(200)).len(), 0);
    let read = world.get(&format!("/v1/meetings/{}", text(&made, "id")), &other_app).await.expect(200);
    assert!(read["integrationTags"].is_null());
}

#[tokio::test]
async fn meetings_are_listed_by_window_and_in_pages() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    for day in 5..8 {
        let times = json!({"start": format!("2030-03-{day:02}T10:00:00Z"), "end": format!("2030-03-{day:02}T11:00:00Z")});
        world.post("/v1/meetings", &token, meeting(&times)).await.expect(200);
    }
    let first = world.get("/v1/meetings?max=2", &token).await;
    assert_eq!(ids(&first.expect(200)).len(), 2);
    let second = world.get(&next(&first).unwrap(), &token).await;
    assert_eq!(ids(&second.expect(200)).len(), 1);
    assert!(next(&second).is_none());
    let window = "/v1/meetings?from=2030-03-06T00:00:00Z&to=2030-03-07";
    assert_eq!(ids(&world.get(window, &token).await.expect(200)).len(), 1);
    world.get("/v1/meetings?from=2030-03-07&to=2030-03-06", &token).await.expect(400);
    let number = text(&first.json()["items"][0], "meetingNumber");
    let found = world.get(&format!("/v1/meetings?meetingNumber={number}"), &token).await.expect(200);
    assert_eq!(ids(&found).len(), 1);
    assert_eq!(ids(&world.get("/v1/meetings?state=expired", &token).await.expect(200)).len(), 0);
    world.advance(30 * 86_400).await;
    let token = world.token(BEN, &[]).await;
    let past = "/v1/meetings?from=2030-03-01&to=2030-03-31&state=expired";
    assert_eq!(ids(&world.get(past, &token).await.expect(200)).len(), 3);
}

#[tokio::test]
async fn a_person_creates_a_hundred_meetings_a_day() {
    let world = World::start().await;
    world.switch("webex.meetings_per_day", json!(2)).await;
    let token = world.token(BEN, &[]).await;
    world.post("/v1/meetings", &token, meeting(&json!({}))).await.expect(200);
    world.post("/v1/meetings", &token, meeting(&json!({"title": ""}))).await.expect(400);
    let refused = world.post("/v1/meetings", &token, meeting(&json!({}))).await;
    refused.expect(429);
    assert_eq!(refused.header("retry-after"), Some("86400"));
    world.advance(86_400).await;
    let token = world.token(BEN, &[]).await;
    let later = json!({"start": "2030-03-06T10:00:00Z", "end": "2030-03-06T11:00:00Z"});
    world.post("/v1/meetings", &token, meeting(&later)).await.expect(200);
    world.switch("webex.admin_meetings_per_day", json!(0)).await;
    let admin = world.token(ADA, &[]).await;
    world.post("/v1/meetings", &admin, meeting(&json!({}))).await.expect(429);
    let real = sandbox::Switches::default();
    assert_eq!((real.webex_meetings_per_day, real.webex_admin_meetings_per_day), (100, 3_000));
}

#[tokio::test]
async fn invitees_are_added_listed_and_removed() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let id = text(&world.post("/v1/meetings", &token, meeting(&json!({}))).await.expect(200), "id");
    for email in ["b@x.example", "a@x.example"] {
        let body = json!({"meetingId": id, "email": email, "sendEmail": false});
        world.post("/v1/meetingInvitees", &token, body).await.expect(200);
    }
    let again = json!({"meetingId": id, "email": "A@x.example"});
    world.post("/v1/meetingInvitees", &token, again).await.expect(409);
    let first = world.get(&format!("/v1/meetingInvitees?meetingId={id}&max=1"), &token).await;
    assert_eq!(first.expect(200)["items"][0]["email"], "a@x.example");
    let second = world.get(&next(&first).unwrap(), &token).await.expect(200);
    let path = format!("/v1/meetingInvitees/{}", text(&second["items"][0], "id"));
    assert_eq!(world.get(&path, &token).await.expect(200)["email"], "b@x.example");
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    world.get(&path, &token).await.expect(404);
    world.get("/v1/meetingInvitees", &token).await.expect(400);
}

#[tokio::test]
async fn join_links_are_answered_or_redirected_to() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let made = world.post("/v1/meetings", &token, meeting(&json!({}))).await.expect(200);
    let direct = world.post("/v1/meetings/join", &token, json!({"meetingId": made["id"]})).await;
    assert_eq!(direct.status, StatusCode::FOUND);
    let body = json!({"meetingNumber": made["meetingNumber"], "joinDirectly": false, "expirationMinutes": 5});
    let links = world.post("/v1/meetings/join", &token, body).await.expect(200);
    assert!(links["startLink"].is_string() && links["joinLink"].is_string());
    assert_eq!(links["expiration"], "2030-03-04T09:05:00.000Z");
    world.post("/v1/meetings/join", &token, json!({})).await.expect(400);
    world.post("/v1/meetings/join", &token, json!({"meetingId": "x"})).await.expect(404);
}

#[tokio::test]
async fn webhooks_are_kept_per_person() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let hook =
        json!({"name": "n", "targetUrl": "https://x.example/h", "resource": "meetings", "event": "created"});
    let made = world.post("/v1/webhooks", &token, hook.clone()).await.expect(200);
    assert_eq!(made["status"], "active");
    world.post("/v1/webhooks", &token, hook.clone()).await.expect(200);
    let first = world.get("/v1/webhooks?max=1", &token).await;
    assert_eq!(ids(&world.get(&next(&first).unwrap(), &token).await.expect(200)).len(), 1);
    let path = format!("/v1/webhooks/{}", text(&made, "id"));
    let change = json!({"name": "m", "targetUrl": "https://x.example/i"});
    assert_eq!(world.call(Method::PUT, &path, &token, Some(change)).await.expect(200)["name"], "m");
    assert_eq!(world.get(&path, &token).await.expect(200)["targetUrl"], "https://x.example/i");
    let other = world.token(ADA, &[]).await;
    world.get(&path, &other).await.expect(404);
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
    world.get(&path, &token).await.expect(404);
    for (name, value) in [("resource", "x"), ("event", "x"), ("targetUrl", "nowhere"), ("ownedBy", "me")] {
        let mut wrong = hook.clone();
        wrong[name] = json!(value);
        world.post("/v1/webhooks", &token, wrong).await.expect(400);
    }
    let narrow = world.token(BEN, &["spark:people_read"]).await;
    world.post("/v1/webhooks", &narrow, hook).await.expect(403);
}
