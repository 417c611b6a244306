//! Meetings whose id was not learnt, because an answer was lost or a server died: they carry the booking's tag.

use std::time::Duration;

use platform::Hub;

use super::connection::Through;
use crate::{
    booking::Booking,
    steps::{
        scene::Scene,
        trouble::{Stop, stopped},
    },
};

const DAY: Duration = Duration::from_secs(86_400);

/// The mark by which Webex finds a booking's meeting again; at most 64 characters.
pub(super) fn tag(booking: &Booking) -> String {
    format!("sb-{}", booking.id)
}

/// Every meeting with this booking's tag. It may have been made for another time than the booking has now, so a year
/// either way is looked through.
pub(super) async fn tagged(hub: &Hub, through: &Through, scene: &Scene) -> Result<Vec<webex::Meeting>, Stop> {
    let booking = &scene.booking;
    let tag = tag(booking);
    let span = (
        booking.created_at.before(DAY).timestamp(),
        booking.starts_at.max(hub.now()).after(DAY * 366).timestamp(),
    );
    let tag = tag.as_str();
    let found = through
        .ask(hub, |webex, token| async move { webex.list_meetings(&token, tag, span).await })
        .await
        .map_err(|error| stopped(hub, error))?;
    // The list is filtered by Webex; what it sent besides is none of ours.
    Ok(found.into_iter().filter(|meeting| meeting.integration_tags.iter().any(|it| it == tag)).collect())
}

/// Deletes a meeting without Webex's mail, or finds it gone.
pub(super) async fn delete(hub: &Hub, through: &Through, id: &str) -> Result<(), Stop> {
    through
        .ask(hub, |webex, token| async move { webex.delete_meeting(&token, id, false).await })
        .await
        .map_err(|error| stopped(hub, error))
}
