//! Everything that is known of a type's hosts in a span, read once.

use jiff::tz::TimeZone;
use platform::{Hub, Instant, Result, id::AccountId};
use slots::{Busy, Host, Mode, Problem};

use super::{
    Offered, caps,
    ready::{HostReady, readiness},
};
use crate::{
    appointment_type::{self, AppointmentType, HostMode},
    availability::{self, Availability},
    booking::BookingId,
    claim::{self, Span},
};

/// What is asked: which type, how long, when.
#[derive(Clone, Debug)]
pub(crate) struct Ask<'a> {
    pub it: &'a AppointmentType,
    /// In minutes.
    pub duration: i64,
    pub span: Span,
    /// Exactly these hosts, all of them, in place of the type's own: the hosts of a booking that moves.
    pub only: Option<&'a [AccountId]>,
    /// The owners of claims that do not count: the booking that moves, the hold that is being booked.
    pub except: Vec<String>,
    /// Whether notice and horizon count; a host may book closer than visitors may.
    pub by_host: bool,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(it: &'a AppointmentType, duration: i64, span: Span) -> Self {
        Self { it, duration, span, only: None, except: Vec::new(), by_host: false }
    }
}

/// What makes a host busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Calendar {
        name: String,
        unreadable: bool,
    },
    Booking(Option<BookingId>),
    /// Somebody fills in the form at this moment.
    Hold,
}

/// What is known of one host.
#[derive(Clone, Debug)]
pub(crate) struct HostOnBoard {
    pub account: AccountId,
    pub zone: TimeZone,
    pub ready: HostReady,
    pub calendars: Vec<calendars::CalendarHealth>,
}

/// The board: hosts, hours, busy times, caps.
#[derive(Debug)]
pub(crate) struct Board {
    pub(super) problem: Problem,
    /// In the order of the problem's host ids.
    pub hosts: Vec<HostOnBoard>,
    pub(super) causes: Vec<Cause>,
    pub(super) caps: caps::Counts,
    pub(super) mode: HostMode,
    /// Whether the type takes bookings at all.
    pub(super) is_open: bool,
}

/// Reads the board.
pub(crate) async fn board(hub: &Hub, ask: &Ask<'_>) -> Result<Board> {
    let organization = ask.it.organization_id;
    let accounts = match ask.only {
        Some(only) => only.to_vec(),
        None => active_hosts(hub, ask.it).await?,
    };
    let hours = hours(hub, ask.it, &accounts).await?;
    let ready = readiness(hub, organization, &ask.it.places.0, &accounts).await?;
    let busy =
        calendars::busy(hub, organization, &accounts, looked_at(ask).start, looked_at(ask).end).await?;
    let claims = claim::living(hub, organization, &accounts, looked_at(ask), &ask.except).await?;
    let mut board = Board {
        problem: problem(ask, hub.now()),
        hosts: Vec::new(),
        causes: Vec::new(),
        caps: caps::Counts::default(),
        mode: if ask.only.is_some() { HostMode::All } else { ask.it.mode },
        is_open: ask.it.active && !accounts.is_empty(),
    };
    for ((id, hours), (ready, outlook)) in (0..).zip(hours).zip(ready.into_iter().zip(busy)) {
        let zone = slots::zone(&hours.time_zone).unwrap_or(TimeZone::UTC);
        let mut host = Host {
            id,
            zone: zone.clone(),
            weekly: hours.weekly.0,
            overrides: hours.overrides.0,
            busy: Vec::new(),
        };
        board.add_calendars(&mut host, &outlook);
        board.add_claims(&mut host, claims.iter().filter(|claim| claim.account_id == hours.account_id));
        board.problem.hosts.push(host);
        let account = hours.account_id;
        board.hosts.push(HostOnBoard { account, zone, ready, calendars: outlook.calendars });
    }
    // A refused problem would look as if nothing were free.
    board.problem.check().map_err(|refused| {
        let say = format!(
            "These times cannot be worked out ({refused}). Ask for a shorter period or a longer step."
        );
        platform::conflict(say)
    })?;
    let zones: Vec<_> = board.hosts.iter().map(|host| (host.account, host.zone.clone())).collect();
    board.caps = caps::count(hub, hub.db(), ask.it, &zones, (ask.span, &ask.except)).await?;
    Ok(board)
}

impl Board {
    fn add_calendars(&mut self, host: &mut Host, outlook: &calendars::HostBusy) {
        for busy in &outlook.busy {
            let calendar = outlook.calendars.iter().find(|calendar| calendar.id == busy.calendar);
            let name = calendar.map_or_else(String::new, |calendar| calendar.name.clone());
            let cause = self.cause(Cause::Calendar { name, unreadable: busy.unreadable });
            host.busy.push(Busy { start: busy.start.timestamp(), end: busy.end.timestamp(), cause });
        }
    }

    fn add_claims<'a>(&mut self, host: &mut Host, claims: impl Iterator<Item = &'a claim::Claimed>) {
        for claim in claims {
            let cause = self.cause(match claim.owner_kind.as_str() {
                "hold" => Cause::Hold,
                _ => Cause::Booking(claim.owner_id.parse().ok()),
            });
            host.busy.push(Busy {
                start: claim.starts_at.timestamp(),
                end: claim.ends_at.timestamp(),
                cause,
            });
        }
    }

    fn cause(&mut self, cause: Cause) -> u32 {
        let index = self.causes.iter().rposition(|known| *known == cause).unwrap_or_else(|| {
            self.causes.push(cause);
            self.causes.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Whether this host can host at all. Of hosts who meet together only the first, who makes the meeting, needs a
    /// way to do so.
    pub(super) fn can_host(&self, index: usize) -> bool {
        let is_free_of_it = self.mode != HostMode::Any && index > 0;
        is_free_of_it || self.hosts.get(index).is_some_and(|host| !host.ready.places.is_empty())
    }

    /// The times on offer, earliest first.
    pub(crate) fn times(&self) -> Vec<Offered> {
        if !self.is_open {
            return Vec::new();
        }
        let needed = if self.mode == HostMode::Any { 1 } else { self.hosts.len() };
        let offered = slots::offer(&self.problem).into_iter().filter_map(|offer| {
            let start = Instant::from(offer.start);
            let free = |id: &i64| {
                let index = usize::try_from(*id).ok()?;
                let host = self.hosts.get(index)?;
                let capped = self.caps.capped(host.account, &host.zone, start);
                (self.can_host(index) && capped.is_none()).then_some(host.account)
            };
            let hosts: Vec<AccountId> = offer.hosts.iter().filter_map(free).collect();
            (hosts.len() >= needed).then_some(Offered { start, hosts })
        });
        offered.collect()
    }
}

/// Buffers reach over the span, and so does what they must not meet.
fn looked_at(ask: &Ask<'_>) -> Span {
    let minutes = |minutes: i64| std::time::Duration::from_secs(u64::try_from(minutes * 60).unwrap_or(0));
    Span {
        start: ask.span.start.before(minutes(ask.it.before_buffer)),
        end: ask.span.end.after(minutes(ask.it.after_buffer + ask.duration)),
    }
}

fn problem(ask: &Ask<'_>, now: Instant) -> Problem {
    let minutes = |minutes: i64| u32::try_from(minutes).unwrap_or(0);
    Problem {
        mode: if ask.only.is_some() || ask.it.mode != HostMode::Any { Mode::All } else { Mode::Any },
        from: ask.span.start.timestamp(),
        to: ask.span.end.timestamp(),
        now: now.timestamp(),
        duration: minutes(ask.duration),
        step: minutes(ask.it.step),
        before_buffer: minutes(ask.it.before_buffer),
        after_buffer: minutes(ask.it.after_buffer),
        min_notice: if ask.by_host { 0 } else { minutes(ask.it.min_notice) },
        max_advance: if ask.by_host { None } else { ask.it.max_advance.map(minutes) },
        hosts: Vec::new(),
    }
}

/// The type's hosts who can work now, in their order.
async fn active_hosts(hub: &Hub, it: &AppointmentType) -> Result<Vec<AccountId>> {
    let hosts = appointment_type::hosts(hub, hub.db(), it.organization_id, it.id).await?;
    let mut active = Vec::new();
    for host in hosts {
        let account = accounts::account(hub, it.organization_id, host.account_id).await;
        match account {
            Ok(account) if account.is_active() => active.push(host.account_id),
            _ if it.mode == HostMode::All => return Ok(Vec::new()),
            _ => {}
        }
    }
    Ok(active)
}

/// Everybody's hours, in their order; the usual ones for whoever has set none.
async fn hours(hub: &Hub, it: &AppointmentType, accounts: &[AccountId]) -> Result<Vec<Availability>> {
    let mut known = availability::of_accounts(hub, it.organization_id, accounts).await?;
    let mut hours = Vec::new();
    for account in accounts {
        let found = known.iter().position(|it| it.account_id == *account);
        hours.push(match found {
            Some(index) => known.swap_remove(index),
            None => availability::of(hub, it.organization_id, *account).await?,
        });
    }
    Ok(hours)
}

/// Everybody's zone, for a type with caps; read before a transaction that counts.
pub(crate) async fn zones(
    hub: &Hub,
    it: &AppointmentType,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, TimeZone)>> {
    if it.cap_per_day.is_none() && it.cap_per_week.is_none() {
        return Ok(accounts.iter().map(|account| (*account, TimeZone::UTC)).collect());
    }
    let zone =
        |hours: Availability| (hours.account_id, slots::zone(&hours.time_zone).unwrap_or(TimeZone::UTC));
    Ok(hours(hub, it, accounts).await?.into_iter().map(zone).collect())
}
