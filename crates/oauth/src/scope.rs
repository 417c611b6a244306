//! Sets of scopes: what is asked for and what was granted.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Scopes without order; compared without regard to case, written as they were first spelled.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ScopeSet {
    spelled: BTreeMap<String, String>,
}

impl ScopeSet {
    /// Reads scopes separated by white space (RFC 6749 §3.3).
    pub fn parse(text: &str) -> Self {
        text.split_whitespace().collect()
    }

    /// Whether the set holds this scope.
    pub fn contains(&self, scope: &str) -> bool {
        self.spelled.contains_key(&scope.to_lowercase())
    }

    /// The scopes of this set that `granted` lacks.
    #[must_use]
    pub fn missing_from(&self, granted: &ScopeSet) -> ScopeSet {
        self.iter().filter(|scope| !granted.contains(scope)).collect()
    }

    /// The scopes of both sets.
    #[must_use]
    pub fn union(&self, other: &ScopeSet) -> ScopeSet {
        self.iter().chain(other.iter()).collect()
    }

    /// The scopes in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.spelled.values().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.spelled.is_empty()
    }

    pub fn len(&self) -> usize {
        self.spelled.len()
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        let mut spelled = BTreeMap::new();
        for scope in scopes {
            spelled.entry(scope.to_lowercase()).or_insert_with(|| scope.to_owned());
        }
        Self { spelled }
    }
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.spelled.keys().eq(other.spelled.keys())
    }
}

impl Eq for ScopeSet {}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl From<String> for ScopeSet {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(scopes: ScopeSet) -> Self {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_case_and_repetition_do_not_matter_but_spelling_stays() {
        let asked = ScopeSet::parse("  User.Read\tCalendars.ReadWrite User.Read ");
        assert_eq!(asked, ScopeSet::parse("calendars.readwrite user.read"));
        assert_eq!(asked.to_string(), "Calendars.ReadWrite User.Read");
        assert_eq!(asked.len(), 2);
        assert!(ScopeSet::parse(" ").is_empty());
    }

    #[test]
    fn a_broad_scope_does_not_stand_in_for_a_narrow_one() {
        let needed = ScopeSet::parse("spark:people_read meeting:schedules_read");
        let granted = ScopeSet::parse("spark:all meeting:schedules_read");
        assert_eq!(needed.missing_from(&granted).to_string(), "spark:people_read");
    }
}
