//! Licence stock before and after a plan, and which rows it is too small for.

use std::collections::BTreeMap;

use platform::json_column;
use serde::{Deserialize, Serialize};

use super::{
    catalog::Catalog,
    field::{Change, Field, Setting},
};

/// A licence's stock as a plan changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StockLine {
    pub id: String,
    pub name: String,
    /// Absent where there is no limit.
    pub total: Option<i64>,
    pub before: i64,
    pub given: i64,
    pub taken: i64,
}

impl StockLine {
    /// How many are in use once the plan is carried out.
    pub fn after(&self) -> i64 {
        self.before + self.given - self.taken
    }

    /// By how many the stock is exceeded.
    pub fn short(&self) -> i64 {
        self.total.map_or(0, |total| (self.after() - total).max(0))
    }
}

/// Every licence that a plan touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock(pub BTreeMap<String, StockLine>);

json_column!(Stock);

impl Stock {
    /// Takes back that a row makes this change.
    pub fn uncount(&mut self, change: &Change) {
        let (Field::Licence { id }, Setting::Flag(then)) = (&change.field, &change.then) else { return };
        if let Some(line) = self.0.get_mut(id) {
            *(if *then { &mut line.given } else { &mut line.taken }) -= 1;
        }
    }

    /// Counts a row's licence changes.
    pub fn count(&mut self, changes: &[Change], catalog: &Catalog) {
        for change in changes {
            let (Field::Licence { id }, Setting::Flag(then)) = (&change.field, &change.then) else {
                continue;
            };
            let Some(licence) = catalog.licence_by_id(id) else { continue };
            let line = self.0.entry(id.clone()).or_insert_with(|| StockLine {
                id: id.clone(),
                name: licence.shown(),
                total: licence.total,
                before: licence.consumed,
                given: 0,
                taken: 0,
            });
            if *then {
                line.given += 1;
            } else {
                line.taken += 1;
            }
        }
    }
}
