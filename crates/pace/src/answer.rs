//! What came back, and what it changes.

use crate::{
    Micros, Permit, Rate, SECOND,
    pace::{MARGIN, Pace, Scout, Stage},
    refusal::Refusal,
};

/// Failures in a row after which one request at a time is sent until one succeeds.
const TOO_MANY_FAILURES: u32 = 8;
/// The longest step up, in thousandths, when a known limit may have risen.
const LONGEST_STEP: u64 = 80;

/// A rate that was kept for so long is proven: longer than the windows in which providers usually count.
pub(crate) const LONG: Micros = 12 * SECOND;

/// What a provider's answer means for the pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took the request, whatever it thought of its content: every answer but the following.
    Accepted,
    /// The provider took a request that it counts elsewhere, with those of another API: it is well, and that is all.
    Elsewhere,
    /// HTTP 429, or exception 000045 of Webex's XML API, with the pause it asked for, if it named one that can be
    /// read. The exception 000045 names none; Webex documents 60 seconds.
    Throttled { retry_after: Option<Micros> },
    /// No answer, or one of a provider in trouble (5xx).
    Failed,
}

/// What came of one permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub permit: Permit,
    /// When the answer came, in the machine's clock.
    pub at: Micros,
    /// From sending to answer.
    pub latency: Micros,
    pub outcome: Outcome,
}

impl Pace {
    /// Learns from an answer. Answers may be reported late, several at once and in any order.
    pub fn answered(&mut self, now: Micros, machine: u64, answer: Answer) {
        let now = self.clocks.hear(machine, now);
        let permit = answer.permit.due;
        let heard = answer.at.saturating_add(self.clocks.behind(machine)).min(now);
        self.outstanding = self.outstanding.saturating_sub(1);
        self.touched = now;
        match answer.outcome {
            Outcome::Accepted => {
                self.latency.learn(answer.latency);
                self.failures = 0;
                self.accepted(permit, now);
            }
            Outcome::Elsewhere => {
                self.failures = 0;
                self.unused(permit);
            }
            Outcome::Throttled { retry_after } => {
                self.failures = 0;
                self.untally(permit);
                self.refused(permit, heard, retry_after);
            }
            Outcome::Failed => self.failed(permit, heard),
        }
    }

    fn accepted(&mut self, permit: Micros, now: Micros) {
        if self.scout == Scout::Sent(permit) {
            self.scout = Scout::NotNeeded;
            self.strikes = 0;
            self.settle(now);
            self.next = self.next.max(permit.saturating_add(self.rate.time_for(1)));
            self.refusal = self.refusal.map(|refusal| Refusal { over: true, ..refusal });
        }
        if let Some(refusal) = &mut self.refusal
            && refusal.reopened.is_some_and(|reopened| permit >= reopened)
        {
            refusal.over = true;
        }
        if let Stage::Seeking { sixteenths } = &mut self.stage {
            self.quiet += 1;
            *sixteenths = sixteenths.saturating_add(self.latency.growth(*sixteenths, self.quiet));
            return;
        }
        if permit >= self.since {
            self.quiet += 1;
            if self.quiet >= self.patience {
                self.step_up(now);
            }
        }
    }

    /// Tries a little more, if the present rate was really used.
    fn step_up(&mut self, now: Micros) {
        let used = self.rate.requests_in(now.saturating_sub(self.since) - self.latency.usual()) * 8 / 10;
        if self.quiet >= used {
            if now.saturating_sub(self.since) > LONG && self.proven.is_none_or(|proven| proven < self.rate) {
                self.proven = Some(self.rate);
            }
            self.stepped_from = Some(self.rate);
            let near = 997 - self.margin;
            match self.ceiling {
                Some(ceiling) if self.rate < ceiling.permille(near) => {
                    let part = (ceiling.millionths() - self.rate.millionths()) / 6;
                    let more = Rate::from_millionths(self.rate.millionths() + part);
                    self.rate = more.max(self.rate.permille(1_010)).min(ceiling.permille(near));
                    self.patience =
                        if self.rate < ceiling.permille(near) { self.short() } else { self.settled() };
                }
                Some(_) => {
                    self.margin = (self.margin - 1).max(MARGIN);
                    self.ceiling = None;
                    self.step = 10;
                    self.rate = self.rate.permille(1_010);
                    self.patience = self.short();
                }
                None => {
                    self.rate = self.rate.permille(1_000 + self.step);
                    self.step = (2 * self.step).min(self.step.max(LONGEST_STEP));
                    self.patience = self.short();
                }
            }
        }
        self.quiet = 0;
        self.since = now;
    }

    /// Patience while the limit is being looked for: a second, but some requests.
    pub(crate) fn short(&self) -> u64 {
        (self.rate.requests_in(SECOND) + 1).max(4)
    }

    fn failed(&mut self, permit: Micros, heard: Micros) {
        self.failures = self.failures.saturating_add(1);
        let scouted = self.scout == Scout::Sent(permit);
        if scouted || self.failures >= TOO_MANY_FAILURES {
            self.scout = Scout::Wanted;
            let wait = SECOND << self.failures.saturating_sub(TOO_MANY_FAILURES).min(6);
            self.closed_until = self.closed_until.max(heard + wait.min(60 * SECOND));
        }
    }
}
