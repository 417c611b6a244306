//! What the database knows about accounts.

use platform::{
    Actor, Hub, Instant, Result, Role,
    audit::{self, Act},
    db::{On, Statement, Tx},
    error::invalid_field,
    id::{AccountId, OrganizationId},
    record,
};
use serde_json::json;

use super::{Account, CheckedAccount};

record! {
    /// One account and one of its roles; an account has as many rows as roles, at least one.
    struct Row {
        organization_id: OrganizationId,
        id: AccountId,
        email: String,
        name: String,
        time_zone: String,
        created_at: Instant,
        disabled_at: Option<Instant>,
        can_sign_in: bool,
        role: Option<String>,
    }
}

/// The text of a query for accounts with their roles; `$condition` names columns of `account`.
macro_rules! accounts_where {
    ($condition:literal) => {
        concat!(
            "SELECT account.organization_id, account.id, email, name, time_zone, account.created_at, disabled_at, ",
            "(password_hash IS NOT NULL OR EXISTS (SELECT subject FROM oidc_identity ",
            "WHERE oidc_identity.organization_id = account.organization_id ",
            "AND oidc_identity.account_id = account.id)) AS can_sign_in, role ",
            "FROM account LEFT JOIN account_role ON account_role.organization_id = account.organization_id ",
            "AND account_role.account_id = account.id WHERE ",
            $condition,
            " ORDER BY account.id, role"
        )
    };
}

async fn fetch<'a>(query: Statement, on: impl Into<On<'a>>) -> Result<Vec<Account>> {
    let rows: Vec<Row> = query.all(on).await?;
    let mut accounts: Vec<Account> = Vec::new();
    for row in rows {
        let role = row.role.as_deref().and_then(|role| role.parse::<Role>().ok());
        match accounts.last_mut().filter(|account| account.id == row.id) {
            Some(account) => account.roles.extend(role),
            None => accounts.push(Account {
                organization: row.organization_id,
                id: row.id,
                email: row.email,
                name: row.name,
                time_zone: row.time_zone,
                roles: role.into_iter().collect(),
                created_at: row.created_at,
                disabled_at: row.disabled_at,
                can_sign_in: row.can_sign_in,
            }),
        }
    }
    Ok(accounts)
}

pub(super) async fn find(hub: &Hub, email_key: &str) -> Result<Option<Account>> {
    let query = hub.db().sql(accounts_where!("email_key = $1")).bind(email_key.to_owned());
    Ok(fetch(query, hub.db()).await?.pop())
}

pub(super) async fn get(hub: &Hub, organization: OrganizationId, id: AccountId) -> Result<Option<Account>> {
    let text = accounts_where!("account.organization_id = $1 AND account.id = $2");
    Ok(fetch(hub.db().sql(text).bind(organization).bind(id), hub.db()).await?.pop())
}

/// All accounts as the transaction sees them.
pub(super) async fn all(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Account>> {
    let query = tx.sql(accounts_where!("account.organization_id = $1")).bind(organization);
    fetch(query, tx).await
}

/// A page of the organization's accounts, oldest first, those made after `after`.
pub(crate) async fn page(
    hub: &Hub,
    organization: OrganizationId,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<Account>> {
    let text = accounts_where!(
        "account.organization_id = $1 AND account.id IN (SELECT id FROM account WHERE organization_id = $1 \
         AND (CAST($2 AS TEXT) IS NULL OR id > $2) ORDER BY id LIMIT $3)"
    );
    fetch(hub.db().sql(text).bind(organization).bind(after).bind(limit), hub.db()).await
}

/// The accounts with these ids that exist, by their ids.
pub(crate) async fn some(hub: &Hub, organization: OrganizationId, ids: &[AccountId]) -> Result<Vec<Account>> {
    let text = hub.db().pick(
        accounts_where!("account.organization_id = $1 AND account.id IN (SELECT value FROM json_each($2))"),
        accounts_where!(
            "account.organization_id = $1 AND account.id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))"
        ),
    );
    let ids = serde_json::to_string(ids).unwrap_or_default();
    fetch(hub.db().sql(text).bind(organization).bind(ids), hub.db()).await
}

record! {
    /// What signing in with a password needs to know.
    pub(crate) struct Credentials {
        organization_id: OrganizationId,
        id: AccountId,
        password_hash: Option<String>,
        disabled_at: Option<Instant>,
    }
}

/// The credentials of whoever signs in with this e-mail address.
pub(crate) async fn credentials(hub: &Hub, email: &str) -> Result<Option<Credentials>> {
    let sql = "SELECT organization_id, id, password_hash, disabled_at FROM account WHERE email_key = $1";
    Ok(hub.db().sql(sql).bind(email.trim().to_lowercase()).maybe(hub.db()).await?)
}

/// Stores the account with its roles and its entry in the trail.
pub(crate) async fn insert(hub: &Hub, tx: &mut Tx, actor: &Actor, new: CheckedAccount) -> Result<AccountId> {
    let id = AccountId::new(hub);
    let inserted = tx
        .sql(
            "INSERT INTO account (organization_id, id, email, email_key, name, time_zone, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING",
        )
        .bind(new.organization)
        .bind(id)
        .bind(new.email.as_str().to_owned())
        .bind(new.email.key())
        .bind(new.name)
        .bind(new.time_zone)
        .bind(new.password_hash)
        .bind(hub.now())
        .execute(&mut *tx)
        .await?;
    if inserted == 0 {
        return Err(invalid_field("email", "There is already an account with this e-mail address."));
    }
    write_roles(tx, new.organization, id, &new.roles).await?;
    let details = json!({ "email": new.email.as_str(), "roles": new.roles });
    let act = Act { action: "account.created", subject: "account", subject_id: id.to_string(), details };
    audit::record_for(hub, tx, new.organization, actor, act).await?;
    Ok(id)
}

pub(super) async fn write_roles(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    roles: &[Role],
) -> Result<()> {
    tx.sql("DELETE FROM account_role WHERE organization_id = $1 AND account_id = $2")
        .bind(organization)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    for role in roles {
        tx.sql("INSERT INTO account_role (organization_id, account_id, role) VALUES ($1, $2, $3)")
            .bind(organization)
            .bind(id)
            .bind(role.as_str().to_owned())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn write_disabled(
    tx: &mut Tx,
    (organization, id): (OrganizationId, AccountId),
    at: Option<Instant>,
) -> Result<()> {
    tx.sql("UPDATE account SET disabled_at = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

pub(super) async fn write_profile(
    tx: &mut Tx,
    (organization, id): (OrganizationId, AccountId),
    name: String,
    time_zone: String,
) -> Result<()> {
    tx.sql("UPDATE account SET name = $3, time_zone = $4 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(name)
        .bind(time_zone)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Stores a new password's hash; open invitations of the account end with it.
pub(crate) async fn set_password(
    tx: &mut Tx,
    (organization, id): (OrganizationId, AccountId),
    hash: String,
) -> Result<()> {
    tx.sql("UPDATE account SET password_hash = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .bind(hash)
        .execute(&mut *tx)
        .await?;
    tx.sql("DELETE FROM invitation WHERE organization_id = $1 AND account_id = $2")
        .bind(organization)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    Ok(())
}
