//! Meetings whose id was not learnt, because an answer was lost or a server died: they carry the booking's tag.

use std::time::Duration;

use platform::{Hub, Instant};

use super::connection::Through;
use crate::{
    booking::Booking,
    steps::{
        Attempt, Step,
        scene::Scene,
        trouble::{Stop, stopped},
    },
};

const DAY: Duration = Duration::from_secs(86_400);
/// A meeting may be made a little after its answer was lost, and be listed a little after it was made. So long, "there
/// is none" says nothing; it is the time that a dead server's right to carry out lasts, too.
const UNTIL_LISTED: Duration = Duration::from_secs(20);

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

/// Whether a meeting that is not found was never made; otherwise it is looked for again a little later.
pub(super) fn wait_until_listed(hub: &Hub, attempt: &Attempt) -> Result<(), Stop> {
    let until: Instant = attempt.since.after(UNTIL_LISTED);
    if until <= hub.now() {
        return Ok(());
    }
    let say = "Webex did not confirm this meeting. It is looked for before another one is made.";
    Err(Stop::NotYet(until, say.to_owned()))
}

/// Deletes every meeting of this booking but its own, where there may be several. When nobody can look any more, they
/// stay.
pub(super) async fn delete_strays(
    hub: &Hub,
    scene: &Scene,
    step: &Step,
    own: Option<&str>,
) -> Result<(), Stop> {
    let Some(connection) = step.memo.as_ref().and_then(|memo| memo.doubt) else { return Ok(()) };
    let Some(through) = Through::with(hub, scene, step, connection).await? else { return Ok(()) };
    for stray in tagged(hub, &through, scene).await? {
        if Some(stray.id.as_str()) != own {
            tracing::warn!(booking = %scene.booking.id, "a meeting was there twice; one of them is deleted");
            delete(hub, &through, &stray.id).await?;
        }
    }
    Ok(())
}

/// Deletes a meeting without Webex's mail, or finds it gone.
pub(super) async fn delete(hub: &Hub, through: &Through, id: &str) -> Result<(), Stop> {
    through
        .ask(hub, |webex, token| async move { webex.delete_meeting(&token, id, false).await })
        .await
        .map_err(|error| stopped(hub, error))
}
