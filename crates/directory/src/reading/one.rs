//! One person, read by themselves: lists do not tell everything, and what they tell grows old.

use connections::CallError;
use platform::{Error, Fault, Hub, Instant, Result};
use webex::PersonRecord;

use crate::{
    gate::{self, Api, Asker},
    people,
};

/// Reads a person and takes them over, unless something newer came in between.
///
/// # Errors
/// Those of the call; `AskPerson` when the administrator is shown no more than everybody.
pub(crate) async fn person(hub: &Hub, asker: Asker, id: &str) -> Result<PersonRecord, CallError> {
    let asked_at = hub.now();
    let webex = &connections::webex(hub)?;
    let record =
        gate::ask(hub, asker, Api::People, |token| async move { webex.person(&token, id).await }).await?;
    check(&record)?;
    keep(hub, asker, asked_at, &record).await?;
    Ok(record)
}

/// Whoever lost the role is shown people as everybody sees them: what was known of them must not be lost by it.
fn check(record: &PersonRecord) -> Result<()> {
    if record.is_for_administrators() {
        return Ok(());
    }
    Err(Error::new(
        Fault::AskPerson,
        "Webex no longer shows the connected administrator what only administrators see of people. A full administrator has \
         to give the role back in Control Hub, or another administrator connects under Connections.",
    ))
}

async fn keep(hub: &Hub, asker: Asker, asked_at: Instant, record: &PersonRecord) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    people::take_over(&mut tx, asker.organization, asked_at, record).await?;
    tx.commit().await?;
    Ok(())
}
