//! Changes as the pages show them: now → then, with the names that people use.

use std::collections::BTreeMap;

use crate::{
    plan::{Change, Field, Setting},
    planning,
};

/// The names of licences and session types by their ids.
pub(super) type Names = BTreeMap<String, String>;

/// One field of one person.
pub(super) struct ChangeView {
    pub(super) field: String,
    /// Empty where there is nothing.
    pub(super) now: String,
    pub(super) then: String,
    pub(super) loses: bool,
}

impl ChangeView {
    pub(super) fn all(changes: &[Change], names: &Names) -> Vec<Self> {
        changes.iter().map(|change| Self::of(change, names)).collect()
    }

    fn of(change: &Change, names: &Names) -> Self {
        let shown = |setting: &Setting| match (&change.field, setting) {
            // Whoever may do nothing of the kind has none, which reads better than a blank.
            (Field::SessionTypes { .. }, Setting::Set(ids)) if ids.is_empty() => "none".to_owned(),
            (field, setting) => planning::shown(field, setting, names),
        };
        Self {
            field: planning::titled(&change.field, names),
            now: shown(&change.now),
            then: shown(&change.then),
            loses: change.loses(),
        }
    }
}
