//! Machines that share one pace.

use std::collections::VecDeque;

use pace::{Answer, Outcome, Pace, Permit, Reserved};

use super::{Agenda, MILLISECOND, Measured, Network, Provider, Random};

/// Batches cover a quarter of a second.
const TURN: i64 = 250 * MILLISECOND;
const MINUTE: i64 = 60_000 * MILLISECOND;

/// How the requests are sent.
#[derive(Clone, Copy)]
pub(crate) struct Fleet {
    pub(crate) machines: usize,
    /// Reports wait for the next turn, as over a shared database; otherwise each answer is reported at once.
    pub(crate) batched: bool,
    /// How far the clocks differ, from the first machine's to the last's.
    pub(crate) skew: i64,
    pub(crate) network: Network,
    /// When it begins; a pace that was used before goes on later.
    pub(crate) start: i64,
    pub(crate) seed: u64,
    /// How long the way to the provider stands still now and then; what was on it arrives together.
    pub(crate) stall: i64,
    /// So long after the last time.
    pub(crate) every: i64,
}

impl Fleet {
    pub(crate) fn one(network: Network) -> Self {
        Self { machines: 1, batched: false, skew: 0, network, start: 0, seed: 7, stall: 0, every: MINUTE }
    }

    pub(crate) fn three(network: Network) -> Self {
        Self {
            machines: 3,
            batched: true,
            skew: 50 * MILLISECOND,
            network,
            start: 0,
            seed: 7,
            stall: 0,
            every: MINUTE,
        }
    }
}

#[derive(Clone, Copy)]
enum Event {
    /// The machine reports and takes permits; stale turns (by number) are skipped.
    Turn(usize, u64),
    Send(usize, Permit),
    Arrive(usize, Permit, i64),
    Answer(usize, Permit, i64, Outcome),
}

#[derive(Default)]
struct Machine {
    turn: u64,
    /// Permits whose time has not come; permits that wait because too many requests are in the air.
    ahead: usize,
    held: VecDeque<Permit>,
    dropped: Vec<Permit>,
    unsent: Vec<Permit>,
    in_the_air: u32,
    may_be_in_the_air: u32,
    unreported: Vec<Answer>,
}

struct World<'a> {
    fleet: Fleet,
    pace: &'a mut Pace,
    provider: Provider,
    machines: Vec<Machine>,
    agenda: Agenda<Event>,
    random: Random,
    /// Requests without a permit.
    todo: i64,
}

/// Sends requests until so many were accepted.
pub(crate) fn run(pace: &mut Pace, provider: Provider, fleet: Fleet, requests: i64) -> Measured {
    let machines = (0..fleet.machines).map(|_| Machine::default()).collect();
    let mut world = World {
        fleet,
        pace,
        provider,
        machines,
        agenda: Agenda::new(),
        random: Random(fleet.seed),
        todo: requests,
    };
    for machine in 0..fleet.machines {
        world.turn_at(machine, fleet.start + i64::try_from(machine).expect("small numbers") * TURN / 3);
    }
    while world.provider.accepted < requests && world.provider.refused < 2 * requests {
        let (now, event) = world.agenda.next().expect("nobody does anything any more");
        world.happens(now, event);
    }
    Measured::of(&world.provider)
}

impl World<'_> {
    fn happens(&mut self, now: i64, event: Event) {
        match event {
            Event::Turn(machine, number) if number == self.machines[machine].turn => self.turn(now, machine),
            Event::Turn(..) => {}
            Event::Send(machine, permit) => self.send(now, machine, permit),
            Event::Arrive(machine, permit, sent) => {
                let outcome = match self.provider.ask(now) {
                    Ok(()) => Outcome::Accepted,
                    Err(retry_after) => Outcome::Throttled { retry_after },
                };
                let back = self.fleet.network.back(&mut self.random);
                self.agenda.at(now + back, Event::Answer(machine, permit, sent, outcome));
            }
            Event::Answer(machine, permit, sent, outcome) => {
                self.answer(now, machine, (permit, sent, outcome));
            }
        }
    }

    /// What this machine's clock says is so much more than the time.
    fn skew(&self, machine: usize) -> i64 {
        let others = i64::try_from(self.fleet.machines - 1).expect("small numbers").max(1);
        self.fleet.skew * i64::try_from(machine).expect("small numbers") / others - self.fleet.skew / 2
    }

    fn turn_at(&mut self, machine: usize, time: i64) {
        self.machines[machine].turn += 1;
        self.agenda.at(time, Event::Turn(machine, self.machines[machine].turn));
    }

    fn turn(&mut self, now: i64, machine: usize) {
        let own = now + self.skew(machine);
        let name = u64::try_from(machine).expect("small numbers");
        for answer in std::mem::take(&mut self.machines[machine].unreported) {
            self.pace.answered(own, name, answer);
        }
        for permit in std::mem::take(&mut self.machines[machine].dropped) {
            self.pace.returned(permit);
        }
        self.machines[machine].may_be_in_the_air = self.pace.in_flight();
        let mut next = now + TURN;
        if self.machines[machine].ahead == 0 && self.machines[machine].held.is_empty() && self.todo > 0 {
            let most = u32::try_from(self.todo).expect("small numbers");
            match self.pace.reserve(own, name, most) {
                Reserved::Permits(permits) => {
                    for permit in permits.each() {
                        let time = (permit.at - self.skew(machine)).max(now);
                        self.agenda.at(time, Event::Send(machine, permit));
                        self.machines[machine].unsent.push(permit);
                        self.todo -= 1;
                        next = next.min(now + TURN).max(time);
                    }
                    self.machines[machine].ahead += usize::try_from(permits.count()).expect("small numbers");
                }
                Reserved::Wait(until) => next = (until - self.skew(machine)).max(now + MILLISECOND),
            }
        }
        // The database takes its time, too.
        let next = if self.fleet.batched { next + self.random.below(20 * MILLISECOND) } else { next };
        let next = if self.machines[machine].unreported.is_empty() { next } else { next.min(now + TURN) };
        self.turn_at(machine, next);
    }

    fn send(&mut self, now: i64, machine: usize, permit: Permit) {
        let most = self.machines[machine].may_be_in_the_air;
        let this = &mut self.machines[machine];
        let Some(index) = this.unsent.iter().position(|known| *known == permit) else { return };
        this.unsent.remove(index);
        this.ahead -= 1;
        if this.in_the_air >= most {
            this.held.push_back(permit);
        } else {
            self.leave(now, machine, permit);
        }
        if self.machines[machine].ahead == 0 {
            self.turn_at(machine, now);
        }
    }

    fn leave(&mut self, now: i64, machine: usize, permit: Permit) {
        self.machines[machine].in_the_air += 1;
        let arrives = now + self.fleet.network.there(&mut self.random);
        let goes_on = arrives - arrives % self.fleet.every + self.fleet.every;
        let arrives = if goes_on - arrives <= self.fleet.stall { goes_on } else { arrives };
        self.agenda.at(arrives, Event::Arrive(machine, permit, now));
    }

    fn answer(&mut self, now: i64, machine: usize, (permit, sent, outcome): (Permit, i64, Outcome)) {
        let at = now + self.skew(machine);
        let this = &mut self.machines[machine];
        this.in_the_air -= 1;
        this.unreported.push(Answer { permit, at, latency: now - sent, outcome });
        let refused = matches!(outcome, Outcome::Throttled { .. });
        if refused {
            self.todo += 1;
            // What has not been sent will not be.
            let mut unsent = std::mem::take(&mut this.unsent);
            unsent.extend(std::mem::take(&mut this.held));
            this.ahead = 0;
            self.todo += i64::try_from(unsent.len()).expect("small numbers");
            this.dropped.append(&mut unsent);
        } else if let Some(permit) = this.held.pop_front() {
            self.leave(now, machine, permit);
        }
        if refused || !self.fleet.batched {
            self.turn_at(machine, now);
        }
    }
}
