//! Outlook's limit of concurrent requests per app and mailbox, four unless the switch sets another number (Graph "Throttling limits", Outlook).

use std::collections::HashMap;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::ask::find_person;
use super::envelope;
use super::failure::Failure;
use crate::world::{Shared, lock};

/// What Exchange answers; directory and presence have limits of their own.
const OUTLOOK: [&str; 5] = ["calendar", "calendars", "calendarView", "events", "mailboxSettings"];

/// Requests under way per app and mailbox.
pub(crate) type InFlight = HashMap<(String, String), u32>;

/// Layer around the faults, so that a delayed request counts as long as it lasts.
pub(crate) async fn limit(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let most = world.switches().graph_concurrent_per_mailbox;
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix("/v1.0/").filter(|_| most > 0) else { return next.run(request).await };
    let Ok(bearer) = envelope::bearer(&world, request.headers()) else { return next.run(request).await };
    let parts: Vec<&str> = rest.split('/').collect();
    let (user, resource) = match parts.as_slice() {
        ["me", resource, ..] => (bearer.email.unwrap_or_default(), *resource),
        ["users", user, resource, ..] => ((*user).to_owned(), *resource),
        _ => return next.run(request).await,
    };
    if !OUTLOOK.contains(&resource) {
        return next.run(request).await;
    }
    // Whether a path says `me`, an id or a name: it is the same mailbox.
    let mailbox = find_person(&world, &user).map_or(user, |person| person.email).to_lowercase();
    let Some(_place) = Place::take(&world, (bearer.client_id, mailbox), most) else {
        let message = "Application is over its MailboxConcurrency limit.";
        let failure = Failure::throttled("ApplicationThrottled", message, 1);
        return envelope::refuse(&world, request.headers(), failure);
    };
    next.run(request).await
}

/// A place among the concurrent requests, given back when it is dropped.
struct Place {
    world: Shared,
    key: (String, String),
}

impl Place {
    fn take(world: &Shared, key: (String, String), most: u32) -> Option<Self> {
        let mut state = lock(&world.graph);
        let count = state.in_flight.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self { world: world.clone(), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = lock(&self.world.graph);
        if let Some(count) = state.in_flight.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.in_flight.remove(&self.key);
            }
        }
    }
}
