//! Where an appointment takes place.

use platform::json_column;
use serde::{Deserialize, Serialize};

use super::by_name;

/// The ways to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlaceKind {
    /// In person, at a location.
    InPerson,
    Webex,
    Teams,
    /// The host calls the visitor.
    Phone,
}

impl PlaceKind {
    pub(crate) const ALL: [Self; 4] = [Self::InPerson, Self::Webex, Self::Teams, Self::Phone];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InPerson => "in_person",
            Self::Webex => "webex",
            Self::Teams => "teams",
            Self::Phone => "phone",
        }
    }

    /// Whether a meeting has to be made at a provider.
    pub(crate) fn is_online(self) -> bool {
        matches!(self, Self::Webex | Self::Teams)
    }
}

by_name!(PlaceKind, "place");

/// One place: its kind and, for a meeting in person, the location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Place {
    pub kind: PlaceKind,
    /// The address or room for a meeting in person; a remark for the others. May be empty.
    #[serde(default)]
    pub detail: String,
}

json_column!(Place);
