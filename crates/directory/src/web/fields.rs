//! The fields of a form with rows: as many as were sent, by name.

use serde::Deserialize;

/// More rows than any form offers.
const MOST_ROWS: usize = 2_000;

/// What was sent, in its order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The field's text without blanks around it; empty when it was not sent.
    pub(super) fn text(&self, name: &str) -> String {
        self.find(name).unwrap_or_default().trim().to_owned()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Every value of a repeated field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// How many rows there are whose fields are called `row-0-…`, `row-1-…` and so on.
    pub(super) fn rows(&self, row: &str) -> usize {
        let number = |name: &str| {
            let rest = name.strip_prefix(row)?.strip_prefix('-')?;
            rest.split('-').next()?.parse::<usize>().ok().map(|number| number.saturating_add(1))
        };
        self.0.iter().filter_map(|(name, _)| number(name)).max().unwrap_or(0).min(MOST_ROWS)
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
