//! The places a type can offer at this moment or at one time, and which of them a wish means.

use platform::{Hub, Instant, Result, id::AccountId};
use serde::{Deserialize, Serialize};

use super::Wrong;
use crate::{
    appointment_type::{AppointmentType, HostMode, Place},
    hold::{self, Hold},
    offer::{Ask, HostReady, active_hosts, board, readiness},
};

/// A place with whether it can be had now.
#[derive(Clone, Debug)]
pub(crate) struct Offering {
    pub place: Place,
    pub is_ready: bool,
}

/// The place that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum ChosenPlace {
    /// The place itself, word for word as the type lists it: means the same when the type has changed since.
    Itself(Place),
    /// Its position in the type's list, from 0; means another place when the list has changed since.
    Position(usize),
}

impl ChosenPlace {
    /// The one of these that is meant and can be had; nothing need be chosen where there is only one.
    pub(super) fn among<'a>(chosen: Option<&Self>, places: &'a [Offering]) -> Result<&'a Place, Wrong> {
        let found = match (chosen, places) {
            (Some(Self::Itself(place)), _) => places.iter().find(|offering| offering.place == *place),
            (Some(Self::Position(index)), _) => places.get(*index),
            (None, [only]) => Some(only),
            (None, _) => return Err(Wrong::Missing),
        };
        found.filter(|offering| offering.is_ready).map(|offering| &offering.place).ok_or(Wrong::Place)
    }
}

/// The type's places, in its order. One that no host can serve now is not ready; of hosts who meet together, the
/// first makes the meeting.
pub(crate) async fn offered_places(hub: &Hub, it: &AppointmentType) -> Result<Vec<Offering>> {
    served_by(hub, it, active_hosts(hub, it).await?).await
}

/// The same for one time: only those who are free for it count, and whoever it is held with. Where nobody is free, as
/// [`offered_places`]: another time has to be chosen anyway.
pub(crate) async fn offered_places_at(
    hub: &Hub,
    it: &AppointmentType,
    (start, duration): (Instant, i64),
    hold: Option<&Hold>,
) -> Result<Vec<Offering>> {
    let held = hold.filter(|hold| hold.is_living(hub.now()) && hold.starts_at == start);
    let except = held.iter().map(|hold| hold.id.to_string()).collect();
    let ask = Ask { except, ..Ask::new(it, duration, hold::at(start)) };
    let mut hosts: Vec<AccountId> = held.map_or_else(Vec::new, |hold| hold.hosts.0.clone());
    for time in board(hub, &ask).await?.times().into_iter().filter(|time| time.start == start) {
        hosts.extend(time.hosts);
    }
    if hosts.is_empty() { offered_places(hub, it).await } else { served_by(hub, it, hosts).await }
}

async fn served_by(hub: &Hub, it: &AppointmentType, mut hosts: Vec<AccountId>) -> Result<Vec<Offering>> {
    if it.mode != HostMode::Any {
        hosts.truncate(1);
    }
    let ready: Vec<HostReady> = readiness(hub, it.organization_id, &it.places.0, &hosts).await?;
    let offering = |place: &Place| Offering {
        place: place.clone(),
        is_ready: ready.iter().any(|host| host.places.contains(place)),
    };
    Ok(it.places.0.iter().map(offering).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appointment_type::PlaceKind;

    fn offering(kind: PlaceKind, detail: &str, is_ready: bool) -> Offering {
        Offering { place: Place { kind, detail: detail.to_owned() }, is_ready }
    }

    #[test]
    fn a_place_is_the_one_that_was_shown_or_none() {
        let room = offering(PlaceKind::InPerson, "Room 4", true);
        let phone = offering(PlaceKind::Phone, "", true);
        let webex = offering(PlaceKind::Webex, "", false);
        let itself = |offering: &Offering| Some(ChosenPlace::Itself(offering.place.clone()));
        let among = |chosen: Option<ChosenPlace>, places: &[Offering]| {
            ChosenPlace::among(chosen.as_ref(), places).cloned()
        };
        // The same words mean the same place wherever it stands now.
        assert_eq!(among(itself(&room), &[phone.clone(), room.clone()]), Ok(room.place.clone()));
        let moved = offering(PlaceKind::InPerson, "Room 5", true);
        assert_eq!(among(itself(&room), &[moved.clone(), phone.clone()]), Err(Wrong::Place));
        assert_eq!(among(itself(&room), &[moved]), Err(Wrong::Place), "not even where there is one only");
        assert_eq!(among(itself(&webex), &[webex.clone(), phone.clone()]), Err(Wrong::Place));
        assert_eq!(among(None, std::slice::from_ref(&room)), Ok(room.place.clone()));
        assert_eq!(among(None, &[room.clone(), phone.clone()]), Err(Wrong::Missing));
        assert_eq!(among(Some(ChosenPlace::Position(1)), &[room.clone(), phone.clone()]), Ok(phone.place));
        assert_eq!(among(Some(ChosenPlace::Position(7)), &[room]), Err(Wrong::Place));
    }
}
