//! Reading calendars: in rounds of changes over a window that rolls daily, each calendar by one reader at a time. What
//! was read stays until something newer is complete.

mod outcome;
mod page;
mod round;
mod store;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jiff::tz::TimeZone;
use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
    jobs::{self, Job, NewJob},
};
use serde::{Deserialize, Serialize};

use crate::{CalendarLink, CalendarLinkId, lost};

/// How far ahead busy times are surely known. Nobody plans appointments farther ahead than a quarter and a bit; each
/// day more would have to be read daily for every host.
pub const AHEAD: Duration = Duration::from_secs(100 * DAY);
/// How far behind: an appointment that began yesterday may still go on, in any zone.
const BEHIND: Duration = Duration::from_secs(DAY);
/// When the window begins anew. It is read this much farther than [`AHEAD`], so that the end never comes nearer.
const ROLL: Duration = Duration::from_secs(DAY);
const DAY: u64 = 86_400;

/// How long one calendar may be read at a stretch; a longer round goes on in another job.
const STRETCH: Duration = Duration::from_secs(40);
/// How long a reader has a calendar to itself. Longer than a stretch, shorter than a job's own lease.
const LEASE: Duration = Duration::from_secs(60);
/// How soon somebody who finds a reader there looks again: what changed meanwhile deserves a reading of its own.
const NEXT_TURN: Duration = Duration::from_secs(2);

/// Job: read calendars.
pub(crate) const READ_JOB: &str = "calendars.read";

#[derive(Serialize, Deserialize)]
struct Payload {
    links: Vec<CalendarLinkId>,
}

/// How a reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// To the end, or as far as trouble let it; that is written down.
    Done,
    /// Somebody else reads it.
    UnderWay,
    /// The provider asked for a pause that is not over.
    Held(Instant),
}

/// Writes the job that reads one calendar soon; while one waits, another is not written.
pub(crate) async fn soon(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    link: CalendarLinkId,
) -> Result<()> {
    let job = NewJob {
        organization,
        kind: READ_JOB,
        dedupe: Some(link.to_string()),
        payload: jobs::payload(&Payload { links: vec![link] }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// Writes one job that reads several calendars.
pub(crate) async fn all(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    links: Vec<CalendarLinkId>,
) -> Result<()> {
    let job = NewJob {
        organization,
        kind: READ_JOB,
        dedupe: None,
        payload: jobs::payload(&Payload { links }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// Job: reads the calendars side by side. One that cannot be read marks itself only; one whose turn comes later is noted
/// in its own row, so that no jobs pile up behind it.
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { links } = job.payload()?;
    let is_alone = links.len() == 1;
    let (hub, organization) = (&hub, job.organization);
    let read = links.into_iter().map(|link| async move { (link, read(hub, organization, link).await) });
    let ended: Vec<(CalendarLinkId, Result<Read>)> = stream::iter(read).buffer_unordered(8).collect().await;
    for (link, outcome) in ended {
        match outcome? {
            // The round over all calendars comes back by itself; a single reading was asked for by a change.
            Read::UnderWay if is_alone => {
                store::ask_at(hub, organization, link, hub.now().after(NEXT_TURN)).await?;
            }
            Read::Held(until) => store::ask_at(hub, organization, link, until).await?,
            Read::UnderWay | Read::Done => {}
        }
    }
    Ok(())
}

/// Reads one calendar now.
pub(crate) async fn read(hub: &Hub, organization: OrganizationId, id: CalendarLinkId) -> Result<Read> {
    let Some(link) = crate::store::find(hub, hub.db(), organization, id).await? else {
        return Ok(Read::Done);
    };
    if !is_needed(hub, &link).await? {
        store::rest(hub, &link).await?;
        return Ok(Read::Done);
    }
    if lost::is_lost(&link) {
        store::leave(hub, &link).await?;
        return Ok(Read::Done);
    }
    if let Some(until) = link.held_until.filter(|until| *until > hub.now()) {
        return Ok(Read::Held(until));
    }
    if !store::take(hub, &link).await? {
        return Ok(Read::UnderWay);
    }
    // Read again: somebody may have gone on between the first look and the lease.
    let Some(link) = crate::store::find(hub, hub.db(), organization, id).await? else {
        return Ok(Read::Done);
    };
    let pages = AtomicUsize::new(0);
    let ended = match tokio::time::timeout(STRETCH, round::go_on(hub, &link, &pages)).await {
        Ok(ended) => ended,
        Err(_) if pages.load(Ordering::Relaxed) == 0 => Ok(round::Ended::Stuck),
        Err(_) => Ok(round::Ended::Unfinished),
    };
    outcome::write(hub, &link, ended).await?;
    Ok(Read::Done)
}

/// The zone in which an owner's whole days are read.
pub(crate) async fn home(hub: &Hub, organization: OrganizationId, owner: AccountId) -> Result<TimeZone> {
    let owner = accounts::account(hub, organization, owner).await?;
    Ok(TimeZone::get(&owner.time_zone).unwrap_or(TimeZone::UTC))
}

/// Whether a calendar has to be read: its times count, or entries of ours in it are watched.
async fn is_needed(hub: &Hub, link: &CalendarLink) -> Result<bool> {
    Ok(link.is_used() || crate::entries::lie_ahead_in(hub, link).await?)
}
