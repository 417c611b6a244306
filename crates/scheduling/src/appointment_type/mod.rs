//! Appointment types: what can be booked, with whom, where, and under which rules.

mod change;
mod input;
mod place;
mod question;
mod store;
mod template;

use platform::{
    Instant,
    id::{AccountId, OrganizationId},
    ids, json_column, record,
};
use serde::{Deserialize, Serialize};

pub(crate) use change::{create, edit, set_active};
pub(crate) use input::{LONGEST_DURATION, TypeInput, slug_of};
pub(crate) use place::{Place, PlaceKind};
pub(crate) use question::Misfit;
pub(crate) use question::{Answer, Question, QuestionKind};
pub(crate) use store::{find, find_by_slug, get, hosts, keep_turn, list, take_turn};
pub(crate) use template::PLACEHOLDERS;

ids! {
    /// One appointment type.
    TypeId,
}

/// How many of its hosts an appointment needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HostMode {
    /// Its only host.
    One,
    /// Any one of several, in turns (round robin).
    Any,
    /// All of them together.
    All,
}

impl HostMode {
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Any, Self::All];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Any => "any",
            Self::All => "all",
        }
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::One => "one person",
            Self::Any => "any of several, in turns",
            Self::All => "all of several together",
        }
    }
}

/// What happens when a host moves, shortens or deletes a booking's entry in Outlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutlookChanges {
    /// The booking follows, and the visitor is told.
    Follow,
    /// The host is asked whether the booking shall follow or the entry be put back.
    Ask,
}

impl OutlookChanges {
    pub(crate) const ALL: [Self; 2] = [Self::Follow, Self::Ask];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Ask => "ask",
        }
    }

    /// For people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Follow => "the booking follows, and the visitor is told",
            Self::Ask => "I am asked first",
        }
    }
}

/// Stores an enum with `ALL` and `as_str` by its names.
macro_rules! by_name {
    ($name:ident, $what:literal) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
                found.ok_or_else(|| format!(concat!("unknown ", $what, " {:?}"), text))
            }
        }
        platform::text_column!($name);
    };
}
pub(crate) use by_name;

by_name!(HostMode, "host mode");
by_name!(OutlookChanges, "policy for changes in Outlook");

/// Minutes, such as the durations on offer or how long before an appointment reminders go out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Minutes(pub Vec<i64>);
json_column!(Minutes);

/// Where an appointment can take place; with several the visitor chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Places(pub Vec<Place>);
json_column!(Places);

/// What the visitor is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Questions(pub Vec<Question>);
json_column!(Questions);

record! {
    /// Something that can be booked. All lengths are minutes.
    #[derive(Clone, Debug)]
    pub(crate) struct AppointmentType {
        organization_id: OrganizationId,
        id: TypeId,
        /// Its name in addresses.
        slug: String,
        name: String,
        description: String,
        mode: HostMode,
        durations: Minutes,
        places: Places,
        /// Kept free before each appointment.
        before_buffer: i64,
        /// Kept free after each appointment.
        after_buffer: i64,
        /// How far apart the starts on offer are.
        step: i64,
        min_notice: i64,
        /// How far ahead can be booked; any time where there is none.
        max_advance: Option<i64>,
        /// The most bookings of this type per host and day, in the host's zone.
        cap_per_day: Option<i64>,
        /// The same per week, from Monday.
        cap_per_week: Option<i64>,
        questions: Questions,
        /// Until this long before the start the visitor can move or cancel.
        cancel_cutoff: i64,
        /// How long before the start reminders go out.
        reminders: Minutes,
        /// How long after the end a follow-up goes out, if at all.
        follow_up: Option<i64>,
        /// The meeting's and the entry's title, with placeholders.
        title_template: String,
        /// The meeting's agenda and the entry's text, with placeholders.
        agenda_template: String,
        outlook_changes: OutlookChanges,
        /// Part of the link to a private type; public where there is none.
        private_key: Option<String>,
        active: bool,
        /// Grows with every change, so that two editors notice each other.
        version: i64,
        created_by: AccountId,
        created_at: Instant,
        updated_at: Instant,
    }
}

impl AppointmentType {
    /// The shortest duration, which a booking page starts with.
    pub(crate) fn usual_duration(&self) -> i64 {
        self.durations.0.first().copied().unwrap_or(30)
    }

    /// Whether a link with this key (or none) leads here. A wrong key must look like a wrong address.
    pub(crate) fn opens_with(&self, key: Option<&str>) -> bool {
        match (&self.private_key, key) {
            (None, _) => true,
            (Some(needed), Some(given)) => {
                platform::random::fingerprint(needed) == platform::random::fingerprint(given)
            }
            (Some(_), None) => false,
        }
    }

    /// The path of its booking page, with its key where it is private.
    pub(crate) fn path(&self, site: &str) -> String {
        let key = self.private_key.as_ref().map_or_else(String::new, |key| format!("?key={key}"));
        format!("/book/{site}/{}{key}", self.slug)
    }
}

record! {
    /// Somebody who hosts a type.
    #[derive(Clone, Debug)]
    pub(crate) struct TypeHost {
        account_id: AccountId,
        position: i64,
        /// When a booking last fell to this host.
        assigned_at: Instant,
    }
}
