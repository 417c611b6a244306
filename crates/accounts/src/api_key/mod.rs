//! API keys: how programs sign in. A key's secret is shown once; its hash is stored, with what it may do and until
//! when.

mod cache;

use std::collections::BTreeSet;

use platform::{
    Actor, Hub, Instant, Result, Scope,
    actor::Who,
    audit::{self, Act},
    id::{AccountId, OrganizationId},
    ids, not_found,
    random::fingerprint,
    record, sign_in as sign_in_error,
    web::Checked,
};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

pub(crate) use cache::recognize;

/// Every key begins with this, so that scanners for leaked secrets find it.
const PREFIX: &str = "sb_";

ids! {
    /// One API key.
    ApiKeyId,
}

record! {
    /// An API key as listed, without its secret.
    #[derive(Clone, Debug)]
    pub struct ApiKey {
        id: ApiKeyId,
        name: String,
        /// The first characters of the secret, to tell keys apart.
        hint: String,
        /// Separated by spaces.
        scopes: String,
        created_at: Instant,
        /// Who made it, by e-mail address or name.
        created_by: String,
        expires_at: Option<Instant>,
        revoked_at: Option<Instant>,
        /// Exact to ten minutes.
        last_used_at: Option<Instant>,
    }
}

impl ApiKey {
    /// What the key may do; scopes of another release are passed over.
    pub fn scopes(&self) -> Vec<Scope> {
        parse_scopes(&self.scopes)
    }

    /// Whether the key works at `now`.
    pub fn is_live(&self, now: &Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > *now)
    }
}

fn parse_scopes(text: &str) -> Vec<Scope> {
    text.split_whitespace().filter_map(|scope| scope.parse().ok()).collect()
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// `None` for a key without an end.
    pub expires_at: Option<Instant>,
}

/// A new key with its secret, which cannot be shown again.
pub struct CreatedKey {
    pub key: ApiKey,
    pub secret: SecretString,
}

/// Creates a key of the actor's organization. A key that makes keys can give no scope that it lacks itself.
pub async fn create_api_key(hub: &Hub, actor: &Actor, new: NewApiKey) -> Result<CreatedKey> {
    let organization = organization_of(actor)?;
    let (name, scopes) = check(hub, actor, &new)?;
    let secret = format!("{PREFIX}{}", hub.random().token());
    let id = ApiKeyId::new(hub);
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "INSERT INTO api_key (organization_id, id, name, secret_hash, hint, scopes, created_at, created_by, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(organization)
    .bind(id)
    .bind(name.clone())
    .bind(fingerprint(&secret))
    .bind(secret[..8].to_owned())
    .bind(scopes.clone())
    .bind(hub.now())
    .bind(name_of(actor))
    .bind(new.expires_at)
    .execute(&mut tx)
    .await?;
    let details = json!({ "name": name, "scopes": scopes, "expires_at": new.expires_at });
    audit::record(hub, &mut tx, actor, act("api_key.created", id, details)).await?;
    tx.commit().await?;
    Ok(CreatedKey { key: get(hub, organization, id).await?, secret: secret.into() })
}

/// Keys that were made by keys are followed so far.
const LONGEST_CHAIN: usize = 8;

/// The person who made a key, also by another key; nobody where it was made from the command line.
pub async fn maker_of_key(hub: &Hub, organization: OrganizationId, key: Uuid) -> Result<Option<AccountId>> {
    let text = "SELECT actor_kind, actor_id FROM audit_entry WHERE organization_id = $1 AND subject = 'api_key' \
                AND subject_id = $2 AND action = 'api_key.created'";
    let mut key = key.to_string();
    for _ in 0..LONGEST_CHAIN {
        let found: Option<(String, Option<String>)> =
            hub.db().sql(text).bind(organization).bind(key).maybe(hub.db()).await?;
        match found {
            Some((kind, Some(id))) if kind == "account" => return Ok(id.parse().ok()),
            Some((kind, Some(id))) if kind == "api_key" => key = id,
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn act(action: &str, id: ApiKeyId, details: serde_json::Value) -> Act<'_> {
    Act { action, subject: "api_key", subject_id: id.to_string(), details }
}

fn check(hub: &Hub, actor: &Actor, new: &NewApiKey) -> Result<(String, String)> {
    let mut checked = Checked::default();
    let name = checked.text("name", &new.name, 100);
    let wanted: BTreeSet<Scope> = new.scopes.iter().copied().collect();
    checked.require(!wanted.is_empty(), "scopes", "Choose at least one scope.");
    if let Who::Key(key) = &actor.who {
        let beyond = wanted.iter().any(|scope| !key.scopes.contains(scope));
        checked.require(!beyond, "scopes", "A key can only give scopes that it has itself.");
    }
    let ahead = new.expires_at.is_none_or(|at| at > hub.now());
    checked.require(ahead, "expires_at", "Choose a time that lies ahead.");
    checked.finish()?;
    let scopes: Vec<&str> = wanted.into_iter().map(Scope::as_str).collect();
    Ok((name, scopes.join(" ")))
}

fn organization_of(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| sign_in_error("Please sign in."))
}

fn name_of(actor: &Actor) -> String {
    match &actor.who {
        Who::Person(person) => person.email.clone(),
        Who::Key(key) => format!("API key {}", key.name),
        Who::System(_) | Who::Anyone => "Switchboard".into(),
    }
}

pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: ApiKeyId) -> Result<ApiKey> {
    let row = hub
        .db()
        .sql(
            "SELECT id, name, hint, scopes, created_at, created_by, expires_at, revoked_at, last_used_at FROM api_key \
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(organization)
        .bind(id)
        .maybe(hub.db())
        .await?;
    row.ok_or_else(|| not_found("API key"))
}

/// A page of the organization's keys, newest first, those made before `before`.
pub(crate) async fn page(
    hub: &Hub,
    organization: OrganizationId,
    before: Option<String>,
    limit: i64,
) -> Result<Vec<ApiKey>> {
    let rows = hub
        .db()
        .sql(
            "SELECT id, name, hint, scopes, created_at, created_by, expires_at, revoked_at, last_used_at FROM api_key \
             WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        )
        .bind(organization)
        .bind(before)
        .bind(limit)
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// Revokes a key; when this returns, no process takes it any more.
pub async fn revoke_api_key(hub: &Hub, actor: &Actor, id: ApiKeyId) -> Result<ApiKey> {
    let organization = organization_of(actor)?;
    let known = get(hub, organization, id).await?;
    if known.revoked_at.is_some() {
        return Ok(known);
    }
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "UPDATE api_key SET revoked_at = $3 WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL",
    )
    .bind(organization)
    .bind(id)
    .bind(hub.now())
    .execute(&mut tx)
    .await?;
    audit::record(hub, &mut tx, actor, act("api_key.revoked", id, json!({ "name": known.name }))).await?;
    let announcement = hub.coherence().announce(&mut tx, cache::topic(id)).await?;
    tx.commit().await?;
    hub.coherence().settle(hub.db(), announcement).await?;
    get(hub, organization, id).await
}

#[cfg(test)]
mod tests;
