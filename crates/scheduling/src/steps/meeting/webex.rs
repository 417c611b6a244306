//! Webex: created with the booking's tag, changed and deleted by its id. Webex knows no idempotency key, so an attempt
//! is written down before it is made, and after a lost answer the tag says whether there is a meeting.

use std::time::Duration;

use connections::CallError;
use oauth::ApiKind;
use platform::{Hub, Result};
use webex::{Invitee, MeetingChange, NewMeeting, is_daily_quota, is_in_progress, is_past};

use super::{
    Kept,
    change::{Wanted, kept},
    connection::Through,
    find::{delete, tag, tagged},
    keep,
};
use crate::steps::{
    Memo, Step,
    scene::Scene,
    store::{self, Ended},
    trouble::{Stop, stopped},
};

/// When Webex does not say when a day's meetings are used up no longer.
const QUOTA: Duration = Duration::from_secs(6 * 3600);

pub(super) async fn make(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let through = Through::find(hub, scene, step).await?;
    let wanted = Wanted::of(hub, scene);
    if let Some(id) = scene.booking.meeting.as_ref().and_then(|meeting| meeting.id.as_deref()) {
        match change(hub, &through, id, &wanted).await {
            Ok(detail) => {
                let ended = Ended { detail, ..Ended::done() };
                return Ok(keep(hub, scene, step, Kept::AsItIs, ended).await?);
            }
            // Somebody deleted it at Webex; the appointment stands, so it gets another one.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(stopped(hub, error)),
        }
    }
    let may_exist = step.memo.as_ref().is_some_and(|memo| memo.creating);
    let found = if may_exist { adopt(hub, &through, scene, &wanted).await? } else { None };
    let meeting = match found {
        Some(meeting) => meeting,
        None => create(hub, &through, (scene, step), &wanted).await?,
    };
    let (meeting, secrets) = kept(&through, &meeting);
    Ok(keep(hub, scene, step, Kept::Made(meeting, secrets), Ended::done()).await?)
}

pub(super) async fn unmake(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let id = scene.booking.meeting.as_ref().and_then(|meeting| meeting.id.as_deref());
    let may_exist = step.memo.as_ref().is_some_and(|memo| memo.creating);
    if id.is_some() || may_exist {
        let through = Through::find(hub, scene, step).await?;
        if let Some(id) = id {
            delete(hub, &through, id).await?;
        }
        if may_exist {
            for left in tagged(hub, &through, scene).await? {
                delete(hub, &through, &left.id).await?;
            }
        }
    }
    Ok(keep(hub, scene, step, Kept::Gone, Ended::done()).await?)
}

/// Makes the meeting equal to the wish; answers what a person may want to know.
async fn change(
    hub: &Hub,
    through: &Through,
    id: &str,
    wanted: &Wanted,
) -> Result<Option<String>, CallError> {
    let change = MeetingChange {
        title: Some(&wanted.title),
        agenda: Some(&wanted.agenda),
        span: Some(wanted.span),
        timezone: Some(&wanted.zone),
        send_email: false,
    };
    let change = &change;
    let changed =
        through.ask(hub, |webex, token| async move { webex.update_meeting(&token, id, change).await }).await;
    match changed {
        Ok(_) => Ok(None),
        Err(error) if error.api().is_some_and(is_in_progress) => {
            Ok(Some("The meeting is running, so Webex keeps its times; its link works.".to_owned()))
        }
        Err(error) if error.api().is_some_and(is_past) => Ok(Some(
            "Webex keeps the meeting's times, because the new ones are over; its link works.".to_owned(),
        )),
        Err(error) => Err(error),
    }
}

/// The meeting that an earlier attempt made, made equal to the wish. Of several one stays.
async fn adopt(
    hub: &Hub,
    through: &Through,
    scene: &Scene,
    wanted: &Wanted,
) -> Result<Option<webex::Meeting>, Stop> {
    let mut found = tagged(hub, through, scene).await?.into_iter();
    let Some(first) = found.next() else { return Ok(None) };
    for other in found {
        tracing::warn!(booking = %scene.booking.id, "a meeting was there twice; one of them is deleted");
        delete(hub, through, &other.id).await?;
    }
    if !wanted.is(&first) {
        change(hub, through, &first.id, wanted).await.map_err(|error| stopped(hub, error))?;
    }
    // A list may lack what only the single meeting shows.
    let id = first.id.as_str();
    through
        .ask(hub, |webex, token| async move { webex.get_meeting(&token, id).await })
        .await
        .map(Some)
        .map_err(|error| stopped(hub, error))
}

async fn create(
    hub: &Hub,
    through: &Through,
    (scene, step): (&Scene, &Step),
    wanted: &Wanted,
) -> Result<webex::Meeting, Stop> {
    let site = site(hub, through).await?;
    let tag = tag(&scene.booking);
    let visitor = &scene.booking.visitor;
    let invitee = Invitee { email: &visitor.email, display_name: Some(&visitor.name), co_host: false };
    let new = NewMeeting {
        agenda: Some(wanted.agenda.as_str()).filter(|agenda| !agenda.is_empty()),
        site_url: site.as_deref(),
        integration_tags: &[&tag],
        invitees: &[invitee],
        ..NewMeeting::new(&wanted.title, wanted.span, &wanted.zone)
    };
    let memo = Memo { creating: true, ..step.memo.clone().unwrap_or_default() };
    store::remember(hub, &scene.booking, step, &memo).await?;
    let new = &new;
    let made = through.ask(hub, |webex, token| async move { webex.create_meeting(&token, new).await }).await;
    made.map_err(|error| refused(hub, error))
}

/// Somebody else's site has to be named: the administrator's own may be another one.
async fn site(hub: &Hub, through: &Through) -> Result<Option<String>, Stop> {
    if through.host.is_none() {
        return Ok(None);
    }
    let sites = through.ask(hub, |webex, token| async move { webex.sites(&token).await }).await;
    let mut sites = sites.map_err(|error| stopped(hub, error))?;
    sites.sort_by_key(|site| !site.default);
    Ok(sites.into_iter().next().map(|site| site.site_url))
}

fn refused(hub: &Hub, error: CallError) -> Stop {
    let Some(quota) = error.api().filter(|error| is_daily_quota(error)) else { return stopped(hub, error) };
    let wait = match quota.kind {
        ApiKind::Passing { retry_after: Some(wait) } => wait,
        _ => QUOTA,
    };
    let say = format!(
        "Webex lets each person create 100 meetings in 24 hours, and this host has reached that. It said: {quota}"
    );
    Stop::Until(hub.now().after(wait), say)
}
