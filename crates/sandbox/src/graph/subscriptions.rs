//! Subscriptions to changes of calendars (Graph "subscription resource type"): validated, renewed, expiring, and
//! told by notifications without content.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::ask::{Ask, Body, Paging, find_person, with_context};
use super::calendars::READ;
use super::failure::Failure;
use super::zone::write_instant;
use crate::courier::{Unproved, validate};
use crate::seed::Person;
use crate::world::{Shared, World, later, lock};

/// Seven days and ten minutes short of them (Graph "Subscription lifetime").
const LONGEST_MINUTES: i64 = 10_080;
/// Shorter wishes are raised to this.
const SHORTEST_MINUTES: i64 = 45;
const LONGEST_STATE: usize = 128;
const MOST_PER_MAILBOX: usize = 1_000;
const CHANGES: [&str; 3] = ["created", "updated", "deleted"];

/// One subscription.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Subscription {
    pub(super) id: String,
    resource: String,
    change_type: String,
    pub(super) url: Url,
    pub(super) lifecycle_url: Option<Url>,
    pub(super) expires: Timestamp,
    pub(super) client_state: Option<String>,
    client_id: String,
    /// The person whose token made it; absent for an app.
    creator: Option<String>,
    /// Whose mailbox is watched.
    pub(super) mailbox: String,
    /// The one calendar that is watched; all of the mailbox when absent.
    pub(super) calendar: Option<String>,
    pub(super) immutable_ids: bool,
}

impl Subscription {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.client_id,
            "changeType": self.change_type,
            "clientState": self.client_state,
            "notificationUrl": self.url.as_str(),
            "lifecycleNotificationUrl": self.lifecycle_url.as_ref().map(Url::as_str),
            "expirationDateTime": write_instant(self.expires),
            "creatorId": self.creator.as_deref().unwrap_or(&self.client_id),
            "latestSupportedTlsVersion": "v1_2",
            "includeResourceData": null,
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationQueryOptions": null,
            "notificationUrlAppId": null,
        })
    }

    pub(super) fn wants(&self, change: &str) -> bool {
        self.change_type.split(',').any(|wanted| wanted.trim() == change)
    }

    fn belongs_to(&self, ask: &Ask) -> bool {
        self.client_id == ask.bearer.client_id && (ask.is_app_only() || self.creator == ask.bearer.email)
    }
}

/// POST /subscriptions
pub(super) async fn create_subscription(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let new = read(&world, &ask, &body)?;
    let count = watching(&world, &new.mailbox);
    if count >= MOST_PER_MAILBOX {
        let message = "The maximum number of subscriptions for this mailbox is reached.";
        return Err(Failure::new(StatusCode::FORBIDDEN, "ExtensionError", message));
    }
    prove(&world, &new.url).await?;
    if let Some(url) = &new.lifecycle_url {
        prove(&world, url).await?;
    }
    let answer = with_context(&world, "subscriptions/$entity", new.json());
    lock(&world.graph).subscriptions.push(new);
    Ok(ask.one(StatusCode::CREATED, answer))
}

fn watching(world: &World, mailbox: &str) -> usize {
    let now = world.clock.now();
    let mut state = lock(&world.graph);
    state.subscriptions.retain(|known| known.expires > now);
    state.subscriptions.iter().filter(|known| known.mailbox == mailbox).count()
}

async fn prove(world: &World, url: &Url) -> Result<(), Failure> {
    let said = match validate(world, url).await {
        Ok(()) => return Ok(()),
        Err(Unproved::TimedOut) => "Subscription validation request timed out.".to_owned(),
        Err(Unproved::Status(status)) => {
            let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            let name = name.unwrap_or("Unknown").replace(' ', "");
            format!(
                "Subscription validation request failed. HTTP status code is '{name}'. Notification endpoint must \
                 respond with 200 OK to validation request."
            )
        }
        Err(Unproved::WrongEcho) => {
            "Subscription validation request failed. Notification endpoint must respond \
                                     with 200 OK to validation request."
                .to_owned()
        }
    };
    Err(Failure::invalid("InvalidRequest", said))
}

fn read(world: &World, ask: &Ask, body: &Body) -> Result<Subscription, Failure> {
    let text = |name: &str| body.get(name).as_str().filter(|text| !text.is_empty());
    let required = |name: &str| {
        text(name)
            .ok_or_else(|| Failure::invalid("InvalidRequest", format!("The property '{name}' is required.")))
    };
    let change_type = required("changeType")?;
    if !change_type.split(',').all(|change| CHANGES.contains(&change.trim())) {
        return Err(Failure::invalid("InvalidRequest", "The changeType is not supported for this resource."));
    }
    let client_state = text("clientState").map(str::to_owned);
    if client_state.as_ref().is_some_and(|state| state.chars().count() > LONGEST_STATE) {
        return Err(Failure::invalid("InvalidRequest", "The clientState must not exceed 128 characters."));
    }
    let resource = required("resource")?;
    let (person, calendar) = watched(world, ask, resource)?;
    Ok(Subscription {
        id: world.random.uuid().to_string(),
        resource: resource.to_owned(),
        change_type: change_type.to_owned(),
        url: address(required("notificationUrl")?)?,
        lifecycle_url: text("lifecycleNotificationUrl").map(address).transpose()?,
        expires: expiry(world, body)?,
        client_state,
        client_id: ask.bearer.client_id.clone(),
        creator: ask.bearer.email.clone(),
        mailbox: person.email.to_lowercase(),
        calendar,
        immutable_ids: ask.preferences.immutable_ids,
    })
}

/// Microsoft wants https; without it only this machine can be reached, for trials.
fn address(text: &str) -> Result<Url, Failure> {
    let refuse = || Failure::invalid("InvalidRequest", "The notification URL must be an https address.");
    let url = Url::parse(text).map_err(|_| refuse())?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) { Ok(url) } else { Err(refuse()) }
}

fn expiry(world: &World, body: &Body) -> Result<Timestamp, Failure> {
    let wanted = body.get("expirationDateTime").as_str().and_then(super::zone::read_instant);
    let wanted = wanted.ok_or_else(|| {
        Failure::invalid(
            "InvalidRequest",
            "The property 'expirationDateTime' is required and must be a time.",
        )
    })?;
    let now = world.clock.now();
    if wanted <= now {
        return Err(Failure::invalid(
            "ValidationError",
            "The subscription expiration must be in the future.",
        ));
    }
    if wanted > later(now, LONGEST_MINUTES * 60) {
        let message = format!("Subscription expiration can only be {LONGEST_MINUTES} minutes in the future.");
        return Err(Failure::invalid("ValidationError", message));
    }
    Ok(wanted.max(later(now, SHORTEST_MINUTES * 60)))
}

/// The mailbox and calendar a resource names: `me/events`, `users/{id}/events`, also below a calendar.
fn watched(world: &World, ask: &Ask, resource: &str) -> Result<(Person, Option<String>), Failure> {
    let path = resource.trim_start_matches('/').replace("('", "/").replace("')", "");
    let parts: Vec<&str> = path.split('/').collect();
    let (who, rest) = match parts.as_slice() {
        ["me", rest @ ..] => (ask.bearer.email.as_deref(), rest),
        ["users" | "Users", user, rest @ ..] => (Some(*user), rest),
        _ => return Err(unsupported(resource)),
    };
    let person = who.and_then(|who| find_person(world, who));
    let person = person.ok_or_else(|| Failure::resource_not_found(who.unwrap_or("me")))?;
    if !ask.has_any(&READ) || !(ask.is_app_only() || ask.is_own(&person)) {
        return Err(Failure::access_denied());
    }
    let calendar = match rest {
        ["events"] => None,
        ["calendar", "events"] => {
            lock(&world.graph).mailbox(&person).default_calendar().map(|calendar| calendar.id.clone())
        }
        ["calendars", id, "events"] => Some(lock(&world.graph).mailbox(&person).calendar(id)?.id.clone()),
        _ => return Err(unsupported(resource)),
    };
    Ok((person, calendar))
}

fn unsupported(resource: &str) -> Failure {
    let resource: String = resource.chars().take(100).collect();
    Failure::invalid("ExtensionError", format!("Unsupported resource for a subscription: '{resource}'."))
}

/// GET /subscriptions: those of the app, and of the person where one signed in.
pub(super) async fn list_subscriptions(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let now = world.clock.now();
    let found = {
        let state = lock(&world.graph);
        let alive = state.subscriptions.iter().filter(|known| known.belongs_to(&ask) && known.expires > now);
        alive.map(Subscription::json).collect()
    };
    ask.collection(&world, &Paging::directory("subscriptions"), found)
}

/// GET /subscriptions/{id}
pub(super) async fn get_subscription(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let found = change(&world, &ask, |known| known.json())?;
    Ok(ask.one(StatusCode::OK, with_context(&world, "subscriptions/$entity", found)))
}

/// PATCH /subscriptions/{id}: a new expiry, which also counts as reauthorization.
pub(super) async fn update_subscription(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let expires = expiry(&world, &body)?;
    let found = change(&world, &ask, |known| {
        known.expires = expires;
        known.json()
    })?;
    Ok(ask.one(StatusCode::OK, with_context(&world, "subscriptions/$entity", found)))
}

/// POST /subscriptions/{id}/reauthorize
pub(super) async fn reauthorize_subscription(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    change(&world, &ask, |_| ())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// DELETE /subscriptions/{id}
pub(super) async fn delete_subscription(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let id = change(&world, &ask, |known| known.id.clone())?;
    lock(&world.graph).subscriptions.retain(|known| known.id != id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn change<T>(world: &World, ask: &Ask, act: impl FnOnce(&mut Subscription) -> T) -> Result<T, Failure> {
    let now = world.clock.now();
    let mut state = lock(&world.graph);
    let id = ask.param("id");
    let mut own = state.subscriptions.iter_mut().filter(|known| known.belongs_to(ask) && known.expires > now);
    own.find(|known| known.id == id).map(act).ok_or_else(|| {
        let message = "The object was not found.";
        Failure::new(StatusCode::NOT_FOUND, "ResourceNotFound", message)
    })
}

/// What the control interface shows: every subscription that is alive.
pub(crate) fn shown(world: &World) -> Json<Value> {
    let now = world.clock.now();
    let state = lock(&world.graph);
    let alive = state.subscriptions.iter().filter(|known| known.expires > now);
    let subscriptions: Vec<Value> = alive.map(Subscription::json).collect();
    drop(state);
    Json(json!({"subscriptions": subscriptions, "deliveries": world.courier.all()}))
}
