//! One time from the clocks of several machines that do not agree.
//!
//! The calls on a state come one after the other, whoever makes them. A machine whose clock says less than the call
//! before must be behind by at least the difference, and its clock is corrected by it from then on. The correction
//! never overshoots the true difference, and after some dozen calls comes close to it. Times go back to a machine in
//! its own clock, so a machine never needs to know.

use serde::{Deserialize, Serialize};

use crate::{Micros, SECOND};

/// Machines remembered; beyond, the one that called longest ago is forgotten and learned anew when it returns.
const REMEMBERED: usize = 32;

/// Some 36,000 years.
const BOUND: Micros = 1 << 60;
/// A correction by more than this shows that the clocks are not well known yet.
const NOTABLE: Micros = SECOND / 100;
/// So many calls of each machine without one, and they are.
const CALLS: usize = 8;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clocks {
    /// The time of the last call.
    now: Micros,
    /// Who called, and by how much its clock is behind the others; whoever called last stands last.
    behind: Vec<(u64, Micros)>,
    /// So many calls until the clocks count as compared.
    uncompared: usize,
}

impl Clocks {
    /// The common time at this call.
    pub(crate) fn hear(&mut self, machine: u64, now: Micros) -> Micros {
        // Far from where sums would overflow, whatever a machine says.
        let now = now.clamp(-BOUND, BOUND);
        let known = self.behind.iter().position(|&(name, _)| name == machine);
        let behind = known.map_or(0, |index| self.behind.remove(index).1);
        let common = now.saturating_add(behind).max(self.now).min(BOUND);
        let behind_now = common.saturating_sub(now);
        self.behind.push((machine, behind_now));
        self.uncompared = self.uncompared.saturating_sub(1);
        if self.behind.len() > 1 && (known.is_none() || behind_now - behind > NOTABLE) {
            self.uncompared = CALLS * self.behind.len();
        }
        if self.behind.len() > REMEMBERED {
            self.behind.remove(0);
        }
        self.now = common;
        common
    }

    /// Whether the machines' clocks may still differ by more than is known.
    pub(crate) fn compared(&self) -> bool {
        self.uncompared == 0
    }

    /// What has to be added to this machine's clock.
    pub(crate) fn behind(&self, machine: u64) -> Micros {
        self.behind.iter().find(|&&(name, _)| name == machine).map_or(0, |&(_, behind)| behind)
    }
}
