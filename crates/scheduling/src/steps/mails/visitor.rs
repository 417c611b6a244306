//! The mail to the visitor, in their language and zone and the organization's words, with the invitation.

use jiff::tz::TimeZone;
use notifications::{CalendarPart, NewMail, TemplateKind};
use platform::{Hub, Result};

use super::{
    News,
    invitation::{self, Sheet},
    kinds,
};
use crate::{
    booking::{self, MeetingSecrets},
    steps::{scene::Scene, words},
    texts::{Language, Text},
};

/// The mail that tells the visitor what is new.
pub(super) async fn mail(hub: &Hub, scene: &Scene, news: News) -> Result<NewMail> {
    let booking = &scene.booking;
    let kind = match news {
        News::Made => &kinds::CONFIRMED,
        News::Moved => &kinds::MOVED,
        News::Cancelled => &kinds::CANCELLED,
        News::Link => &kinds::LINK,
    };
    let sheet = Sheet::of(hub, scene).await?;
    let mut mail = of_kind(hub, scene, kind, &sheet).await?;
    mail.calendar = Some(CalendarPart::new(sheet.method(), sheet.ics()?));
    mail.dedupe = Some(format!("{}:visitor:{}", booking.key(), booking.wish));
    Ok(mail)
}

/// A mail of this kind to the visitor, without an invitation.
pub(super) async fn of_kind(hub: &Hub, scene: &Scene, kind: &TemplateKind, sheet: &Sheet) -> Result<NewMail> {
    let booking = &scene.booking;
    let to = (booking.organization_id, booking.visitor.email.as_str());
    let values = values(hub, scene, sheet).await?;
    let language = language(booking.visitor.language);
    let mut mail = notifications::from_template(hub, to, (kind, language), &values).await?;
    let organizer = scene.organizer();
    mail.from_name = organizer.map(|host| notifications::one_line(&host.name));
    mail.reply_to = organizer.filter(|_| !scene.email_hidden).map(|host| host.email.clone());
    Ok(mail)
}

fn language(language: Language) -> notifications::Language {
    match language {
        Language::En => notifications::Language::En,
        Language::De => notifications::Language::De,
    }
}

async fn values(hub: &Hub, scene: &Scene, sheet: &Sheet) -> Result<Vec<(&'static str, String)>> {
    let booking = &scene.booking;
    let (visitor, language) = (&booking.visitor, booking.visitor.language);
    let zone = slots::zone(&visitor.zone).unwrap_or(TimeZone::UTC);
    let is_on = booking.is_confirmed();
    let secrets =
        if is_on { booking::meeting_secrets(hub, booking).await? } else { MeetingSecrets::default() };
    let links = sheet.links();
    let follows = Text::plain("mail-link-follows");
    let only_if = |is_there: bool, text: String| if is_there { text } else { String::new() };
    let number = booking.meeting.as_ref().and_then(|meeting| meeting.number.clone());
    Ok(vec![
        ("appointment", booking.type_name.clone()),
        ("visitor_name", visitor.name.clone()),
        ("host_name", scene.host_names()),
        ("organization", scene.organization.clone()),
        ("when", words::when((booking.starts_at, booking.ends_at), &zone, language)),
        ("place", words::place(scene, language)),
        ("join_link", scene.join_url().unwrap_or_default().to_owned()),
        ("link_follows", only_if(scene.link_follows(), follows.in_language(language))),
        ("meeting_number", number.unwrap_or_default()),
        ("password", secrets.password.clone().unwrap_or_default()),
        ("dial_in", invitation::dial_in(&secrets)),
        ("access_code", secrets.access_code.clone().unwrap_or_default()),
        ("phone_password", secrets.phone_password.clone().unwrap_or_default()),
        ("video_address", secrets.sip_address.clone().unwrap_or_default()),
        ("answers", words::answers(scene)),
        ("reason", booking.cancel_reason.clone().unwrap_or_default()),
        ("manage_link", sheet.manage_link().to_owned()),
        ("google_link", only_if(is_on, links.google)),
        ("outlook_link", only_if(is_on, links.outlook)),
        ("office365_link", only_if(is_on, links.office365)),
    ])
}
