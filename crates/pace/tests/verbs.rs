//! What holds for single calls, whatever the provider does.

use pace::{Answer, Micros, Outcome, Pace, Permit, Rate, Reserved};
use proptest::prelude::*;

const SECOND: Micros = 1_000_000;

fn take(pace: &mut Pace, now: Micros) -> Vec<Permit> {
    match pace.reserve(now, 1, 1_000) {
        Reserved::Permits(permits) => permits.each().collect(),
        Reserved::Wait(_) => Vec::new(),
    }
}

fn answer(permit: Permit, at: Micros, outcome: Outcome) -> Answer {
    Answer { permit, at, latency: 20_000, outcome }
}

#[test]
fn after_an_hour_of_rest_there_is_no_burst() {
    let mut pace = Pace::from_rate(Rate::from_millionths(20_000_000));
    take(&mut pace, 0);
    let permits = take(&mut pace, 3_600 * SECOND);
    assert_eq!(permits.len(), 5, "a quarter of a second's worth");
    assert!(permits.windows(2).all(|pair| pair[1].at - pair[0].at == SECOND / 20));
}

#[test]
fn nothing_leaves_during_a_pause_that_was_asked_for() {
    let mut pace = Pace::from_rate(Rate::from_millionths(20_000_000));
    let permit = take(&mut pace, 0)[0];
    let throttled = Outcome::Throttled { retry_after: Some(7 * SECOND) };
    pace.answered(SECOND / 10, 1, answer(permit, SECOND / 10, throttled));
    assert_eq!(pace.reserve(SECOND, 1, 10), Reserved::Wait(7 * SECOND + SECOND / 10));
    assert!(!take(&mut pace, 8 * SECOND).is_empty());
}

#[test]
fn a_provider_in_trouble_is_asked_by_one_request_at_a_time() {
    let mut pace = Pace::from_rate(Rate::from_millionths(100_000_000));
    for permit in take(&mut pace, 0) {
        pace.answered(SECOND, 1, answer(permit, SECOND, Outcome::Failed));
    }
    assert_eq!(pace.in_flight(), 1);
    let alone = take(&mut pace, 120 * SECOND);
    assert_eq!(alone.len(), 1);
    assert!(take(&mut pace, 121 * SECOND).is_empty(), "until the one is answered");
    pace.answered(122 * SECOND, 1, answer(alone[0], 122 * SECOND, Outcome::Accepted));
    assert!(take(&mut pace, 123 * SECOND).len() > 1);
}

#[test]
fn a_request_that_is_counted_elsewhere_shows_that_the_provider_is_well_but_not_that_it_is_open() {
    let mut pace = Pace::unknown();
    for round in 0..12 {
        let outcome = if round == 6 { Outcome::Elsewhere } else { Outcome::Failed };
        let permit = take(&mut pace, round * SECOND).remove(0);
        pace.answered(round * SECOND, 1, answer(permit, round * SECOND, outcome));
    }
    assert!(pace.in_flight() > 1, "eight failures in a row never came together");

    // One goes alone after a refusal that names no pause; the answer of another API is none to it.
    let mut pace = Pace::unknown();
    for permit in take(&mut pace, 0) {
        pace.answered(0, 1, answer(permit, 0, Outcome::Throttled { retry_after: None }));
    }
    let alone = take(&mut pace, 120 * SECOND);
    pace.answered(120 * SECOND, 1, answer(alone[0], 120 * SECOND, Outcome::Elsewhere));
    assert_eq!((alone.len(), take(&mut pace, 121 * SECOND).len()), (1, 1));
}

#[test]
fn permits_of_a_machine_that_died_are_forgotten() {
    let mut pace = Pace::unknown();
    let permits = take(&mut pace, 0);
    assert!(!permits.is_empty());
    assert!(take(&mut pace, SECOND).is_empty(), "all that may be in the air are");
    assert_eq!(take(&mut pace, 200 * SECOND).len(), permits.len());
}

#[test]
fn slow_answers_allow_more_in_the_air_but_not_without_end() {
    let mut pace = Pace::from_rate(Rate::from_millionths(20_000_000));
    let mut now = 0;
    let mut air = Vec::new();
    for latency in [50_000, 200_000, 5_000_000] {
        for _ in 0..100 {
            now += SECOND / 4;
            for permit in take(&mut pace, now) {
                pace.answered(now, 1, Answer { permit, at: now, latency, outcome: Outcome::Accepted });
            }
        }
        air.push(pace.in_flight());
    }
    assert!(air[0] < air[1] && air[2] < 100, "{air:?}");
}

#[derive(Debug, Clone)]
enum Call {
    Reserve(Micros, u64, u32),
    Answer(Micros, u64, Outcome, Micros),
    Return,
}

fn instant() -> impl Strategy<Value = Micros> {
    prop_oneof![0..600 * SECOND, any::<i64>()]
}

fn call() -> impl Strategy<Value = Call> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Accepted),
        1 => Just(Outcome::Failed),
        1 => proptest::option::of(any::<i64>()).prop_map(|retry_after| Outcome::Throttled { retry_after }),
        2 => Just(Outcome::Throttled { retry_after: None }),
    ];
    prop_oneof![
        (instant(), 0..40_u64, any::<u32>()).prop_map(|(now, machine, most)| Call::Reserve(
            now,
            machine,
            most % 50
        )),
        (instant(), 0..40_u64, outcome, instant())
            .prop_map(|(now, machine, outcome, latency)| Call::Answer(now, machine, outcome, latency)),
        Just(Call::Return),
    ]
}

proptest! {
    #[test]
    fn no_input_breaks_it(calls in proptest::collection::vec(call(), 1..200), known in any::<bool>()) {
        let mut pace = if known { Pace::from_rate(Rate::from_millionths(5_000_000)) } else { Pace::unknown() };
        let mut permits: Vec<Permit> = Vec::new();
        for call in calls {
            match call {
                Call::Reserve(now, machine, most) => {
                    if let Reserved::Permits(given) = pace.reserve(now, machine, most) {
                        prop_assert!((1..=most).contains(&given.count()));
                        permits.extend(given.each());
                    }
                }
                Call::Answer(now, machine, outcome, latency) => {
                    if let Some(permit) = permits.pop() {
                        pace.answered(now, machine, Answer { permit, at: latency, latency, outcome });
                    }
                }
                Call::Return => permits.pop().into_iter().for_each(|permit| pace.returned(permit)),
            }
            prop_assert!(pace.in_flight() >= 1);
        }
        let stored = serde_json::to_string(&pace).unwrap();
        prop_assert_eq!(serde_json::from_str::<Pace>(&stored).unwrap(), pace);
    }
}
