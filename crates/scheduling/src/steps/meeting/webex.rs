//! Webex: created with the booking's tag, changed and deleted by its id. Webex knows no idempotency key, so an attempt
//! is written down before it is made, and after a lost answer the tag says whether there is a meeting.

use std::time::Duration;

use connections::{CallError, ConnectionId};
use oauth::ApiKind;
use platform::{Hub, Result};
use webex::{Invitee, MeetingChange, NewMeeting, is_daily_quota, is_in_progress, is_past};

use super::{
    Kept,
    change::{Wanted, kept},
    connection::Through,
    find::{delete, delete_strays, tag, tagged, wait_until_listed},
    keep, quota,
};
use crate::{
    booking::{Meeting, MeetingSecrets},
    steps::{
        Attempt, Memo, Step,
        scene::Scene,
        store::{self, Ended},
        trouble::{Stop, stopped},
    },
};

/// When Webex does not say when a day's meetings are used up no longer.
const QUOTA: Duration = Duration::from_secs(6 * 3600);

/// A meeting as it is stored.
type Made = (Meeting, MeetingSecrets);

pub(super) async fn make(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let wanted = Wanted::of(hub, scene);
    let memo = step.memo.clone().unwrap_or_default();
    if memo.attempt.is_none()
        && let Some(id) = scene.booking.meeting.as_ref().and_then(|meeting| meeting.id.as_deref())
    {
        let through = Through::find(hub, scene, step).await?;
        match change(hub, &through, id, &wanted).await {
            Ok(detail) => {
                delete_strays(hub, scene, step, Some(id)).await?;
                let memo = Memo { doubt: None, ..memo };
                let ended = Ended { detail, memo: Some(memo), ..Ended::done() };
                return Ok(keep(hub, scene, step, Kept::AsItIs, ended).await?);
            }
            // Somebody deleted it at Webex; the appointment stands, so it gets another one.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(stopped(hub, error)),
        }
    }
    let (made, memo) = match adopted(hub, scene, step, &wanted).await? {
        Some(made) => (made, Memo { attempt: None, ..memo }),
        None => create(hub, (scene, step), &wanted).await?,
    };
    let ended = Ended { memo: Some(memo), ..Ended::done() };
    let (meeting, secrets) = made;
    Ok(keep(hub, scene, step, Kept::Made(meeting, Box::new(secrets)), ended).await?)
}

pub(super) async fn unmake(hub: &Hub, scene: &Scene, step: &Step) -> Result<(), Stop> {
    let id = scene.booking.meeting.as_ref().and_then(|meeting| meeting.id.as_deref());
    let memo = step.memo.clone().unwrap_or_default();
    if let Some(id) = id {
        delete(hub, &Through::find(hub, scene, step).await?, id).await?;
    }
    let doubt = if let Some(attempt) = &memo.attempt {
        unmake_attempted(hub, scene, step, attempt).await?.or(memo.doubt)
    } else {
        delete_strays(hub, scene, step, None).await?;
        None
    };
    let ended = Ended { memo: Some(Memo { attempt: None, doubt, ..memo }), ..Ended::done() };
    Ok(keep(hub, scene, step, Kept::Gone, ended).await?)
}

/// Deletes what an attempt may have made; where that was nothing, answers with what it is looked for once more.
async fn unmake_attempted(
    hub: &Hub,
    scene: &Scene,
    step: &Step,
    attempt: &Attempt,
) -> Result<Option<ConnectionId>, Stop> {
    let Some(through) = Through::of_attempt(hub, scene, step, attempt).await? else { return Ok(None) };
    let found = tagged(hub, &through, scene).await?;
    if found.is_empty() {
        wait_until_listed(hub, attempt)?;
        return Ok(Some(through.connection));
    }
    for left in found {
        delete(hub, &through, &left.id).await?;
    }
    Ok(None)
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
async fn adopted(hub: &Hub, scene: &Scene, step: &Step, wanted: &Wanted) -> Result<Option<Made>, Stop> {
    let Some(attempt) = step.memo.as_ref().and_then(|memo| memo.attempt) else { return Ok(None) };
    let Some(through) = Through::of_attempt(hub, scene, step, &attempt).await? else { return Ok(None) };
    let through = &through;
    let mut found = tagged(hub, through, scene).await?.into_iter();
    let Some(first) = found.next() else {
        wait_until_listed(hub, &attempt)?;
        return Ok(None);
    };
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
        .map(|meeting| Some(kept(through, &meeting)))
        .map_err(|error| stopped(hub, error))
}

/// Makes the meeting. That is written down before it is asked for; if an earlier attempt was, too, there may be two in
/// the end, and that is remembered.
async fn create(hub: &Hub, (scene, step): (&Scene, &Step), wanted: &Wanted) -> Result<(Made, Memo), Stop> {
    let through = &Through::find(hub, scene, step).await?;
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
    let counted = quota::admit(hub, through, step.account_id).await?;
    let before = step.memo.clone().unwrap_or_default();
    let doubt = before.attempt.map(|earlier| earlier.connection).or(before.doubt);
    let attempt = || Some(Attempt { since: hub.now(), connection: through.connection });
    let mut memo = Memo { attempt: attempt(), doubt, ..before };
    store::remember(hub, hub.db(), &scene.booking, step, &memo).await?;
    let new = &new;
    let made = through.ask(hub, |webex, token| async move { webex.create_meeting(&token, new).await }).await;
    memo.attempt = if is_settled(&made) { None } else { attempt() };
    match made {
        Ok(meeting) => Ok((kept(through, &meeting), memo)),
        Err(error) => {
            store::remember(hub, hub.db(), &scene.booking, step, &memo).await?;
            if error.api().is_none() {
                quota::take_back(hub, through, &counted).await?;
            }
            Err(refused(hub, (through, step), error).await?)
        }
    }
}

/// Whether it is known what became of a request: it was answered with a meeting or a refusal, or not even sent for want
/// of a token.
fn is_settled<T>(made: &Result<T, CallError>) -> bool {
    let Err(CallError::Provider(error)) = made else { return true };
    error.status.is_some_and(|status| (400..500).contains(&status) && status != 408)
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

async fn refused(hub: &Hub, (through, step): (&Through, &Step), error: CallError) -> Result<Stop> {
    let Some(refusal) = error.api().filter(|error| is_daily_quota(error)) else {
        return Ok(stopped(hub, error));
    };
    let wait = match refusal.kind {
        ApiKind::Passing { retry_after: Some(wait) } => wait,
        _ => QUOTA,
    };
    let until = hub.now().after(wait);
    quota::hold(hub, through, step.account_id, until).await?;
    let say = format!(
        "Webex lets each person create {} meetings in 24 hours, and this host has reached that. It said: {refusal}",
        quota::OF_A_PERSON
    );
    Ok(Stop::Until(until, say))
}
