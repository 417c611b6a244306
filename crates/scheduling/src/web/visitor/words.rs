//! Words that several pages share.

use jiff::tz::TimeZone;
use platform::Instant;

use crate::{
    appointment_type::{Place, PlaceKind},
    texts::{Language, Text, dates},
};

/// A way to meet, with its location where it has one.
pub(super) fn place_name(language: Language, place: &Place) -> String {
    let kind = kind_name(language, place.kind);
    if place.detail.is_empty() { kind } else { format!("{kind}: {}", place.detail) }
}

/// The ways to meet, each once.
pub(super) fn ways_to_meet(language: Language, places: &[Place]) -> Vec<String> {
    let mut kinds: Vec<PlaceKind> = Vec::new();
    for place in places {
        if !kinds.contains(&place.kind) {
            kinds.push(place.kind);
        }
    }
    kinds.into_iter().map(|kind| kind_name(language, kind)).collect()
}

fn kind_name(language: Language, kind: PlaceKind) -> String {
    let id = match kind {
        PlaceKind::InPerson => "place-in-person",
        PlaceKind::Webex => "place-webex",
        PlaceKind::Teams => "place-teams",
        PlaceKind::Phone => "place-phone",
    };
    Text::plain(id).in_language(language)
}

/// A start with its day: `Wednesday 25 November 2026, 10:00`.
pub(super) fn start(language: Language, at: Instant, zone: &TimeZone) -> String {
    let local = at.timestamp().to_zoned(zone.clone());
    let offset = if dates::is_clock_change(zone, local.date()) {
        format!(" ({})", dates::offset(zone, at))
    } else {
        String::new()
    };
    format!("{}, {}{offset}", dates::day(language, local.date()), dates::clock(&local))
}
