//! Where things stand in the drawing of a week. The page may not carry styles of its own (Content-Security-Policy), so
//! a place is said in the class names of `week.css`: hours, minutes in steps of five, and lanes side by side.

use super::view::Day;

/// Minutes of a day.
pub(super) const DAY: u16 = 1440;
const STEP: u16 = 5;
/// So much room a block needs at the least to be read.
const SHORTEST: u16 = 20;
/// More stand on top of each other.
const MOST_LANES: usize = 4;

/// From when to when on a day, and in which of how many lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u16,
    pub(super) end: u16,
    lane: usize,
    lanes: usize,
}

impl Place {
    /// Minutes of the day, on the grid's steps.
    pub(super) fn new(start: u16, end: u16) -> Self {
        let start = (start.min(DAY) / STEP * STEP).min(DAY - SHORTEST);
        let end = end.min(DAY).div_ceil(STEP) * STEP;
        Self { start, end: end.max(start + SHORTEST), lane: 0, lanes: 1 }
    }

    /// The class names that say it.
    pub(super) fn classes(&self) -> String {
        let (start, end) = (self.start, self.end);
        format!(
            "h{} m{} to-h{} to-m{} lane{} of{}",
            start / 60,
            start % 60,
            end / 60,
            end % 60,
            self.lane,
            self.lanes
        )
    }
}

/// Puts what overlaps side by side; the places come in the order of their starts.
pub(super) fn share(places: &mut [&mut Place]) {
    let mut first = 0;
    while first < places.len() {
        let mut ends: Vec<u16> = Vec::new();
        let mut next = first;
        let mut until = 0;
        while let Some(place) = places.get_mut(next).filter(|place| next == first || place.start < until) {
            until = until.max(place.end);
            let free = ends.iter().position(|end| *end <= place.start);
            place.lane = free.unwrap_or(ends.len()).min(MOST_LANES - 1);
            match ends.get_mut(place.lane) {
                Some(end) => *end = place.end,
                None => ends.push(place.end),
            }
            next += 1;
        }
        for place in places.iter_mut().take(next).skip(first) {
            place.lanes = ends.len().max(1);
        }
        first = next;
    }
}

/// The hours to draw: the working day, and more where something stands outside it.
pub(super) fn range(days: &[Day]) -> (u16, u16) {
    let (mut first, mut last) = (8, 18);
    for day in days {
        let blocks = day.blocks.iter().filter(|block| block.kind == "booking" || block.kind == "hold");
        for place in blocks.map(|block| &block.place).chain(&day.open) {
            first = first.min(place.start / 60);
            last = last.max(place.end.div_ceil(60));
        }
    }
    (first, last.min(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(spans: &[(u16, u16)]) -> Vec<(usize, usize)> {
        let mut places: Vec<Place> = spans.iter().map(|(start, end)| Place::new(*start, *end)).collect();
        share(&mut places.iter_mut().collect::<Vec<_>>());
        places.iter().map(|place| (place.lane, place.lanes)).collect()
    }

    #[test]
    fn what_overlaps_stands_side_by_side() {
        assert_eq!(lanes(&[(540, 600), (600, 660)]), [(0, 1), (0, 1)]);
        assert_eq!(
            lanes(&[(540, 660), (570, 600), (600, 660), (700, 730)]),
            [(0, 2), (1, 2), (1, 2), (0, 1)]
        );
        assert_eq!(lanes(&[(0, 1440); 6]).last(), Some(&(3, 4)));
    }

    #[test]
    fn a_place_is_said_in_class_names() {
        assert_eq!(Place::new(547, 603).classes(), "h9 m5 to-h10 to-m5 lane0 of1");
        assert_eq!(Place::new(1439, 1440).classes(), "h23 m40 to-h24 to-m0 lane0 of1");
        assert_eq!(Place::new(600, 600).classes(), "h10 m0 to-h10 to-m20 lane0 of1");
    }
}
