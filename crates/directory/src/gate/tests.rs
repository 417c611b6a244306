//! Requests through the gate to a provider that counts them.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU32, Ordering},
};

use platform::{Clock, Fault};

use super::{lane::Door, *};
use crate::testing::{ORGANIZATION, folder, hub, standing};

/// Takes so many requests in any second.
struct Provider {
    limit: usize,
    taken: Mutex<VecDeque<Instant>>,
    refused: AtomicU32,
}

const TOO_MANY: ApiError = ApiError {
    kind: ApiKind::Passing { retry_after: Some(Duration::from_secs(1)) },
    status: Some(429),
    code: None,
    message: String::new(),
    correlation: None,
};

impl Provider {
    fn allowing(limit: usize) -> Self {
        Self { limit, taken: Mutex::default(), refused: AtomicU32::new(0) }
    }

    async fn answer(&self) -> Result<(), ApiError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let is_taken = {
            let (now, mut taken) = (Instant::now(), self.taken.lock().unwrap());
            while taken.front().is_some_and(|at| now - *at > Duration::from_secs(1)) {
                taken.pop_front();
            }
            let is_taken = taken.len() < self.limit;
            if is_taken {
                taken.push_back(now);
            }
            is_taken
        };
        if is_taken {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        Err(TOO_MANY)
    }
}

async fn taken(lane: &Lane, hub: &Hub) -> Turn {
    lane.turn(hub).await.unwrap()
}

async fn send(hub: &Hub, provider: &Provider) -> Result<(), CallError> {
    let lane = lane::of(hub, ORGANIZATION, Api::People);
    let kept = Kept::default();
    let sent = in_turn(hub, &lane, &kept, outcome::of, || provider.answer()).await;
    kept.or(sent.map_err(CallError::from))
}

/// Sends until so many were accepted, with as many in the air as the gate allows.
async fn send_all(hub: &Hub, provider: &Provider, many: u32) {
    let left = AtomicU32::new(many);
    let work = || async {
        while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            while send(hub, provider).await.is_err() {}
        }
    };
    let workers = (0..12).map(|_| work());
    futures_util::future::join_all(workers).await;
}

#[test]
fn an_estimate_rounds_up_and_knows_the_learned_rate() {
    assert_eq!([0, 1, 10, 11].map(|count| seconds_at(None, count)), [0, 1, 1, 2]);
    let slow = Rate::of(2, 1_000_000);
    assert_eq!([0, 1, 10].map(|count| seconds_at(Some(slow), count)), [0, 1, 6]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_one_limit() {
    let dir = folder();
    let (one, two) = (hub(dir.path(), Clock::system(), 1).await, hub(dir.path(), Clock::system(), 2).await);
    let provider = Provider::allowing(40);
    send_all(&one, &provider, 120).await;
    provider.refused.store(0, Ordering::Relaxed);
    let began = Instant::now();
    tokio::join!(send_all(&one, &provider, 100), send_all(&two, &provider, 100));
    let took = began.elapsed();
    let refused = provider.refused.load(Ordering::Relaxed);
    assert!(refused <= 10, "{refused} of 200 were refused");
    // At the limit it is five seconds; clocks are compared first, and a look beyond the limit costs a pause.
    assert!(took < Duration::from_secs(9), "{took:?}");
    let counted = counted(&one, ORGANIZATION);
    assert!(counted.0 >= 220 && counted.1 < counted.0 / 4, "{counted:?}");
    assert!(seconds(&two, ORGANIZATION, &[(Api::People, 400)]).await.unwrap() >= 9);
    assert!(in_flight(&two, ORGANIZATION, Api::People).await >= 1);
}

#[tokio::test]
async fn nothing_hangs_while_the_clock_stands() {
    let dir = folder();
    let hub = hub(dir.path(), standing(), 1).await;
    let provider = Provider::allowing(3);
    let mut ends = Vec::new();
    for _ in 0..5 {
        ends.push(send(&hub, &provider).await);
    }
    let late = ends.pop().unwrap().unwrap_err();
    let CallError::Own(error) = late else { panic!("{late:?}") };
    let Fault::Later(at) = error.fault else { panic!("{error:?}") };
    assert!(at > hub.now(), "{at}");
    hub.clock().advance(at.since(hub.now()) + Duration::from_secs(2));
    provider.taken.lock().unwrap().clear();
    send(&hub, &provider).await.unwrap();
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_turn_to_others() {
    let dir = folder();
    let hub = hub(dir.path(), Clock::system(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::Xml);
    for _ in 0..20 {
        let turn = taken(&lane, &hub).await;
        drop(turn);
    }
    assert_eq!(lane.counted(), (0, 0));
    assert_eq!(lane.state().in_air, 0);
}

#[tokio::test]
async fn what_must_not_wait_goes_before_everybody() {
    let dir = folder();
    let hub = hub(dir.path(), standing(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::Xml);
    // Nobody else gives permits meanwhile.
    lane.state().is_driven = true;
    let [one, other, stale, first] = [None, None, Some(false), Some(true)].map(|is_fresh| {
        let (lane, hub) = (lane.clone(), hub.clone());
        tokio::spawn(async move {
            match is_fresh {
                None => lane.turn(&hub).await.is_ok(),
                Some(is_fresh) => lane.turn_while(&hub, || is_fresh).await.unwrap().is_some(),
            }
        })
    });
    while lane.state().waiting.len() < 4 {
        tokio::task::yield_now().await;
    }
    let reserved = pace::Pace::from_rate(Rate::of(1_000, 1_000_000)).reserve(hub.now().micros(), 1, 2);
    let pace::Reserved::Permits(permits) = reserved else { panic!("{reserved:?}") };
    lane.state().permits.extend(permits.each());
    lane.hand_out(&hub);
    assert_eq!((first.await.unwrap(), stale.await.unwrap()), (true, false));
    assert_eq!((one.is_finished(), other.is_finished(), lane.state().waiting.len()), (false, false, 2));
}

fn known(in_flight: u32, rate: Rate) -> row::Known {
    row::Known { in_flight, rate: Some(rate) }
}

#[tokio::test]
async fn requests_that_are_late_do_not_leave_all_at_once() {
    let dir = folder();
    let hub = hub(dir.path(), standing(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::Xml);
    let turn = taken(&lane, &hub).await;
    lane.state().known = Some(known(8, Rate::of(100, 1_000_000)));
    // Before and after it was seen that the door is open.
    let mut left: Vec<(Instant, Instant)> = Vec::new();
    while left.len() < 4 {
        let before = Instant::now();
        match lane.door(&turn) {
            Door::Open => left.push((before, Instant::now())),
            Door::ClosedUntil(moment) => tokio::time::sleep_until(moment).await,
            Door::Void => panic!("nothing was refused"),
        }
    }
    // Nine milliseconds apart, less what is forgiven to a timer.
    assert!(left.windows(2).all(|pair| pair[1].1 - pair[0].0 >= Duration::from_millis(6)), "{left:?}");
}

#[tokio::test]
async fn a_second_that_is_full_closes_the_door_from_when_its_requests_arrived() {
    let dir = folder();
    let hub = hub(dir.path(), standing(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::Xml);
    let (before, turn, next) = (taken(&lane, &hub).await, taken(&lane, &hub).await, taken(&lane, &hub).await);
    before.answered(Outcome::Accepted, Duration::from_millis(3));
    let rate = Rate::of(99, 1_000_000);
    lane.state().known = Some(known(8, rate));
    let began = Instant::now();
    for number in 0..99 {
        lane.state().departures.left(number, began);
    }
    assert_eq!(lane.door(&turn), Door::Open, "the hundredth");
    let Door::ClosedUntil(full) = lane.door(&next) else { panic!("a hundred and one left") };
    assert!(full >= began + Duration::from_secs(1), "{:?}", full - began);
    let free_at = || lane.state().departures.free_at(100).unwrap();
    let before = free_at();
    turn.answered(Outcome::Accepted, Duration::from_millis(60));
    assert!(free_at() > before + Duration::from_millis(25), "{:?}", free_at() - before);
}

#[tokio::test]
async fn after_a_refusal_no_turn_of_before_is_used() {
    let dir = folder();
    let hub = hub(dir.path(), Clock::system(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::People);
    let (first, second) = (taken(&lane, &hub).await, taken(&lane, &hub).await);
    assert_eq!(lane.door(&second), Door::Open);
    first.answered(Outcome::Throttled { retry_after: Some(50_000) }, Duration::from_millis(5));
    assert_eq!(lane.door(&second), Door::Void);
    drop(second);
    let third = taken(&lane, &hub).await;
    assert_ne!(lane.door(&third), Door::Void);
    assert_eq!(lane.counted(), (1, 1));
}

#[tokio::test]
async fn where_little_may_leave_few_are_worked_on() {
    let dir = folder();
    let hub = hub(dir.path(), standing(), 1).await;
    let lane = lane::of(&hub, ORGANIZATION, Api::People);
    let mut many = Vec::new();
    for rate in [Rate::of(1, 10_000_000), Rate::of(3, 1_000_000), Rate::of(100, 1_000_000)] {
        lane.state().known = Some(known(4, rate));
        many.push(at_once(&hub, ORGANIZATION, Api::People).await);
    }
    assert_eq!(many, [4, 7, 16]);
}

#[tokio::test]
async fn with_nothing_to_do_the_driver_ends_and_has_told_everything() {
    let dir = folder();
    let hub = hub(dir.path(), Clock::system(), 1).await;
    let provider = Provider::allowing(100);
    for _ in 0..30 {
        send(&hub, &provider).await.unwrap();
    }
    let lane = lane::of(&hub, ORGANIZATION, Api::People);
    let ended = async {
        while lane.state().is_driven {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap();
    assert!(lane.state().reports.is_empty() && lane.state().permits.is_empty());
    send(&hub, &provider).await.unwrap();
}
