//! Everything that is known of a type's hosts in a span, read once.

use jiff::tz::TimeZone;
use platform::{Hub, Instant, Result, Role, error::invalid_field, id::AccountId};
use slots::{Busy, Host, Mode, Problem};

use super::{
    Offered, caps,
    ready::{HostReady, readiness},
};
use crate::{
    appointment_type::{self, AppointmentType, HostMode, LONGEST_DURATION, Place},
    availability::{self, Availability},
    booking::BookingId,
    claim::{self, Span},
    hold::minutes,
};

/// The longest span that is looked at in one go.
const LONGEST_SPAN: std::time::Duration = std::time::Duration::from_secs(370 * 86_400);

/// What is asked: which type, how long, when.
#[derive(Clone, Debug)]
pub(crate) struct Ask<'a> {
    pub it: &'a AppointmentType,
    /// In minutes.
    pub duration: i64,
    pub span: Span,
    /// Exactly these hosts, all of them, in place of the type's own: the hosts of a booking that moves. What was
    /// promised can be moved although nobody could promise it anew.
    pub only: Option<&'a [AccountId]>,
    /// The owners of claims that do not count: the booking that moves, the hold that is being booked.
    pub except: Vec<String>,
    /// Whether notice and horizon count; a host may book closer than visitors may.
    pub by_host: bool,
    /// Only hosts who can serve this one of the type's places; any of them when absent.
    pub place: Option<&'a Place>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(it: &'a AppointmentType, duration: i64, span: Span) -> Self {
        Self { it, duration, span, only: None, except: Vec::new(), by_host: false, place: None }
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
    place: Option<Place>,
    is_move: bool,
}

/// Reads the board.
pub(crate) async fn board(hub: &Hub, ask: &Ask<'_>) -> Result<Board> {
    let organization = ask.it.organization_id;
    check(ask)?;
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
        is_open: (ask.it.active || ask.only.is_some()) && !accounts.is_empty(),
        place: ask.place.cloned(),
        is_move: ask.only.is_some(),
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
        let is_free_of_it = self.is_move || (self.mode != HostMode::Any && index > 0);
        let serves = |host: &HostOnBoard| match &self.place {
            Some(place) => host.ready.places.contains(place),
            None => !host.ready.places.is_empty(),
        };
        is_free_of_it || self.hosts.get(index).is_some_and(serves)
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

/// Refuses what nobody asks for in earnest, before anything is read.
fn check(ask: &Ask<'_>) -> Result<()> {
    if !(1..=LONGEST_DURATION).contains(&ask.duration) {
        return Err(invalid_field("duration", "Use between 1 minute and 23 hours 59 minutes."));
    }
    if ask.span.end.since(ask.span.start) > LONGEST_SPAN {
        return Err(invalid_field("to", "Ask for at most a year at a time."));
    }
    Ok(())
}

/// Buffers reach over the span, and so does what they must not meet.
fn looked_at(ask: &Ask<'_>) -> Span {
    Span {
        start: ask.span.start.before(minutes(ask.it.before_buffer)),
        end: ask.span.end.after(minutes(ask.it.after_buffer)).after(minutes(ask.duration)),
    }
}

fn problem(ask: &Ask<'_>, now: Instant) -> Problem {
    let whole = |minutes: i64| u32::try_from(minutes).unwrap_or(0);
    Problem {
        mode: if ask.only.is_some() || ask.it.mode != HostMode::Any { Mode::All } else { Mode::Any },
        from: ask.span.start.timestamp(),
        to: ask.span.end.timestamp(),
        now: now.timestamp(),
        duration: whole(ask.duration),
        step: whole(ask.it.step),
        before_buffer: whole(ask.it.before_buffer),
        after_buffer: whole(ask.it.after_buffer),
        min_notice: if ask.by_host { 0 } else { whole(ask.it.min_notice) },
        max_advance: if ask.by_host { None } else { ask.it.max_advance.map(whole) },
        hosts: Vec::new(),
    }
}

/// The type's hosts who can work now, in their order. None where hosts meet together and one of them cannot.
pub(crate) async fn active_hosts(hub: &Hub, it: &AppointmentType) -> Result<Vec<AccountId>> {
    let hosts = appointment_type::hosts(hub, hub.db(), it.organization_id, it.id).await?;
    let hosts: Vec<AccountId> = hosts.into_iter().map(|host| host.account_id).collect();
    let accounts = accounts::accounts_with(hub, it.organization_id, &hosts).await?;
    let works = |host: &AccountId| {
        let account = accounts.iter().find(|account| account.id == *host);
        account.is_some_and(|account| account.is_active() && account.has(Role::Host))
    };
    if it.mode == HostMode::All && !hosts.iter().all(works) {
        return Ok(Vec::new());
    }
    Ok(hosts.into_iter().filter(works).collect())
}

/// Everybody's hours, in their order; the usual ones for whoever has set none.
async fn hours(hub: &Hub, it: &AppointmentType, accounts: &[AccountId]) -> Result<Vec<Availability>> {
    let mut known = availability::of_accounts(hub, it.organization_id, accounts).await?;
    let without: Vec<AccountId> = accounts
        .iter()
        .filter(|account| !known.iter().any(|it| it.account_id == **account))
        .copied()
        .collect();
    for account in accounts::accounts_with(hub, it.organization_id, &without).await? {
        known.push(Availability::usual(it.organization_id, account.id, &account.time_zone));
    }
    let position = |hours: &Availability| accounts.iter().position(|account| *account == hours.account_id);
    known.sort_by_key(position);
    if known.len() != accounts.len() {
        return Err(platform::bug("a host's account is gone"));
    }
    Ok(known)
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
