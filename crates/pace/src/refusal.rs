//! Refusals: which belong together, how long to wait, and what was accepted before.

use serde::{Deserialize, Serialize};

use crate::{
    Micros, Rate, SECOND,
    pace::{FINE, Pace, Scout, Stage},
};

/// Windows in which providers are known to count, in seconds. Webex names 60 for its XML API; 1 and 10 are the usual.
pub(crate) const WINDOWS: [i64; 3] = [1, 10, 60];

/// No pause that a provider asks for is taken longer than a day.
const LONGEST: Micros = 86_400 * SECOND;

/// A refusal, together with those of requests that had left before it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// The permits of the first and the last refused request.
    pub(crate) first: Micros,
    pub(crate) last: Micros,
    /// How long the provider asked to wait, if it did.
    pub(crate) told: Option<Micros>,
    /// The rate that was kept.
    pub(crate) rate: Rate,
    /// When permits were given again and the rate was corrected.
    pub(crate) reopened: Option<Micros>,
    /// Whether anything was accepted since then.
    pub(crate) over: bool,
    /// What the provider had accepted in each of the windows before it refused.
    pub(crate) counts: [u64; 3],
    /// The same at the refusal before, and where that was and ended.
    pub(crate) before: Option<Before>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Before {
    pub(crate) first: Micros,
    pub(crate) reopened: Micros,
    pub(crate) counts: [u64; 3],
}

impl Pace {
    /// The request with this permit was refused at `heard`, with this wish for a pause.
    pub(crate) fn refused(&mut self, permit: Micros, heard: Micros, told: Option<Micros>) {
        let told = told.filter(|&wait| wait > 0).map(|wait| wait.min(LONGEST));
        let scouted = self.scout == Scout::Sent(permit);
        if let Some(wait) = told {
            self.closed_until = self.closed_until.max(heard.saturating_add(wait));
        }
        if let Some(refusal) = self.refusal.as_mut().filter(|known| !scouted && known.includes(permit)) {
            refusal.first = refusal.first.min(permit);
            refusal.last = refusal.last.max(permit);
            refusal.told = refusal.told.max(told);
            return;
        }
        // Refused again and nothing accepted since the pause: it was too short, and the rate is not to blame.
        if scouted || self.refusal.is_some_and(|known| known.reopened.is_some() && !known.over) {
            self.strikes = self.strikes.saturating_add(1);
        } else {
            self.open(permit, told);
        }
        if let Some(refusal) = &mut self.refusal {
            refusal.told = refusal.told.max(told);
        }
        self.pause(permit, heard, told);
    }

    fn open(&mut self, permit: Micros, told: Option<Micros>) {
        let before = self.refusal.and_then(|known| {
            Some(Before { first: known.first, reopened: known.reopened?, counts: known.counts })
        });
        let lowered =
            before.is_some_and(|before| before.reopened == self.since) && self.quiet < 3 * self.short();
        self.hasty = if lowered { self.hasty + 1 } else { 0 };
        self.strikes = 0;
        self.refusal = Some(Refusal {
            first: permit,
            last: permit,
            told,
            rate: self.rate,
            reopened: None,
            over: false,
            counts: [0; 3],
            before,
        });
    }

    /// How long to wait where the provider does not say, or said too little: until a window of the usual lengths has
    /// moved on, and longer each time that was in vain.
    fn pause(&mut self, permit: Micros, heard: Micros, told: Option<Micros>) {
        if let Some(refusal) = &mut self.refusal {
            refusal.reopened = None;
        }
        let seeking = matches!(self.stage, Stage::Seeking { .. });
        if self.strikes > 0 || (seeking && told.is_none()) {
            self.scout = Scout::Wanted;
        }
        if told.is_some() && self.strikes == 0 {
            return;
        }
        let moved_on = if seeking { self.moved_on(permit).unwrap_or(heard) } else { heard };
        let least = match self.strikes {
            0 => self.rate.time_for(2).min(SECOND),
            strikes => (SECOND / 8) << strikes.min(9),
        };
        self.closed_until = self.closed_until.max(moved_on).max(heard + least.min(60 * SECOND));
    }

    /// When the window has moved beyond its first requests: the shortest one at first, a longer one after each strike.
    fn moved_on(&self, permit: Micros) -> Option<Micros> {
        let strikes = usize::try_from(self.strikes).unwrap_or(usize::MAX);
        let window = WINDOWS[strikes.min(WINDOWS.len() - 1)] * SECOND;
        let (tally, blur) = if window > 10 * SECOND { (&self.coarse, SECOND) } else { (&self.fine, FINE) };
        tally.oldest(permit, window).map(|oldest| oldest + window + blur)
    }
}

impl Refusal {
    /// Whether the request with this permit had left before the pace was corrected.
    fn includes(&self, permit: Micros) -> bool {
        self.reopened.is_none_or(|reopened| permit < reopened)
    }
}
