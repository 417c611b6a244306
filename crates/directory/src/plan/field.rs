//! What of a person a plan can change, and the values such a field can have.

use std::{collections::BTreeSet, fmt};

use rosters::Attribute;
use serde::{Deserialize, Serialize};

/// One thing about a person that a plan can change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum Field {
    FirstName,
    LastName,
    DisplayName,
    Department,
    Title,
    Manager,
    /// Goes with the manager's name: nobody plans it, but whoever takes a change of the manager back needs it.
    ManagerId,
    /// The work number; Webex takes no other kind.
    WorkNumber,
    Extension,
    /// Whether the person may sign in.
    SignIn,
    Licence {
        id: String,
    },
    /// An attendee account on a site; who hosts there has a licence instead.
    Attendee {
        site: String,
    },
    /// All session types of a person on a site, by their ids.
    SessionTypes {
        site: String,
    },
    TrackingCode {
        site: String,
        name: String,
    },
}

/// Which request changes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// PUT /people, read and merged before.
    Profile,
    /// PATCH /licenses/users.
    Licences,
    /// The meeting site, by REST or XML.
    SessionTypes,
    TrackingCodes,
}

impl Field {
    /// The field that a list's column means; nothing for a location, which is not changed here.
    pub fn of(attribute: Attribute) -> Option<Self> {
        Some(match attribute {
            Attribute::FirstName => Self::FirstName,
            Attribute::LastName => Self::LastName,
            Attribute::DisplayName => Self::DisplayName,
            Attribute::Department => Self::Department,
            Attribute::Title => Self::Title,
            Attribute::Manager => Self::Manager,
            Attribute::Extension => Self::Extension,
            Attribute::Location => return None,
        })
    }

    /// The name by which the People API knows it, for fields of the profile that are text.
    pub fn people_name(&self) -> Option<&'static str> {
        Some(match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::DisplayName => "displayName",
            Self::Department => "department",
            Self::Title => "title",
            Self::Manager => "manager",
            Self::ManagerId => "managerId",
            Self::Extension => "extension",
            _ => return None,
        })
    }

    pub fn part(&self) -> Part {
        match self {
            Self::Licence { .. } | Self::Attendee { .. } => Part::Licences,
            Self::SessionTypes { .. } => Part::SessionTypes,
            Self::TrackingCode { .. } => Part::TrackingCodes,
            _ => Part::Profile,
        }
    }

    /// The meeting site it is on.
    pub fn site(&self) -> Option<&str> {
        match self {
            Self::SessionTypes { site } | Self::TrackingCode { site, .. } | Self::Attendee { site } => {
                Some(site)
            }
            _ => None,
        }
    }
}

/// What a field is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Setting {
    /// Had or not, allowed or not.
    Flag(bool),
    /// Ids, none of them twice.
    Set(BTreeSet<String>),
    /// Text, or nothing.
    Text(Option<String>),
}

impl Setting {
    /// A text; blanks around it do not count, and blank text is nothing.
    pub fn text(text: &str) -> Self {
        let text = text.trim();
        Self::Text((!text.is_empty()).then(|| text.to_owned()))
    }

    /// Whether this takes something away from somebody who has `self`: a licence, a session type, the right to sign
    /// in, or the content of a field.
    pub fn loses_with(&self, then: &Self) -> bool {
        match (self, then) {
            (Self::Flag(now), Self::Flag(then)) => *now && !*then,
            (Self::Set(now), Self::Set(then)) => !now.is_subset(then),
            (Self::Text(now), Self::Text(then)) => now.is_some() && then.is_none(),
            _ => false,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Set(ids) => f.write_str(&ids.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
            Self::Text(text) => f.write_str(text.as_deref().unwrap_or_default()),
        }
    }
}

/// One field of one person: as it is, and as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    #[serde(flatten)]
    pub field: Field,
    pub now: Setting,
    pub then: Setting,
}

impl Change {
    /// The change that takes this one back.
    pub fn reversed(&self) -> Self {
        Self { field: self.field.clone(), now: self.then.clone(), then: self.now.clone() }
    }

    pub fn loses(&self) -> bool {
        self.now.loses_with(&self.then)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_reads_as_one_line_of_json() {
        let change = Change {
            field: Field::TrackingCode { site: "l.webex.com".into(), name: "Branch".into() },
            now: Setting::Text(None),
            then: Setting::text(" Main "),
        };
        let written = json!({"field": "tracking_code", "site": "l.webex.com", "name": "Branch", "now": null, "then": "Main"});
        assert_eq!(serde_json::to_value(&change).unwrap(), written);
        assert_eq!(serde_json::from_value::<Change>(written).unwrap(), change);
        assert_eq!(change.reversed().reversed(), change);
    }

    #[test]
    fn only_what_takes_away_loses() {
        let set = |ids: &[&str]| Setting::Set(ids.iter().map(|id| (*id).to_owned()).collect());
        assert!(Setting::Flag(true).loses_with(&Setting::Flag(false)));
        assert!(!Setting::Flag(false).loses_with(&Setting::Flag(true)));
        assert!(set(&["3", "9"]).loses_with(&set(&["9", "11"])));
        assert!(!set(&["3"]).loses_with(&set(&["3", "9"])));
        assert!(Setting::text("a").loses_with(&Setting::text(" ")));
        assert!(!Setting::text("a").loses_with(&Setting::text("b")));
    }
}
