//! The rows of integrations and their secrets.

use std::time::Duration;

use platform::{
    Hub, Result, conflict,
    db::{On, Tx},
    id::OrganizationId,
    not_found,
};

use super::{Integration, IntegrationId, Secret};
use crate::{Provider, trouble::Trouble};

macro_rules! columns {
    () => {
        "organization_id, id, provider, name, client_id, tenant, purposes, is_trial, enabled, version, verdict, \
         checked_at, registered_at, trouble, trouble_since, trouble_until, changed_by, created_at, updated_at"
    };
}

macro_rules! secret_columns {
    () => {
        "organization_id, id, integration_id, place, sealed, hint, expires_on, warned_days, verdict, created_at"
    };
}

async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: IntegrationId,
) -> Result<Option<Integration>> {
    let text = concat!("SELECT ", columns!(), " FROM integration WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(text).bind(organization).bind(id).maybe(on).await?)
}

pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: IntegrationId) -> Result<Integration> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("integration"))
}

/// All integrations of an organization, by name; a handful, so unpaged.
pub(crate) async fn list(hub: &Hub, organization: OrganizationId) -> Result<Vec<Integration>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM integration WHERE organization_id = $1 ORDER BY provider, name, id"
    );
    Ok(hub.db().sql(text).bind(organization).all(hub.db()).await?)
}

/// The integration's secrets, the current one first.
pub(crate) async fn secrets(
    hub: &Hub,
    organization: OrganizationId,
    id: IntegrationId,
) -> Result<Vec<Secret>> {
    let text = concat!(
        "SELECT ",
        secret_columns!(),
        " FROM integration_secret WHERE organization_id = $1 AND integration_id = $2 ORDER BY place"
    );
    Ok(hub.db().sql(text).bind(organization).bind(id).all(hub.db()).await?)
}

pub(super) async fn insert(tx: &mut Tx, integration: &Integration) -> Result<()> {
    let text = concat!(
        "INSERT INTO integration (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
    );
    let row = integration.clone();
    tx.sql(text)
        .bind(row.organization_id)
        .bind(row.id)
        .bind(row.provider)
        .bind(row.name)
        .bind(row.client_id)
        .bind(row.tenant)
        .bind(row.purposes)
        .bind(row.is_trial)
        .bind(row.enabled)
        .bind(row.version)
        .bind(row.verdict)
        .bind(row.checked_at)
        .bind(row.registered_at)
        .bind(row.trouble)
        .bind(row.trouble_since)
        .bind(row.trouble_until)
        .bind(row.changed_by)
        .bind(row.created_at)
        .bind(row.updated_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes what an editor may change; answers whether nobody was faster.
pub(super) async fn update(tx: &mut Tx, changed: &Integration) -> Result<bool> {
    let row = changed.clone();
    let touched = tx
        .sql(
            "UPDATE integration SET name = $4, client_id = $5, tenant = $6, purposes = $7, enabled = $8, \
             registered_at = $9, changed_by = $10, updated_at = $11, version = version + 1, trouble = NULL, \
             trouble_since = NULL, trouble_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND version = $3",
        )
        .bind(row.organization_id)
        .bind(row.id)
        .bind(row.version)
        .bind(row.name)
        .bind(row.client_id)
        .bind(row.tenant)
        .bind(row.purposes)
        .bind(row.enabled)
        .bind(row.registered_at)
        .bind(row.changed_by)
        .bind(row.updated_at)
        .execute(tx)
        .await?;
    Ok(touched == 1)
}

pub(super) async fn insert_secret(tx: &mut Tx, secret: Secret) -> Result<()> {
    let text = concat!(
        "INSERT INTO integration_secret (",
        secret_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let written = tx
        .sql(text)
        .bind(secret.organization_id)
        .bind(secret.id)
        .bind(secret.integration_id)
        .bind(secret.place)
        .bind(secret.sealed)
        .bind(secret.hint)
        .bind(secret.expires_on)
        .bind(secret.warned_days)
        .bind(secret.verdict)
        .bind(secret.created_at)
        .execute(tx)
        .await;
    match written {
        Ok(_) => Ok(()),
        Err(error) if platform::db::is_unique_violation(&error) => Err(conflict(
            "Somebody else added a secret at this moment. Look at the present ones, then add yours again.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Marks the app's own trouble once; answers whether it is news.
pub(crate) async fn mark_trouble(
    hub: &Hub,
    tx: &mut Tx,
    integration: &Integration,
    trouble: &Trouble,
) -> Result<bool> {
    let now = hub.now();
    let was_fine = tx
        .sql(
            "UPDATE integration SET trouble = $3, trouble_since = $4, trouble_until = $5 \
             WHERE organization_id = $1 AND id = $2 AND trouble IS NULL AND version = $6",
        )
        .bind(integration.organization_id)
        .bind(integration.id)
        .bind(trouble.clone())
        .bind(now)
        .bind(now.after(RETRY_TROUBLED_APP))
        .bind(integration.version)
        .execute(&mut *tx)
        .await?;
    if was_fine == 0 {
        tx.sql("UPDATE integration SET trouble_until = $3 WHERE organization_id = $1 AND id = $2 AND trouble IS NOT NULL")
            .bind(integration.organization_id)
            .bind(integration.id)
            .bind(now.after(RETRY_TROUBLED_APP))
            .execute(&mut *tx)
            .await?;
    }
    Ok(was_fine == 1)
}

/// How long a troubled app rests before one request tries it again.
const RETRY_TROUBLED_APP: Duration = Duration::from_secs(600);

/// The app works again.
pub(crate) async fn clear_trouble(hub: &Hub, organization: OrganizationId, id: IntegrationId) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE integration SET trouble = NULL, trouble_since = NULL, trouble_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND trouble IS NOT NULL",
        )
        .bind(organization)
        .bind(id)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// How many connections of each integration are alive.
pub(crate) async fn connection_counts(
    hub: &Hub,
    organization: OrganizationId,
) -> Result<Vec<(IntegrationId, i64, Provider)>> {
    let rows = hub
        .db()
        .sql(
            "SELECT integration_id, COUNT(*), provider FROM connection WHERE organization_id = $1 AND removed_at IS NULL \
             GROUP BY integration_id, provider",
        )
        .bind(organization)
        .all(hub.db())
        .await?;
    Ok(rows)
}
