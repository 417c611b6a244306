//! The registration steps at a provider, with what has to be copied there.

use oauth::ScopeSet;
use platform::Hub;

use crate::{
    Integration, Provider, Purpose,
    purpose::{self, usual_scopes},
};

/// A scope with why it is needed.
pub(super) struct ScopeLine {
    pub scope: String,
    /// Empty for a scope that somebody added by hand.
    pub reason: &'static str,
    pub by_administrator: bool,
}

/// The scopes of one purpose.
pub(super) struct PurposeGuide {
    pub id: &'static str,
    pub title: &'static str,
    /// All of them in one line, to be copied.
    pub line: String,
    pub scopes: Vec<ScopeLine>,
}

/// What to do at the provider.
pub(super) struct Guide {
    pub provider: Provider,
    pub redirect_url: String,
    pub purposes: Vec<PurposeGuide>,
}

impl Guide {
    /// Every purpose that this provider can serve, with its usual scopes.
    pub(super) fn for_new(hub: &Hub, provider: Provider) -> Self {
        let purposes = Purpose::of(provider).into_iter();
        let purposes = purposes.map(|purpose| of(provider, purpose, &usual_scopes(provider, purpose)));
        Self { provider, redirect_url: hub.settings().redirect_url(), purposes: purposes.collect() }
    }

    /// The purposes and scopes that this integration has.
    pub(super) fn of(hub: &Hub, integration: &Integration) -> Self {
        let provider = integration.provider;
        let purposes = integration.purposes.0.iter().map(|(purpose, scopes)| of(provider, *purpose, scopes));
        Self { provider, redirect_url: hub.settings().redirect_url(), purposes: purposes.collect() }
    }

    pub(super) fn is_microsoft(&self) -> bool {
        self.provider == Provider::Microsoft
    }

    /// What the provider calls a scope.
    pub(super) fn scopes_word(&self) -> &'static str {
        if self.is_microsoft() { "permissions" } else { "scopes" }
    }
}

fn of(provider: Provider, purpose: Purpose, scopes: &ScopeSet) -> PurposeGuide {
    let line = |scope: &str| {
        let own = purpose.scopes(provider).iter().find(|needed| needed.scope.eq_ignore_ascii_case(scope));
        let needed = own.copied().or_else(|| purpose::reason(provider, scope));
        ScopeLine {
            scope: scope.to_owned(),
            reason: needed.map_or("", |needed| needed.reason),
            by_administrator: needed.is_some_and(|needed| needed.by_administrator),
        }
    };
    PurposeGuide {
        id: purpose.as_str(),
        title: purpose.title(),
        line: scopes.to_string(),
        scopes: scopes.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_of_two_purposes_gives_each_its_own_reason() {
        let scopes = ScopeSet::parse("Calendars.ReadWrite");
        let meetings = of(Provider::Microsoft, Purpose::Meetings, &scopes);
        let calendars = of(Provider::Microsoft, Purpose::Calendars, &scopes);
        assert_ne!(meetings.scopes[0].reason, calendars.scopes[0].reason);
    }

    #[test]
    fn a_scope_added_by_hand_is_listed_without_a_reason() {
        let guide =
            of(Provider::Webex, Purpose::Meetings, &ScopeSet::parse("spark:kms meeting:schedules_read"));
        assert_eq!(guide.line, "meeting:schedules_read spark:kms");
        assert!(!guide.scopes[0].reason.is_empty());
        assert!(guide.scopes[1].reason.is_empty() && !guide.scopes[1].by_administrator);
    }
}
