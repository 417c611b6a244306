//! Key rotation while the servers run: a new data key per organization, then every sealed value anew.
//!
//! Old data keys stay, wrapped under the current master key: a server that has not noticed yet may still seal
//! with one, and what it sealed is caught by the next rotation.

use secrecy::SecretString;
use vault::{Place, Sealed};

use super::{Keys, insert_data_key, load, master::replant, open};
use crate::{Hub, Result, bug, id::OrganizationId, record};

/// A column that holds sealed values; its table has `organization_id` and `id`.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
}

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    pub organizations: usize,
    pub resealed: usize,
}

record! {
    struct DataKeyRow {
        organization_id: OrganizationId,
        generation: i64,
        wrapped: String,
    }
}

record! {
    struct SealedRow {
        organization_id: OrganizationId,
        id: String,
        sealed: String,
    }
}

/// Makes new data keys and re-seals every value in `columns`.
pub async fn rotate(hub: &Hub, columns: &[SealedColumn]) -> Result<Rotation> {
    let keys = data_keys(hub).await?;
    let mut rotation = Rotation::default();
    rewrap(hub, &keys).await?;
    for (index, key) in keys.iter().enumerate() {
        let is_newest = keys.get(index + 1).is_none_or(|next| next.organization_id != key.organization_id);
        if is_newest {
            insert_data_key(hub, hub.db(), key.organization_id, key.generation + 1).await?;
            load(hub, key.organization_id).await?;
            rotation.organizations += 1;
        }
    }
    for column in columns {
        rotation.resealed += reseal(hub, *column).await?;
    }
    let ring = hub.keys().source.key_ring().map_err(|error| bug("the master key").because(error))?;
    replant(hub.db(), ring, hub.random()).await.map_err(|error| bug("the key's canary").because(error))?;
    Ok(rotation)
}

async fn data_keys(hub: &Hub) -> Result<Vec<DataKeyRow>> {
    let rows = hub
        .db()
        .sql("SELECT organization_id, generation, wrapped FROM data_key ORDER BY organization_id, generation")
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// Wraps the stored data keys under the current master key, so that an older one is no longer needed.
async fn rewrap(hub: &Hub, keys: &[DataKeyRow]) -> Result<()> {
    for key in keys {
        let Some(wrapped) = rewrapped(hub.keys(), key, hub.random().bytes())? else { continue };
        hub.db()
            .sql("UPDATE data_key SET wrapped = $3 WHERE organization_id = $1 AND generation = $2")
            .bind(key.organization_id)
            .bind(key.generation)
            .bind(wrapped)
            .execute(hub.db())
            .await?;
    }
    Ok(())
}

fn rewrapped(keys: &Keys, key: &DataKeyRow, nonce: [u8; 12]) -> Result<Option<String>> {
    keys.read(|ring| {
        if !ring.needs_rewrapping(&key.wrapped) {
            return Ok(None);
        }
        ring.rewrap(&key.organization_id.to_string(), &key.wrapped, nonce).map(Some)
    })
    .map_err(|error| bug("a data key could not be wrapped again").because(error))
}

/// The values of a column as they are stored, sealed.
pub async fn sealed_values(hub: &Hub, SealedColumn { table, column }: SealedColumn) -> Result<Vec<String>> {
    let text = format!("SELECT {column} FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<(String,)> = hub.db().sql(sqlx::AssertSqlSafe(text)).all(hub.db()).await?;
    Ok(rows.into_iter().map(|(sealed,)| sealed).collect())
}

async fn reseal(hub: &Hub, SealedColumn { table, column }: SealedColumn) -> Result<usize> {
    let mut resealed = 0;
    let text =
        format!("SELECT organization_id, id, {column} AS sealed FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<SealedRow> = hub.db().sql(sqlx::AssertSqlSafe(text)).all(hub.db()).await?;
    for row in rows {
        let organization = row.organization_id.to_string();
        let place = Place { organization: &organization, table, column, row: &row.id };
        let sealed = Sealed::parse(row.sealed.as_str())?;
        if !hub.keys().read(|ring| ring.needs_resealing(&organization, &sealed)) {
            continue;
        }
        let secret: SecretString = open(hub, &place, &sealed).await?;
        let fresh = super::seal(hub, &place, &secret).await?;
        // Only where the value is still the one we read: a refresh in between wrote a newer one.
        let update = format!(
            "UPDATE {table} SET {column} = $3 WHERE organization_id = $1 AND id = $2 AND {column} = $4"
        );
        let touched = hub
            .db()
            .sql(sqlx::AssertSqlSafe(update))
            .bind(row.organization_id)
            .bind(row.id.clone())
            .bind(fresh.as_str().to_owned())
            .bind(row.sealed)
            .execute(hub.db())
            .await?;
        resealed += usize::try_from(touched).unwrap_or(0);
    }
    Ok(resealed)
}
