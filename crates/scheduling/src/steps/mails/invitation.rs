//! The invitation of a booking, for the visitor's calendar.

use invitations::{Invitation, Links, Method, Party, Status, add_to_calendar_links, to_ics};
use platform::{Hub, Instant, Result, bug};

use crate::{
    booking::{self, Booking, MeetingSecrets},
    steps::{StepKind, scene::Scene, words},
    texts::{Language, Text},
};

/// What an invitation says, in text of its own.
pub(crate) struct Sheet {
    uid: String,
    sequence: i64,
    is_on: bool,
    start: Instant,
    end: Instant,
    zone: String,
    summary: String,
    description: String,
    location: String,
    manage_link: String,
    organizer: (String, String),
    attendee: (String, String),
    stamp: Instant,
    created: Instant,
}

/// The invitation of a booking as it is now, for a download or for links that add it to a calendar.
pub(crate) async fn invitation(hub: &Hub, booking: &Booking) -> Result<Option<Sheet>> {
    match Scene::load(hub, booking.organization_id, booking.id).await? {
        Some(scene) => Sheet::of(hub, &scene).await.map(Some),
        None => Ok(None),
    }
}

impl Sheet {
    pub(in crate::steps) async fn of(hub: &Hub, scene: &Scene) -> Result<Self> {
        let booking = &scene.booking;
        let manage_link = booking::manage_link(hub, booking).await?;
        let secrets = if booking.is_confirmed() {
            booking::meeting_secrets(hub, booking).await?
        } else {
            MeetingSecrets::default()
        };
        let language = booking.visitor.language;
        let place = words::place(scene, language);
        Ok(Self {
            // A UUID is unique by itself, and stays the same wherever the server moves (RFC 7986, section 5.3, which
            // advises against host names).
            uid: booking.id.to_string(),
            sequence: super::sequence(scene),
            is_on: booking.is_confirmed(),
            start: booking.starts_at,
            end: booking.ends_at,
            zone: booking.visitor.zone.clone(),
            summary: summary(scene),
            description: description(scene, &secrets, (&manage_link, language)),
            location: scene.join_url().map_or(place, str::to_owned),
            manage_link,
            organizer: organizer(hub, scene),
            attendee: (booking.visitor.name.clone(), booking.visitor.email.clone()),
            stamp: hub.now(),
            created: booking.created_at,
        })
    }

    pub(crate) fn manage_link(&self) -> &str {
        &self.manage_link
    }

    pub(crate) fn method(&self) -> Method {
        if self.is_on { Method::Request } else { Method::Cancel }
    }

    /// The iCalendar text.
    pub(crate) fn ics(&self) -> Result<String> {
        to_ics(&self.invitation()).map_err(|refused| bug("an invitation cannot be written").because(refused))
    }

    /// Links that add it to calendars on the web.
    pub(crate) fn links(&self) -> Links {
        add_to_calendar_links(&self.invitation())
    }

    fn invitation(&self) -> Invitation<'_> {
        Invitation {
            uid: &self.uid,
            sequence: self.sequence,
            method: self.method(),
            status: if self.is_on { Status::Confirmed } else { Status::Cancelled },
            start: self.start.timestamp(),
            end: self.end.timestamp(),
            zone: &self.zone,
            summary: &self.summary,
            description: &self.description,
            location: &self.location,
            url: Some(&self.manage_link),
            organizer: Party { name: &self.organizer.0, email: &self.organizer.1 },
            attendees: vec![Party { name: &self.attendee.0, email: &self.attendee.1 }],
            stamp: self.stamp.timestamp(),
            created: self.created.timestamp(),
        }
    }
}

/// A visitor's calendar says whom they meet; the type's own title is for the host.
fn summary(scene: &Scene) -> String {
    format!("{}: {}", scene.booking.type_name, scene.host_names())
}

/// Name and address as the visitor's first invitation had them: calendars take a change or a cancellation from the same
/// ORGANIZER only (RFC 5546, section 2.1.5), whatever the host has changed since.
pub(super) fn organizer(hub: &Hub, scene: &Scene) -> (String, String) {
    let told = scene.steps.iter().filter(|step| step.kind == StepKind::VisitorMail);
    let mut told = told.filter_map(|step| step.memo.as_ref()?.told.as_ref()?.organizer.clone());
    told.next().unwrap_or_else(|| first_organizer(hub, scene))
}

/// The name is the host's, and the address too unless the host hides it; then nobody reads what is sent there. Its domain
/// is that of our mails, or one that never exists (RFC 2606, section 2).
fn first_organizer(hub: &Hub, scene: &Scene) -> (String, String) {
    let (name, email) =
        scene.organizer().map_or(("", None), |host| (host.name.as_str(), Some(host.email.as_str())));
    let email = email.filter(|_| !scene.email_hidden);
    let no_reply = || {
        let domain = notifications::sender_domain(hub).unwrap_or_else(|| "switchboard.invalid".to_owned());
        format!("no-reply@{domain}")
    };
    (name.to_owned(), email.map_or_else(no_reply, str::to_owned))
}

fn description(scene: &Scene, secrets: &MeetingSecrets, (manage, language): (&str, Language)) -> String {
    let labelled = |id: &'static str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(Text::plain(id).with("value", value).in_language(language))
    };
    let meeting = scene.booking.meeting.as_ref().filter(|_| scene.booking.is_confirmed());
    let mut lines = vec![words::place(scene, language)];
    lines.extend(scene.join_url().map(str::to_owned));
    lines.extend(labelled("mail-meeting-number", meeting.and_then(|meeting| meeting.number.clone())));
    lines.extend(labelled("mail-password", secrets.password.clone()));
    lines.extend(labelled("mail-dial-in", Some(dial_in(secrets))));
    lines.extend(labelled("mail-access-code", secrets.access_code.clone()));
    lines.extend(labelled("mail-phone-password", secrets.phone_password.clone()));
    lines.extend(labelled("mail-video-address", secrets.sip_address.clone()));
    lines.push(manage.to_owned());
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The numbers to dial, one below the other.
pub(super) fn dial_in(secrets: &MeetingSecrets) -> String {
    let line = |(label, number): &(String, String)| match label.as_str() {
        "" => number.clone(),
        label => format!("{number} ({label})"),
    };
    secrets.phone_numbers.iter().take(5).map(line).collect::<Vec<_>>().join("\n")
}
