//! Reading the organization: everybody page by page, then licences, then what each meeting site offers. What was read
//! before stays until the new reading is complete.

use platform::{Actor, Hub, Result, jobs::Job};

/// Job: go on reading.
pub(crate) const READ_JOB: &str = "directory.read";

fn unbuilt<T>() -> Result<T> {
    Err(platform::bug("not built yet"))
}

/// Job handler of [`READ_JOB`].
pub(crate) async fn run(_hub: Hub, _job: Job) -> Result<()> {
    unbuilt()
}

/// Round: starts the readings that are due.
pub(crate) async fn read_due(_hub: Hub) -> Result<()> {
    Ok(())
}

/// A person wants it read now.
pub(crate) async fn read_now(_hub: &Hub, _actor: &Actor) -> Result<()> {
    unbuilt()
}
