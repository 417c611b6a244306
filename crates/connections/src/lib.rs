//! This room keeps the organization's promises to Webex and Microsoft: the apps registered there
//! (integrations), the authorizations people give, and the one door through which everybody (pages, jobs,
//! programs) gets an access token that is valid now. It finds out who must act when something dies, and says
//! it in plain words. It leaves what the connections are used for to the rooms above.

mod api;
mod authorizations;
mod connection;
mod integrations;
mod provider;
mod purpose;
mod reminders;
mod removal;
mod summary;
mod sweep;
mod testing;
mod tokens;
mod trouble;
mod web;
mod work;

use std::time::Duration;

use platform::{
    jobs::Jobs,
    keys::SealedColumn,
    web::{BannerSource, Routes},
};

pub use connection::{Connection, ConnectionId, State};
pub use integrations::{Integration, IntegrationId};
pub use provider::{Provider, ProviderEndpoints, configure, graph, webex};
pub use purpose::Purpose;
pub use summary::{Summary, summary};
pub use tokens::{AccessToken, prepare, token};
pub use work::{
    CallError, Serving, call, find_connection, of_account, of_everybody, serving, serving_each, with_scope,
};

/// Every column of this room that holds sealed values.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn { table: "integration_secret", column: "sealed" },
    SealedColumn { table: "authorization_request", column: "verifier" },
    SealedColumn { table: "authorization_request", column: "tokens" },
    SealedColumn { table: "connection", column: "access_token" },
    SealedColumn { table: "connection", column: "refresh_token" },
];

/// Pages and API of this room.
pub fn routes() -> Routes {
    web::routes().merge(api::routes())
}

/// What this room does in the background.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on(integrations::CHECK_JOB, integrations::run_check)
        .on(testing::TEST_JOB, testing::run)
        .on(removal::REVOKE_JOB, removal::revoke)
        .every(Duration::from_secs(60), "connections.keep_tokens", tokens::keep)
        .on_each_process(Duration::from_secs(10), "connections.count_token_reads", tokens::write_read_counts)
        .on_each_process(Duration::from_secs(60), "connections.adopt_journal", tokens::adopt_journal)
        .every(Duration::from_secs(900), "connections.remind", reminders::remind)
        .every(Duration::from_secs(86_400), "connections.sweep", sweep::sweep)
}

/// What people must know on every page: connections and integrations that need them.
pub const BANNER: BannerSource = reminders::banner;
