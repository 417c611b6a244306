//! What keeps a queue moving: it exchanges permits and reports with the shared pace, as seldom as it can. It runs while
//! somebody waits or something is to be reported.

use std::{sync::Arc, time::Duration};

use pace::{Micros, Reserved};
use platform::{Hub, Instant, Result};
use tokio::time::Instant as Moment;

use super::{
    lane::{LONGEST_WAIT, Lane, State},
    row,
};

/// Exchanges follow each other no sooner: the row is everybody's.
const GAP: Duration = Duration::from_millis(25);
/// What nobody is in a hurry to hear is reported after this long.
const REPORT_AFTER: Duration = Duration::from_millis(250);
/// Permits are fetched before the last one at hand is this near.
const AHEAD: Micros = 60_000;
/// With nothing to do for so long, it ends; the next request starts it again.
const IDLE: Duration = Duration::from_secs(1);
/// A clock that has not moved while so much time went by stands still.
const STANDING: Duration = Duration::from_millis(100);
/// After the database could not be asked.
const BROKEN: Duration = Duration::from_secs(5);

/// Keeps a queue moving until there is nothing to do.
pub(super) async fn drive(hub: Hub, lane: Arc<Lane>) {
    let clock = (hub.now(), Moment::now());
    let mut driver = Driver { hub, lane, last: None, ask_again: None, idle_since: clock.1, clock };
    let mut guard = Driven { lane: Arc::clone(&driver.lane), has_ended: false };
    while driver.step().await {}
    guard.has_ended = true;
}

/// If the task is thrown away, the next request has to start another.
struct Driven {
    lane: Arc<Lane>,
    has_ended: bool,
}

impl Drop for Driven {
    fn drop(&mut self) {
        if !self.has_ended {
            self.lane.state().is_driven = false;
        }
    }
}

struct Driver {
    hub: Hub,
    lane: Arc<Lane>,
    /// The last exchange.
    last: Option<Moment>,
    /// Before this instant of the hub's clock it gives nothing, unless an answer is reported.
    ask_again: Option<Instant>,
    idle_since: Moment,
    /// What the hub's clock last said, and since when.
    clock: (Instant, Moment),
}

/// What is to be done next.
enum Next {
    /// Exchange with the pace, and ask for so many permits.
    Exchange(u32),
    /// Wait for news, so long at most.
    Rest(Duration),
    End,
}

impl Driver {
    /// Does the next thing; false at the end.
    async fn step(&mut self) -> bool {
        self.lane.hand_out(&self.hub);
        match self.next() {
            Next::Exchange(most) => {
                if let Err(error) = self.exchange(most).await {
                    tracing::warn!(?error, "the pace could not be asked");
                    self.lane.put_off(self.hub.now().after(BROKEN));
                    if self.hub.stop().is_cancelled() {
                        return self.leave();
                    }
                    tokio::time::sleep(REPORT_AFTER).await;
                }
            }
            Next::Rest(longest) => self.rest(longest).await,
            Next::End => {
                // Nothing comes between this look and the next driver: both hold the state.
                let mut state = self.lane.state();
                if state.waiting.is_empty() && state.reports.is_empty() {
                    state.is_driven = false;
                    return false;
                }
            }
        }
        true
    }

    /// Ends, whatever is left.
    fn leave(&self) -> bool {
        self.lane.state().is_driven = false;
        false
    }

    fn next(&mut self) -> Next {
        let stopped = self.hub.stop().is_cancelled();
        if stopped {
            self.lane.put_off(self.hub.now());
        }
        let (now, mut state) = (self.hub.now(), self.lane.state());
        let since = self.last.map_or(Duration::MAX, |last| last.elapsed());
        let is_busy = !state.waiting.is_empty() || !state.reports.is_empty() || state.in_air > 0;
        if is_busy {
            self.idle_since = Moment::now();
        } else if !state.permits.is_empty() && (stopped || self.idle_since.elapsed() > REPORT_AFTER) {
            let unused = std::mem::take(&mut state.permits);
            state.reports.extend(unused.into_iter().map(row::Report::Unused));
        }
        if state.is_urgent || (stopped && !state.reports.is_empty()) {
            return Next::Exchange(0);
        }
        let most = wanted(&state, since, now);
        if most > 0 {
            return self.next_to_ask(&state, most, since, now);
        }
        if !state.reports.is_empty() {
            return REPORT_AFTER.checked_sub(since).map_or(Next::Exchange(0), Next::Rest);
        }
        if stopped || (!is_busy && self.idle_since.elapsed() >= IDLE) {
            return Next::End;
        }
        Next::Rest(REPORT_AFTER)
    }

    /// When to ask for permits. An even pace says itself when; otherwise it is answers that make room.
    fn next_to_ask(&self, state: &State, most: u32, since: Duration, now: Instant) -> Next {
        let wait = match (is_even(state), state.reports.is_empty(), self.ask_again) {
            (_, _, None) | (false, false, _) => GAP,
            (false, true, Some(_)) if state.in_air > 0 => REPORT_AFTER,
            (true, false, Some(at)) if at > now && since >= REPORT_AFTER => return Next::Exchange(0),
            (_, _, Some(at)) if at > now => return Next::Rest(self.until_asked(now)),
            _ => GAP,
        };
        match wait.checked_sub(since) {
            Some(short) if !short.is_zero() => Next::Rest(short),
            _ => Next::Exchange(most),
        }
    }

    fn until_asked(&self, now: Instant) -> Duration {
        self.ask_again.map_or(GAP, |at| at.since(now)).clamp(Duration::from_millis(1), REPORT_AFTER)
    }

    async fn exchange(&mut self, most: u32) -> Result<()> {
        let (reports, refusals) = {
            let mut state = self.lane.state();
            state.is_urgent = false;
            state.given = 0;
            (std::mem::take(&mut state.reports), state.refusals)
        };
        self.last = Some(Moment::now());
        let exchanged = row::exchange(&self.hub, self.lane.key, self.lane.machine, &reports, most).await;
        let mut state = self.lane.state();
        let (reserved, known) = match exchanged {
            Ok(exchanged) => exchanged,
            Err(error) => {
                state.reports.splice(0..0, reports);
                return Err(error);
            }
        };
        state.known = Some(known);
        match reserved {
            // Given before the database knew what the provider has answered meanwhile.
            Some(Reserved::Permits(permits)) if state.refusals != refusals => {
                state.reports.extend(permits.each().map(row::Report::Unused));
            }
            Some(Reserved::Permits(permits)) => {
                state.permits.extend(permits.each());
                self.ask_again = None;
            }
            Some(Reserved::Wait(until)) => self.ask_again = Some(Instant::from_micros(until)),
            None => {}
        }
        Ok(())
    }

    /// Waits for news. Whoever waits for a clock that stands still, or for an instant too far away, is told so.
    async fn rest(&mut self, longest: Duration) {
        // Running out of time is what a rest is for.
        let _ = tokio::time::timeout(longest, self.lane.stirred.notified()).await;
        let now = self.hub.now();
        if now != self.clock.0 {
            self.clock = (now, Moment::now());
        }
        let Some(until) = self.ask_again.filter(|at| *at > now) else { return };
        let is_hopeless = {
            let state = self.lane.state();
            let is_told = is_even(&state) || state.reports.is_empty();
            let stands = self.clock.1.elapsed() >= STANDING && state.in_air == 0 && is_told;
            stands || until.since(now) > LONGEST_WAIT
        };
        if is_hopeless {
            self.lane.put_off(until);
        }
    }
}

/// Whether the pace says by itself when the next request may leave, rather than waiting for answers.
fn is_even(state: &State) -> bool {
    state.known.is_some_and(|known| known.rate.is_some() && known.in_flight > 1)
}

/// How many permits to ask for: for everybody who waits, and where the pace is even, as many more as were lately used.
fn wanted(state: &State, since: Duration, now: Instant) -> u32 {
    let waiting = u32::try_from(state.waiting.len()).unwrap_or(u32::MAX);
    let is_paced = state.known.is_some_and(|known| known.rate.is_some());
    let is_steady = is_paced && state.given > 0 && since < 4 * REPORT_AFTER;
    let more = if is_steady { 2 * state.given } else { 0 };
    let is_short = state.permits.back().is_none_or(|last| last.at < now.micros() + AHEAD);
    match state.permits.is_empty() {
        true if waiting > 0 => waiting.max(more),
        _ if is_short => more,
        _ => 0,
    }
}
