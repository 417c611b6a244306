//! The mails about a booking: to the visitor with an invitation, and a short one to each host. A mail is queued in the
//! transaction that marks its step as done, so each is written exactly once; what it said is kept, so the next one
//! knows what is new.

mod host;
mod invitation;
mod kinds;
mod scheduled;
mod visitor;

use std::time::Duration;

use accounts::Account;
use jiff::tz::TimeZone;
use notifications::NewMail;
use platform::{Hub, Result};

use super::{
    Memo, Step, StepKind, Told,
    scene::Scene,
    store::{self, Ended},
    words,
};
use crate::{booking::Booking, texts::Language};

pub(crate) use invitation::invitation;
pub(crate) use kinds::KINDS;
pub(super) use words::title;

const DAY: Duration = Duration::from_secs(86_400);

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// The appointment was made.
    Made,
    Moved,
    Cancelled,
    /// The link to the meeting has come, or is another one.
    Link,
}

/// What is new since the last mail, if anything.
fn news(scene: &Scene, step: &Step) -> Option<News> {
    let told = step.memo.as_ref().and_then(|memo| memo.told.as_ref());
    match told {
        _ if !scene.booking.is_confirmed() => {
            told.is_none_or(|told| told.sequence < scene.booking.sequence).then_some(News::Cancelled)
        }
        None => Some(News::Made),
        Some(told) if told.sequence < scene.booking.sequence => Some(News::Moved),
        Some(told) if told.join_url.as_deref() != scene.join_url() && scene.join_url().is_some() => {
            Some(News::Link)
        }
        Some(_) => None,
    }
}

pub(super) async fn to_visitor(hub: &Hub, scene: &Scene, step: &Step) -> Result<()> {
    let mut mails = Vec::new();
    if let Some(news) = news(scene, step) {
        mails.push(timely(scene, step, news, visitor::mail(hub, scene, news).await?));
    }
    if scene.booking.is_confirmed() {
        mails.extend(scheduled::mails(hub, scene, step.updated_at).await?);
    }
    let organizer = Some(invitation::organizer(hub, scene));
    let told = Told { organizer, links: links(scene, step), ..told(scene) };
    send(hub, scene, step, (mails, scene.booking.visitor.email.clone()), told).await
}

pub(super) async fn to_host(hub: &Hub, scene: &Scene, step: &Step) -> Result<()> {
    let Some(host) = scene.host(step.account_id) else { return Ok(()) };
    let mails = match news(scene, step) {
        Some(news) => vec![timely(scene, step, news, host::mail(hub, scene, host, news)?)],
        None => Vec::new(),
    };
    send(hub, scene, step, (mails, host.email.clone()), told(scene)).await
}

fn told(scene: &Scene) -> Told {
    let join_url = scene.join_url().map(str::to_owned);
    Told { sequence: scene.booking.sequence, join_url, organizer: None, links: 0 }
}

/// The invitation's SEQUENCE: it grows with each new time and with each link that comes later, which is a new LOCATION
/// (RFC 5546, section 2.1.4); some calendars ignore an invitation whose number they know.
fn sequence(scene: &Scene) -> i64 {
    let step = scene.steps.iter().find(|step| step.kind == StepKind::VisitorMail);
    scene.booking.sequence + step.map_or(0, |step| links(scene, step))
}

/// How often the visitor was told a link that came later, with what is to be told now.
fn links(scene: &Scene, step: &Step) -> i64 {
    let told = step.memo.as_ref().and_then(|memo| memo.told.as_ref());
    told.map_or(0, |told| told.links) + i64::from(news(scene, step) == Some(News::Link))
}

/// Under this name the news for one person are taken back while they have not left.
fn about(booking: &Booking, step: &Step) -> String {
    format!("{}:{}:{}", booking.key(), step.kind, step.account_id)
}

/// News are of no use after the appointment; that it was cancelled may still spare somebody a question.
fn timely(scene: &Scene, step: &Step, news: News, mail: NewMail) -> NewMail {
    let end = scene.booking.ends_at;
    let until = if news == News::Cancelled { end.after(DAY) } else { end };
    NewMail { not_after: Some(until), about: Some(about(&scene.booking, step)), ..mail }
}

/// Queues the mails and marks the step as done, both or neither; nothing when the booking wishes otherwise by now. Older
/// news that have not left are taken back, so that nobody reads them after the newer ones.
async fn send(
    hub: &Hub,
    scene: &Scene,
    step: &Step,
    (mails, address): (Vec<NewMail>, String),
    told: Told,
) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    let now = store::lock(hub, &mut tx, &scene.booking).await?;
    if now.wish != scene.booking.wish {
        return Ok(());
    }
    let older = about(&now, step);
    if mails.iter().any(|mail| mail.about.as_ref() == Some(&older)) {
        notifications::withdraw(hub, &mut tx, now.organization_id, &older).await?;
    }
    let mut memo = Memo { told: Some(told), ..step.memo.clone().unwrap_or_default() };
    for mail in mails {
        let is_news = mail.about.as_ref() == Some(&older);
        let id = notifications::queue(hub, &mut tx, mail).await?;
        memo.mail = if is_news { Some(id) } else { memo.mail };
    }
    let ended = Ended { detail: Some(address), memo: Some(memo), ..Ended::done() };
    store::finish(hub, &mut tx, step, (&now, now.wish), ended).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// The page on which a host sees, moves and cancels the booking.
pub(super) fn host_page(hub: &Hub, booking: &Booking) -> String {
    hub.settings().url(&format!("/my/bookings/{}", booking.id))
}

/// The zone in which a host reads times.
pub(super) fn zone_of(host: &Account) -> TimeZone {
    slots::zone(&host.time_zone).unwrap_or(TimeZone::UTC)
}

/// Which appointment it is, in one line for its host.
pub(super) fn in_short(scene: &Scene, host: &Account) -> String {
    let booking = &scene.booking;
    let when = words::when((booking.starts_at, booking.ends_at), &zone_of(host), Language::En);
    format!("{} with {}: {when}.", booking.type_name, booking.visitor.name)
}
