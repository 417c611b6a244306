//! The calendar page: what a person sees, and what an owner does by hand.

use reqwest::Method;
use serde_json::{Value, json};

use crate::hook::Hook;
use crate::microsoft::{CALENDARS, consultation};
use crate::support::{BEN, World, text};

#[tokio::test]
async fn an_owner_sees_moves_and_deletes_entries_by_hand() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let token = world.graph_token(BEN, &CALENDARS).await;
    let made = world.post("/v1.0/me/events", &token, consultation()).await.expect(201);
    let webex = world.token(BEN, &["meeting:schedules_write"]).await;
    let meeting =
        json!({"title": "Webex hour", "start": "2030-03-05T12:00:00Z", "end": "2030-03-05T12:30:00Z"});
    world.post("/v1/meetings", &webex, meeting).await.expect(200);
    let wish = json!({
        "changeType": "updated,deleted", "resource": "me/events", "notificationUrl": hook.url,
        "expirationDateTime": "2030-03-10T09:00:00Z",
    });
    world.post("/v1.0/subscriptions", &token, wish).await.expect(201);

    let page = world.page(&format!("/_sandbox/calendars?person={BEN}"), "").await;
    assert!(page.text.contains("Consultation") && page.text.contains("Webex hour"), "{}", page.text);
    assert!(page.text.contains("09:00–09:30") && page.text.contains("13:00–13:30"));
    let found = world.control(Method::GET, "/_sandbox/calendars", Value::Null).await.expect(200);
    let emails: Vec<&str> =
        found["people"].as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap()).collect();
    assert_eq!(emails, [BEN, "hamid.rahimi@lindenhof.example", "leila.haddad@lindenhof.example"]);

    let id = text(&made, "id");
    let form = world.page(&format!("/_sandbox/calendars/entry?person={BEN}&id={id}"), "").await;
    assert!(form.text.contains("value=\"2030-03-05T09:00\""), "{}", form.text);
    let entry = [("person", BEN), ("id", id.as_str())];
    let backwards = [("start", "2030-03-06T11:00"), ("end", "2030-03-06T10:00")];
    let fields: Vec<(&str, &str)> = entry.into_iter().chain(backwards).collect();
    let refused = world.form("/_sandbox/calendars/move", "", &fields).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text.contains("lies before its start"));
    let later = [("start", "2030-03-06T11:00"), ("end", "2030-03-06T12:00")];
    let fields: Vec<(&str, &str)> = entry.into_iter().chain(later).collect();
    assert_eq!(world.form("/_sandbox/calendars/move", "", &fields).await.status.as_u16(), 303);
    let path = format!("/v1.0/me/events/{id}");
    let moved = world.get(&path, &token).await.expect(200);
    assert_eq!(moved["start"]["dateTime"], "2030-03-06T10:00:00.0000000");
    assert_eq!(world.form("/_sandbox/calendars/delete", "", &entry).await.status.as_u16(), 303);
    world.get(&path, &token).await.expect(404);
    assert_eq!(world.form("/_sandbox/calendars/delete", "", &entry).await.status.as_u16(), 404);
    let received = hook.wait(2).await;
    let mut kinds: Vec<&Value> = received.iter().map(|one| &one["value"][0]["changeType"]).collect();
    kinds.sort_by_key(|kind| kind.as_str());
    assert_eq!(kinds, ["deleted", "updated"]);
}
