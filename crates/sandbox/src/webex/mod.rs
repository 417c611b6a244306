//! Webex: OAuth at the paths of webexapis.com and of the identity broker, and the REST calls.

mod authorizations;
mod caller;
mod directory;
mod grants;
mod ids;
mod input;
mod licenses;
mod meetings;
mod oauth;
mod people;
mod preferences;
mod refusal;
mod scim;
mod sites;
mod webhooks;
mod xml;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use meetings::{Meetings, entries};
pub(crate) use oauth::{ALL_SCOPES, issue_token, revoke, revoke_app};
pub(crate) use people::KeptPeople;
pub(crate) use refusal::finish;

use crate::routes::Routes;
use crate::seed::Seed;
use crate::webex::refusal::Refusal;

/// Everything that only Webex knows.
pub(crate) struct State {
    pub(crate) accounts: people::Accounts,
    pub(crate) licenses: Vec<Arc<licenses::License>>,
    pub(crate) sites: Vec<sites::Site>,
    pub(crate) tickets: xml::Tickets,
    pub(crate) grants: grants::Grants,
    /// Scopes that a person accepted for an app (client id, mail address).
    pub(crate) consents: HashMap<(String, String), BTreeSet<String>>,
    pub(crate) access_requests: Vec<AccessRequest>,
    pub(crate) meetings: meetings::Meetings,
    pub(crate) webhooks: Vec<webhooks::Webhook>,
}

/// A blocked app that somebody wanted to use, as Control Hub shows it to administrators.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct AccessRequest {
    pub(crate) at: Timestamp,
    pub(crate) email: String,
    pub(crate) client_id: String,
}

impl State {
    pub(crate) fn new(seed: &Seed) -> Self {
        let licenses = licenses::licenses(seed);
        Self {
            accounts: people::seeded(seed, &licenses),
            licenses,
            sites: sites::sites(seed),
            tickets: xml::Tickets::default(),
            grants: grants::Grants::default(),
            consents: HashMap::new(),
            access_requests: Vec::new(),
            meetings: meetings::Meetings::default(),
            webhooks: Vec::new(),
        }
    }

    /// Removes somebody with all that they authorized; false where nobody has that id.
    pub(crate) fn remove(&mut self, id: Uuid) -> bool {
        let Some(account) = self.accounts.remove(id) else { return false };
        self.grants.revoke_where(|grant| grant.email == account.email);
        true
    }

    /// Everybody by address, with all that administrators can change, as JSON: text at once, for a hundred thousand
    /// people would not be modest as values.
    pub(crate) fn directory(&self, now: Timestamp) -> String {
        let mut people: Vec<&people::Account> = self.accounts.all().collect();
        people.sort_by(|a, b| a.email.cmp(&b.email));
        let mut text = String::from("{\"people\":[");
        for (index, account) in people.into_iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&account.canonical(&self.sites, now).to_string());
        }
        text.push_str("]}");
        text
    }
}

/// All Webex operations.
pub(crate) fn routes() -> Routes {
    oauth::routes()
        .merge(people::routes())
        .merge(directory::routes())
        .merge(licenses::routes())
        .merge(sites::routes())
        .merge(xml::routes())
        .merge(scim::routes())
        .merge(preferences::routes())
        .merge(meetings::routes())
        .merge(authorizations::routes())
        .merge(webhooks::routes())
}

/// The answer at paths that nobody serves.
pub(crate) async fn not_found() -> Response {
    Refusal::not_found("There is nothing at this path.").into_response()
}
