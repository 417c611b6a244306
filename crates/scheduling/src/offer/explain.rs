//! Why a time is not offered: every time of a span with everything that stands against it, from the same board that
//! makes the offers.

use platform::{Instant, id::AccountId};
use slots::Reason;

use super::{
    board::{Board, Cause},
    caps::Capped,
};
use crate::appointment_type::{HostMode, PlaceKind};

/// One thing that stands against a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// The type takes no bookings: it is switched off, or has no active host.
    Closed,
    InThePast,
    TooSoon {
        earliest: Instant,
    },
    TooFar {
        latest: Instant,
    },
    OutsideAvailability,
    TooShort {
        until: Instant,
    },
    Busy(Cause),
    BufferBefore(Cause),
    BufferAfter(Cause),
    CapPerDay,
    CapPerWeek,
    /// None of the type's places can be served: what is missing for each.
    NotConnected(Vec<(PlaceKind, String)>),
}

/// One host at one time.
#[derive(Clone, Debug)]
pub(crate) struct HostTime {
    pub account: AccountId,
    /// Empty where the host is free.
    pub reasons: Vec<Because>,
}

/// One time of the day.
#[derive(Clone, Debug)]
pub(crate) struct TimeExplained {
    pub start: Instant,
    pub offered: bool,
    /// What stands against it whoever the host is.
    pub reasons: Vec<Because>,
    pub hosts: Vec<HostTime>,
}

impl Board {
    /// Every time of the span, offered or not.
    pub(crate) fn explain(&self) -> Vec<TimeExplained> {
        slots::explain(&self.problem).iter().map(|time| self.explain_time(time)).collect()
    }

    fn explain_time(&self, time: &slots::Explained) -> TimeExplained {
        let start = Instant::from(time.start);
        let mut reasons: Vec<Because> = time.reasons.iter().map(|reason| self.because(*reason)).collect();
        if !self.is_open {
            reasons.insert(0, Because::Closed);
        }
        let hosts: Vec<HostTime> =
            time.hosts.iter().filter_map(|host| self.explain_host(start, host)).collect();
        let free = hosts.iter().filter(|host| host.reasons.is_empty()).count();
        let needed = if self.mode == HostMode::Any { 1 } else { self.hosts.len() };
        TimeExplained { start, offered: reasons.is_empty() && free >= needed, reasons, hosts }
    }

    fn explain_host(&self, start: Instant, explained: &slots::HostExplained) -> Option<HostTime> {
        let index = usize::try_from(explained.host).ok()?;
        let host = self.hosts.get(index)?;
        let mut reasons: Vec<Because> =
            explained.reasons.iter().map(|reason| self.because(*reason)).collect();
        reasons.extend(self.caps.capped(host.account, &host.zone, start).map(|capped| match capped {
            Capped::Day => Because::CapPerDay,
            Capped::Week => Because::CapPerWeek,
        }));
        if !self.can_host(index) {
            reasons.push(Because::NotConnected(host.ready.missing.clone()));
        }
        Some(HostTime { account: host.account, reasons })
    }

    fn because(&self, reason: Reason) -> Because {
        let cause = |cause: u32| {
            let found = usize::try_from(cause).ok().and_then(|index| self.causes.get(index));
            found.cloned().unwrap_or(Cause::Hold)
        };
        match reason {
            Reason::InThePast => Because::InThePast,
            Reason::TooSoon { earliest } => Because::TooSoon { earliest: earliest.into() },
            Reason::TooFar { latest } => Because::TooFar { latest: latest.into() },
            Reason::OutsideAvailability => Because::OutsideAvailability,
            Reason::TooShort { until } => Because::TooShort { until: until.into() },
            Reason::Busy { cause: index } => Because::Busy(cause(index)),
            Reason::BufferBefore { cause: index } => Because::BufferBefore(cause(index)),
            Reason::BufferAfter { cause: index } => Because::BufferAfter(cause(index)),
        }
    }
}
