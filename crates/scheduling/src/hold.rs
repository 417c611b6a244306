//! Holds: a time is kept for a visitor while the form is filled in, and falls free by itself.

use std::time::Duration;

use platform::{
    Hub, Instant, Result,
    db::{On, Tx},
    id::{AccountId, OrganizationId},
    ids,
    random::fingerprint,
    record,
};

use crate::{
    appointment_type::{self, AppointmentType, HostMode, TypeId},
    booking::{BookingId, Refusal, Wrong},
    claim::{self, Owner, Span},
    ids::Accounts,
    offer::{self, Ask, board},
};

/// How long a time is held: enough to fill in a long form, short enough to be worth waiting for.
pub(crate) const HOLD: Duration = Duration::from_secs(600);

ids! {
    /// One hold.
    HoldId,
}

record! {
    /// A time kept for a visitor.
    #[derive(Clone, Debug)]
    pub(crate) struct Hold {
        organization_id: OrganizationId,
        id: HoldId,
        type_id: TypeId,
        starts_at: Instant,
        ends_at: Instant,
        hosts: Accounts,
        expires_at: Instant,
        /// What became of it.
        booking_id: Option<BookingId>,
    }
}

/// What the visitor gets for a held time.
#[derive(Clone)]
pub(crate) struct Ticket {
    /// Unguessable; only its fingerprint is stored.
    pub token: String,
    pub expires_at: Instant,
}

impl Hold {
    pub(crate) fn is_living(&self, now: Instant) -> bool {
        self.booking_id.is_none() && self.expires_at > now
    }
}

/// Holds a time of a type, if it is on offer. What the same visitor held before (by its token) does not stand in the
/// way and is let go.
pub(crate) async fn hold(
    hub: &Hub,
    it: &AppointmentType,
    (start, duration): (Instant, i64),
    previous: Option<&str>,
) -> Result<Ticket, Refusal> {
    if !it.active {
        return Err(Refusal::Closed);
    }
    if !it.durations.0.contains(&duration) {
        return Err(vec![("duration".to_owned(), Wrong::Duration)].into());
    }
    let previous = match previous {
        Some(token) => {
            find(hub, hub.db(), token).await?.filter(|hold| hold.organization_id == it.organization_id)
        }
        None => None,
    };
    let except = previous.iter().map(|hold| hold.id.to_string()).collect();
    let ask = Ask { except, ..Ask::new(it, duration, at(start)) };
    let candidates = candidates(hub, &ask, start).await?;
    let writing = || write(hub, it, (start, duration), (&candidates, previous.as_ref()));
    let ticket = match writing().await {
        Err(Refusal::Other(error)) if error.is_collision() => writing().await?,
        written => written?,
    };
    match ticket {
        Some(ticket) => Ok(ticket),
        None => Err(taken(hub, &ask, start).await?),
    }
}

/// Lets the previous hold go and takes the new time, in one transaction; `None` when somebody else was faster.
async fn write(
    hub: &Hub,
    it: &AppointmentType,
    (start, duration): (Instant, i64),
    (candidates, previous): (&[AccountId], Option<&Hold>),
) -> Result<Option<Ticket>, Refusal> {
    let id = HoldId::new(hub);
    let ticket = Ticket { token: hub.random().token(), expires_at: hub.now().after(HOLD) };
    let span = claimed(it, start, duration);
    let mut tx = hub.db().begin().await.map_err(platform::Error::from)?;
    if let Some(previous) = previous {
        let_go(hub, &mut tx, previous).await?;
    }
    let owner = (Owner::Hold(id.0), Some(ticket.expires_at));
    let Some(hosts) = take_hosts(hub, &mut tx, it, (candidates, span), owner).await? else { return Ok(None) };
    // Whoever is held has had a turn: many visitors at once do not all come to the same host.
    for host in in_order(&hosts) {
        if !appointment_type::take_turn(&mut tx, (it.organization_id, it.id), host, hub.now()).await? {
            return Ok(None);
        }
    }
    let text = "INSERT INTO hold (organization_id, id, token_hash, type_id, starts_at, ends_at, hosts, expires_at, created_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let statement =
        tx.sql(text).bind(it.organization_id).bind(id).bind(fingerprint(&ticket.token)).bind(it.id);
    let statement = statement.bind(start).bind(start.after(minutes(duration))).bind(Accounts(hosts));
    let statement = statement.bind(ticket.expires_at).bind(hub.now());
    statement.execute(&mut tx).await.map_err(platform::Error::from)?;
    tx.commit().await.map_err(platform::Error::from)?;
    Ok(Some(ticket))
}

/// The hold behind a visitor's token, living or not.
pub(crate) async fn find(hub: &Hub, on: impl Into<On<'_>>, token: &str) -> Result<Option<Hold>> {
    let text = "SELECT organization_id, id, type_id, starts_at, ends_at, hosts, expires_at, booking_id \
                FROM hold WHERE token_hash = $1";
    Ok(hub.db().sql(text).bind(fingerprint(token)).maybe(on).await?)
}

/// Lets a held time go, because the visitor chose another one.
pub(crate) async fn release(hub: &Hub, token: &str) -> Result<()> {
    let Some(hold) = find(hub, hub.db(), token).await? else { return Ok(()) };
    let mut tx = hub.db().begin().await?;
    let_go(hub, &mut tx, &hold).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a hold that has not become a booking. First the hold, then its claims, as booking does: two at once wait for
/// each other in one order.
async fn let_go(hub: &Hub, tx: &mut Tx, hold: &Hold) -> Result<()> {
    let text = "UPDATE hold SET expires_at = $3 WHERE organization_id = $1 AND id = $2 AND booking_id IS NULL \
                AND expires_at > $3";
    let statement = tx.sql(text).bind(hold.organization_id).bind(hold.id).bind(hub.now());
    if statement.execute(&mut *tx).await? == 1 {
        claim::release(tx, hold.organization_id, Owner::Hold(hold.id.0)).await?;
    }
    Ok(())
}

/// Deletes holds of yesterday and the claims of those that ran out. What became a booking is known for a month, so
/// that a form which is sent once more books once.
pub(crate) async fn sweep(hub: Hub) -> Result<()> {
    const DAY: Duration = Duration::from_secs(86_400);
    claim::sweep(&hub).await?;
    let text = "DELETE FROM hold WHERE expires_at < $1 AND (booking_id IS NULL OR expires_at < $2)";
    let now = hub.now();
    hub.db().sql(text).bind(now.before(DAY)).bind(now.before(DAY * 31)).execute(hub.db()).await?;
    Ok(())
}

/// Who can take a time that begins at `start`, in the order of their turns: whoever was assigned longest ago first.
/// Of hosts who meet together all, in the type's order.
pub(crate) async fn candidates(hub: &Hub, ask: &Ask<'_>, start: Instant) -> Result<Vec<AccountId>, Refusal> {
    let board = board(hub, ask).await?;
    let offered = board.times().into_iter().find(|time| time.start == start);
    let Some(mut free) = offered.map(|time| time.hosts) else { return Err(taken(hub, ask, start).await?) };
    if ask.only.is_some() || ask.it.mode != HostMode::Any {
        return Ok(free);
    }
    let turns = appointment_type::hosts(hub, hub.db(), ask.it.organization_id, ask.it.id).await?;
    let turn = |account: &AccountId| {
        let host = turns.iter().find(|host| host.account_id == *account);
        host.map(|host| (host.assigned_at, host.position))
    };
    free.sort_by_key(turn);
    Ok(free)
}

/// Takes the time of one candidate, or of all who meet together; `None` when somebody else was faster.
pub(crate) async fn take_hosts(
    hub: &Hub,
    tx: &mut Tx,
    it: &AppointmentType,
    (candidates, span): (&[AccountId], Span),
    owner: (Owner, Option<Instant>),
) -> Result<Option<Vec<AccountId>>> {
    if it.mode == HostMode::Any {
        for account in candidates {
            if claim::take(hub, tx, (it.organization_id, *account), span, owner).await? {
                return Ok(Some(vec![*account]));
            }
        }
        return Ok(None);
    }
    take_all(hub, tx, (it.organization_id, candidates), span, owner).await
}

/// Takes the time of all of them or of none (the caller then drops the transaction). Always in the same order, so
/// that two transactions never wait for each other.
pub(crate) async fn take_all(
    hub: &Hub,
    tx: &mut Tx,
    (organization, hosts): (OrganizationId, &[AccountId]),
    span: Span,
    owner: (Owner, Option<Instant>),
) -> Result<Option<Vec<AccountId>>> {
    for account in in_order(hosts) {
        if !claim::take(hub, tx, (organization, account), span, owner).await? {
            return Ok(None);
        }
    }
    Ok((!hosts.is_empty()).then(|| hosts.to_vec()))
}

/// The order in which hosts are locked, always the same.
pub(crate) fn in_order(hosts: &[AccountId]) -> Vec<AccountId> {
    let mut hosts = hosts.to_vec();
    hosts.sort_unstable();
    hosts
}

/// The refusal of a time that is not on offer, with what is.
pub(crate) async fn taken(hub: &Hub, ask: &Ask<'_>, start: Instant) -> Result<Refusal> {
    Ok(Refusal::Taken { alternatives: offer::alternatives(hub, ask, start).await? })
}

/// The span in which exactly one start can lie.
pub(crate) fn at(start: Instant) -> Span {
    Span { start, end: start.after(Duration::from_secs(1)) }
}

/// What a booking of this type claims: the appointment with its buffers.
pub(crate) fn claimed(it: &AppointmentType, start: Instant, duration: i64) -> Span {
    let end = start.after(minutes(duration)).after(minutes(it.after_buffer));
    Span { start: start.before(minutes(it.before_buffer)), end }
}

pub(crate) fn minutes(minutes: i64) -> Duration {
    Duration::from_secs(u64::try_from(minutes.saturating_mul(60)).unwrap_or(0))
}
