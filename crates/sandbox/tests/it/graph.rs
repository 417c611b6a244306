//! Graph: tokens, people, presence, app secrets, batches, throttling, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::microsoft::{CALENDARS, TENANT, consultation, graph_refused as refused};
use crate::support::{ADA, Answer, BEN, World, text};

#[tokio::test]
async fn a_token_must_be_there_ours_and_not_expired() {
    let world = World::start().await;
    refused(&world.get("/v1.0/me", "").await, 401, "InvalidAuthenticationToken");
    refused(&world.get("/v1.0/me", "a.b.c").await, 401, "InvalidAuthenticationToken");
    let elsewhere = World::start().await.graph_token(BEN, &["User.Read"]).await;
    refused(&world.get("/v1.0/me", &elsewhere).await, 401, "InvalidAuthenticationToken");
    let token = world.graph_token(BEN, &["User.Read"]).await;
    let id = ("client-request-id", "7f0c7f5a-0000-4000-8000-000000000001");
    let me = world.graph(Method::GET, "/v1.0/me", &token, &[id], None).await;
    assert_eq!(me.expect(200)["userPrincipalName"], BEN);
    assert_eq!(me.header("client-request-id"), Some(id.1));
    world.advance(5_400).await;
    let expired = world.get("/v1.0/me", &token).await;
    refused(&expired, 401, "InvalidAuthenticationToken");
    assert!(expired.text.contains("Lifetime validation failed"));
}

#[tokio::test]
async fn paths_methods_and_bodies_that_graph_does_not_have_are_refused_in_its_shape() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &["User.Read", "Calendars.ReadWrite"]).await;
    refused(&world.get("/v1.0/me/drive", &token).await, 400, "BadRequest");
    refused(&world.get("/v1.0/nonsense", &token).await, 400, "BadRequest");
    refused(&world.call(Method::PUT, "/v1.0/me", &token, None).await, 405, "Request_BadRequest");
    let half = world.http.post(world.url("/v1.0/me/events")).bearer_auth(&token).body("{\"subject\":");
    refused(&Answer::of(half.send().await.unwrap()).await, 400, "BadRequest");
    refused(&world.get("/v1.0/me/events?$filter=subject+like+'x'", &token).await, 400, "BadRequest");
    refused(&world.get("/v1.0/me/events?$top=0", &token).await, 400, "ErrorInvalidUrlQueryFilter");
}

#[tokio::test]
async fn people_are_found_by_id_name_and_filter_and_come_in_pages() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &["User.Read", "User.ReadBasic.All"]).await;
    let first = world.get("/v1.0/users?$top=20&$select=id,mail", &token).await.expect(200);
    assert_eq!(first["value"].as_array().unwrap().len(), 20);
    assert!(first["value"][0]["displayName"].is_null() && first["value"][0]["mail"].is_string());
    let next = text(&first, "@odata.nextLink");
    let second = world.get(&next, &token).await.expect(200);
    assert_eq!(second["value"].as_array().unwrap().len(), 6);
    assert!(second["@odata.nextLink"].is_null());
    let filter =
        "/v1.0/users?$filter=startswith(displayName,'sio') or mail eq 'BEN.OKAFOR@lindenhof.example'";
    let found = world.get(filter, &token).await.expect(200);
    assert_eq!(found["value"].as_array().unwrap().len(), 2);
    let ada = world.get(&format!("/v1.0/users/{ADA}"), &token).await.expect(200);
    let by_id = world.get(&format!("/v1.0/users/{}", text(&ada, "id")), &token).await.expect(200);
    assert_eq!(ada["mail"], by_id["mail"]);
    refused(&world.get("/v1.0/users/nobody@x.test", &token).await, 404, "Request_ResourceNotFound");

    let own = world.graph_token(BEN, &["User.Read"]).await;
    refused(&world.get("/v1.0/users", &own).await, 403, "Authorization_RequestDenied");
    refused(&world.get(&format!("/v1.0/users/{ADA}"), &own).await, 403, "Authorization_RequestDenied");
    assert_eq!(world.get(&format!("/v1.0/users/{BEN}"), &own).await.expect(200)["mail"], BEN);
    let organization = world.get("/v1.0/organization", &own).await.expect(200);
    assert_eq!(organization["value"][0]["verifiedDomains"][0]["name"], TENANT);
}

#[tokio::test]
async fn user_info_tells_what_the_scopes_allow() {
    let world = World::start().await;
    let tokens = world.entra_tokens(BEN).await;
    let token = text(&tokens, "access_token");
    let info = world.get("/oidc/userinfo", &token).await.expect(200);
    assert_eq!(info["name"], "Ben Okafor");
    assert!(info["email"].is_null());
    assert_eq!(
        world.call(Method::POST, "/oidc/userinfo", &token, None).await.expect(200)["sub"],
        info["sub"]
    );
    let without = world.graph_token(BEN, &["User.Read"]).await;
    refused(&world.get("/oidc/userinfo", &without).await, 403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn scopes_and_mailboxes_of_others_are_closed() {
    let world = World::start().await;
    let read = world.graph_token(BEN, &["Calendars.Read"]).await;
    world.get("/v1.0/me/events", &read).await.expect(200);
    refused(&world.post("/v1.0/me/events", &read, consultation()).await, 403, "ErrorAccessDenied");
    refused(&world.get(&format!("/v1.0/users/{ADA}/events"), &read).await, 403, "ErrorAccessDenied");
    let other = world.graph_token(BEN, &["User.Read"]).await;
    refused(&world.get("/v1.0/me/calendars", &other).await, 403, "ErrorAccessDenied");
    refused(&world.get("/v1.0/me/mailboxSettings", &other).await, 403, "ErrorAccessDenied");
    refused(&world.get("/v1.0/me/presence", &other).await, 403, "Forbidden");
    {
        let mut core = world.running.world.core();
        core.people[1].microsoft.as_mut().unwrap().no_mailbox = true;
    }
    refused(&world.get("/v1.0/me/events", &read).await, 404, "MailboxNotEnabledForRESTAPI");
}

#[tokio::test]
async fn an_app_only_token_opens_every_mailbox_but_has_no_me() {
    let world = World::start().await;
    let client_id = world.entra_app().client_id;
    let token = world
        .graph_token(&client_id, &["Calendars.ReadWrite", "User.Read.All", "MailboxSettings.Read"])
        .await;
    refused(&world.get("/v1.0/me", &token).await, 400, "BadRequest");
    refused(&world.get("/v1.0/me/events", &token).await, 400, "BadRequest");
    let users = world.get("/v1.0/users?$filter=mail eq 'ada.lindqvist@lindenhof.example'", &token).await;
    let ada = text(&users.expect(200)["value"][0], "id");
    let user = format!("/v1.0/users/{ada}");
    let made = world.post(&format!("{user}/events"), &token, consultation()).await.expect(201);
    let path = format!("{user}/events/{}", text(&made, "id"));
    assert_eq!(world.get(&path, &token).await.expect(200)["organizer"]["emailAddress"]["address"], ADA);
    let settings = world.get(&format!("{user}/mailboxSettings"), &token).await.expect(200);
    assert_eq!(settings["timeZone"], "W. Europe Standard Time");
    world.call(Method::PATCH, &path, &token, Some(json!({"subject": "App"}))).await.expect(200);
    world.call(Method::DELETE, &path, &token, None).await.expect(204);
}

#[tokio::test]
async fn presence_is_told_for_oneself_and_for_many() {
    let world = World::start().await;
    let own = world.graph_token(BEN, &["Presence.Read"]).await;
    assert_eq!(world.get("/v1.0/me/presence", &own).await.expect(200)["availability"], "Available");
    let ids = json!({"ids": ["x"]});
    refused(&world.post("/v1.0/communications/getPresencesByUserId", &own, ids).await, 403, "Forbidden");
    let all = world.graph_token(BEN, &["Presence.Read.All", "User.ReadBasic.All"]).await;
    let chiara = world.get("/v1.0/users/chiara.rossi@lindenhof.example", &all).await.expect(200);
    let id = text(&chiara, "id");
    let ask = async |ids: Value| {
        world.post("/v1.0/communications/getPresencesByUserId", &all, json!({"Ids": ids})).await
    };
    let found = ask(json!([id, "11111111-1111-4111-8111-111111111111"])).await.expect(200);
    assert_eq!(found["value"].as_array().unwrap().len(), 1);
    assert_eq!(found["value"][0]["availability"], "Busy");
    assert_eq!(found["value"][0]["activity"], "InAMeeting");
    assert_eq!(
        world.get(&format!("/v1.0/communications/presences/{id}"), &all).await.expect(200)["id"],
        json!(id)
    );
    refused(&ask(json!([])).await, 400, "InvalidRequest");
    refused(&ask(json!(vec!["x"; 651])).await, 400, "InvalidRequest");
}

#[tokio::test]
async fn an_app_reads_adds_and_removes_its_own_secrets() {
    let world = World::start().await;
    let client_id = world.entra_app().client_id;
    let token = world.graph_token(&client_id, &["Application.ReadWrite.OwnedBy"]).await;
    let list = format!("/v1.0/applications?$filter=appId eq '{client_id}'&$select=appId,passwordCredentials");
    let app = world.get(&list, &token).await.expect(200)["value"][0].clone();
    assert_eq!(app["appId"], client_id);
    let id = text(&app, "id");
    let keyed = format!("/v1.0/applications(appId='{client_id}')");
    assert_eq!(world.get(&keyed, &token).await.expect(200)["id"], json!(id));
    assert_eq!(world.get(&format!("/v1.0/applications/{id}"), &token).await.expect(200)["appId"], client_id);
    let wish = json!({"passwordCredential": {"displayName": "2030", "endDateTime": "2031-01-01T00:00:00Z"}});
    let added = world.post(&format!("/v1.0/applications/{id}/addPassword"), &token, wish).await.expect(200);
    assert!(text(&added, "secretText").starts_with(&text(&added, "hint")));
    assert_eq!(added["endDateTime"], "2031-01-01T00:00:00Z");
    let secret = text(&added, "secretText");
    let grant = ("grant_type", "client_credentials");
    let scope = ("scope", "https://graph.microsoft.com/.default");
    world.entra_token(TENANT, &[grant, scope, ("client_secret", &secret)]).await.expect(200);
    let shown = world.get(&keyed, &token).await.expect(200);
    assert!(!shown.to_string().contains(&secret));

    let key = json!({"keyId": added["keyId"]});
    let remove = format!("/v1.0/applications/{id}/removePassword");
    world.post(&remove, &token, key.clone()).await.expect(204);
    refused(&world.post(&remove, &token, key).await, 400, "Request_BadRequest");
    let second = world.post(&format!("{keyed}/addPassword"), &token, json!({})).await.expect(200);
    assert_eq!(second["endDateTime"], "2032-03-03T09:00:00Z");
    let person = world.graph_token(ADA, &["Application.ReadWrite.OwnedBy"]).await;
    let denied = world.post(&format!("{keyed}/addPassword"), &person, json!({})).await;
    refused(&denied, 403, "Authorization_RequestDenied");
    let principals = world.get("/v1.0/servicePrincipals", &token).await.expect(200);
    assert_eq!(principals["value"][0]["appId"], client_id);
    let nothing = world.graph_token(BEN, &["User.Read"]).await;
    refused(&world.get("/v1.0/applications", &nothing).await, 403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn a_batch_answers_each_part_on_its_own() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &["User.Read", "Calendars.ReadWrite"]).await;
    let requests = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/me?$select=mail"},
        {"id": "2", "method": "POST", "url": "/me/events", "body": consultation(),
         "headers": {"Content-Type": "application/json"}},
        {"id": "3", "method": "GET", "url": "/me/events/none"},
        {"id": "4", "method": "GET", "url": "/me", "dependsOn": ["3"]},
        {"id": "5", "method": "GET", "url": "/me/events", "dependsOn": ["2"]},
    ]});
    let answer = world.post("/v1.0/$batch", &token, requests).await.expect(200);
    let part = |index: usize| &answer["responses"][index];
    let statuses: Vec<i64> = (0..5).map(|index| part(index)["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [200, 201, 404, 424, 200]);
    assert_eq!(part(0)["body"]["mail"], BEN);
    assert_eq!(part(2)["body"]["error"]["code"], "ErrorItemNotFound");
    assert_eq!(part(4)["body"]["value"].as_array().unwrap().len(), 1);

    let many: Vec<Value> =
        (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    refused(&world.post("/v1.0/$batch", &token, json!({"requests": many})).await, 400, "BadRequest");
    let nested = json!({"requests": [{"id": "1", "method": "POST", "url": "/$batch"}]});
    refused(&world.post("/v1.0/$batch", &token, nested).await, 400, "BadRequest");
    let odd = json!({"requests": [{"id": "1", "method": "G ET", "url": "me"}]});
    refused(&world.post("/v1.0/$batch", &token, odd).await, 400, "BadRequest");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &["User.Read"]).await;
    world.change_entra_app(|app| app.requests_per_minute = Some(2));
    for _ in 0..2 {
        world.get("/v1.0/me", &token).await.expect(200);
    }
    let throttled = world.get("/v1.0/me", &token).await;
    refused(&throttled, 429, "TooManyRequests");
    let seconds: f64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds.fract() > 0.0 && seconds <= 61.0, "{seconds}");
    world.advance(60).await;
    world.get("/v1.0/me", &token).await.expect(200);
}

#[tokio::test]
async fn a_mailbox_takes_only_so_many_requests_at_once() {
    let world = World::start().await;
    let token = world.graph_token(BEN, &CALENDARS).await;
    world.switch("graph.concurrent_per_mailbox", json!(1)).await;
    world
        .set(
            "/_sandbox/faults",
            json!({
                "match": {"path": "/v1.0/me/events"}, "times": 1, "fault": {"delay_ms": 60_000},
            }),
        )
        .await;
    let slow = world.http.get(world.url("/v1.0/me/events")).bearer_auth(&token);
    let slow = tokio::spawn(slow.send());
    while !world.running.world.requests.all().iter().any(|entry| entry.fault.is_some()) {
        tokio::task::yield_now().await;
    }
    let second = world.get("/v1.0/me/calendars", &token).await;
    refused(&second, 429, "ApplicationThrottled");
    assert!(second.header("retry-after").is_some());
    let ada = world.graph_token(ADA, &CALENDARS).await;
    world.get("/v1.0/me/calendars", &ada).await.expect(200);
    slow.abort();
}
