//! The short mail to a host.

use accounts::Account;
use notifications::{Letter, Link, NewMail};
use platform::{Hub, Result};

use super::{News, host_page, in_short};
use crate::{
    steps::{scene::Scene, words},
    texts::Language,
};

/// What happened, to this host.
pub(super) fn mail(hub: &Hub, scene: &Scene, host: &Account, news: News) -> Result<NewMail> {
    let booking = &scene.booking;
    let (word, sentence) = match news {
        News::Made => ("New", "This appointment was booked."),
        News::Moved => ("Moved", "This appointment was moved. This is its new time."),
        News::Cancelled => ("Cancelled", "This appointment was cancelled. Its time is free again."),
        News::Link => ("Meeting link", "The online meeting of this appointment is there now."),
    };
    let mut paragraphs = vec![sentence.to_owned(), in_short(scene, host)];
    if news == News::Cancelled {
        paragraphs.extend(booking.cancel_reason.as_ref().map(|reason| format!("Reason: {reason}")));
    } else {
        paragraphs.extend(details(scene));
    }
    let letter = Letter {
        subject: notifications::one_line(&format!("{word}: {}", words::title(scene))),
        name: host.name.clone(),
        paragraphs,
        link: Some(Link { label: "Open the appointment".into(), url: host_page(hub, booking) }),
    };
    let dedupe = format!("{}:host:{}:{}", booking.key(), host.id, booking.wish);
    let mut mail = letter.addressed(hub, booking.organization_id, host.email.as_str(), Some(dedupe))?;
    mail.kind = Some("booking mails to hosts".to_owned());
    mail.reply_to = Some(booking.visitor.email.clone());
    Ok(mail)
}

fn details(scene: &Scene) -> Vec<String> {
    let visitor = &scene.booking.visitor;
    let place = words::place(scene, Language::En);
    let mut lines = vec![format!("Visitor: {} ({})", visitor.name, visitor.email)];
    lines.extend(visitor.phone.as_ref().map(|phone| format!("Phone: {phone}")));
    lines.extend((!place.is_empty()).then(|| format!("Where: {place}")));
    lines.extend(scene.join_url().map(|link| format!("Join: {link}")));
    if scene.link_follows() {
        lines.push("The link to the meeting is not there yet; you get another mail when it is.".to_owned());
        let why = scene.meeting_step().and_then(|step| step.last_error.clone());
        lines.extend(why.map(|why| format!("Why: {why}")));
    }
    lines.extend(words::answers(scene).lines().map(str::to_owned));
    lines
}
