//! The right to work on a run: one process at a time, for as long as it renews it. Its end in the row names the holder.

use std::time::Duration;

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId, record};

use crate::{
    gate,
    runs::{
        model::{Run, RunId, RunState},
        store,
    },
};

/// How long a process that has died keeps others waiting.
const LEASE: Duration = Duration::from_secs(60);

pub(super) struct Lease {
    organization: OrganizationId,
    run: RunId,
    until: Instant,
    /// Requests of this process that the run knows of.
    counted: (i64, i64),
}

record! {
    struct Renewed {
        state: RunState,
    }
}

impl Lease {
    /// Takes the run; nothing while somebody else has it, or nothing is to be done on it.
    pub(super) async fn take(hub: &Hub, organization: OrganizationId, run: RunId) -> Result<Option<Self>> {
        let now = hub.now();
        let until = now.after(LEASE);
        let text = "UPDATE directory_run SET working_until = $3, working_since = $4, waits_until = NULL \
                    WHERE organization_id = $1 AND id = $2 AND ended_at IS NULL AND state IN ('running', 'stopped') \
                    AND (working_until IS NULL OR working_until < $4) AND (waits_until IS NULL OR waits_until <= $4)";
        let statement = hub.db().sql(text).bind(organization).bind(run).bind(until);
        let taken = statement.bind(now).execute(hub.db()).await?;
        let counted = gate::counted(hub, organization);
        Ok((taken == 1).then_some(Self { organization, run, until, counted }))
    }

    /// Keeps it, and writes down how long was worked and how many requests were sent; answers the run's state, or
    /// nothing when somebody else has it. `goes_well`: the provider answers.
    pub(super) async fn renew(&mut self, hub: &Hub, goes_well: bool) -> Result<Option<RunState>> {
        let now = hub.now();
        // Never the same twice, because it names the holder.
        let until = now.after(LEASE).max(self.until.after(Duration::from_micros(1)));
        let text = "UPDATE directory_run SET working_until = $4, worked = worked + $5 - COALESCE(working_since, $5), \
                    working_since = $5, requests = requests + $6, refused = refused + $7, \
                    failures = CASE WHEN $8 THEN 0 ELSE failures END, \
                    reason = CASE WHEN $8 AND state = 'running' THEN NULL ELSE reason END \
                    WHERE organization_id = $1 AND id = $2 AND working_until = $3 RETURNING state";
        let counted = gate::counted(hub, self.organization);
        let statement =
            hub.db().sql(text).bind(self.organization).bind(self.run).bind(self.until).bind(until);
        let statement = statement.bind(now).bind(counted.0 - self.counted.0).bind(counted.1 - self.counted.1);
        let renewed: Option<Renewed> = statement.bind(goes_well).returning(hub.db()).await?;
        if renewed.is_some() {
            (self.until, self.counted) = (until, counted);
        }
        Ok(renewed.map(|renewed| renewed.state))
    }

    /// Gives the run back inside a transaction; the run as it is now, or nothing when somebody else has it.
    pub(super) async fn end(&self, hub: &Hub, tx: &mut Tx) -> Result<Option<Run>> {
        let text = "UPDATE directory_run SET working_until = NULL, \
                    worked = worked + $4 - COALESCE(working_since, $4), working_since = NULL, \
                    requests = requests + $5, refused = refused + $6 \
                    WHERE organization_id = $1 AND id = $2 AND working_until = $3";
        let counted = gate::counted(hub, self.organization);
        let statement = tx.sql(text).bind(self.organization).bind(self.run).bind(self.until).bind(hub.now());
        let statement = statement.bind(counted.0 - self.counted.0).bind(counted.1 - self.counted.1);
        if statement.execute(&mut *tx).await? == 0 {
            return Ok(None);
        }
        store::find_in(tx, self.organization, self.run).await
    }

    /// Gives the run back, for the job to be tried again.
    pub(super) async fn give_back(&self, hub: &Hub) -> Result<()> {
        let mut tx = hub.db().begin().await?;
        self.end(hub, &mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
