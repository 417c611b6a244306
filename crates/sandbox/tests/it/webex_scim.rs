//! SCIM users: the people of the organization once more, by the standard.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, World, text};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const CISCO: &str = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn users(world: &World) -> String {
    format!("/identity/scim/{}/v2/Users", world.running.world.core().organization.id())
}

/// No more than what a user must have.
fn bare(email: &str) -> Value {
    json!({"schemas": [CORE], "userName": email, "userType": "user"})
}

/// The same person by the People API.
async fn people(world: &World, token: &str, email: &str) -> Value {
    world.get(&format!("/v1/people?email={email}"), token).await.expect(200)["items"].clone()
}

#[tokio::test]
async fn scim_users_are_listed_found_and_read() {
    let world = World::start().await;
    let token = world.token(ADA, &["identity:people_read"]).await;
    let users = users(&world);
    let page = world.get(&format!("{users}?startIndex=21&count=10"), &token).await.expect(200);
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"], &page["startIndex"]),
        (&json!(26), &json!(6), &json!(21))
    );
    let found = world.get(&format!("{users}?filter=userName%20eq%20%22{BEN}%22"), &token).await.expect(200);
    let ben = &found["Resources"][0];
    assert_eq!((&found["totalResults"], &ben["name"]["givenName"]), (&json!(1), &json!("Ben")));
    assert_eq!(ben[ENTERPRISE]["department"], "Reference");
    let one = format!("{users}/{}", ben["id"].as_str().unwrap());
    assert_eq!(world.get(&one, &token).await.expect(200), *ben);
    let many = "displayName%20sw%20%22b%22%20and%20active%20eq%20true";
    let found = world.get(&format!("{users}?filter={many}"), &token).await.expect(200);
    assert_eq!(found["totalResults"], 1);
    let me = world.get("/identity/scim/v2/Users/me", &token).await.expect(200);
    assert_eq!(me["userName"], ADA);
    let wrong = world.get(&format!("{users}?filter=shoeSize%20eq%2042"), &token).await.expect(400);
    assert_eq!(wrong["status"], "400");
    world.get("/identity/scim/unknown/v2/Users", &token).await.expect(404);
    world.get(&users, &world.token(BEN, &[]).await).await.expect(403);
    world.get(&users, &world.token(ADA, &["spark-admin:people_read"]).await).await.expect(403);
}

#[tokio::test]
async fn a_scim_patch_changes_what_it_names_or_nothing() {
    let world = World::start().await;
    let token = world.token(ADA, &["identity:people_rw"]).await;
    let users = users(&world);
    let found = world.get(&format!("{users}?filter=userName%20eq%20%22{BEN}%22"), &token).await.expect(200);
    let one = format!("{users}/{}", found["Resources"][0]["id"].as_str().unwrap());
    let body = |operations: serde_json::Value| Some(json!({"schemas": [PATCH], "Operations": operations}));
    let change = body(json!([
        {"op": "replace", "path": "title", "value": "Head of Reference"},
        {"op": "Add", "value": {ENTERPRISE: {"department": "Teaching"}, "name": {"familyName": "Okafor-Lee"}}},
        {"op": "remove", "path": "nickName"},
    ]));
    let done = world.call(Method::PATCH, &one, &token, change).await.expect(200);
    assert_eq!(
        (&done["title"], &done["name"]["familyName"]),
        (&json!("Head of Reference"), &json!("Okafor-Lee"))
    );
    assert_eq!(done[ENTERPRISE]["department"], "Teaching");
    assert!(done["nickName"].is_null() && done["name"]["givenName"] == "Ben");
    let half = body(json!([
        {"op": "replace", "path": "title", "value": "Lost"}, {"op": "replace", "path": "shoeSize", "value": 42},
    ]));
    world.call(Method::PATCH, &one, &token, half).await.expect(400);
    assert_eq!(world.get(&one, &token).await.expect(200), done);
    let taken = body(json!([{"op": "replace", "path": "userName", "value": ADA}]));
    world.call(Method::PATCH, &one, &token, taken).await.expect(409);
    let role = |value: &str| json!([{"op": "add", "path": "roles", "value": [{"value": value}]}]);
    world.call(Method::PATCH, &one, &token, body(role("id_user_admin"))).await.expect(200);
    let done = world.call(Method::PATCH, &one, &token, body(role("id_device_admin"))).await.expect(200);
    assert_eq!(done["roles"].as_array().unwrap().len(), 2, "{done}");
    let none = body(json!([{"op": "remove", "path": "roles"}]));
    let done = world.call(Method::PATCH, &one, &token, none).await.expect(200);
    assert!(done["roles"].is_null(), "{done}");
    let off = body(json!([{"op": "replace", "path": "active", "value": false}]));
    let done = world.call(Method::PATCH, &one, &token, off).await.expect(200);
    assert_eq!(done["active"], false);
}

#[tokio::test]
async fn a_scim_user_is_created_and_is_one_of_the_people() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let users = users(&world);
    let email = "nele.maurer@lindenhof.example";
    let mut wanted = bare("Nele.Maurer@lindenhof.example");
    wanted["name"] = json!({"givenName": "Nele", "familyName": "Maurer", "middleName": "Maria"});
    wanted["title"] = json!("Archivist");
    wanted["timezone"] = json!("Europe/Berlin");
    wanted["phoneNumbers"] = json!([{"value": "+49 30 1", "type": "work", "display": "desk"}]);
    wanted["emails"] = json!([{"value": email, "type": "work", "primary": true}]);
    wanted["roles"] = json!([{"value": "id_user_admin", "type": "cirole"}]);
    wanted["preferredLanguage"] = json!("de_DE");
    wanted[ENTERPRISE] = json!({"department": "Maps", "costCenter": "7"});
    let answer = world.post(&users, &token, wanted).await;
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), made["meta"]["location"].as_str());
    assert_eq!((&made["userName"], &made["displayName"]), (&json!(email), &json!("Nele Maurer")));
    assert_eq!((&made["active"], &made[CISCO]["accountStatus"]), (&json!(true), &json!("pending")));
    assert_eq!(made["roles"][0]["display"], "User Administrator");
    let one = format!("{users}/{}", text(&made, "id"));
    assert_eq!(world.get(&one, &token).await.expect(200), made);
    let person = people(&world, &token, email).await[0].clone();
    assert_eq!(person["phoneNumbers"], json!([{"value": "+49 30 1", "type": "work"}]));
    assert_eq!((&person["title"], &person["department"]), (&json!("Archivist"), &json!("Maps")));
    assert_eq!(person["licenses"].as_array().unwrap().len(), 1, "only what everybody has: {person}");
    world.switch("webex.scim_account_status", json!("list")).await;
    assert_eq!(world.get(&one, &token).await.expect(200)[CISCO]["accountStatus"], json!(["pending"]));
}

#[tokio::test]
async fn a_scim_put_loses_what_is_not_sent() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let users = users(&world);
    let ben = people(&world, &token, BEN).await[0].clone();
    let found = world.get(&format!("{users}?filter=userName%20eq%20%22{BEN}%22"), &token).await.expect(200);
    let before = found["Resources"][0].clone();
    let one = format!("{users}/{}", text(&before, "id"));
    let own = world.token(BEN, &[]).await;
    let mut wanted = bare("ben.frei@lindenhof.example");
    wanted["roles"] = json!([{"value": "id_device_admin"}]);
    let done = world.call(Method::PUT, &one, &token, Some(wanted)).await.expect(200);
    assert_eq!((&done["id"], &done["timezone"]), (&before["id"], &before["timezone"]));
    assert_eq!(done["meta"]["created"], before["meta"]["created"]);
    assert!(done["title"].is_null() && done["name"].is_null() && done[ENTERPRISE] == json!({}), "{done}");
    assert_eq!(done["displayName"], "ben.frei@lindenhof.example");
    let me = world.get("/v1/people/me", &own).await.expect(200);
    assert_eq!(me["emails"], json!(["ben.frei@lindenhof.example"]), "the token follows the person");
    let person = people(&world, &token, "ben.frei@lindenhof.example").await[0].clone();
    assert_eq!(person["licenses"], ben["licenses"], "licences are no part of SCIM");
    let silent = bare("ben.frei@lindenhof.example");
    let kept = world.call(Method::PUT, &one, &token, Some(silent.clone())).await.expect(200);
    assert_eq!(kept["roles"], done["roles"]);
    world.switch("webex.put_omitted", json!("clear")).await;
    let cleared = world.call(Method::PUT, &one, &token, Some(silent)).await.expect(200);
    assert!(cleared["roles"].is_null(), "{cleared}");
}

#[tokio::test]
async fn a_deleted_scim_user_is_gone_everywhere() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let users = users(&world);
    let email = "brief@lindenhof.example";
    let made = world.post(&users, &token, bare(email)).await.expect(201);
    let one = format!("{users}/{}", text(&made, "id"));
    let own = world.token(email, &[]).await;
    world.call(Method::DELETE, &one, &own, None).await.expect(403);
    world.call(Method::DELETE, &one, &token, None).await.expect(204);
    assert_eq!(world.get(&one, &token).await.expect(404)["schemas"], json!([ERROR]));
    world.call(Method::DELETE, &one, &token, None).await.expect(404);
    assert_eq!(people(&world, &token, email).await, json!([]));
    world.get("/v1/people/me", &own).await.expect(401);
    world.post(&users, &token, bare(email)).await.expect(201);
}

#[tokio::test]
async fn a_scim_user_that_cannot_be_is_refused_in_the_form_of_scim() {
    let world = World::start().await;
    let token = world.token(ADA, &[]).await;
    let users = users(&world);
    let taken = world.post(&users, &token, bare(BEN)).await.expect(409);
    assert_eq!((&taken["schemas"], &taken["scimType"]), (&json!([ERROR]), &json!("uniqueness")));
    world.switch("webex.outsiders", json!(["guest@partner.example"])).await;
    world.post(&users, &token, bare("guest@partner.example")).await.expect(409);
    let with = |name: &str, value: Value| {
        let mut body = bare("new@lindenhof.example");
        body[name] = value;
        body
    };
    let others = json!([{"value": "other@lindenhof.example", "type": "work", "primary": true}]);
    for body in [
        json!({}),
        json!([]),
        with("schemas", json!([ENTERPRISE])),
        with("userType", json!("room")),
        with("userName", json!("nobody")),
        with("userName", json!(format!("{}@lindenhof.example", "n".repeat(320)))),
        with("emails", others),
        with("active", json!("perhaps")),
        with("title", json!(42)),
        with("phoneNumbers", json!(["+49 30 1"])),
        with("roles", json!([{"value": "id_emperor"}])),
    ] {
        let refused = world.post(&users, &token, body.clone()).await.expect(400);
        assert_eq!(refused["schemas"], json!([ERROR]), "{body}");
    }
    assert_eq!(people(&world, &token, "new@lindenhof.example").await, json!([]));
    let made = world.post(&users, &token, bare("new@lindenhof.example")).await.expect(201);
    let one = format!("{users}/{}", text(&made, "id"));
    world.call(Method::PUT, &one, &token, Some(bare(ADA))).await.expect(409);
    assert_eq!(world.get(&one, &token).await.expect(200), made);
    let reader = world.token(ADA, &["identity:people_read"]).await;
    world.post(&users, &reader, bare("late@lindenhof.example")).await.expect(403);
    world.call(Method::PUT, &one, &reader, Some(bare("late@lindenhof.example"))).await.expect(403);
    let foreign = format!("/identity/scim/{}/v2/Users", text(&made, "id"));
    world.post(&foreign, &token, bare("late@lindenhof.example")).await.expect(404);
}
