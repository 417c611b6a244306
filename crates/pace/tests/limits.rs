//! How near the pace comes to what a provider allows, and how many requests that costs.

mod world;

use pace::{Pace, Rate};
use world::{
    Counting, FAR, Fleet, MILLISECOND, Measured, NEAR, Network, Provider, RetryAfter, SECOND, USUAL,
    doubling_and_halving, run, sleeping_workers,
};

const SLIDING: [Counting; 2] = [Counting::Sliding(SECOND), Counting::Sliding(10 * SECOND)];

fn provider(counting: Counting, limit: i64, retry_after: RetryAfter) -> Provider {
    Provider::new(counting, limit * 1_000, retry_after)
}

/// What a run learns of this limit.
fn rate(per_second: i64) -> Rate {
    Rate::from_millionths(per_second.unsigned_abs() * 990_000)
}

fn shapes(limit: i64) -> [Counting; 6] {
    [
        Counting::Sliding(SECOND),
        Counting::Sliding(10 * SECOND),
        Counting::Fixed(SECOND),
        Counting::Fixed(60 * SECOND),
        Counting::Bucket(limit),
        Counting::Bucket(10 * limit),
    ]
}

#[track_caller]
fn assert_goal(measured: Measured, what: &str) {
    assert!(measured.reaches_the_goal(), "{what}: {measured:?}");
}

/// Each network with each way to say when to come back.
fn everywhere(mut test: impl FnMut(Network, RetryAfter)) {
    for network in [NEAR, USUAL] {
        for retry_after in [RetryAfter::Honest, RetryAfter::Absent] {
            test(network, retry_after);
        }
    }
}

#[test]
fn an_unknown_limit_is_learned_and_used_within_two_thousand_requests() {
    everywhere(|network, retry_after| {
        for limit in [1, 2, 5, 10, 20] {
            for counting in SLIDING {
                let provider = provider(counting, limit, retry_after);
                let measured = run(&mut Pace::unknown(), provider, Fleet::one(network), 2_000);
                assert_goal(measured, &format!("{counting:?}, {limit}/s, {retry_after:?}"));
            }
        }
    });
}

#[test]
fn a_hundred_requests_a_second_are_learned_at_the_price_of_one_pause() {
    // One obeyed `Retry-After: 1` is a hundred requests, five percent of two thousand.
    everywhere(|network, retry_after| {
        for counting in SLIDING {
            for limit in [50, 100] {
                let provider = provider(counting, limit, retry_after);
                let measured = run(&mut Pace::unknown(), provider, Fleet::one(network), 2_000);
                let what = format!("{counting:?}, {limit}/s, {retry_after:?}: {measured:?}");
                assert!(measured.used >= 930 && measured.refused < 1_000, "{what}");
            }
        }
    });
}

#[test]
fn twenty_thousand_requests_reach_the_goal_with_the_learning_counted() {
    everywhere(|network, retry_after| {
        for limit in [1, 5, 20, 50, 100] {
            for counting in [SLIDING[0], SLIDING[1], Counting::Bucket(limit), Counting::Bucket(10 * limit)] {
                let provider = provider(counting, limit, retry_after);
                let measured = run(&mut Pace::unknown(), provider, Fleet::one(network), 20_000);
                assert_goal(measured, &format!("{counting:?}, {limit}/s, {retry_after:?}"));
            }
        }
    });
}

#[test]
fn a_limit_that_was_learned_before_is_used_from_the_first_request() {
    everywhere(|network, retry_after| {
        for limit in [1, 2, 5, 10, 20, 50, 100] {
            for counting in shapes(limit) {
                let provider = provider(counting, limit, retry_after);
                let measured = run(&mut Pace::from_rate(rate(limit)), provider, Fleet::one(network), 2_000);
                assert_goal(measured, &format!("{counting:?}, {limit}/s, {retry_after:?}"));
            }
        }
    });
}

#[test]
fn far_away_a_known_limit_is_used_as_well() {
    for limit in [1, 10, 50, 100] {
        for counting in SLIDING {
            let provider = provider(counting, limit, RetryAfter::Honest);
            let measured = run(&mut Pace::from_rate(rate(limit)), provider, Fleet::one(FAR), 2_000);
            assert_goal(measured, &format!("{counting:?}, {limit}/s"));
        }
    }
}

#[test]
fn three_machines_with_clocks_apart_share_one_pace() {
    for network in [NEAR, USUAL] {
        for limit in [10, 50, 100] {
            for counting in SLIDING {
                let provider = || provider(counting, limit, RetryAfter::Honest);
                let mut pace = Pace::unknown();
                let learning = run(&mut pace, provider(), Fleet::three(network), 2_000);
                assert!(learning.refused < 2_500, "{counting:?}, {limit}/s, learning: {learning:?}");
                let later = Fleet { start: learning.ended + 60 * SECOND, ..Fleet::three(network) };
                assert_goal(run(&mut pace, provider(), later, 2_000), &format!("{counting:?}, {limit}/s"));
            }
        }
    }
}

#[test]
fn a_machine_that_stands_still_for_a_moment_keeps_its_rate() {
    for (counting, stall) in SLIDING.into_iter().zip([60 * MILLISECOND, 300 * MILLISECOND]) {
        let provider = || provider(counting, 100, RetryAfter::Honest);
        let mut pace = Pace::unknown();
        let mut fleet = Fleet { stall, ..Fleet::one(NEAR) };
        fleet.start = SECOND + run(&mut pace, provider(), fleet, 10_000).ended;
        for _ in 0..4 {
            let measured = run(&mut pace, provider(), fleet, 6_000);
            fleet.start = SECOND + measured.ended;
            assert_goal(measured, &format!("{counting:?}, stands still for {stall} µs"));
        }
        assert!(pace.rate().unwrap().millionths() >= 98_900_000, "{counting:?}: {:?}", pace.rate());
    }
}

#[test]
fn a_limit_that_falls_is_followed() {
    for counting in SLIDING {
        let provider = provider(counting, 20, RetryAfter::Honest).then(60 * SECOND, 10_000);
        let measured = run(&mut Pace::from_rate(rate(20)), provider, Fleet::one(NEAR), 5_000);
        assert!(measured.used >= 940 && measured.refused < 1_000, "{counting:?}: {measured:?}");
    }
}

#[test]
fn a_limit_that_falls_is_not_taken_for_a_machine_that_stood_still() {
    for counting in SLIDING {
        for falls_to in [98, 50] {
            let mut pace = Pace::unknown();
            let learning =
                run(&mut pace, provider(counting, 100, RetryAfter::Honest), Fleet::one(NEAR), 10_000);
            let later = Fleet { start: learning.ended + SECOND, ..Fleet::one(NEAR) };
            let falls = provider(counting, 100, RetryAfter::Honest)
                .then(later.start + 30 * SECOND, i64::from(falls_to) * 1_000);
            let measured = run(&mut pace, falls, later, 20_000);
            let what = format!("{counting:?}, to {falls_to}/s: {measured:?}");
            assert!(measured.used >= 950 && measured.refused < 1_000, "{what}");
        }
    }
}

#[test]
fn a_machine_that_stands_still_again_and_again_is_slowed_down_but_not_without_end() {
    for (every, used) in [(13, 925), (20, 930), (31, 930), (45, 970)] {
        for machines in [Fleet::one(NEAR), Fleet::three(NEAR)] {
            let provider = || provider(SLIDING[0], 100, RetryAfter::Honest);
            let mut pace = Pace::unknown();
            let fleet = Fleet { stall: 60 * MILLISECOND, every: every * SECOND, ..machines };
            let learning = run(&mut pace, provider(), fleet, 10_000);
            let later = Fleet { start: learning.ended + SECOND, ..fleet };
            let measured = run(&mut pace, provider(), later, 20_000);
            let what = format!("every {every} s, {} machines: {measured:?}", fleet.machines);
            assert!(measured.used >= used && measured.refused < 1_000, "{what}");
        }
    }
}

#[test]
fn a_limit_that_fell_while_nobody_asked_is_followed() {
    for counting in SLIDING {
        let mut pace = Pace::unknown();
        let earlier = run(&mut pace, provider(counting, 20, RetryAfter::Honest), Fleet::one(NEAR), 2_000);
        let later = Fleet { start: earlier.ended + 3_600 * SECOND, ..Fleet::one(NEAR) };
        let measured = run(&mut pace, provider(counting, 10, RetryAfter::Honest), later, 2_000);
        assert!(measured.used >= 930 && measured.refused < 1_000, "{counting:?}: {measured:?}");
    }
}

#[test]
fn a_limit_that_rises_is_found_in_time() {
    for counting in SLIDING {
        let provider = provider(counting, 10, RetryAfter::Honest).then(60 * SECOND, 20_000);
        let mut pace = Pace::unknown();
        let measured = run(&mut pace, provider, Fleet::one(NEAR), 20_000);
        assert!(measured.refused < 1_000, "{counting:?}: {measured:?}");
        let found = pace.rate().unwrap().millionths();
        assert!((16_000_000..=20_500_000).contains(&found), "{counting:?}: {found}");
    }
}

#[test]
fn others_who_use_a_part_are_given_way() {
    for counting in SLIDING {
        let provider =
            provider(counting, 20, RetryAfter::Honest).with_others(30 * SECOND, 330 * SECOND, 6_000);
        let measured = run(&mut Pace::from_rate(rate(20)), provider, Fleet::one(NEAR), 10_000);
        assert!(measured.used >= 900 && measured.refused < 1_000, "{counting:?}: {measured:?}");
    }
}

#[test]
fn wishes_for_a_pause_that_are_useless_do_little_harm() {
    for retry_after in [RetryAfter::Zero, RetryAfter::TooShort, RetryAfter::Always(2)] {
        for counting in SLIDING {
            let provider = provider(counting, 10, retry_after);
            let measured = run(&mut Pace::unknown(), provider, Fleet::one(NEAR), 5_000);
            let what = format!("{counting:?}, {retry_after:?}: {measured:?}");
            assert!(measured.used >= 930 && measured.refused < 2_500, "{what}");
        }
    }
}

#[test]
fn windows_of_a_minute_with_pauses_of_a_minute_are_learned() {
    // Exception 000045 of Webex's XML API, here with 120 and 600 operations a minute.
    for limit in [2, 10] {
        let provider = provider(Counting::Fixed(60 * SECOND), limit, RetryAfter::Always(60));
        let measured = run(&mut Pace::unknown(), provider, Fleet::one(USUAL), 20_000);
        assert_goal(measured, &format!("{limit}/s"));
    }
}

#[test]
fn the_usual_ways_have_many_requests_refused_or_wait_too_long() {
    for counting in SLIDING {
        let provider = || provider(counting, 10, RetryAfter::Honest);
        let sleeping = sleeping_workers(provider(), USUAL, 16, 2_000);
        assert!(sleeping.refused > 8_000, "{counting:?}: {sleeping:?}");
        let halving = doubling_and_halving(provider(), USUAL, 2_000);
        assert!(!halving.reaches_the_goal(), "{counting:?}: {halving:?}");
    }
}

#[test]
fn a_stored_pace_goes_on_as_it_was_and_stays_small() {
    let provider = || provider(SLIDING[0], 50, RetryAfter::Honest);
    let mut pace = Pace::unknown();
    let first = run(&mut pace, provider(), Fleet::one(USUAL), 3_000);
    let stored = serde_json::to_string(&pace).unwrap();
    assert!(stored.len() < 4_000, "{} bytes", stored.len());
    let mut read: Pace = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, pace);
    let mut of_before: serde_json::Value = serde_json::from_str(&stored).unwrap();
    of_before.as_object_mut().unwrap().remove("burst").unwrap();
    serde_json::from_value::<Pace>(of_before).unwrap();
    let later = Fleet { start: first.ended + SECOND, ..Fleet::one(USUAL) };
    let (here, there) = (run(&mut pace, provider(), later, 500), run(&mut read, provider(), later, 500));
    assert_eq!((here.ended, pace), (there.ended, read));
}
