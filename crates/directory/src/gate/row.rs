//! The pace in the database: one row for each organization and API, one writer at a time.

use pace::{Answer, Pace, Permit, Rate, Reserved};
use platform::{Hub, Result, db::Tx, id::OrganizationId};

use super::Api;

pub(super) type Key = (OrganizationId, Api);

/// What became of a permit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Report {
    Answered(Answer),
    /// It was not used and will not be.
    Unused(Permit),
}

/// What a process wants to know of the pace between two exchanges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) in_flight: u32,
    pub(super) rate: Option<Rate>,
}

impl Known {
    fn of(pace: &Pace) -> Self {
        Self { in_flight: pace.in_flight(), rate: pace.rate() }
    }
}

/// Reports what became of permits and takes at most `most` new ones, in one short transaction.
pub(super) async fn exchange(
    hub: &Hub,
    key: Key,
    machine: u64,
    reports: &[Report],
    most: u32,
) -> Result<(Option<Reserved>, Known)> {
    let mut tx = hub.db().begin().await?;
    let mut pace = locked(hub, &mut tx, key).await?;
    // Read with the row in hand: calls on a pace come in the order of their instants.
    let now = hub.now();
    for report in reports {
        match report {
            Report::Answered(answer) => pace.answered(now.micros(), machine, *answer),
            Report::Unused(permit) => pace.returned(*permit),
        }
    }
    let reserved = (most > 0).then(|| pace.reserve(now.micros(), machine, most));
    let state = serde_json::to_string(&pace)
        .map_err(|error| platform::bug("a pace cannot be written").because(error))?;
    tx.sql("UPDATE provider_pace SET state = $3, touched_at = $4 WHERE organization_id = $1 AND api = $2")
        .bind(key.0)
        .bind(key.1)
        .bind(state)
        .bind(now)
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok((reserved, Known::of(&pace)))
}

/// The pace, nobody else's until the transaction ends.
async fn locked(hub: &Hub, tx: &mut Tx, key: Key) -> Result<Pace> {
    let text = hub.db().pick(
        "SELECT state FROM provider_pace WHERE organization_id = $1 AND api = $2",
        "SELECT state FROM provider_pace WHERE organization_id = $1 AND api = $2 FOR UPDATE",
    );
    let found: Option<(String,)> = tx.sql(text).bind(key.0).bind(key.1).maybe(&mut *tx).await?;
    if let Some((state,)) = found {
        return Ok(read(&state));
    }
    tx.sql(
        "INSERT INTO provider_pace (organization_id, api, state, touched_at) VALUES ($1, $2, '', $3) \
         ON CONFLICT DO NOTHING",
    )
    .bind(key.0)
    .bind(key.1)
    .bind(hub.now())
    .execute(&mut *tx)
    .await?;
    let (state,): (String,) = tx.sql(text).bind(key.0).bind(key.1).one(&mut *tx).await?;
    Ok(read(&state))
}

/// What another version wrote and this one cannot read is learned anew.
fn read(state: &str) -> Pace {
    serde_json::from_str(state).unwrap_or_else(|_| Pace::unknown())
}

/// What the pace says now; nothing where nothing was ever asked.
pub(super) async fn look(hub: &Hub, key: Key) -> Result<Option<Known>> {
    let found: Option<(String,)> = hub
        .db()
        .sql("SELECT state FROM provider_pace WHERE organization_id = $1 AND api = $2")
        .bind(key.0)
        .bind(key.1)
        .maybe(hub.db())
        .await?;
    Ok(found.map(|(state,)| Known::of(&read(&state))))
}
