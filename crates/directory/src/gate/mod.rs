//! The one way to the provider: requests leave at their turn, with a token or ticket that is valid, and what comes back
//! teaches the pace.

use std::future::Future;

use connections::{CallError, ConnectionId};
use oauth::ApiError;
use platform::{Hub, id::OrganizationId};
use secrecy::SecretString;
use webex::{SessionTicket, XmlApi};

/// One of the provider's APIs; each has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    People,
    Licences,
    /// Admin Meeting Configuration.
    Meetings,
    Xml,
}

/// Who asks, and through which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
}

fn unbuilt<T>() -> Result<T, CallError> {
    Err(CallError::Own(platform::bug("not built yet")))
}

/// Sends one request at its turn, with a token that is valid now. An answer that says "too many" was not carried out, so
/// it is sent again at its turn, a bounded number of times; every other failure goes back to the caller.
pub(crate) async fn ask<T, F, W>(_hub: &Hub, _asker: Asker, _api: Api, _work: W) -> Result<T, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    unbuilt()
}

/// The same for a meeting site's XML API, with a session ticket.
pub(crate) async fn ask_site<T, F, W>(
    _hub: &Hub,
    _asker: Asker,
    _site: &str,
    _work: W,
) -> Result<T, CallError>
where
    W: Fn(XmlApi, SessionTicket) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    unbuilt()
}

/// How many requests may be in the air at once.
pub(crate) async fn in_flight(_hub: &Hub, _organization: OrganizationId, _api: Api) -> usize {
    4
}

/// How many requests this process has sent for the organization since its start, and how many of them the provider
/// refused because they were too many.
pub(crate) fn counted(_hub: &Hub, _organization: OrganizationId) -> (i64, i64) {
    (0, 0)
}

/// Seconds that so many requests take at the learned pace, or at a usual one where none is learned.
pub(crate) async fn seconds(
    _hub: &Hub,
    _organization: OrganizationId,
    _requests: &[(Api, i64)],
) -> platform::Result<i64> {
    Ok(0)
}
