//! What arrives from Microsoft, or from anybody who says so. The answer is always the same, so that it tells nobody
//! which subscriptions there are; what is believed only makes us look ourselves.

use std::collections::HashMap;

use axum::{
    body::{Body, to_bytes},
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use microsoft::graph::{Lifecycle, Notice, Notification, Notifications};
use platform::{Hub, Result, random::fingerprint};
use serde::Deserialize;

use super::{
    KEEP_JOB, soon,
    store::{self, Subscription},
};
use crate::reading;

/// Graph bundles notifications; a thousand plain ones fit.
const LONGEST_BODY: usize = 1024 * 1024;
/// Tokens of the handshake have some hundred characters.
const LONGEST_TOKEN: usize = 4096;
/// Notifications that one post may bring; the rest is left to the safety net.
const MOST_NOTIFICATIONS: usize = 2000;
/// Subscriptions that one post may speak of; the rest is left to the safety net.
const MOST_SUBSCRIPTIONS: usize = 200;

/// The handshake's token.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(rename = "validationToken")]
    validation_token: Option<String>,
}

/// Answers the handshake, or takes notifications.
pub(super) async fn receive(
    State(hub): State<Hub>,
    Query(asked): Query<Asked>,
    body: Body,
) -> Result<Response> {
    if let Some(token) = asked.validation_token {
        return Ok(echo(token));
    }
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        count("oversized", 1);
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    match Notifications::read(&bytes) {
        Some(notifications) => take(&hub, &notifications.0).await?,
        None => count("unreadable", 1),
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// The token as it came, as plain text and nothing else (Graph, "notification endpoint validation").
fn echo(token: String) -> Response {
    if token.len() > LONGEST_TOKEN {
        return StatusCode::BAD_REQUEST.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], token).into_response()
}

fn count(result: &'static str, many: u64) {
    metrics::counter!("switchboard_calendar_notifications_total", "result" => result).increment(many);
}

/// What one post says of one subscription.
#[derive(Clone, Copy, Default)]
struct Said {
    removed: bool,
    renew: bool,
}

/// Sorts a post by subscription and has each one looked after once.
async fn take(hub: &Hub, all: &[Notification]) -> Result<()> {
    let mut believed: HashMap<&str, (Subscription, Said)> = HashMap::new();
    let mut known: HashMap<&str, Vec<Subscription>> = HashMap::new();
    let (mut unknown, mut forged) = (0, 0);
    for notification in all.iter().take(MOST_NOTIFICATIONS) {
        let id = notification.subscription_id.as_str();
        if !known.contains_key(id) {
            if known.len() >= MOST_SUBSCRIPTIONS {
                break;
            }
            known.insert(id, store::by_provider_id(hub, id).await?);
        }
        let Some(subscription) = known.get(id).and_then(|rows| authentic(rows, notification)) else {
            let count = if known.get(id).is_some_and(Vec::is_empty) { &mut unknown } else { &mut forged };
            *count += 1;
            continue;
        };
        count("believed", 1);
        let (_, said) = believed.entry(id).or_insert_with(|| (subscription.clone(), Said::default()));
        match notification.notice {
            Notice::Lifecycle(Lifecycle::SubscriptionRemoved) => said.removed = true,
            Notice::Lifecycle(Lifecycle::ReauthorizationRequired) => said.renew = true,
            Notice::Lifecycle(Lifecycle::Missed) | Notice::Changed { .. } | Notice::Other => {}
        }
    }
    not_believed(unknown, forged);
    if believed.is_empty() {
        return Ok(());
    }
    let mut tx = hub.db().begin().await?;
    for (subscription, said) in believed.values() {
        let link = (subscription.organization_id, subscription.link_id);
        store::notified(&mut tx, subscription, hub.now(), (said.removed, said.renew)).await?;
        if said.removed || said.renew {
            soon(hub, &mut tx, KEEP_JOB, link).await?;
        }
        reading::soon(hub, &mut tx, link.0, link.1).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// One line for each post: anybody can send as many as they like.
fn not_believed(unknown: u64, forged: u64) {
    if unknown + forged > 0 {
        tracing::warn!(unknown, forged, "notifications were not believed");
        count("unknown", unknown);
        count("forged", forged);
    }
}

/// The subscription whose secret the notification carries. Fingerprints are compared: how long that takes says nothing
/// about the secret.
fn authentic<'a>(rows: &'a [Subscription], notification: &Notification) -> Option<&'a Subscription> {
    let told = fingerprint(notification.client_state()?);
    rows.iter().find(|row| row.client_state == told)
}
