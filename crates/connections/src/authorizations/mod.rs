//! Authorizations: Authorization Code with PKCE, from the button to the stored connection.
//!
//! `begin` writes a request that lives ten minutes and belongs to one browser session; the provider sends the
//! person back with its `state`; `finish` uses it up, exchanges the code, and stores the sealed tokens with the
//! request before anything else is asked of the provider, so that nothing is lost when reading the identity
//! fails or the person signed in with another account than before.

mod begin;
mod complete;
mod dismiss;
mod finish;
mod help;
mod identity;
mod personal;
mod store;

use std::time::Duration;

use platform::{
    Instant,
    id::{AccountId, OrganizationId},
    ids, json_column, record,
};
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, IntegrationId, connection::Scopes, trouble::Trouble};

pub(crate) use begin::begin;
pub(crate) use complete::{Completed, complete, confirm};
pub(crate) use dismiss::dismiss;
pub(crate) use finish::{Finished, finish};
pub(crate) use help::{AdministratorText, administrator_text};
pub(crate) use personal::connect_personal_token;
pub(crate) use store::{get, unfinished};

ids! {
    /// One request for authorization.
    RequestId,
}

/// How long a person may take at the provider.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

record! {
    /// A request for authorization, until and after it ended.
    #[derive(Clone, Debug)]
    pub struct AuthorizationRequest {
        organization_id: OrganizationId,
        id: RequestId,
        integration_id: IntegrationId,
        account_id: AccountId,
        /// The connection that is authorized again, if it is not a new one.
        connection_id: Option<ConnectionId>,
        session: String,
        verifier: Option<String>,
        nonce: String,
        scopes: Scopes,
        started_at: Instant,
        expires_at: Instant,
        consumed_at: Option<Instant>,
        /// The provider's answer, sealed, until it has become a connection.
        tokens: Option<String>,
        outcome: Option<Outcome>,
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Connected(ConnectionId),
    /// Refused, by the person, their administrator or the app's registration.
    Refused(Trouble),
    /// Signed in with this other account; waits for the person to confirm.
    OtherAccount {
        had: String,
        got: String,
    },
    /// The person saw that it was never finished and put it aside.
    Dismissed,
}

json_column!(Outcome);

impl AuthorizationRequest {
    /// Started, never come back, and too late now: the person may have been stopped on the provider's page.
    pub(crate) fn was_never_finished(&self, now: Instant) -> bool {
        self.consumed_at.is_none() && self.outcome.is_none() && self.expires_at <= now
    }
}
