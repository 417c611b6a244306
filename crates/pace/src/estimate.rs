//! From refusals to a rate: what a provider's way of counting must be, given what it had accepted.

use crate::{
    Micros, Rate, SECOND,
    answer::LONG,
    pace::{Pace, Stage},
    refusal::{Before, Refusal, WINDOWS},
};

/// Two refusals further apart than this say nothing together.
const RELATED: Micros = 60 * SECOND;

/// A rate that was kept for less says nothing of what is taken for long.
const SHORT: Micros = 4 * SECOND;

/// Pauses that are further apart than so many times their length cost at most three percent.
const SELDOM: i64 = 30;

impl Pace {
    /// Corrects the rate after a refusal, when the provider is open again.
    pub(crate) fn settle(&mut self, now: Micros) {
        let Some(mut refusal) = self.refusal.filter(|refusal| refusal.reopened.is_none()) else { return };
        refusal.reopened = Some(now);
        self.last_pause =
            self.closed_until.min(now).saturating_sub(refusal.first).clamp(SECOND / 4, 120 * SECOND);
        refusal.counts = WINDOWS.map(|window| self.counted(&refusal, window));
        self.refusal = Some(refusal);
        match self.stage {
            Stage::Seeking { .. } => self.first_estimate(&refusal, now),
            Stage::Paced => self.next_estimate(&refusal),
        }
        self.stage = Stage::Paced;
        self.next = now;
        self.since = now;
        self.quiet = 0;
    }

    /// What was accepted in a window before a refusal: the most that any of its refused requests had before it.
    fn counted(&self, refusal: &Refusal, window: i64) -> u64 {
        let tally = if window > 10 { &self.coarse } else { &self.fine };
        let window = window * SECOND;
        tally.count(refusal.first, window).max(tally.count(refusal.last, window))
    }

    /// After the first refusal ever: which window would open again when this provider did?
    fn first_estimate(&mut self, refusal: &Refusal, now: Micros) {
        let waited = refusal.told.unwrap_or(self.closed_until.min(now).saturating_sub(refusal.last) / 2);
        self.burst = Some(self.quiet);
        let window = match waited {
            ..=SECOND => 0,
            wait if wait < 12 * SECOND => 1,
            _ => 2,
        };
        if waited < 60 * SECOND {
            // The next refusal will come from one request too many, not from a whole window at once.
            self.last_pause = self.last_pause.min(2 * SECOND);
        }
        let count = refusal.counts[window].max(1);
        let estimate = Rate::of(count, WINDOWS[window] * SECOND);
        self.rate = estimate.permille(1_000 - self.margin(Some(window)));
        self.ceiling = None;
        let opens = self.fine.oldest(refusal.last, 10 * SECOND).unwrap_or(refusal.last) + 10 * SECOND;
        let told = refusal.told.is_some();
        if waited == 60 * SECOND || window == 1 && now.abs_diff(opens) < 1_500_000 {
            self.shape = Some(window);
            self.ceiling = Some(estimate);
            // Whether a provider that names no pause was closed for so long is not sure.
            self.patience = if told { self.settled() } else { self.settled().min(1_000) };
            return;
        }
        // It may have been a bucket that refills faster than this, or a provider that asks for longer pauses than it
        // needs. Looking costs the requests of a pause when it was not, so the more these are, the later.
        self.patience =
            if count < 32 || window > 0 { (count * count / 4).clamp(3, 400) } else { self.settled() };
        self.step = (20_000 / count).clamp(200, 1_000);
    }

    fn next_estimate(&mut self, refusal: &Refusal) {
        let related = refusal.before.filter(|before| refusal.first.saturating_sub(before.first) < RELATED);
        self.shape = refusal.before.and_then(|before| self.alike(refusal, &before));
        if self.hasty > 0 {
            self.margin = (self.margin + 2).min(30);
        }
        // Refused again at once, though the number was the same: it was no window. Only the first estimate may have been
        // a little too high for a window of a second, when requests came closer to each other than they left.
        let is_of_first = self.ceiling.is_none() && self.stepped_from.is_none();
        let once_more = is_of_first && self.shape == Some(0);
        if self.hasty > u32::from(once_more) {
            self.shape = None;
        }
        self.proven = self.proven.filter(|proven| *proven < refusal.rate.permille(997));
        self.proven = self.proven.max(self.sustained(refusal));
        let floor = self.proven.max(self.stepped_from.take()).unwrap_or(Rate::SLOWEST);
        let estimate = match (self.shape, related) {
            (Some(window), _) => Rate::of(refusal.counts[window], WINDOWS[window] * SECOND),
            (None, Some(before)) => self.between(refusal, &before),
            (None, None) => self.lately(refusal).max(refusal.rate.permille(900)),
        };
        let estimate = estimate.max(floor).min(refusal.rate);
        self.rate =
            estimate.permille(1_000 - self.margin(self.shape)).max(self.proven.unwrap_or(Rate::SLOWEST));
        self.ceiling = Some(if self.shape.is_some() { estimate } else { refusal.rate });
        self.patience = if self.shape.is_some() { self.settled() } else { self.short() };
    }

    /// What the provider took for long, less what a full bucket may have given on top.
    fn sustained(&self, refusal: &Refusal) -> Option<Rate> {
        let time = refusal.first.saturating_sub(self.since);
        if self.came_together(refusal, time) {
            return Some(refusal.rate);
        }
        let at_least = self.quiet.checked_sub(self.burst?)?;
        (time > SHORT).then(|| Rate::of(at_least, time).min(refusal.rate))
    }

    /// A window shows within its length what is too much for it. When it refuses much later, requests were kept up and
    /// arrived together, if they are many enough for that. A rate that was just tried is no such case: it may have
    /// emptied a bucket. Nor is one whose pauses cost more than a lower rate would.
    fn came_together(&self, refusal: &Refusal, time: Micros) -> bool {
        let is_window = self.shape.is_some_and(|window| WINDOWS[window] * SECOND < LONG);
        let is_longer = is_window && time > LONG.max(SELDOM * self.last_pause);
        let was_used = self.quiet >= refusal.rate.requests_in(time) * 9 / 10;
        is_longer && was_used && self.stepped_from.is_none() && refusal.rate.requests_in(SECOND / 20) > 0
    }

    /// How far to keep below what was counted. In a long window the way of a request matters less.
    fn margin(&self, window: Option<usize>) -> u64 {
        if window.unwrap_or(0) > 0 { self.margin / 2 } else { self.margin }
    }

    /// What was accepted per second in the last ten, or in the last if there were no ten.
    fn lately(&self, refusal: &Refusal) -> Rate {
        let whole = self
            .coarse
            .oldest(refusal.first, 60 * SECOND)
            .is_some_and(|oldest| oldest < refusal.first - 11 * SECOND);
        let window = usize::from(whole);
        Rate::of(refusal.counts[window], WINDOWS[window] * SECOND)
    }

    /// The window in which the provider had accepted the same number at both refusals: it is the one it counts in. The
    /// one that proved itself before, if it does again; otherwise the one that fits best.
    fn alike(&self, refusal: &Refusal, before: &Before) -> Option<usize> {
        let most = if refusal.told.is_some_and(|wait| wait > 12 * SECOND) { 3 } else { 2 };
        let off = |window: usize| {
            let (now, then) = (refusal.counts[window], before.counts[window]);
            // Right after a pause there is little in any window.
            let long_enough = refusal.first.saturating_sub(before.reopened) > WINDOWS[window] * SECOND / 2;
            let smooth = window == 0 || self.shape == Some(window) || now * 11 >= refusal.counts[0] * 100;
            (smooth && long_enough && now > 0 && now.abs_diff(then) * 33 <= now)
                .then(|| now.abs_diff(then) * 1_000 / now)
        };
        self.shape.filter(|&window| off(window).is_some()).or_else(|| {
            let fitting = (0..most).filter_map(|window| Some((off(window)?, window)));
            fitting.min_by_key(|&(off, window)| (off, most - window)).map(|(_, window)| window)
        })
    }

    /// Patience once the limit is known. A look costs the requests of one pause, which shall be half a percent.
    pub(crate) fn settled(&self) -> u64 {
        self.rate.requests_in(200 * self.last_pause).clamp(1_500, 100_000)
    }

    /// A bucket was empty at both refusals: what was accepted in between is what it was refilled with.
    fn between(&self, refusal: &Refusal, before: &Before) -> Rate {
        let time = refusal.first.saturating_sub(before.first);
        let tally = if time > 10 * SECOND { &self.coarse } else { &self.fine };
        Rate::of(tally.count(refusal.first, time), time).max(refusal.rate.permille(100))
    }
}
