//! Plans: what is, what shall be, and nothing changed yet. All of it is pure, so that the same lists and the same people
//! always give the same plan.

mod catalog;
mod claims;
mod difference;
mod field;
mod stated;
mod stock;
mod wishes;

pub use catalog::{Catalog, LicenceFact, SessionTypeFact, SiteFact, TrackingCodeFact, Unknown};
pub use claims::Claims;
pub(crate) use claims::{gives_licence, is_licence, swaps};
pub(crate) use difference::same;
pub use difference::{Known, Membership, PlanRules, RowKind, RowPlan, difference, merged, words};
pub use field::{Change, Field, Part, Setting};
pub use stated::{Titles, remarks, without_statements};
pub use stock::{Stock, StockLine};
pub use wishes::{Places, Refusal, Wishes};
