//! Teams: the meeting belongs to the entry in the organizer's calendar (Graph, "Choose an API to create and join online
//! meetings"), so writing the entry makes it, moves it and keeps its link.

use std::time::Duration;

use connections::{Provider, Purpose, Serving};
use platform::{Hub, Result, later};

use super::{Kept, keep};
use crate::{
    booking::Meeting,
    steps::{Step, calendar, scene::Scene, store::Ended, trouble::Stop},
};

/// Microsoft sometimes needs a moment for the link.
const UNTIL_THE_LINK: Duration = Duration::from_secs(5);

pub(super) async fn make(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let (organization, account) = (scene.booking.organization_id, step.account_id);
    let entry = calendar::entry(hub, scene, account);
    let written = calendars::write_entry(hub, organization, account, &entry).await?;
    if let Some(why) = written.skipped {
        let serving =
            connections::serving(hub, organization, account, Provider::Microsoft, Purpose::Calendars).await?;
        let why = match serving {
            Serving::NotReady { connection: Some(_), why } => why,
            _ => why,
        };
        return Err(Stop::NotReady(why));
    }
    let Some(link) = written.join_url else {
        let error =
            later(hub.now().after(UNTIL_THE_LINK), "Microsoft is still making the link to the meeting.");
        return Err(error.into());
    };
    let meeting = Meeting { id: None, connection: None, join_url: Some(link), number: None };
    let is_known = scene.booking.meeting.as_ref() == Some(&meeting);
    let kept = if is_known { Kept::AsItIs } else { Kept::Made(meeting, Box::default()) };
    Ok(keep(hub, scene, step, kept, Ended::done()).await?)
}

pub(super) async fn unmake(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let booking = &scene.booking;
    let removal =
        calendars::remove_entry(hub, booking.organization_id, step.account_id, &booking.key()).await?;
    let ended = calendar::taken_out(scene, step.account_id, removal)?;
    Ok(keep(hub, scene, step, Kept::Gone, ended).await?)
}
