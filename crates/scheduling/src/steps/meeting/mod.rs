//! The online meeting behind a booking: made once, kept equal to the booking, deleted with it. What was made is stored
//! before anything else happens.

mod change;
mod connection;
mod find;
pub(super) mod quota;
mod teams;
mod webex;

use std::time::Duration;

use platform::{Hub, Result};

use super::{
    CHECK_MEETING, Memo, Step, StepState, queue_job, scene::Scene, store, store::Ended, trouble::Stop,
    want_again,
};
use crate::{
    appointment_type::PlaceKind,
    booking::{self, Meeting, MeetingSecrets},
};

/// When there may be more meetings than one, so long afterwards each of them is listed at Webex.
const CHECK: Duration = Duration::from_secs(300);

/// Makes the meeting as the booking wishes.
pub(super) async fn carry_out(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    if scene.booking.is_confirmed() && scene.booking.ends_at <= hub.now() {
        let ended = Ended::not_needed("The appointment is over.");
        return Ok(keep(hub, scene, step, Kept::AsItIs, ended).await?);
    }
    if scene.booking.place.kind == PlaceKind::Teams && scene.waits_for_decision(step.account_id) {
        return Ok(keep(hub, scene, step, Kept::AsItIs, Ended::undecided()).await?);
    }
    match (scene.booking.place.kind, scene.booking.is_confirmed()) {
        (PlaceKind::Webex, true) => webex::make(hub, scene, step).await,
        (PlaceKind::Webex, false) => webex::unmake(hub, scene, step).await,
        (PlaceKind::Teams, true) => teams::make(hub, scene, step).await,
        (PlaceKind::Teams, false) => teams::unmake(hub, scene, step).await,
        (PlaceKind::InPerson | PlaceKind::Phone, _) => {
            let ended = Ended { state: StepState::NotNeeded, detail: None, memo: None };
            Ok(keep(hub, scene, step, Kept::AsItIs, ended).await?)
        }
    }
}

/// Looks whether there are more meetings than the booking's own, and deletes them.
pub(super) async fn check(hub: &Hub, scene: &Scene) -> Result<(), Stop> {
    let Some(step) = scene.meeting_step() else { return Ok(()) };
    let memo = step.memo.clone().unwrap_or_default();
    // An attempt that is under way looks for itself.
    if memo.doubt.is_none() || memo.attempt.is_some() {
        return Ok(());
    }
    let own = scene.booking.meeting.as_ref().and_then(|meeting| meeting.id.as_deref());
    find::delete_strays(hub, scene, step, own).await?;
    store::remember(hub, hub.db(), &scene.booking, step, &Memo { doubt: None, ..memo }).await?;
    Ok(())
}

/// What is stored of the meeting when its step ends.
enum Kept {
    /// Nothing new.
    AsItIs,
    /// This one.
    Made(Meeting, Box<MeetingSecrets>),
    /// There is none any more.
    Gone,
}

/// Stores the meeting, whatever the booking wishes by now: it exists. The step counts as done only if the wish is still
/// the one it was made for.
///
/// When a link arrives, or changes, after calendar and mails have been carried out without it, they follow once more.
/// The appointment itself is the same, so the invitation keeps its SEQUENCE: it grows with changes of time and status
/// (RFC 5546, section 2.1.4), and of two with the same number the newer DTSTAMP counts (section 2.1.5).
async fn keep(hub: &Hub, scene: &Scene, step: &Step, kept: Kept, ended: Ended) -> Result<()> {
    let seen = &scene.booking;
    let key = (seen.organization_id, seen.id);
    let sealed = match &kept {
        Kept::Made(_, secrets) => Some(booking::seal_meeting_secrets(hub, key, secrets).await?),
        Kept::AsItIs | Kept::Gone => None,
    };
    let mut tx = hub.db().begin().await?;
    let mut now = store::lock(hub, &mut tx, seen).await?;
    let has_changed =
        matches!(&kept, Kept::Made(meeting, _) if meeting.join_url.as_deref() != scene.join_url());
    match kept {
        Kept::AsItIs => {}
        Kept::Made(meeting, _) => booking::set_meeting(&mut tx, key, Some(meeting), sealed).await?,
        Kept::Gone => booking::set_meeting(&mut tx, key, None, None).await?,
    }
    if ended.memo.as_ref().is_some_and(|memo| memo.doubt.is_some()) {
        queue_job(hub, &mut tx, &now, (CHECK_MEETING, hub.now().after(CHECK))).await?;
    }
    if now.wish == seen.wish {
        let others = scene.steps.iter().filter(|other| other.kind != step.kind);
        if has_changed && others.into_iter().any(|other| other.done_wish >= seen.wish) {
            store::wish_again(&mut tx, &mut now).await?;
            want_again(hub, &mut tx, &now).await?;
        }
        store::finish(hub, &mut tx, step, (&now, now.wish), ended).await?;
    } else if let Some(memo) = ended.memo {
        // The wish is another one by now, and the next round knows what there is.
        store::remember(hub, &mut tx, seen, step, &memo).await?;
    }
    tx.commit().await?;
    Ok(())
}
