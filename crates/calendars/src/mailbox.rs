//! One mailbox at Microsoft: every request to it goes through here, at most four at a time (Graph, "Outlook service
//! limits": four concurrent requests per app and mailbox), whatever the number of servers.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connections::{CallError, Connection, ConnectionId};
use microsoft::graph::{Graph, MOST_AT_ONCE_PER_MAILBOX};
use oauth::{ApiError, ApiKind};
use platform::{Hub, Instant, bug, id::OrganizationId};
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::places::Places;

/// No pause is kept longer than this, whatever was asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// A mailbox and the connection through which it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    /// The provider's own id of the account.
    pub(crate) id: String,
}

impl Mailbox {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            organization: connection.organization_id,
            connection: connection.id,
            id: connection.provider_account_id.clone(),
        }
    }
}

/// One mailbox's places, in this process and among all servers, and the pause that Microsoft asked for.
struct Gate {
    turns: Semaphore,
    places: Places,
    not_before: Mutex<Option<Instant>>,
}

/// The gates of every mailbox. The pause that a throttled answer asks for stands in the rows of the mailbox's calendars
/// too, so that no other server reads them.
#[derive(Default)]
struct Gates(Mutex<HashMap<(OrganizationId, String), Arc<Gate>>>);

impl Gates {
    fn of(&self, mailbox: &Mailbox) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry((mailbox.organization, mailbox.id.clone()));
        gate.or_insert_with(|| Arc::new(Gate::default())).clone()
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(MOST_AT_ONCE_PER_MAILBOX),
            places: Places::default(),
            not_before: Mutex::default(),
        }
    }
}

impl Gate {
    /// Whether the pause is over; otherwise what Microsoft would answer, without asking it.
    fn check(&self, now: Instant) -> Result<(), ApiError> {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = not_before.filter(|until| *until > now) else { return Ok(()) };
        Err(ApiError {
            kind: ApiKind::Passing { retry_after: Some(until.since(now)) },
            status: None,
            code: None,
            message: "too many requests for this mailbox a moment ago, so it was not asked again yet"
                .to_owned(),
            correlation: None,
        })
    }

    /// Keeps the pause that a throttled answer asks for: it is for the whole mailbox, whichever calendar was asked.
    /// Answers its end.
    fn mind(&self, error: &ApiError, now: Instant) -> Option<Instant> {
        let (ApiKind::Passing { retry_after: Some(pause) }, Some(429)) = (error.kind, error.status) else {
            return None;
        };
        let until = now.after(pause.min(LONGEST_PAUSE));
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |known| known.max(until)));
        Some(until)
    }
}

/// Does one request at the mailbox, with a token that is valid now, when it is its turn and no pause is to be kept.
pub(crate) async fn ask<T, F, W>(hub: &Hub, mailbox: &Mailbox, work: W) -> Result<T, CallError>
where
    W: Fn(Graph, SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let gate = hub.memory::<Gates>().of(mailbox);
    let _turn =
        gate.turns.acquire().await.map_err(|error| bug("a mailbox's gate was closed").because(error))?;
    gate.check(hub.now())?;
    let graph = connections::graph(hub)?;
    let place = gate.places.take(hub, mailbox).await?;
    let answer =
        connections::call(hub, mailbox.organization, mailbox.connection, |token| work(graph.clone(), token))
            .await;
    if let Some(place) = place {
        place.give_back(hub, mailbox).await;
    }
    if let Err(CallError::Provider(error)) = &answer
        && let Some(until) = gate.mind(error, hub.now())
    {
        hold(hub, mailbox, until).await?;
    }
    answer
}

/// Has every server keep the pause: none begins to read a calendar of this mailbox before its end.
async fn hold(hub: &Hub, mailbox: &Mailbox, until: Instant) -> Result<(), platform::Error> {
    hub.db()
        .sql(
            "UPDATE calendar_link SET held_until = $3 WHERE organization_id = $1 AND mailbox = $2 \
             AND (held_until IS NULL OR held_until < $3)",
        )
        .bind(mailbox.organization)
        .bind(mailbox.id.clone())
        .bind(until)
        .execute(hub.db())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_kept_for_the_whole_mailbox() {
        let now = Instant::from_micros(0);
        let gate = Gate::default();
        let throttled = |status, seconds| ApiError {
            kind: ApiKind::Passing { retry_after: Some(Duration::from_secs(seconds)) },
            status: Some(status),
            code: None,
            message: String::new(),
            correlation: None,
        };
        assert_eq!(gate.mind(&throttled(503, 60), now), None);
        assert!(gate.check(now).is_ok(), "another answer speaks of one request only");
        assert_eq!(gate.mind(&throttled(429, 60), now), Some(now.after(Duration::from_secs(60))));
        gate.mind(&throttled(429, 10), now);
        let refused = gate.check(now.after(Duration::from_secs(20))).unwrap_err();
        assert_eq!(refused.kind, ApiKind::Passing { retry_after: Some(Duration::from_secs(40)) });
        assert!(gate.check(now.after(Duration::from_secs(60))).is_ok());
    }
}
