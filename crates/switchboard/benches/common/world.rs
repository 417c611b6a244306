//! A stored world: an organization, an integration with its secret, an API key, and connections with sealed tokens.
//!
//! Rows are written by SQL, because nobody authorizes a hundred thousand times; tokens are sealed as always.

use std::{path::Path, time::Duration};

use accounts::{NewAccount, NewApiKey};
use platform::{
    Actor, Hub, Instant, Role, Scope,
    db::Tx,
    id::{AccountId, OrganizationId},
    keys, new_id,
};
use secrecy::{ExposeSecret, SecretString};
use switchboard::{Config, app};
use vault::Place;

/// How many rows one transaction takes.
const BATCH: usize = 5_000;

/// The client's side of the stored world.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) key: String,
    organization: OrganizationId,
    account: AccountId,
    integration: String,
}

/// The tokens that every stored connection has.
pub(crate) struct StoredTokens {
    pub(crate) access: SecretString,
    pub(crate) refresh: SecretString,
    pub(crate) expires_at: Instant,
}

/// The configuration of a server with this data folder and, where given, database.
pub(crate) fn config(data: &Path, database: Option<&str>) -> Config {
    let mut config = Config::from_toml("").expect("the defaults work");
    data.clone_into(&mut config.server.data_dir);
    config.database.url = database.map(|url| url.to_owned().into());
    config
}

impl World {
    /// Opens the database and stores everything but connections.
    pub(crate) async fn store(config: &Config, client_id: &str, client_secret: &str) -> Self {
        let hub = app::open(config).await.expect("the database opens");
        let organization =
            accounts::create_organization(&hub, "Lindenhof University Library", "Europe/Berlin").await;
        let organization = organization.expect("an organization");
        let account = NewAccount {
            organization,
            name: "Ada Lindqvist".into(),
            email: "ada.lindqvist@lindenhof.example".into(),
            password: None,
            roles: vec![Role::Administrator],
            time_zone: None,
        };
        let account = accounts::create_account(&hub, account).await.expect("an account");
        let new = NewApiKey { name: "Benchmark".into(), scopes: vec![Scope::TokensRead], expires_at: None };
        let key = accounts::create_api_key(&hub, &Actor::system(organization), new).await.expect("a key");
        let integration = new_id(hub.clock(), hub.random()).to_string();
        let world =
            Self { hub, key: key.secret.expose_secret().to_owned(), organization, account, integration };
        world.store_integration(client_id, client_secret).await;
        world
    }

    async fn store_integration(&self, client_id: &str, secret: &str) {
        let (hub, now) = (&self.hub, self.hub.now());
        let text = "INSERT INTO integration (organization_id, id, provider, name, client_id, tenant, purposes, is_trial, \
                    enabled, version, registered_at, changed_by, created_at, updated_at) \
                    VALUES ($1, $2, 'webex', 'Webex', $3, '', '{}', FALSE, TRUE, 1, $4, 'benchmark', $4, $4)";
        let row = hub.db().sql(text).bind(self.organization).bind(self.integration.clone());
        row.bind(client_id.to_owned()).bind(now).execute(hub.db()).await.expect("an integration");
        let id = new_id(hub.clock(), hub.random()).to_string();
        let sealed = self.seal("integration_secret", "sealed", &id, &secret.into()).await;
        let text = "INSERT INTO integration_secret (organization_id, id, integration_id, place, sealed, hint, created_at) \
                    VALUES ($1, $2, $3, 'current', $4, '', $5)";
        let row = hub.db().sql(text).bind(self.organization).bind(id).bind(self.integration.clone());
        row.bind(sealed).bind(now).execute(hub.db()).await.expect("a secret");
    }

    /// Stores connections with these tokens; answers their ids.
    pub(crate) async fn store_connections(&self, count: usize, tokens: &StoredTokens) -> Vec<String> {
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let mut tx = self.hub.db().begin().await.expect("a transaction");
            for _ in 0..BATCH.min(count - ids.len()) {
                ids.push(self.store_connection(&mut tx, ids.len(), tokens).await);
            }
            tx.commit().await.expect("a commit");
        }
        ids
    }

    async fn store_connection(&self, tx: &mut Tx, number: usize, tokens: &StoredTokens) -> String {
        let id = new_id(self.hub.clock(), self.hub.random()).to_string();
        // One account has one connection per integration; these accounts have no row of their own.
        let account = match number {
            0 => self.account,
            _ => AccountId(new_id(self.hub.clock(), self.hub.random())),
        };
        let access = self.seal("connection", "access_token", &id, &tokens.access).await;
        let refresh = self.seal("connection", "refresh_token", &id, &tokens.refresh).await;
        let now = self.hub.now();
        let text = "INSERT INTO connection (organization_id, id, integration_id, account_id, provider, provider_account_id, \
                    provider_account, state, state_since, access_token, access_expires_at, refresh_token, scopes, \
                    token_version, authorized_at, refreshed_at, failures, next_care_at, told) VALUES ($1, $2, $3, $4, \
                    'webex', $2, 'ada.lindqvist@lindenhof.example', 'active', $5, $6, $7, $8, \
                    'meeting:schedules_read meeting:schedules_write spark:people_read', 1, $9, $9, 0, $10, 0)";
        let row = tx.sql(text).bind(self.organization).bind(id.clone()).bind(self.integration.clone());
        let row = row.bind(account).bind(now).bind(access).bind(tokens.expires_at).bind(refresh);
        let week_ago = now.before(Duration::from_secs(7 * 86_400));
        let row = row.bind(week_ago).bind(now.after(Duration::from_secs(86_400)));
        row.execute(tx).await.expect("a connection");
        id
    }

    async fn seal(
        &self,
        table: &'static str,
        column: &'static str,
        row: &str,
        secret: &SecretString,
    ) -> String {
        let organization = self.organization.to_string();
        let place = Place { organization: &organization, table, column, row };
        keys::seal(&self.hub, &place, secret).await.expect("a sealed value").as_str().to_owned()
    }
}
