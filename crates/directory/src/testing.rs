//! Hubs of this room alone, on a SQLite file that several of them can share, for tests.

use std::path::Path;

use platform::{
    Clock, Hub, Instant, Random,
    db::Db,
    hub::{HubParts, Settings},
    id::OrganizationId,
    keys::{Keys, MasterKeySource},
    outbound::Outbound,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::from_u128(1));

/// A clock that stands still.
pub(crate) fn standing() -> Clock {
    Clock::fixed(Instant::from_micros(1_795_000_000_000_000))
}

/// A folder for a database.
pub(crate) fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// A hub on the database in this folder; each seed is another process.
pub(crate) async fn hub(dir: &Path, clock: Clock, seed: u64) -> Hub {
    let db = Db::connect(&format!("sqlite://{}/test.db", dir.display())).await.unwrap();
    db.migrate().await.unwrap();
    let source = MasterKeySource::File(dir.join("master.key"));
    let random = Random::seeded(seed);
    let ring = source.open(&db, &random).await.unwrap();
    Hub::new(HubParts {
        db,
        keys: Keys::new(source, ring),
        clock,
        random,
        outbound: Outbound::new(None).unwrap(),
        settings: Settings {
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
            data_dir: dir.into(),
            form_targets: Vec::new(),
            product_name: "Switchboard".into(),
        },
        banners: Vec::new(),
        stop: CancellationToken::new(),
    })
}
