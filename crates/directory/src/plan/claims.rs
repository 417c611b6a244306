//! Who goes without a licence of which a plan gives out more than there are.

use std::collections::{BTreeMap, HashMap};

use super::{
    field::{Change, Field, Setting},
    stock::{Stock, StockLine},
};

/// The licences that may run short, the rows that give them, and the rows that give them up.
#[derive(Debug)]
pub struct Claims {
    licences: Vec<Contended>,
    /// The places of the licences that a row takes away, by its number.
    taken: HashMap<i64, Vec<usize>>,
}

#[derive(Debug)]
struct Contended {
    id: String,
    /// How many more are in use than there are, once the plan is carried out.
    excess: i64,
    /// The numbers of the rows that give it.
    rows: Vec<i64>,
    /// How many are left before.
    left: i64,
    /// How many rows take it away that give nothing: these come first.
    freed: i64,
    /// The numbers of the rows that give it and take others away: they come before those that only give.
    swaps: Vec<i64>,
}

impl Claims {
    /// Those of the licences that run short if nobody gives any up. Rows are still to be noted.
    pub fn of(stock: &Stock) -> Self {
        let contended = |line: &StockLine| {
            let total = line.total?;
            let excess = line.after() - total;
            let left = total - line.before;
            (excess + line.taken > 0).then(|| Contended {
                id: line.id.clone(),
                excess,
                rows: Vec::new(),
                left,
                freed: 0,
                swaps: Vec::new(),
            })
        };
        Self { licences: stock.0.values().filter_map(contended).collect(), taken: HashMap::new() }
    }

    /// The licences in their places.
    pub fn licences(&self) -> impl Iterator<Item = &str> {
        self.licences.iter().map(|licence| licence.id.as_str())
    }

    /// Notes what a row does with the licence at this place.
    pub fn note(&mut self, place: usize, row: i64, changes: &[Change]) {
        let licence = &mut self.licences[place];
        let is_about = |change: &&Change| matches!(&change.field, Field::Licence { id } if *id == licence.id);
        let swaps = swaps(changes);
        match changes.iter().find(is_about).map(|change| &change.then) {
            Some(Setting::Flag(true)) => {
                licence.rows.push(row);
                licence.swaps.extend(swaps.then_some(row));
            }
            Some(Setting::Flag(false)) => {
                licence.freed += i64::from(!swaps);
                self.taken.entry(row).or_default().push(place);
            }
            _ => {}
        }
    }

    /// Which licences rows go without, by the rows' numbers: of each licence its last rows, as many as there are too few.
    /// Whoever goes without one keeps what was to be taken from them, so that another licence can run short in turn. As
    /// nobody who goes without ever gets it back, this ends, and comes to the same in whichever order licences are looked at.
    ///
    /// Rows that give one licence and take another wait for none of their own kind: what these free is there for rows that
    /// only give.
    pub fn without(mut self) -> BTreeMap<i64, Vec<String>> {
        let mut without: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for place in 0..self.licences.len() {
            for row in self.licences[place].sorted() {
                self.refuse(place, row, &mut without);
            }
        }
        let mut open: Vec<usize> = (0..self.licences.len()).collect();
        while let Some(place) = open.pop() {
            while let Some(row) = self.licences[place].refuse_last() {
                open.extend(self.refuse(place, row, &mut without));
            }
        }
        without
    }

    /// Notes that a row goes without a licence; answers which others it keeps.
    fn refuse(&mut self, place: usize, row: i64, without: &mut BTreeMap<i64, Vec<String>>) -> Vec<usize> {
        without.entry(row).or_default().push(self.licences[place].id.clone());
        let kept = self.taken.remove(&row).unwrap_or_default();
        for &place in &kept {
            self.licences[place].excess += 1;
        }
        kept
    }
}

/// Whether a row gives licences and takes others away.
pub(crate) fn swaps(changes: &[Change]) -> bool {
    gives_licence(changes) && changes.iter().any(|change| is_licence(change, false))
}

pub(crate) fn gives_licence(changes: &[Change]) -> bool {
    changes.iter().any(|change| is_licence(change, true))
}

/// Whether a licence is given, or taken away.
pub(crate) fn is_licence(change: &Change, given: bool) -> bool {
    matches!(change.field, Field::Licence { .. }) && change.then == Setting::Flag(given)
}

impl Contended {
    /// Brings rows into their order; answers those of the rows that also take licences away for which there are too few.
    fn sorted(&mut self) -> Vec<i64> {
        self.rows.sort_unstable();
        self.swaps.sort_unstable();
        let enough = usize::try_from(self.left + self.freed).unwrap_or(0);
        let refused: Vec<i64> = self.swaps.drain(self.swaps.len().min(enough)..).collect();
        self.rows.retain(|row| refused.binary_search(row).is_err());
        self.excess -= i64::try_from(refused.len()).unwrap_or(i64::MAX);
        refused
    }

    /// The last row that is still to get it, if there are too few.
    fn refuse_last(&mut self) -> Option<i64> {
        if self.excess <= 0 {
            return None;
        }
        let row = self.rows.pop()?;
        self.excess -= 1;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::catalog::{Catalog, LicenceFact};

    /// Rows, numbered from 1, that give and take licences, of each of which so many are left.
    fn without(left: &[(&str, i64)], rows: &[&[(&str, bool)]]) -> Vec<(i64, String)> {
        let licence = |(id, left): &(&str, i64)| LicenceFact {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            site: None,
            subscription: None,
            total: Some(*left),
            consumed: 0,
        };
        let catalog = Catalog { licences: left.iter().map(licence).collect(), ..Catalog::default() };
        let change = |(id, then): &(&str, bool)| Change {
            field: Field::Licence { id: (*id).to_owned() },
            now: Setting::Flag(!then),
            then: Setting::Flag(*then),
        };
        let rows: Vec<Vec<Change>> = rows.iter().map(|row| row.iter().map(change).collect()).collect();
        let mut stock = Stock::default();
        for changes in &rows {
            stock.count(changes, &catalog);
        }
        let mut claims = Claims::of(&stock);
        for place in 0..claims.licences().count() {
            for (number, changes) in (1..).zip(&rows) {
                claims.note(place, number, changes);
            }
        }
        claims.without().into_iter().map(|(row, licences)| (row, licences.concat())).collect()
    }

    fn refused(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
        rows.iter().map(|(row, licences)| (*row, (*licences).to_owned())).collect()
    }

    #[test]
    fn the_last_rows_go_without() {
        let give: &[(&str, bool)] = &[("A", true)];
        assert_eq!(without(&[("A", 2)], &[give; 4]), refused(&[(3, "A"), (4, "A")]));
        assert_eq!(without(&[("A", 4)], &[give; 4]), refused(&[]));
        assert_eq!(without(&[("A", 3)], &[give, give, give, give, &[("A", false)]]), refused(&[]));
    }

    #[test]
    fn what_is_kept_is_not_there_for_others() {
        let rows: &[&[(&str, bool)]] = &[&[("A", true)], &[("B", true), ("A", false)], &[("A", true)]];
        assert_eq!(without(&[("A", 1), ("B", 1)], rows), refused(&[]));
        assert_eq!(without(&[("A", 1), ("B", 0)], rows), refused(&[(2, "B"), (3, "A")]));
        assert_eq!(without(&[("A", 0), ("B", 0)], rows), refused(&[(1, "A"), (2, "B"), (3, "A")]));
    }

    #[test]
    fn rows_that_exchange_licences_do_not_wait_for_each_other() {
        let there: &[(&str, bool)] = &[("B", true), ("A", false)];
        let back: &[(&str, bool)] = &[("A", true), ("B", false)];
        let rows = [there, back, there, back];
        let all = refused(&[(1, "B"), (2, "A"), (3, "B"), (4, "A")]);
        assert_eq!(without(&[("A", 0), ("B", 0)], &rows), all);
        // More are in use than there are.
        assert_eq!(without(&[("A", 0), ("B", -1)], &rows), all);
        assert_eq!(without(&[("A", -1), ("B", 0)], &rows), all);
        assert_eq!(without(&[("A", 1), ("B", 1)], &rows), refused(&[(3, "B"), (4, "A")]));
        assert_eq!(without(&[("A", 2), ("B", 2)], &rows), refused(&[]));
        // What is only taken away is there for them, and what they free for those who are only given something.
        let take: &[(&str, bool)] = &[("B", false)];
        let give: &[(&str, bool)] = &[("A", true)];
        assert_eq!(without(&[("A", 0), ("B", 0)], &[give, there, take]), refused(&[]));
        assert_eq!(without(&[("A", 0), ("B", 0)], &[give, there]), refused(&[(1, "A"), (2, "B")]));
    }
}
