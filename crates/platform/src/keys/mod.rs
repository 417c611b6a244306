//! Sealing and opening an organization's secrets, with its data key from the database.

mod master;
mod rotate;

use std::sync::{PoisonError, RwLock};

use secrecy::SecretString;
use vault::{KeyRing, MasterKeyError, Place, Sealed};

pub use master::{MasterKeySource, StartError};
pub use rotate::{Rotation, SealedColumn, rotate, sealed_values};

use crate::{
    Hub, Instant, Result, bug,
    db::{On, Tx},
    id::OrganizationId,
};

/// The keys of this process: the master key and the data keys loaded so far.
pub struct Keys {
    source: MasterKeySource,
    ring: RwLock<KeyRing>,
}

impl Keys {
    /// The keys from `source`, which has been read once to make `ring`.
    pub fn new(source: MasterKeySource, ring: KeyRing) -> Self {
        Self { source, ring: RwLock::new(ring) }
    }

    fn read<T>(&self, act: impl FnOnce(&KeyRing) -> T) -> T {
        act(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, act: impl FnOnce(&mut KeyRing) -> T) -> T {
        act(&mut self.ring.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Unwraps data keys, oldest first; a key wrapped by a newer master key makes us read that one.
    fn load(&self, organization: &str, wrapped: &[String]) -> Result<()> {
        for text in wrapped {
            let loaded = match self.write(|ring| ring.load_data_key(organization, text)) {
                Err(MasterKeyError::Wrong { .. }) => {
                    let fresh =
                        self.source.key_ring().map_err(|error| bug("the master key").because(error))?;
                    self.write(|ring| *ring = fresh);
                    self.write(|ring| ring.load_data_key(organization, text))
                }
                loaded => loaded,
            };
            loaded.map_err(|error| bug("an organization's data key").because(error))?;
        }
        Ok(())
    }
}

/// Seals `secret` for exactly this place; only there it can be opened again.
pub async fn seal(hub: &Hub, place: &Place<'_>, secret: &SecretString) -> Result<Sealed> {
    if !hub.keys().read(|ring| ring.knows(place.organization)) {
        load_or_create(hub, organization_of(place)?).await?;
    }
    match seal_now(hub, place, secret) {
        // A newer master key was met meanwhile, and the ring begun anew.
        Err(vault::Error::NoDataKey) => {
            load_or_create(hub, organization_of(place)?).await?;
            Ok(seal_now(hub, place, secret)?)
        }
        sealed => Ok(sealed?),
    }
}

fn seal_now(hub: &Hub, place: &Place<'_>, secret: &SecretString) -> Result<Sealed, vault::Error> {
    let nonce = hub.random().bytes();
    hub.keys().read(|ring| ring.seal(place, secret, nonce))
}

/// Opens what was sealed for exactly this place.
pub async fn open(hub: &Hub, place: &Place<'_>, sealed: &Sealed) -> Result<SecretString> {
    match hub.keys().read(|ring| ring.open(place, sealed)) {
        // The key may have been made by another process since we last looked.
        Err(vault::Error::UnknownKey(_)) => {
            load(hub, organization_of(place)?).await?;
            Ok(hub.keys().read(|ring| ring.open(place, sealed))?)
        }
        opened => Ok(opened?),
    }
}

fn organization_of(place: &Place<'_>) -> Result<OrganizationId> {
    place.organization.parse().map_err(|_| bug("a secret's place names no organization"))
}

/// Makes the data key of an organization that is made in `tx`, so that sealing never has to write while a
/// transaction of its caller is open.
pub async fn create(hub: &Hub, tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    insert_data_key(hub, tx, organization, 1).await
}

async fn load_or_create(hub: &Hub, organization: OrganizationId) -> Result<()> {
    if load(hub, organization).await? == 0 {
        insert_data_key(hub, hub.db(), organization, 1).await?;
        // Whoever inserted first wins; everyone uses what the table says.
        load(hub, organization).await?;
    }
    Ok(())
}

/// Loads the organization's data keys; answers how many there are.
async fn load(hub: &Hub, organization: OrganizationId) -> Result<usize> {
    let rows: Vec<(String,)> = hub
        .db()
        .sql("SELECT wrapped FROM data_key WHERE organization_id = $1 ORDER BY generation")
        .bind(organization)
        .all(hub.db())
        .await?;
    let wrapped: Vec<String> = rows.into_iter().map(|(text,)| text).collect();
    hub.keys().load(&organization.to_string(), &wrapped)?;
    Ok(wrapped.len())
}

async fn insert_data_key<'a>(
    hub: &Hub,
    on: impl Into<On<'a>>,
    organization: OrganizationId,
    generation: i64,
) -> Result<()> {
    let (bytes, nonce) = (hub.random().bytes(), hub.random().bytes());
    let scope = organization.to_string();
    // A throw-away ring makes the key: ours must hold only keys that the table holds.
    let wrapped = hub
        .keys()
        .source
        .key_ring()
        .map_err(|error| bug("the master key").because(error))?
        .create_data_key(&scope, bytes, nonce);
    hub.db()
        .sql(
            "INSERT INTO data_key (organization_id, generation, wrapped, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (organization_id, generation) DO NOTHING",
        )
        .bind(organization)
        .bind(generation)
        .bind(wrapped)
        .bind::<Instant>(hub.now())
        .execute(on)
        .await?;
    Ok(())
}
