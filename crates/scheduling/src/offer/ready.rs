//! Which of a type's places each host can serve now. A host whose provider is switched off or not connected falls
//! back to the type's other places.

use connections::{Provider, Purpose, Serving};
use platform::{
    Hub, Result,
    id::{AccountId, OrganizationId},
};

use crate::appointment_type::{Place, PlaceKind};

/// The scope with which one connection makes meetings for everybody (Webex, "Meetings API scopes").
pub(crate) const WEBEX_FOR_EVERYBODY: (Purpose, &str) = (Purpose::Meetings, "meeting:admin_schedule_write");

/// What one host can serve.
#[derive(Clone, Debug)]
pub(crate) struct HostReady {
    /// Places of the type, in its order.
    pub places: Vec<Place>,
    /// What stands against the others, in words.
    pub missing: Vec<(PlaceKind, String)>,
}

/// What each host can serve, in their order; a handful of statements for any number of hosts.
pub(crate) async fn readiness(
    hub: &Hub,
    organization: OrganizationId,
    places: &[Place],
    hosts: &[AccountId],
) -> Result<Vec<HostReady>> {
    let webex = missing(hub, organization, (places, PlaceKind::Webex), hosts).await?;
    let teams = missing(hub, organization, (places, PlaceKind::Teams), hosts).await?;
    let of_host = |index: usize| {
        let why = |kind| match kind {
            PlaceKind::Webex => webex.get(index).and_then(Clone::clone),
            PlaceKind::Teams => teams.get(index).and_then(Clone::clone),
            PlaceKind::InPerson | PlaceKind::Phone => None,
        };
        let mut ready = HostReady { places: Vec::new(), missing: Vec::new() };
        for place in places {
            match why(place.kind) {
                None => ready.places.push(place.clone()),
                Some(why) => ready.missing.push((place.kind, why)),
            }
        }
        ready
    };
    Ok((0..hosts.len()).map(of_host).collect())
}

/// For each host why meetings of this kind cannot be made; nothing where they can, or where nobody asks for them.
async fn missing(
    hub: &Hub,
    organization: OrganizationId,
    (places, kind): (&[Place], PlaceKind),
    hosts: &[AccountId],
) -> Result<Vec<Option<String>>> {
    if !places.iter().any(|place| place.kind == kind) {
        return Ok(Vec::new());
    }
    let (provider, purpose) = match kind {
        PlaceKind::Teams => (Provider::Microsoft, Purpose::Calendars),
        _ => (Provider::Webex, Purpose::Meetings),
    };
    let serving = connections::serving_each(hub, organization, hosts, provider, purpose).await?;
    let why = |serving: &Serving| match serving {
        Serving::Ready(_) => None,
        Serving::NotReady { why, .. } => Some(why.clone()),
    };
    let mut missing: Vec<Option<String>> = serving.iter().map(why).collect();
    if kind == PlaceKind::Teams {
        let refusing = calendars::refusing_teams(hub, organization, hosts).await?;
        missing = missing.into_iter().zip(refusing).map(|(missing, refusing)| missing.or(refusing)).collect();
    }
    let for_everybody = kind == PlaceKind::Webex
        && missing.iter().any(Option::is_some)
        && connections::with_scope(hub, organization, provider, WEBEX_FOR_EVERYBODY).await?.is_some();
    Ok(if for_everybody { vec![None; hosts.len()] } else { missing })
}
