//! What outlives the process where a file was named: calendars with their subscriptions, Webex people and meetings, and
//! mails. Every change is in the file within half a second (later where there is very much to write), so that a process
//! that is killed loses no more than that.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::graph;
use crate::mails::Mail;
use crate::webex::{KeptPeople, Meetings};
use crate::world::{Shared, World, lock};

const EVERY: Duration = Duration::from_millis(500);
/// The pause is at least so many times as long as writing took: thousands of changed people must not keep a core busy.
const REST: u32 = 10;
/// A file of another shape is not read.
const VERSION: u32 = 1;

/// What is written.
#[derive(Serialize)]
struct Keeping {
    version: u32,
    outlook: Value,
    meetings: Value,
    mails: Value,
    people: KeptPeople,
}

/// The same, read.
#[derive(Deserialize)]
struct Kept {
    version: u32,
    outlook: graph::State,
    meetings: Meetings,
    mails: (u64, VecDeque<Mail>),
    #[serde(default)]
    people: KeptPeople,
}

/// Takes back what the file holds; nothing when there is none, or none that can be read.
pub(crate) fn restore(world: &World, path: &Path) {
    let kept = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
    let Some(kept) = kept.filter(|kept| kept.version == VERSION) else { return };
    *lock(&world.graph) = kept.outlook;
    let mut webex = lock(&world.webex);
    let webex = &mut *webex;
    webex.meetings = kept.meetings;
    kept.people.restore(&mut webex.accounts, &webex.licenses);
    world.mails.restore(kept.mails);
}

/// Writes the file whenever something has changed, and once more at the end.
pub(crate) async fn keep(world: Shared, path: PathBuf, stop: CancellationToken) {
    let path = Arc::new(path);
    let mut written = Vec::new();
    let mut pause = EVERY;
    loop {
        let stopped = tokio::time::timeout(pause, stop.cancelled()).await.is_ok();
        let began = tokio::time::Instant::now();
        let (world, path) = (world.clone(), path.clone());
        // Beside the threads that answer requests.
        let writing = spawn_blocking(move || write_changes(&world, &path, written));
        written = writing.await.unwrap_or_default();
        pause = EVERY.max(began.elapsed() * REST);
        if stopped {
            return;
        }
    }
}

/// Writes the file if it is to hold anything else than what was written; what it holds now.
fn write_changes(world: &World, path: &Path, written: Vec<u8>) -> Vec<u8> {
    match text(world) {
        Ok(text) if text != written && write(path, &text).is_ok() => text,
        _ => written,
    }
}

fn text(world: &World) -> serde_json::Result<Vec<u8>> {
    let outlook = serde_json::to_value(&*lock(&world.graph))?;
    let (meetings, people) = {
        let webex = lock(&world.webex);
        (serde_json::to_value(&webex.meetings)?, KeptPeople::of(&webex.accounts))
    };
    let mails = world.mails.to_json()?;
    serde_json::to_vec(&Keeping { version: VERSION, outlook, meetings, mails, people })
}

/// Writes it whole or not at all.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text)?;
    fs::rename(&fresh, path)
}
