//! Through which integration, and what is left of a type's ways to meet when one of them is switched off.

use platform::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::ALL_DONE;
use crate::{
    harness::{Browser, Reply},
    scheduling::stage::{CHIARA, MEETINGS, MONDAY, Stage, VERA, text},
};

const ADA: &str = "ada.lindqvist@lindenhof.example";

impl Stage {
    /// An integration by which an administrator makes meetings for everybody; Ada has connected it.
    async fn connect_for_everybody(&self) -> String {
        let (client_id, secret) = self.hub.credentials(sandbox::Provider::Webex);
        let scopes = [
            "meeting:schedules_read",
            "meeting:schedules_write",
            "meeting:preferences_read",
            "meeting:admin_schedule_read",
            "meeting:admin_schedule_write",
            "meeting:admin_preferences_read",
        ];
        let body = json!({
            "provider": "webex", "name": "Webex for everybody", "client_id": client_id, "tenant": "",
            "client_secret": { "value": secret }, "purposes": { "sign_in": [], "meetings": scopes },
        });
        let made = self.post("/api/v1/integrations", body).await.expect(201).json();
        let ada = self.hub.signed_in(ADA, &[Role::Administrator]).await;
        self.hub.connect(&ada, &text(&made, "id"), ADA).await;
        self.settle().await;
        self.hub.sandbox.world.requests.clear();
        text(&made, "id")
    }

    /// The tags of a meeting, which Webex shows to nobody but the app that wrote them.
    async fn tags(&self, meeting: &str) -> Value {
        let list = self.program.get("/api/v1/connections").await.expect(200).json();
        let is_bens = |it: &&Value| it["integration_id"] == self.webex.as_str();
        let connection =
            list["items"].as_array().unwrap().iter().find(is_bens).unwrap_or_else(|| panic!("{list}"));
        let path = format!("/api/v1/connections/{}/token", text(connection, "id"));
        let token = self.program.get(&path).await.expect(200).json();
        let app = Browser::with_key(self.hub.sandbox.base_url.clone(), &text(&token, "access_token"));
        app.get(&format!("/v1/meetings/{meeting}")).await.expect(200).json()["integrationTags"].clone()
    }

    async fn try_place(&self, it: &str, start: &str, place: usize) -> Reply {
        let visitor = json!({ "name": "Vera Sommer", "email": VERA, "phone": "+49 30 123456", "zone": "Europe/Berlin" });
        let body = json!({ "type": it, "start": start, "visitor": visitor, "place": place });
        self.post("/api/v1/bookings", body).await
    }
}

#[tokio::test]
async fn an_administrators_connection_makes_meetings_of_hosts_who_have_none() {
    let stage = Stage::open().await;
    stage.connect_for_everybody().await;
    let chiara = stage.hub.account(CHIARA, &[Role::Host]).await;
    let it = stage.offer("webex", json!({ "hosts": [chiara] })).await;
    let id = stage.book(&it, MONDAY).await;
    let states = ["meeting done", "calendar not_needed", "visitor_mail done", "host_mail done"];
    assert_eq!(stage.states(&id).await, states, "{}", stage.booking(&id).await);
    let meetings = stage.meetings_of(CHIARA).await;
    assert_eq!((meetings.len(), &meetings[0]["hostEmail"]), (1, &json!(CHIARA)), "{meetings:?}");
    assert_eq!(meetings[0]["siteUrl"], "lindenhof.webex.com");
    assert!(stage.meetings_of(ADA).await.iter().all(|meeting| meeting["hostEmail"] != ADA));
    stage.reschedule(&id, "2026-11-24T09:00:00Z").await;
    stage.hub.run_jobs().await;
    let moved = stage.meetings_of(CHIARA).await;
    assert_eq!((&moved[0]["id"], &moved[0]["start"]), (&meetings[0]["id"], &json!("2026-11-24T09:00:00Z")));
    stage.cancel(&id).await;
    stage.hub.run_jobs().await;
    assert!(stage.meetings_of(CHIARA).await.is_empty());
    assert_eq!(stage.told(VERA), ["Your appointment", "New time", "Cancelled"]);
}

#[tokio::test]
async fn a_host_who_is_connected_makes_the_meetings_with_the_own_connection() {
    let stage = Stage::open().await;
    stage.connect_for_everybody().await;
    let it = stage.offer("webex", json!({})).await;
    let id = stage.book(&it, MONDAY).await;
    let meetings = stage.meetings().await;
    assert_eq!(meetings.len(), 1, "{meetings:?}");
    assert_eq!(stage.tags(&text(&meetings[0], "id")).await, json!([format!("sb-{id}")]));
    let invitees = stage.invitees(&text(&meetings[0], "id")).await;
    assert_eq!(invitees, [VERA], "the visitor may enter without waiting");
    assert!(
        stage.hub.sandbox.world.mails.all().iter().all(|mail| mail.source == "smtp"),
        "Webex mailed, too"
    );
}

#[tokio::test]
async fn a_switched_off_integration_leaves_the_types_other_ways_to_meet() {
    let stage = Stage::open().await;
    let places = json!([{ "kind": "webex" }, { "kind": "teams" }, { "kind": "phone" }]);
    let it = stage.offer("webex", json!({ "places": places })).await;
    let before = text(&stage.try_place(&it, MONDAY, 0).await.expect(201).json(), "id");
    stage.hub.run_jobs().await;
    let meeting = stage.meetings().await;
    stage.turn(&stage.webex, "disable").await;
    let refused = stage.try_place(&it, "2026-11-24T10:00:00Z", 0).await;
    assert!([409, 422].contains(&refused.status.as_u16()), "{refused:?}");
    let teams = text(&stage.try_place(&it, "2026-11-24T10:00:00Z", 1).await.expect(201).json(), "id");
    let phone = text(&stage.try_place(&it, "2026-11-25T10:00:00Z", 2).await.expect(201).json(), "id");
    stage.hub.run_jobs().await;
    assert_eq!(stage.states(&teams).await, ALL_DONE);
    assert_eq!(stage.states(&phone).await, ALL_DONE[1..]);
    assert_eq!(stage.asked("POST", MEETINGS), 1);
    // What was booked stands, with its meeting.
    stage.pass(3600).await;
    let booking = stage.booking(&before).await;
    assert_eq!(
        (&booking["state"], &booking["meeting"]["join_url"]),
        (&json!("confirmed"), &meeting[0]["webLink"])
    );
    assert_eq!(stage.meetings().await, meeting);
    // What changes meanwhile waits for Webex, and everything else follows at once.
    stage.reschedule(&before, "2026-11-26T10:00:00Z").await;
    stage.hub.run_jobs().await;
    assert_eq!(stage.states(&before).await[1..], ALL_DONE[1..]);
    assert_eq!(stage.step(&before, "meeting").await["state"], "failed");
    stage.turn(&stage.webex, "enable").await;
    for _ in 0..3 {
        stage.pass(61).await;
    }
    assert_eq!(stage.states(&before).await, ALL_DONE);
    let moved = stage.meetings().await;
    assert_eq!((&moved[0]["id"], &moved[0]["start"]), (&meeting[0]["id"], &json!("2026-11-26T10:00:00Z")));
}

#[tokio::test]
async fn a_type_that_only_meets_by_a_switched_off_integration_offers_nothing() {
    let stage = Stage::open().await;
    let it = stage.offer("webex", json!({})).await;
    stage.turn(&stage.webex, "disable").await;
    let path = format!("/api/v1/slots?type={it}&from=2026-11-23&to=2026-11-24&zone=Europe/Berlin");
    let slots = stage.program.call(Method::GET, &path, &Value::Null).await.expect(200).json();
    assert_eq!(slots["items"], json!([]));
    stage.turn(&stage.webex, "enable").await;
    let slots = stage.program.call(Method::GET, &path, &Value::Null).await.expect(200).json();
    assert_ne!(slots["items"], json!([]));
}
