//! Outlook in the other direction: a host has moved, shortened or deleted an entry of ours. Depending on the type the
//! booking follows, or the host is asked. Where another booking is in the way, the host is asked in any case.

use std::time::Duration;

use calendars::{Change, EntryChanged};
use notifications::{Letter, Link};
use platform::{
    Actor, Error, Fault, Hub, Result, audit,
    audit::Act,
    conflict,
    db::Tx,
    id::{AccountId, OrganizationId},
    jobs::Job,
    later,
};
use serde_json::json;

use super::{
    Memo, Step, StepKind, StepState, mails, queue, retry::check_may_decide, scene::Scene, store,
    store::Since, words,
};
use crate::{
    appointment_type::{OutlookChanges, PlaceKind},
    booking::{self, Booking, BookingId, Canceller, Mover, Proposal, ProposedChange, Refusal},
    texts::Language,
};

/// When a booking changes while a report about it is looked at.
const SOON: Duration = Duration::from_secs(2);

/// Job: somebody changed an entry of ours in Outlook.
pub(crate) async fn entry_changed(hub: Hub, job: Job) -> Result<()> {
    let changed: EntryChanged = job.payload()?;
    let id = changed.key.strip_prefix("booking:").and_then(|id| id.parse::<BookingId>().ok());
    let Some(id) = id else { return Ok(()) };
    let organization = job.organization;
    let Some(scene) = Scene::load(&hub, organization, id).await? else { return Ok(()) };
    let (booking, account) = (&scene.booking, changed.account);
    let is_over = booking.ends_at <= hub.now();
    if is_over || !booking.is_confirmed() || !booking.hosts.0.contains(&account) {
        return Ok(());
    }
    if !is_news(&hub, booking, &changed).await? {
        return Ok(());
    }
    let proposed = match changed.change {
        Change::Moved { start, end } => ProposedChange::Moved { start, end },
        Change::Deleted => ProposedChange::Deleted,
    };
    if is_as_booked(booking, proposed) {
        return forget(&hub, booking, account).await;
    }
    let obstacle = match scene.it.outlook_changes {
        OutlookChanges::Ask => None,
        OutlookChanges::Follow if concerns_others(booking, account, proposed) => Some(
            "Other people host it too, so it is not cancelled for all of them without asking.".to_owned(),
        ),
        OutlookChanges::Follow if was_changed_too(&scene, account) => {
            Some("The appointment itself was moved to another time before that.".to_owned())
        }
        OutlookChanges::Follow => match follow(&hub, &Actor::system(organization), booking, proposed).await {
            Ok(()) | Err(Refusal::AlreadyCancelled) => return Ok(()),
            Err(Refusal::Other(error)) if passes(&error) => return Err(error),
            Err(refusal) => Some(obstacle(&refusal)),
        },
    };
    ask(&hub, &scene, Proposal { account, change: proposed, at: hub.now(), obstacle }).await
}

/// Whether the report speaks of the entry as it is to be now. Reports may come late, and in another order than the
/// changes: one that is older than another, or than the wish to write the entry anew, says nothing any more.
async fn is_news(hub: &Hub, booking: &Booking, changed: &EntryChanged) -> Result<bool> {
    let mut tx = hub.db().begin().await?;
    let now = store::lock(hub, &mut tx, booking).await?;
    let steps = store::of_booking_on(hub, &mut tx, now.organization_id, now.id).await?;
    let is_its = |step: &&Step| step.kind == StepKind::Calendar && step.account_id == changed.account;
    let Some(step) = steps.iter().find(is_its) else { return Ok(true) };
    let memo = step.memo.clone().unwrap_or_default();
    // Since then the entry has been wanted anew, or written.
    let is_before = step.state != StepState::NotNeeded && changed.at < step.updated_at;
    let is_older = memo.report.is_some_and(|known| changed.version < known);
    if is_older || is_before {
        return Ok(false);
    }
    let memo = Memo { report: Some(changed.version), ..memo };
    store::remember(hub, &mut tx, &now, step, &memo).await?;
    tx.commit().await?;
    Ok(true)
}

/// A host who leaves by deleting the entry does not speak for the others; the organizer does.
fn concerns_others(booking: &Booking, account: AccountId, change: ProposedChange) -> bool {
    change == ProposedChange::Deleted && booking.hosts.0.len() > 1 && booking.organizer() != Some(account)
}

/// Whether the appointment has got another time that its entry never had: then two people have moved it, and one of
/// them does not know.
fn was_changed_too(scene: &Scene, account: AccountId) -> bool {
    let is_its = |step: &&Step| step.kind == StepKind::Calendar && step.account_id == account;
    let memo = scene.steps.iter().find(is_its).and_then(|step| step.memo.as_ref());
    memo.and_then(|memo| memo.written).is_some_and(|written| written < scene.booking.sequence)
}

/// Whether the same attempt may succeed later without anybody's doing. Everything else is for the host to decide, so
/// that no change is lost.
fn passes(error: &Error) -> bool {
    matches!(error.fault, Fault::Storage | Fault::Later(_) | Fault::Bug)
}

fn obstacle(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Taken { .. } => "Another appointment of a host is in the way.".to_owned(),
        Refusal::Past => "That time has passed already.".to_owned(),
        Refusal::Fields(_) => {
            "An appointment lasts between a minute and a day; this would be longer.".to_owned()
        }
        refusal => refusal.text(Language::En),
    }
}

/// A change that leads to what is booked is none. Outlook keeps whole seconds.
fn is_as_booked(booking: &Booking, change: ProposedChange) -> bool {
    match change {
        ProposedChange::Moved { start, end } => {
            (start.seconds(), end.seconds()) == (booking.starts_at.seconds(), booking.ends_at.seconds())
        }
        ProposedChange::Deleted => false,
    }
}

/// Lets the booking be what Outlook says.
async fn follow(hub: &Hub, actor: &Actor, booking: &Booking, change: ProposedChange) -> Result<(), Refusal> {
    let key = (booking.organization_id, booking.id);
    match change {
        ProposedChange::Deleted => booking::cancel(hub, actor, key, (Canceller::Outlook, "")).await?,
        ProposedChange::Moved { start, end } => {
            let minutes = i64::try_from(end.since(start).as_secs().div_ceil(60)).unwrap_or(i64::MAX);
            booking::reschedule(hub, actor, key, (start, Some(minutes)), Mover::Outlook).await?
        }
    };
    Ok(())
}

/// Keeps the change for the host's decision and says so; the same one again changes nothing.
async fn ask(hub: &Hub, scene: &Scene, proposal: Proposal) -> Result<()> {
    let seen = &scene.booking;
    let mut tx = hub.db().begin().await?;
    let now = store::lock(hub, &mut tx, seen).await?;
    let is_known = now
        .proposal
        .as_ref()
        .is_some_and(|known| (known.account, known.change) == (proposal.account, proposal.change));
    if now.wish != seen.wish {
        return Err(look_again(hub));
    }
    if now.ends_at <= hub.now() || is_known {
        return Ok(());
    }
    let key = (now.organization_id, now.id);
    booking::set_proposal(&mut tx, key, Some(proposal.clone()), hub.now()).await?;
    // One question at a time: the entry of whoever was asked before is put back, for nobody would decide about it.
    if let Some(earlier) = now.proposal.as_ref().filter(|earlier| earlier.account != proposal.account) {
        write_again(hub, &mut tx, &now, earlier.account).await?;
    }
    tell(hub, &mut tx, scene, &proposal).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

async fn tell(hub: &Hub, tx: &mut Tx, scene: &Scene, proposal: &Proposal) -> Result<()> {
    let Some(host) = scene.host(proposal.account) else { return Ok(()) };
    let booking = &scene.booking;
    let what = match proposal.change {
        ProposedChange::Deleted => "Its entry was deleted in Outlook.".to_owned(),
        ProposedChange::Moved { start, end } => {
            let when = words::when((start, end), &mails::zone_of(host), Language::En);
            format!("Its entry was moved in Outlook, to {when}.")
        }
    };
    let mut paragraphs = vec![mails::in_short(scene, host), what];
    paragraphs.extend(proposal.obstacle.clone());
    paragraphs.push(
        "The appointment is still as it was booked. Decide whether it follows, which tells the visitor, or whether the \
         entry is put back."
            .to_owned(),
    );
    let letter = Letter {
        subject: notifications::one_line(&format!("Your decision: {}", mails::title(scene))),
        name: host.name.clone(),
        paragraphs,
        link: Some(Link { label: "Decide".into(), url: mails::host_page(hub, booking) }),
    };
    let dedupe = format!("{}:decide:{}", booking.key(), proposal.at.micros());
    let mail = letter.addressed(hub, booking.organization_id, host.email.as_str(), Some(dedupe))?;
    notifications::send(hub, tx, mail).await
}

/// The entry is where it belongs again: nothing is left to decide.
async fn forget(hub: &Hub, seen: &Booking, account: AccountId) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let now = store::lock(hub, &mut tx, seen).await?;
    if now.wish != seen.wish {
        return Err(look_again(hub));
    }
    if now.proposal.as_ref().is_none_or(|proposal| proposal.account != account) {
        return Ok(());
    }
    booking::set_proposal(&mut tx, (now.organization_id, now.id), None, hub.now()).await?;
    // What has become of the booking meanwhile was not written while the host was asked.
    write_again(hub, &mut tx, &now, account).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// The booking has changed since it was read; the report is looked at with what it is now.
fn look_again(hub: &Hub) -> Error {
    later(hub.now().after(SOON), "The booking was changed at the same moment.")
}

/// Has the entry written once more, whatever was done with it.
async fn write_again(hub: &Hub, tx: &mut Tx, booking: &Booking, account: AccountId) -> Result<()> {
    // A Teams meeting goes with its entry, and comes back with it.
    if booking.place.kind == PlaceKind::Teams && booking.organizer() == Some(account) {
        store::redo(hub, tx, booking, (StepKind::Meeting, account), Since::Now).await?;
    }
    store::redo(hub, tx, booking, (StepKind::Calendar, account), Since::Now).await?;
    queue(hub, tx, booking, hub.now()).await
}

/// The host's decision: the booking follows Outlook, or Outlook's entry is put back.
pub(crate) async fn decide(
    hub: &Hub,
    actor: &Actor,
    (organization, id): (OrganizationId, BookingId),
    accept: bool,
) -> Result<(), Refusal> {
    let booking = booking::get(hub, organization, id).await?;
    check_may_decide(actor, &booking)?;
    let Some(proposal) = booking.proposal.clone() else {
        return Err(conflict("There is nothing to decide any more. Open the appointment again.").into());
    };
    if !accept {
        return Ok(put_back(hub, actor, &booking, &proposal).await?);
    }
    let mut tx = hub.db().begin().await.map_err(Error::from)?;
    still_proposed(hub, &mut tx, &booking, &proposal).await?;
    // What follows takes the booking's lock itself, and checks there what may be done.
    drop(tx);
    follow(hub, actor, &booking, proposal.change).await
}

/// Holds the booking, if this is still what is to be decided about.
async fn still_proposed(hub: &Hub, tx: &mut Tx, seen: &Booking, proposal: &Proposal) -> Result<Booking> {
    let now = store::lock(hub, tx, seen).await?;
    if now.proposal.as_ref() == Some(proposal) {
        return Ok(now);
    }
    Err(conflict("This was changed in the meantime. Open the appointment again."))
}

async fn put_back(hub: &Hub, actor: &Actor, seen: &Booking, proposal: &Proposal) -> Result<()> {
    let mut tx = hub.db().begin().await.map_err(Error::from)?;
    let now = still_proposed(hub, &mut tx, seen, proposal).await?;
    let key = (now.organization_id, now.id);
    booking::set_proposal(&mut tx, key, None, hub.now()).await?;
    write_again(hub, &mut tx, &now, proposal.account).await?;
    let act = Act {
        action: "booking.entry_put_back",
        subject: "booking",
        subject_id: now.id.to_string(),
        details: json!({ "change": proposal.change }),
    };
    audit::record_for(hub, &mut tx, now.organization_id, actor, act).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}
