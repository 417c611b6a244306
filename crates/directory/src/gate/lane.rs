//! The queue of one process for one pace: who waits, which permits are at hand, and what has not been reported yet.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use pace::{Answer, Micros, Outcome, Permit, Rate};
use platform::{Error, Hub, Instant, Result, id::OrganizationId, later};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant as Moment,
};

use super::{
    Api,
    departures::Departures,
    driver,
    row::{Key, Known, Report},
};

/// Nobody waits longer for a turn.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// A permit that was due so long ago would come too close to those that are due now.
const STALE: Micros = 100_000;
/// How much faster than the pace late requests may follow each other, in thousandths: several that were kept up and then
/// left at once would be a burst. Where this process alone uses the pace, no more leave within a second all the same.
const CATCHING_UP: u64 = 1_100;
/// So late any timer may wake.
const LATE: Duration = Duration::from_millis(3);
/// The pace may have changed meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Whoever was forgotten asks again after this long.
const FORGOTTEN: Duration = Duration::from_secs(15);
const BUSY: &str = "Webex takes no further requests at the moment. It goes on by itself.";

/// Every queue of this process.
#[derive(Default)]
struct Lanes {
    all: Mutex<HashMap<Key, Arc<Lane>>>,
    /// By what name this process is known to the pace.
    machine: OnceLock<u64>,
}

/// Where in a queue somebody stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before everybody: for what must not wait.
    First,
    Last,
}

/// One queue.
pub(super) struct Lane {
    pub(super) key: Key,
    pub(super) machine: u64,
    /// For the turns, which give themselves back.
    own: Weak<Lane>,
    state: Mutex<State>,
    /// Held by who stands first at the door.
    at_the_door: tokio::sync::Mutex<()>,
    /// Something has changed that the driver should look at.
    pub(super) stirred: Notify,
    sent: AtomicI64,
    refused: AtomicI64,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) waiting: VecDeque<oneshot::Sender<Result<Turn>>>,
    pub(super) permits: VecDeque<Permit>,
    pub(super) reports: Vec<Report>,
    /// Turns that were given and have not ended.
    pub(super) in_air: usize,
    /// Permits given since the last exchange.
    pub(super) given: u32,
    /// Whether others should hear of a report at once.
    pub(super) is_urgent: bool,
    pub(super) is_driven: bool,
    pub(super) known: Option<Known>,
    /// How often the provider said that it has had enough.
    pub(super) refusals: u64,
    /// When the last request left, or should have.
    left_at: Option<Moment>,
    pub(super) departures: Departures,
}

pub(super) fn of(hub: &Hub, organization: OrganizationId, api: Api) -> Arc<Lane> {
    let lanes = hub.memory::<Lanes>();
    let machine = *lanes.machine.get_or_init(|| u64::from_le_bytes(hub.random().bytes()));
    let mut all = lanes.all.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (organization, api);
    let new = || {
        Arc::new_cyclic(|own| Lane {
            key,
            machine,
            own: own.clone(),
            state: Mutex::default(),
            at_the_door: tokio::sync::Mutex::default(),
            stirred: Notify::new(),
            sent: AtomicI64::new(0),
            refused: AtomicI64::new(0),
        })
    };
    all.entry(key).or_insert_with(new).clone()
}

/// The organization's queues.
pub(super) fn all(hub: &Hub, organization: OrganizationId) -> Vec<Arc<Lane>> {
    let lanes = hub.memory::<Lanes>();
    let all = lanes.all.lock().unwrap_or_else(PoisonError::into_inner);
    all.values().filter(|lane| lane.key.0 == organization).cloned().collect()
}

impl Lane {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> Option<Known> {
        self.state().known
    }

    /// Requests sent, and refused as too many.
    pub(super) fn counted(&self) -> (i64, i64) {
        (self.sent.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Waits until a request may leave.
    ///
    /// # Errors
    /// `Later` when that is too far away.
    pub(super) async fn turn(&self, hub: &Hub) -> Result<Turn> {
        in_time(hub, async {
            loop {
                let turn = self.due_turn(hub, Place::Last).await?;
                if self.leaves(&turn, || true).await {
                    return Ok(turn);
                }
            }
        })
        .await
    }

    /// The same before everybody who waits; nothing when the request is no longer fresh at its turn.
    ///
    /// # Errors
    /// `Later` when that is too far away.
    pub(super) async fn turn_while(&self, hub: &Hub, is_fresh: impl Fn() -> bool) -> Result<Option<Turn>> {
        in_time(hub, async {
            loop {
                let turn = self.due_turn(hub, Place::First).await?;
                if self.leaves(&turn, &is_fresh).await {
                    return Ok(Some(turn));
                }
                if !is_fresh() {
                    return Ok(None);
                }
            }
        })
        .await
    }

    /// Waits for a turn, and until it is due.
    async fn due_turn(&self, hub: &Hub, place: Place) -> Result<Turn> {
        let turn = self.next_turn(hub, place).await?;
        if let Ok(ahead @ 1..) = u64::try_from(turn.permit.at.saturating_sub(hub.now().micros())) {
            tokio::time::sleep(Duration::from_micros(ahead)).await;
        }
        Ok(turn)
    }

    /// Waits at the door, first come first served, until nobody is too close before; false when the turn has become void, or
    /// the request is no longer fresh.
    async fn leaves(&self, turn: &Turn, is_fresh: impl Fn() -> bool) -> bool {
        let _first = self.at_the_door.lock().await;
        while is_fresh() {
            match self.door(turn) {
                Door::Open => return true,
                Door::Void => return false,
                Door::ClosedUntil(moment) => tokio::time::sleep_until(moment).await,
            }
        }
        false
    }

    /// Whether a request with this turn leaves now.
    pub(super) fn door(&self, turn: &Turn) -> Door {
        let (now, mut state) = (Moment::now(), self.state());
        if turn.refusals != state.refusals {
            return Door::Void;
        }
        let Some(rate) = state.known.and_then(|known| known.rate) else { return Door::Open };
        let gap = u64::try_from(rate.permille(CATCHING_UP).time_for(1)).unwrap_or(0);
        let due = state.left_at.map_or(now, |left_at| left_at + Duration::from_micros(gap));
        let free_at = state.departures.free_at(rate.in_a_second()).unwrap_or(due);
        if due.max(free_at) > now {
            return Door::ClosedUntil(due.max(free_at).min(now + LOOK_AGAIN));
        }
        state.left_at = Some(due.max(now - LATE));
        state.departures.left(turn.permit.at, now);
        Door::Open
    }

    async fn next_turn(&self, hub: &Hub, place: Place) -> Result<Turn> {
        let (tell, told) = oneshot::channel();
        match place {
            Place::First => self.state().waiting.push_front(tell),
            Place::Last => self.state().waiting.push_back(tell),
        }
        self.stir(hub);
        told.await.unwrap_or_else(|_| Err(busy_until(hub.now().after(FORGOTTEN))))
    }

    /// Has the driver look; starts it where it does not run.
    fn stir(&self, hub: &Hub) {
        let mut state = self.state();
        if !state.is_driven
            && let (Some(lane), Ok(runtime)) = (self.own.upgrade(), tokio::runtime::Handle::try_current())
        {
            state.is_driven = true;
            drop(runtime.spawn(driver::drive(hub.clone(), lane)));
        }
        drop(state);
        self.stirred.notify_one();
    }

    /// Gives permits to those who wait, first come, first served; what has grown stale goes back.
    pub(super) fn hand_out(&self, hub: &Hub) {
        let now = hub.now().micros();
        let mut state = self.state();
        state.waiting.retain(|tell| !tell.is_closed());
        while let Some(permit) = state.permits.pop_front() {
            if permit.at < now - STALE {
                state.reports.push(Report::Unused(permit));
                continue;
            }
            let (Some(tell), Some(lane)) = (state.waiting.pop_front(), self.own.upgrade()) else {
                state.permits.push_front(permit);
                return;
            };
            state.in_air += 1;
            state.given += 1;
            let refusals = state.refusals;
            drop(state);
            // Whoever went away meanwhile drops the turn, and with it the permit comes back.
            let turn = Turn { lane, hub: hub.clone(), permit, refusals, is_over: false };
            let _ = tell.send(Ok(turn));
            state = self.state();
        }
    }

    /// Tells everybody who waits that it takes until then.
    pub(super) fn put_off(&self, until: Instant) {
        let waiting = std::mem::take(&mut self.state().waiting);
        for tell in waiting {
            let _ = tell.send(Err(busy_until(until)));
        }
    }

    fn report(&self, hub: &Hub, report: Report) {
        {
            let mut state = self.state();
            if let Report::Answered(answer) = report
                && answer.outcome != Outcome::Failed
            {
                let took = Duration::from_micros(answer.latency.unsigned_abs());
                let planned = state.known.and_then(|known| known.rate).map_or(0, Rate::in_a_second);
                state.departures.answered(answer.permit.at, took, planned);
            }
            state.in_air = state.in_air.saturating_sub(1);
            state.reports.push(report);
            if let Report::Answered(Answer { outcome: Outcome::Throttled { .. }, .. }) = report {
                state.is_urgent = true;
                state.refusals += 1;
                // Those at hand were given before it was known that the provider has had enough.
                let at_hand = std::mem::take(&mut state.permits);
                state.reports.extend(at_hand.into_iter().map(Report::Unused));
            }
        }
        self.stir(hub);
    }
}

/// What somebody with a turn finds at its time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    /// The one before left just now, or enough have left within a second.
    ClosedUntil(Moment),
    /// The provider has had enough since the turn was given.
    Void,
}

/// No turn is waited for longer than [`LONGEST_WAIT`].
async fn in_time<T>(hub: &Hub, turn: impl Future<Output = Result<T>>) -> Result<T> {
    let waited = tokio::time::timeout(LONGEST_WAIT, turn).await;
    waited.unwrap_or_else(|_| Err(busy_until(hub.now().after(FORGOTTEN))))
}

pub(super) fn busy_until(until: Instant) -> Error {
    later(until, BUSY)
}

/// That one request may leave. Dropped without an answer, it counts as not used.
pub(super) struct Turn {
    lane: Arc<Lane>,
    hub: Hub,
    permit: Permit,
    /// How many refusals were known when it was given.
    refusals: u64,
    is_over: bool,
}

impl Turn {
    /// What came back, and how long that took.
    pub(super) fn answered(mut self, outcome: Outcome, took: Duration) {
        self.is_over = true;
        self.lane.sent.fetch_add(1, Ordering::Relaxed);
        if matches!(outcome, Outcome::Throttled { .. }) {
            self.lane.refused.fetch_add(1, Ordering::Relaxed);
        }
        let latency = Micros::try_from(took.as_micros()).unwrap_or(Micros::MAX);
        let answer = Answer { permit: self.permit, at: self.hub.now().micros(), latency, outcome };
        self.lane.report(&self.hub, Report::Answered(answer));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_over {
            self.lane.report(&self.hub, Report::Unused(self.permit));
        }
    }
}
