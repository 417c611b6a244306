//! Answers of the Webex calls against Webex's own OpenAPI description (tests/data/README.md).

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, World, text};

const SCHEMAS: &str = include_str!("../data/webex-openapi.json");

/// Seen in live answers and SDK models, but not in the description.
const UNDESCRIBED: [&str; 2] = ["appId", "meetingSeriesId"];

fn check(at: &str, schema: &Value, value: &Value, problems: &mut Vec<String>) {
    let kind = schema["type"].as_str().unwrap_or_default();
    let fits = match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "number" | "integer" => value.is_number(),
        "boolean" => value.is_boolean(),
        // The description prints some booleans as strings; the live service answers booleans.
        "string" => value.is_string() || (value.is_boolean() && schema["enum"] == json!(["true", "false"])),
        _ => true,
    };
    if !fits {
        problems.push(format!("{at} is not of type {kind}: {value}"));
    }
    if let (Some(allowed), Some(_)) = (schema["enum"].as_array(), value.as_str())
        && !allowed.contains(value)
    {
        problems.push(format!("{at} has an unknown value: {value}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value[name].is_null() {
            problems.push(format!("{at}.{name} is missing"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => check(&format!("{at}.{name}"), schema, value, problems),
            None if UNDESCRIBED.contains(&name.as_str()) || schema["properties"].is_null() => {}
            None => problems.push(format!("{at}.{name} is not described")),
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        check(&format!("{at}[{index}]"), &schema["items"], value, problems);
    }
}

/// A described operation, what is really asked, and with which body.
type Call = (&'static str, Method, String, Option<Value>);

async fn directory_calls(world: &World, token: &str) -> Vec<Call> {
    let me = text(&world.get("/v1/people/me", token).await.expect(200), "id");
    let license = text(&world.get("/v1/licenses", token).await.expect(200)["items"][0], "id");
    let organization = text(&world.get("/v1/organizations", token).await.expect(200)["items"][0], "id");
    let person = json!({"emails": ["p@lindenhof.example"], "displayName": "P"});
    let change = json!({"emails": [ADA], "displayName": "Ada Lindqvist"});
    let read = |operation, path: &str| (operation, Method::GET, path.to_owned(), None);
    vec![
        read("GET /people/me", "/v1/people/me"),
        read("GET /people", "/v1/people"),
        read("GET /people/{personId}", &format!("/v1/people/{me}")),
        ("POST /people", Method::POST, "/v1/people".to_owned(), Some(person)),
        ("PUT /people/{personId}", Method::PUT, format!("/v1/people/{me}"), Some(change)),
        read("GET /licenses", "/v1/licenses"),
        read("GET /licenses/{licenseId}", &format!("/v1/licenses/{license}")),
        read("GET /organizations", "/v1/organizations"),
        read("GET /organizations/{orgId}", &format!("/v1/organizations/{organization}")),
        read("GET /authorizations", &format!("/v1/authorizations?personEmail={BEN}")),
        read("GET /authorizations/tokenExpiry", "/v1/authorizations/tokenExpiry"),
    ]
}

async fn meeting_calls(world: &World, token: &str) -> Vec<Call> {
    let meeting = json!({
        "title": "Checked", "start": "2030-03-05T10:00:00Z", "end": "2030-03-05T11:00:00Z", "agenda": "All of it",
        "recurrence": "FREQ=WEEKLY;COUNT=3", "integrationTags": ["t"], "sendEmail": false,
        "trackingCodes": [{"name": "Department", "value": "Reference"}], "meetingOptions": {"enabledChat": true},
    });
    let id = text(&world.post("/v1/meetings", token, meeting.clone()).await.expect(200), "id");
    let invitee = |email: &str| json!({"meetingId": id, "email": email, "sendEmail": false});
    let invited =
        text(&world.post("/v1/meetingInvitees", token, invitee("g@x.example")).await.expect(200), "id");
    let join = json!({"meetingId": id, "joinDirectly": false});
    let one = format!("/v1/meetings/{id}");
    let read = |operation, path: &str| (operation, Method::GET, path.to_owned(), None);
    let post = |operation, path: &str, body: Value| (operation, Method::POST, path.to_owned(), Some(body));
    vec![
        post("POST /meetings", "/v1/meetings", meeting),
        read("GET /meetings", "/v1/meetings?integrationTag=t"),
        read("GET /meetings/{meetingId}", &one),
        ("PATCH /meetings/{meetingId}", Method::PATCH, one.clone(), Some(json!({"agenda": "Less"}))),
        ("PUT /meetings/{meetingId}", Method::PUT, one, Some(json!({"title": "Other"}))),
        post("POST /meetings/join", "/v1/meetings/join", join),
        post("POST /meetingInvitees", "/v1/meetingInvitees", invitee("h@x.example")),
        read("GET /meetingInvitees", &format!("/v1/meetingInvitees?meetingId={id}")),
        read("GET /meetingInvitees/{meetingInviteeId}", &format!("/v1/meetingInvitees/{invited}")),
    ]
}

async fn other_calls(world: &World, token: &str) -> Vec<Call> {
    let hook = json!({
        "name": "n", "targetUrl": "https://x.example", "resource": "meetings", "event": "created",
        "filter": "hostEmail=x", "secret": "s",
    });
    let id = text(&world.post("/v1/webhooks", token, hook.clone()).await.expect(200), "id");
    let one = format!("/v1/webhooks/{id}");
    let choice = Some(json!({"siteUrl": "lindenhof.webex.com"}));
    let sites = "/v1/meetingPreferences/sites";
    vec![
        ("GET /meetingPreferences/sites", Method::GET, sites.to_owned(), None),
        ("PUT /meetingPreferences/sites", Method::PUT, format!("{sites}?defaultSite=true"), choice),
        ("POST /webhooks", Method::POST, "/v1/webhooks".to_owned(), Some(hook.clone())),
        ("GET /webhooks", Method::GET, "/v1/webhooks".to_owned(), None),
        ("GET /webhooks/{webhookId}", Method::GET, one.clone(), None),
        ("PUT /webhooks/{webhookId}", Method::PUT, one, Some(hook)),
    ]
}

async fn administrative_calls(world: &World, token: &str) -> Vec<Call> {
    let me = text(&world.get("/v1/people/me", token).await.expect(200), "id");
    let site = "lindenhof.webex.com";
    let license = text(&world.get("/v1/licenses", token).await.expect(200)["items"][1], "id");
    let assign = json!({"email": BEN, "licenses": [{"id": license}]});
    let sessions = json!({"siteUrl": site, "personId": me, "sessionTypeIds": ["3", "9"]});
    let codes =
        json!({"siteUrl": site, "personId": me, "trackingCodes": [{"name": "Branch", "value": "Main"}]});
    let code = json!({
        "name": "Checked", "siteUrl": site, "inputMode": "text", "hostProfileCode": "optional",
        "scheduleStartCodes": [{"service": "All", "type": "optional"}],
    });
    let (config, own) = ("/v1/admin/meeting/config", "/v1/admin/meeting/userconfig");
    let known = world.get(&format!("{config}/trackingCodes"), token).await.expect(200);
    let one = format!("{config}/trackingCodes/{}", text(&known["items"][0], "id"));
    let users = format!("/identity/scim/{}/v2/Users", world.running.world.core().organization.id());
    let ada = text(&world.get("/identity/scim/v2/Users/me", token).await.expect(200), "id");
    let read = |operation, path: String| (operation, Method::GET, path, None);
    let put = |operation, path: String, body: Value| (operation, Method::PUT, path, Some(body));
    vec![
        ("PATCH /licenses/users", Method::PATCH, "/v1/licenses/users".to_owned(), Some(assign)),
        read("GET /admin/meeting/config/sessionTypes", format!("{config}/sessionTypes")),
        put("PUT /admin/meeting/userconfig/sessionTypes", format!("{own}/sessionTypes"), sessions),
        read("GET /admin/meeting/userconfig/sessionTypes", format!("{own}/sessionTypes?personId={me}")),
        read("GET /admin/meeting/config/trackingCodes", format!("{config}/trackingCodes")),
        (
            "POST /admin/meeting/config/trackingCodes",
            Method::POST,
            format!("{config}/trackingCodes"),
            Some(code),
        ),
        read("GET /admin/meeting/config/trackingCodes/{trackingCodeId}", one),
        put("PUT /admin/meeting/userconfig/trackingCodes", format!("{own}/trackingCodes"), codes),
        read("GET /admin/meeting/userconfig/trackingCodes", format!("{own}/trackingCodes?personId={me}")),
        read("GET /admin/meeting/config/commonSettings", format!("{config}/commonSettings")),
        read("GET /identity/scim/{orgId}/v2/Users", users.clone()),
        read("GET /identity/scim/{orgId}/v2/Users/{userId}", format!("{users}/{ada}")),
    ]
}

async fn scim_calls(world: &World, token: &str) -> Vec<Call> {
    let users = format!("/identity/scim/{}/v2/Users", world.running.world.core().organization.id());
    let user = |email: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email, "userType": "user",
            "name": {"givenName": "S", "familyName": "C"}, "title": "T", "nickName": "N",
            "phoneNumbers": [{"value": "+49 30 1", "type": "work", "display": "desk", "primary": true}],
            "addresses": [{"type": "work", "locality": "Berlin", "country": "DE"}],
            "roles": [{"value": "id_device_admin", "type": "cirole"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Maps"},
        })
    };
    let made = world.post(&users, token, user("s@lindenhof.example")).await.expect(201);
    let one = format!("{users}/{}", text(&made, "id"));
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "U"}],
    });
    let other = Some(user("s@lindenhof.example"));
    vec![
        ("POST /identity/scim/{orgId}/v2/Users", Method::POST, users, Some(user("c@lindenhof.example"))),
        ("PUT /identity/scim/{orgId}/v2/Users/{userId}", Method::PUT, one.clone(), other),
        ("PATCH /identity/scim/{orgId}/v2/Users/{userId}", Method::PATCH, one, Some(patch)),
    ]
}

#[tokio::test]
async fn answers_conform_to_webex_openapi_description() {
    let world = World::start().await;
    world.authorize(BEN).await;
    let token = world.token(ADA, &[]).await;
    let mut schemas: BTreeMap<String, Value> = serde_json::from_str(SCHEMAS).unwrap();
    let mut problems = Vec::new();
    let mut calls = directory_calls(&world, &token).await;
    calls.extend(meeting_calls(&world, &token).await);
    calls.extend(other_calls(&world, &token).await);
    calls.extend(administrative_calls(&world, &token).await);
    calls.extend(scim_calls(&world, &token).await);
    for (operation, method, path, body) in calls {
        let schema = schemas.remove(operation).unwrap();
        let status = if operation.starts_with("POST /identity/") { 201 } else { 200 };
        let answer = world.call(method, &path, &token, body).await.expect(status);
        assert_ne!(answer["items"], json!([]), "{operation} answers nothing to check");
        check(operation, &schema, &answer, &mut problems);
    }
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(schemas.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "operations without a call");
}

#[test]
fn the_check_sees_missing_unknown_and_mistyped_properties() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "number"}}});
    let mut problems = Vec::new();
    check("x", &schema, &json!({"b": "1", "c": 2}), &mut problems);
    assert_eq!(problems.len(), 3, "{problems:?}");
}
