//! One mailbox at Microsoft: every request to it goes through here, at most four at a time (Graph, "Outlook service
//! limits": four concurrent requests per app and mailbox).

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use connections::{CallError, Connection, ConnectionId};
use microsoft::graph::{Graph, MOST_AT_ONCE_PER_MAILBOX};
use oauth::ApiError;
use platform::{Hub, bug, id::OrganizationId};
use secrecy::SecretString;
use tokio::sync::Semaphore;

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

/// The places at each mailbox, in this process. Among several servers a calendar's lease keeps them apart.
#[derive(Default)]
struct Gates(Mutex<HashMap<(OrganizationId, String), Arc<Semaphore>>>);

impl Gates {
    fn of(&self, mailbox: &Mailbox) -> Arc<Semaphore> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry((mailbox.organization, mailbox.id.clone()));
        gate.or_insert_with(|| Arc::new(Semaphore::new(MOST_AT_ONCE_PER_MAILBOX))).clone()
    }
}

/// Does one request at the mailbox, with a token that is valid now, when it is its turn.
pub(crate) async fn ask<T, F, W>(hub: &Hub, mailbox: &Mailbox, work: W) -> Result<T, CallError>
where
    W: Fn(Graph, SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let gate = hub.memory::<Gates>().of(mailbox);
    let _place = gate.acquire().await.map_err(|error| bug("a mailbox's gate was closed").because(error))?;
    let graph = connections::graph(hub)?;
    connections::call(hub, mailbox.organization, mailbox.connection, |token| work(graph.clone(), token)).await
}
