//! The journal on disk: what a provider answered, sealed, from the moment it arrived until the database has it.
//!
//! A provider may have rotated the refresh token, so the answer must survive a database that is away, a full
//! disk of its server, and a crash between answer and commit. The file is written and synced first; at the next
//! start it is adopted if the database has not seen newer tokens.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use platform::{Hub, Result, id::OrganizationId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    claim::Claim,
    outcome::{self, FreshTokens},
};
use crate::{ConnectionId, connection};

/// A file of the journal.
#[derive(Serialize, Deserialize)]
struct Entry {
    organization: OrganizationId,
    connection: ConnectionId,
    token_version: i64,
    tokens: FreshTokens,
}

fn folder(hub: &Hub) -> PathBuf {
    hub.settings().data_dir.join("journal")
}

fn file(hub: &Hub, attempt: Uuid) -> PathBuf {
    folder(hub).join(format!("{attempt}.json"))
}

/// Writes the answer to disk; a failure only means that the database must take it now.
pub(super) async fn keep(hub: &Hub, claim: &Claim, tokens: &FreshTokens) {
    let entry = serde_json::json!({
        "organization": claim.connection.organization_id,
        "connection": claim.connection.id,
        "token_version": claim.connection.token_version,
        "tokens": tokens,
    });
    let path = file(hub, claim.attempt);
    let written =
        tokio::task::spawn_blocking(move || write_synced(&path, entry.to_string().as_bytes())).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "the journal could not be written; the database takes the tokens directly");
        }
        Err(error) => tracing::warn!(%error, "the journal's task ended early"),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The name must survive a power cut as well as the content.
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The database has it: the file goes.
pub(super) async fn discard(hub: &Hub, attempt: Uuid) {
    if let Err(error) = tokio::fs::remove_file(file(hub, attempt)).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a journal file could not be removed; it is looked at again at the next start");
    }
}

/// Adopts what is in the journal: at start, and whenever the keeper makes its round.
pub(super) async fn adopt_all(hub: &Hub) -> Result<()> {
    let mut entries = match tokio::fs::read_dir(folder(hub)).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(platform::bug("the journal folder cannot be read").because(error)),
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        let attempt =
            path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<Uuid>().ok());
        if let Some(attempt) =
            attempt.filter(|_| path.extension().is_some_and(|extension| extension == "json"))
        {
            adopt(hub, attempt, &path).await?;
        }
    }
    Ok(())
}

async fn adopt(hub: &Hub, attempt: Uuid, path: &Path) -> Result<()> {
    let Ok(text) = tokio::fs::read_to_string(path).await else { return Ok(()) };
    let entry: Entry = match serde_json::from_str(&text) {
        Ok(entry) => entry,
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a journal file cannot be read; it is left for a person to look at");
            return Ok(());
        }
    };
    let Some(connection) = connection::find(hub, hub.db(), entry.organization, entry.connection).await?
    else {
        discard(hub, attempt).await;
        return Ok(());
    };
    // Only the tokens that came after those in the database; the update itself compares the version again.
    if connection.token_version == entry.token_version {
        let claim = Claim { attempt, connection };
        if outcome::write_fresh(hub, &claim, &entry.tokens).await? {
            tracing::info!(connection = %entry.connection, "adopted tokens that an interrupted refresh had received");
        }
    }
    discard(hub, attempt).await;
    Ok(())
}
