//! The right to carry out a booking's steps: one worker at a time, on whatever server, so that two never make the same
//! meeting side by side. It is renewed while the work goes on; a server that died has lost it within seconds.

use std::time::Duration;

use platform::{Hub, Result, id::OrganizationId, later};

use crate::booking::BookingId;

/// How long the right lasts without being renewed; longer than a request of a dead server takes at a provider.
const LEASE: Duration = Duration::from_secs(20);
const RENEW: Duration = Duration::from_secs(5);

/// The right to carry out one booking's steps.
pub(super) struct Lease {
    organization: OrganizationId,
    booking: BookingId,
    worker: String,
}

impl Lease {
    /// Takes the right; nothing when somebody else has it.
    pub(super) async fn take(
        hub: &Hub,
        organization: OrganizationId,
        booking: BookingId,
    ) -> Result<Option<Self>> {
        let lease = Self { organization, booking, worker: hub.random().token() };
        let text = "UPDATE booking SET worker = $3, work_until = $4 \
                    WHERE organization_id = $1 AND id = $2 AND (work_until IS NULL OR work_until < $5)";
        let statement = hub.db().sql(text).bind(organization).bind(booking).bind(lease.worker.clone());
        let taken = statement.bind(hub.now().after(LEASE)).bind(hub.now()).execute(hub.db()).await?;
        Ok((taken == 1).then_some(lease))
    }

    /// Does `work` while the right is renewed, then gives it back. Work that has lost the right ends.
    pub(super) async fn hold<F: Future<Output = Result<()>>>(self, hub: &Hub, work: F) -> Result<()> {
        let ended = tokio::select! {
            ended = work => ended,
            lost = self.renew(hub) => lost,
        };
        let text = "UPDATE booking SET worker = NULL, work_until = NULL \
                    WHERE organization_id = $1 AND id = $2 AND worker = $3";
        let statement = hub.db().sql(text).bind(self.organization).bind(self.booking);
        statement.bind(self.worker.clone()).execute(hub.db()).await?;
        ended
    }

    /// Renews until it cannot.
    async fn renew(&self, hub: &Hub) -> Result<()> {
        loop {
            tokio::time::sleep(RENEW).await;
            let text = "UPDATE booking SET work_until = $4 \
                        WHERE organization_id = $1 AND id = $2 AND worker = $3";
            let statement = hub.db().sql(text).bind(self.organization).bind(self.booking);
            let statement = statement.bind(self.worker.clone()).bind(hub.now().after(LEASE));
            if statement.execute(hub.db()).await? == 0 {
                return Err(later(hub.now().after(RENEW), "Somebody else carries out this booking."));
            }
        }
    }
}
