//! SCIM users: the people of the organization once more, by the standard.

use reqwest::Method;
use serde_json::json;

use crate::support::{ADA, BEN, World};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn users(world: &World) -> String {
    format!("/identity/scim/{}/v2/Users", world.running.world.core().organization.id())
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
    let off = body(json!([{"op": "replace", "path": "active", "value": false}]));
    let done = world.call(Method::PATCH, &one, &token, off).await.expect(200);
    assert_eq!(done["active"], false);
}
