//! When requests left, and when they had arrived at the latest. Providers count what arrives: requests that were kept up
//! on the way, or by a machine that was busy for a moment, arrive together, and those planned for a window's length after
//! them would be too many in it.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant as Moment;

use pace::Micros;

/// The shortest window in which providers count. In longer ones moments do not matter.
const WINDOW: Duration = Duration::from_secs(1);
/// So much longer or shorter any request may be on its way without being called late.
const ON_THE_WAY: Duration = Duration::from_millis(5);
/// A request is taken to have arrived so late as long as it is not known better, and at most so late where answers take
/// their time: almost the hundredth of a second that the pace keeps below what it learned.
const SLACK: Duration = Duration::from_millis(9);
/// So much clocks, timers and ways differ on top.
const BLUR: Duration = Duration::from_millis(5);
/// What took longer than this on top was not kept up on its way: the provider needed it.
const MOST_LATE: Duration = Duration::from_millis(50);
/// The more requests a second has, the more of them a machine that stands still holds back, and the less is lost when one
/// second in vain becomes longer by as much: so long for each of them, where that is more, but no longer than machines
/// were seen to stand still.
const MOST_LATE_EACH: Duration = Duration::from_millis(1);
const LATEST: Duration = Duration::from_millis(150);

/// What left lately, earliest first.
#[derive(Default)]
pub(super) struct Departures {
    all: VecDeque<Departure>,
    usual: Usual,
}

struct Departure {
    /// When it was planned to leave, in microseconds of the pace's clock.
    due: Micros,
    left_at: Moment,
    /// When the provider had it at the latest, as far as is known.
    arrived_by: Moment,
    /// Whether that was learned from an answer, its own or one to a later request.
    is_known: bool,
    /// Whether it was its own.
    is_answered: bool,
}

impl Departures {
    pub(super) fn left(&mut self, due: Micros, now: Moment) {
        while self.all.front().is_some_and(|front| front.arrived_by + WINDOW + BLUR <= now) {
            self.all.pop_front();
        }
        self.all.push_back(Departure {
            due,
            left_at: now,
            arrived_by: now + SLACK,
            is_known: false,
            is_answered: false,
        });
    }

    /// An answer took so long: what it took longer than the quickest, its request may have been longer on its way. What took
    /// longer than usual was kept up there, and everything before it with it, but not what left before another request that
    /// is known to have arrived: one core of two may stand still. `planned` are to arrive within a second.
    pub(super) fn answered(&mut self, due: Micros, took: Duration, planned: u64) {
        let most_late = MOST_LATE_EACH
            .saturating_mul(u32::try_from(planned).unwrap_or(u32::MAX))
            .clamp(MOST_LATE, LATEST);
        self.usual.learn(took);
        let late = took.saturating_sub(self.usual.at_most()).max(self.usual.above_quickest(took).min(SLACK));
        let Some(index) = self.all.iter().rposition(|departure| departure.due == due) else { return };
        let own = &mut self.all[index];
        let arrived_by = own.left_at + late;
        own.arrived_by = own.left_at + late.min(most_late);
        (own.is_known, own.is_answered) = (true, true);
        for departure in self.all.range_mut(..index).rev() {
            let arrived_by = arrived_by.min(departure.left_at + most_late);
            if departure.is_answered || departure.is_known && departure.arrived_by <= arrived_by {
                break;
            }
            departure.arrived_by = arrived_by;
            departure.is_known = true;
        }
    }

    /// When the next request makes no more within a second than are planned.
    pub(super) fn free_at(&self, planned: u64) -> Option<Moment> {
        let index = self.all.len().checked_sub(usize::try_from(planned).ok()?)?;
        Some(self.all.get(index)?.arrived_by + WINDOW + BLUR)
    }
}

/// How long answers take: an average and how far they usually are from it, both forgetting, much as RFC 6298 keeps
/// them for TCP. What was kept up teaches little: it is no usual answer, unless all become so.
#[derive(Default)]
struct Usual {
    average: Duration,
    deviation: Duration,
    /// The quickest; it rises slowly towards the average, so that a way that has become longer is learned.
    quickest: Duration,
}

impl Usual {
    fn learn(&mut self, took: Duration) {
        if self.average.is_zero() {
            (self.average, self.quickest) = (took, took);
        }
        let took = took.min(self.at_most());
        self.deviation = (15 * self.deviation + self.average.abs_diff(took)) / 16;
        self.average = (15 * self.average + took) / 16;
        self.quickest = took.min((255 * self.quickest + self.average) / 256);
    }

    fn above_quickest(&self, took: Duration) -> Duration {
        took.saturating_sub(self.quickest)
    }

    /// What takes longer than this was kept up somewhere.
    fn at_most(&self) -> Duration {
        self.average + (4 * self.deviation).max(self.average / 2).max(ON_THE_WAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);
    const GAP: Micros = 101_000;

    /// So many requests were learned to be allowed within a second.
    const PLANNED: u64 = 10;

    fn left(began: Moment, number: i64) -> Moment {
        began + Duration::from_micros((number * GAP).unsigned_abs())
    }

    /// Twelve that left evenly. Each was answered after three milliseconds, but the third after so long.
    fn departures(began: Moment, third: Duration) -> Departures {
        let mut departures = Departures::default();
        for number in 0..12 {
            departures.left(number * GAP, left(began, number));
            departures.answered(number * GAP, if number == 2 { third } else { 3 * MILLISECOND }, PLANNED);
        }
        departures
    }

    /// Ten that left one after the other at once, with a usual answer before.
    fn crowd(began: Moment) -> Departures {
        let mut departures = Departures::default();
        departures.usual.learn(3 * MILLISECOND);
        for number in 0..10 {
            departures.left(number, began + Duration::from_millis(number.unsigned_abs()));
        }
        departures
    }

    #[test]
    fn no_more_leave_within_a_second_than_are_planned() {
        let began = Moment::now();
        let mut departures = departures(began, 3 * MILLISECOND);
        // The tenth before the next one has to be out of the window.
        assert_eq!(departures.free_at(PLANNED), Some(left(began, 2) + WINDOW + BLUR));
        departures.left(12 * GAP, left(began, 11) + MILLISECOND);
        assert_eq!(departures.free_at(PLANNED), Some(left(began, 3) + WINDOW + BLUR));
        assert_eq!(departures.free_at(40), None);
    }

    #[test]
    fn a_request_may_have_been_longer_on_its_way_by_what_its_answer_took_longer_than_the_quickest() {
        let began = Moment::now();
        for (usual, took, late) in [(3, 3, 0), (3, 7, 4), (300, 304, 4), (300, 340, 9)] {
            let mut departures = Departures::default();
            departures.usual.learn(usual * MILLISECOND);
            departures.left(0, began);
            assert_eq!(departures.free_at(1), Some(began + SLACK + WINDOW + BLUR), "not known yet");
            departures.answered(0, took * MILLISECOND, PLANNED);
            let found = departures.free_at(1).unwrap() - (began + WINDOW + BLUR);
            let off = found.abs_diff(late * MILLISECOND);
            assert!(off < MILLISECOND / 2, "{took} ms: {found:?}");
        }
    }

    #[test]
    fn what_was_kept_up_counts_from_when_it_arrived() {
        let began = Moment::now();
        let free_at = departures(began, 40 * MILLISECOND).free_at(PLANNED).unwrap();
        let late = free_at - (left(began, 2) + WINDOW + BLUR);
        assert!(late > 25 * MILLISECOND && late <= 40 * MILLISECOND, "{late:?}");
    }

    #[test]
    fn everything_before_it_was_kept_up_too() {
        let began = Moment::now();
        let mut departures = crowd(began);
        departures.answered(5, 40 * MILLISECOND, PLANNED);
        let late = departures.free_at(PLANNED).unwrap() - (began + WINDOW + BLUR);
        assert!(late > 25 * MILLISECOND && late <= 45 * MILLISECOND, "{late:?}");
    }

    #[test]
    fn a_slow_answer_says_nothing_of_others_when_a_later_request_was_answered_before() {
        let began = Moment::now();
        for slow_comes_last in [false, true] {
            let mut departures = crowd(began);
            let mut answers = [(1, 400 * MILLISECOND), (2, 3 * MILLISECOND)];
            if slow_comes_last {
                answers.reverse();
            }
            for (due, took) in answers {
                departures.answered(due, took, PLANNED);
            }
            let arrived: Vec<Duration> =
                departures.all.iter().take(3).map(|departure| departure.arrived_by - began).collect();
            let first = if slow_comes_last { 2 * MILLISECOND } else { MOST_LATE };
            assert_eq!(arrived, [first, MILLISECOND + MOST_LATE, 2 * MILLISECOND], "{slow_comes_last}");
        }
    }

    #[test]
    fn a_provider_that_takes_its_time_was_not_late() {
        let began = Moment::now();
        let departures = departures(began, 900 * MILLISECOND);
        assert_eq!(departures.free_at(PLANNED), Some(left(began, 2) + MOST_LATE + WINDOW + BLUR));
    }

    #[test]
    fn the_more_requests_the_longer_they_may_have_been_kept_up() {
        let began = Moment::now();
        for (planned, late) in [(10, 50), (100, 100), (250, 150), (u64::MAX, 150)] {
            let mut departures = Departures::default();
            departures.usual.learn(3 * MILLISECOND);
            departures.left(0, began);
            departures.answered(0, 5_000 * MILLISECOND, planned);
            assert_eq!(departures.free_at(1), Some(began + (1_005 + late) * MILLISECOND));
        }
    }

    #[test]
    fn answers_that_have_become_slow_are_usual_soon() {
        let mut usual = Usual::default();
        (0..50).for_each(|_| usual.learn(3 * MILLISECOND));
        assert!(usual.at_most() < 10 * MILLISECOND);
        let slow = (0..200).find(|_| {
            usual.learn(300 * MILLISECOND);
            usual.at_most() >= 300 * MILLISECOND
        });
        assert!(slow.is_some_and(|after| after < 60), "{slow:?}");
    }
}
