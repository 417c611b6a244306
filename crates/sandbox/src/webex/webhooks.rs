//! Webhooks: create, list, change, delete. Events are not delivered.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::routes::Routes;
use crate::webex::caller::{Caller, FULL};
use crate::webex::ids;
use crate::webex::input::{Input, Params};
use crate::webex::people::{link, timestamp};
use crate::webex::refusal::Refusal;
use crate::world::{Shared, lock};

/// Resources with the scopes that read them: the user's own and, for ownedBy=org, the administrator's.
const RESOURCES: [(&str, &str, &str); 12] = [
    ("attachmentActions", "spark:all", ""),
    ("memberships", "spark:all", ""),
    ("messages", "spark:all", ""),
    ("rooms", "spark:all", "spark-admin:rooms_read"),
    ("meetings", "meeting:schedules_read", "meeting:admin_schedule_read"),
    ("recordings", "meeting:recordings_read", "meeting:admin_recordings_read"),
    ("convergedRecordings", "spark:recordings_read", "spark-admin:recordings_read"),
    ("meetingParticipants", "meeting:participants_read", "meeting:admin_participants_read"),
    ("meetingTranscripts", "meeting:transcripts_read", "meeting:admin_transcripts_read"),
    ("telephony_calls", "spark:calls_read", ""),
    ("serviceApp", "application:webhooks_read", ""),
    ("all", "spark:all", ""),
];
const EVENTS: [&str; 11] = [
    "created",
    "updated",
    "deleted",
    "started",
    "ended",
    "joined",
    "left",
    "authorized",
    "deauthorized",
    "statusChanged",
    "all",
];
const MOST_PER_PERSON: usize = 200;

/// A registered webhook.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    id: Uuid,
    owner: String,
    client_id: String,
    created: Timestamp,
    input: WebhookInput,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WebhookInput {
    name: String,
    target_url: String,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    event: String,
    filter: Option<String>,
    secret: Option<String>,
    owned_by: Option<String>,
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/v1/webhooks", list_webhooks)
        .post("/v1/webhooks", create_webhook)
        .get("/v1/webhooks/{id}", get_webhook)
        .put("/v1/webhooks/{id}", update_webhook)
        .delete("/v1/webhooks/{id}", delete_webhook)
}

async fn create_webhook(
    State(world): State<Shared>,
    caller: Caller,
    Input(input): Input<WebhookInput>,
) -> Result<Json<Value>, Refusal> {
    check(&caller, &input)?;
    let mut state = lock(&world.webex);
    if state.webhooks.iter().filter(|hook| hook.owner == caller.email).count() >= MOST_PER_PERSON {
        return Err(Refusal::malformed("The limit of webhooks is reached."));
    }
    let hook = Webhook {
        id: world.random.uuid(),
        owner: caller.email,
        client_id: caller.client_id,
        created: world.clock.now(),
        input,
    };
    let body = hook.body();
    state.webhooks.push(hook);
    Ok(Json(body))
}

fn check(caller: &Caller, input: &WebhookInput) -> Result<(), Refusal> {
    check_target(input)?;
    let resource = RESOURCES.iter().find(|resource| resource.0 == input.resource);
    let (_, own, admin) = resource.ok_or_else(|| Refusal::malformed("Invalid value for resource"))?;
    if !EVENTS.contains(&input.event.as_str()) {
        return Err(Refusal::malformed("Invalid value for event"));
    }
    if input.filter.as_deref().is_some_and(|filter| !filter.split('&').all(|pair| pair.contains('='))) {
        return Err(Refusal::malformed("Invalid value for filter"));
    }
    match input.owned_by.as_deref() {
        None | Some("" | "creator") => caller.needs(&[own]),
        Some("org") => caller.needs_admin(&[admin], &[FULL]),
        Some(_) => Err(Refusal::malformed("Invalid value for ownedBy")),
    }
}

fn check_target(input: &WebhookInput) -> Result<(), Refusal> {
    let target = url::Url::parse(&input.target_url);
    if input.name.trim().is_empty() {
        return Err(Refusal::malformed("name cannot be empty"));
    }
    match target {
        Ok(target) if matches!(target.scheme(), "http" | "https") => Ok(()),
        _ => Err(Refusal::malformed("Invalid value for targetUrl")),
    }
}

async fn list_webhooks(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Response, Refusal> {
    let max = params.max(100, 100)?;
    let start = match params.text("cursor").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(Refusal::malformed("The cursor is not valid.")),
    };
    let state = lock(&world.webex);
    let own: Vec<&Webhook> = state.webhooks.iter().filter(|hook| hook.owner == caller.email).collect();
    let items: Vec<Value> = own.iter().skip(start).take(max).map(|hook| hook.body()).collect();
    let end = start.saturating_add(items.len());
    let mut response = Json(json!({"items": items})).into_response();
    if end < own.len() {
        link(&world, &mut response, &format!("/v1/webhooks?{}", params.with("cursor", &end.to_string())));
    }
    Ok(response)
}

async fn get_webhook(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let state = lock(&world.webex);
    let found = state.webhooks.iter().find(|hook| hook.is(&caller, &id));
    found.map(|hook| Json(hook.body())).ok_or_else(unknown)
}

async fn update_webhook(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Input(input): Input<WebhookInput>,
) -> Result<Json<Value>, Refusal> {
    check_target(&input)?;
    let mut state = lock(&world.webex);
    let hook = state.webhooks.iter_mut().find(|hook| hook.is(&caller, &id)).ok_or_else(unknown)?;
    // PUT changes name, target and secret; other fields are ignored (Webhooks guide).
    hook.input.name = input.name;
    hook.input.target_url = input.target_url;
    hook.input.secret = input.secret.or_else(|| hook.input.secret.take());
    Ok(Json(hook.body()))
}

async fn delete_webhook(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let mut state = lock(&world.webex);
    let position = state.webhooks.iter().position(|hook| hook.is(&caller, &id)).ok_or_else(unknown)?;
    state.webhooks.remove(position);
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> Refusal {
    Refusal::not_found("The webhook is not found.")
}

impl Webhook {
    fn is(&self, caller: &Caller, id: &str) -> bool {
        self.owner == caller.email && ids::decode("WEBHOOK", id) == Some(self.id.to_string())
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "id": ids::encode("WEBHOOK", &self.id.to_string()),
            "name": self.input.name,
            "targetUrl": self.input.target_url,
            "resource": self.input.resource,
            "event": self.input.event,
            "status": "active",
            "created": timestamp(self.created),
            "ownedBy": self.input.owned_by.as_deref().unwrap_or("creator"),
            "appId": ids::encode("APPLICATION", &self.client_id),
        });
        for (name, value) in [("filter", &self.input.filter), ("secret", &self.input.secret)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        body
    }
}
