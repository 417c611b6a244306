//! What a connection may be used for: each purpose with its scopes, and for each scope the reason in words.

use std::{collections::BTreeMap, fmt, str::FromStr};

use oauth::ScopeSet;
use platform::json_column;
use serde::{Deserialize, Serialize};

use crate::Provider;

/// A use of a connection.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Knowing who authorized; part of every integration.
    SignIn,
    Meetings,
    Calendars,
    Presence,
    Directory,
}

/// A scope and why it is needed, for the person who grants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeededScope {
    pub scope: &'static str,
    pub reason: &'static str,
    /// Whether an administrator of the provider's organization has to grant it.
    pub by_administrator: bool,
}

impl Purpose {
    pub const ALL: [Self; 5] =
        [Self::SignIn, Self::Meetings, Self::Calendars, Self::Presence, Self::Directory];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Meetings => "meetings",
            Self::Calendars => "calendars",
            Self::Presence => "presence",
            Self::Directory => "directory",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Sign-in test",
            Self::Meetings => "Appointments and events",
            Self::Calendars => "Outlook calendars",
            Self::Presence => "Presence",
            Self::Directory => "Directory",
        }
    }

    /// The purposes that this provider can serve.
    pub fn of(provider: Provider) -> Vec<Self> {
        Self::ALL.into_iter().filter(|purpose| !purpose.scopes(provider).is_empty()).collect()
    }

    /// The scopes this purpose needs at the provider (Webex: Integrations and Admin guides; Microsoft: Graph
    /// permissions reference).
    pub fn scopes(self, provider: Provider) -> &'static [NeededScope] {
        match (provider, self) {
            (Provider::Webex, Self::SignIn) => WEBEX_SIGN_IN,
            (Provider::Webex, Self::Meetings) => WEBEX_MEETINGS,
            (Provider::Webex, Self::Calendars) => &[],
            (Provider::Webex, Self::Presence) => WEBEX_PRESENCE,
            (Provider::Webex, Self::Directory) => WEBEX_DIRECTORY,
            (Provider::Microsoft, Self::SignIn) => MICROSOFT_SIGN_IN,
            (Provider::Microsoft, Self::Meetings) => MICROSOFT_MEETINGS,
            (Provider::Microsoft, Self::Calendars) => MICROSOFT_CALENDARS,
            (Provider::Microsoft, Self::Presence) => MICROSOFT_PRESENCE,
            (Provider::Microsoft, Self::Directory) => MICROSOFT_DIRECTORY,
        }
    }
}

impl FromStr for Purpose {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| format!("unknown purpose {text:?}"))
    }
}

const fn user(scope: &'static str, reason: &'static str) -> NeededScope {
    NeededScope { scope, reason, by_administrator: false }
}

const fn administrator(scope: &'static str, reason: &'static str) -> NeededScope {
    NeededScope { scope, reason, by_administrator: true }
}

const WEBEX_SIGN_IN: &[NeededScope] =
    &[user("spark:people_read", "to read who authorized: name and e-mail address")];
const WEBEX_MEETINGS: &[NeededScope] = &[
    user("meeting:schedules_read", "to see whether a meeting we created still exists"),
    user("meeting:schedules_write", "to create, move and cancel the meetings of your appointments"),
    user("meeting:preferences_read", "to find your Webex site, where the meetings are created"),
];
const WEBEX_PRESENCE: &[NeededScope] = &[
    administrator("spark-admin:people_read", "to read the status of people in the organization"),
    administrator("spark-admin:organizations_read", "to know which organization that is"),
];
const WEBEX_DIRECTORY: &[NeededScope] = &[
    administrator("spark-admin:people_read", "to list people with their licences"),
    administrator(
        "spark-admin:people_write",
        "to change people and their licences after you approved a plan",
    ),
    administrator("spark-admin:licenses_read", "to count licences"),
    administrator("spark-admin:organizations_read", "to know which organization these people belong to"),
    administrator(
        "meeting:admin_schedule_read",
        "to read which tracking codes people have on a meeting site",
    ),
    administrator("meeting:admin_schedule_write", "to set tracking codes after you approved a plan"),
    administrator("meeting:admin_config_read", "to read which session types people have on a meeting site"),
    administrator("meeting:admin_config_write", "to set session types after you approved a plan"),
    administrator("spark:all", "to open a session of the Meetings XML API, for sites that only answer there"),
];
const MICROSOFT_SIGN_IN: &[NeededScope] = &[
    user("User.Read", "to read who authorized: name and e-mail address"),
    user("offline_access", "to stay connected without asking you every hour"),
    user("openid", "to confirm which account signed in"),
    user("profile", "to confirm which account signed in"),
];
const MICROSOFT_MEETINGS: &[NeededScope] = &[
    user("Calendars.ReadWrite", "to write the appointment with its Teams link into your calendar"),
    user("OnlineMeetings.ReadWrite", "to create the Teams meetings of your appointments"),
];
const MICROSOFT_CALENDARS: &[NeededScope] = &[
    user("Calendars.ReadWrite", "to see when you are busy and to write appointments and shifts"),
    user("Calendars.Read.Shared", "to see when calendars shared with you are busy"),
];
const MICROSOFT_PRESENCE: &[NeededScope] =
    &[administrator("Presence.Read.All", "to read the Teams status of people in the organization")];
const MICROSOFT_DIRECTORY: &[NeededScope] =
    &[administrator("User.Read.All", "to match people in Microsoft 365 with people in Webex")];

/// The scope set of each purpose that an integration serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PurposeScopes(pub BTreeMap<Purpose, ScopeSet>);

impl PurposeScopes {
    /// The usual scopes of these purposes; signing in always belongs to them.
    pub fn usual(provider: Provider, purposes: &[Purpose]) -> Self {
        let all = std::iter::once(Purpose::SignIn).chain(purposes.iter().copied());
        Self(
            all.map(|purpose| (purpose, usual_scopes(provider, purpose)))
                .filter(|(_, scopes)| !scopes.is_empty())
                .collect(),
        )
    }

    /// Every scope of every purpose, to be asked for at once.
    pub fn all(&self) -> ScopeSet {
        self.0.values().fold(ScopeSet::default(), |all, scopes| all.union(scopes))
    }

    /// Why a scope is needed for one of these purposes; where none names it, for any.
    pub fn reason(&self, provider: Provider, scope: &str) -> Option<NeededScope> {
        let own = self.0.keys().flat_map(|purpose| purpose.scopes(provider)).copied();
        own.into_iter()
            .find(|needed| needed.scope.eq_ignore_ascii_case(scope))
            .or_else(|| reason(provider, scope))
    }

    pub fn serves(&self, purpose: Purpose) -> bool {
        self.0.contains_key(&purpose)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

json_column!(PurposeScopes);

/// The scopes that a purpose usually needs at this provider.
pub(crate) fn usual_scopes(provider: Provider, purpose: Purpose) -> ScopeSet {
    purpose.scopes(provider).iter().map(|needed| needed.scope).collect()
}

/// Why a scope is needed, and whether an administrator must grant it.
pub(crate) fn reason(provider: Provider, scope: &str) -> Option<NeededScope> {
    let all = Purpose::ALL.into_iter().flat_map(|purpose| purpose.scopes(provider));
    all.copied().find(|needed| needed.scope.eq_ignore_ascii_case(scope))
}

/// The needed scopes that `granted` lacks, by the provider's own rules of comparison.
pub(crate) fn missing(provider: Provider, needed: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
    match provider {
        Provider::Webex => needed.missing_from(granted),
        Provider::Microsoft => microsoft::entra::missing_scopes(needed, granted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_of_every_provider_gives_its_reasons() {
        for provider in Provider::ALL {
            for purpose in Purpose::of(provider) {
                for needed in purpose.scopes(provider) {
                    assert!(needed.reason.starts_with("to "), "{needed:?}");
                    assert!(reason(provider, needed.scope).is_some());
                }
            }
        }
        assert!(!Purpose::of(Provider::Webex).contains(&Purpose::Calendars));
    }

    #[test]
    fn signing_in_belongs_to_every_integration() {
        let scopes = PurposeScopes::usual(Provider::Webex, &[Purpose::Meetings]);
        assert!(scopes.all().contains("spark:people_read"));
        assert!(scopes.serves(Purpose::Meetings) && !scopes.serves(Purpose::Directory));
    }
}
