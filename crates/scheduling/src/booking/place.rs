//! The places a type can offer at this moment.

use platform::{Hub, Result};

use crate::{
    appointment_type::{AppointmentType, HostMode, Place},
    offer::{HostReady, active_hosts, readiness},
};

/// A place with whether it can be had now.
#[derive(Clone, Debug)]
pub(crate) struct Offering {
    pub place: Place,
    pub is_ready: bool,
}

/// The type's places, in its order. One that no host can serve now is not ready; of hosts who meet together, the
/// first makes the meeting.
pub(crate) async fn offered_places(hub: &Hub, it: &AppointmentType) -> Result<Vec<Offering>> {
    let mut hosts = active_hosts(hub, it).await?;
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
