//! Mails for later: reminders before the appointment and a word afterwards. They are written with the visitor's mail
//! and taken back by whatever changes the booking.

use std::time::Duration;

use notifications::{NewMail, TemplateKind};
use platform::{Hub, Instant, Result};

use super::{invitation::Sheet, kinds, visitor};
use crate::{hold::minutes, steps::scene::Scene};

/// After this time a follow-up is of no use any more.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The reminders and the follow-up whose time was still to come `since` then. One whose time came meanwhile leaves at
/// once, unless it has left already.
pub(super) async fn mails(hub: &Hub, scene: &Scene, since: Instant) -> Result<Vec<NewMail>> {
    let booking = &scene.booking;
    let sheet = Sheet::of(hub, scene).await?;
    let mut all = Vec::new();
    for before in &scene.it.reminders.0 {
        let at = booking.starts_at.before(minutes(*before));
        let name = format!("reminder:{before}:{}", booking.starts_at.micros());
        if at > since {
            all.extend(one(hub, scene, &sheet, (&kinds::REMINDER, name), (at, booking.starts_at)).await?);
        }
    }
    if let Some(after) = scene.it.follow_up {
        let at = booking.ends_at.after(minutes(after));
        let name = format!("follow-up:{}", booking.ends_at.micros());
        all.extend(one(hub, scene, &sheet, (&kinds::FOLLOW_UP, name), (at, at.after(WEEK))).await?);
    }
    Ok(all)
}

async fn one(
    hub: &Hub,
    scene: &Scene,
    sheet: &Sheet,
    (kind, name): (&TemplateKind, String),
    (at, until): (Instant, Instant),
) -> Result<Option<NewMail>> {
    if until <= hub.now() {
        return Ok(None);
    }
    let key = scene.booking.key();
    let mut mail = visitor::of_kind(hub, scene, kind, sheet).await?;
    mail.not_before = Some(at);
    mail.not_after = Some(until);
    mail.dedupe = Some(format!("{key}:{name}"));
    mail.about = Some(key);
    Ok(Some(mail))
}
