//! What a Webex meeting is to be like.

use std::time::Duration;

use jiff::Timestamp;
use platform::{Hub, Instant};
use secrecy::ExposeSecret;

use super::connection::Through;
use crate::{
    booking::{Meeting, MeetingSecrets},
    steps::{scene::Scene, words},
};

/// Webex wants ten minutes at least, and no start that is past (Webex Meetings API, "Create a Meeting").
const SHORTEST: Duration = Duration::from_secs(600);
const A_MOMENT: Duration = Duration::from_secs(60);

/// The meeting as the booking wishes it.
pub(super) struct Wanted {
    pub(super) title: String,
    pub(super) agenda: String,
    pub(super) span: (Timestamp, Timestamp),
    pub(super) zone: String,
}

impl Wanted {
    pub(super) fn of(hub: &Hub, scene: &Scene) -> Self {
        let booking = &scene.booking;
        let start = if booking.starts_at > hub.now() { booking.starts_at } else { hub.now().after(A_MOMENT) };
        let end = booking.ends_at.max(start.after(SHORTEST));
        let zone = scene.organizer().map_or_else(|| "UTC".to_owned(), |host| host.time_zone.clone());
        Self {
            title: words::title(scene),
            agenda: words::agenda(scene),
            span: (start.timestamp(), end.timestamp()),
            zone,
        }
    }

    /// Whether the meeting is like this already; Webex keeps whole seconds.
    pub(super) fn is(&self, meeting: &webex::Meeting) -> bool {
        let whole = |at: Timestamp| Instant::from(at).seconds();
        meeting.title == self.title
            && meeting.agenda.as_deref().unwrap_or_default() == self.agenda
            && meeting.start.map(whole) == Some(whole(self.span.0))
            && meeting.end.map(whole) == Some(whole(self.span.1))
    }
}

/// What is kept of a meeting: what everybody may know, and what only participants and the host may.
pub(super) fn kept(through: &Through, meeting: &webex::Meeting) -> (Meeting, MeetingSecrets) {
    let numbers = meeting.telephony.call_in_numbers.iter();
    let secrets = MeetingSecrets {
        password: meeting.password.as_ref().map(|password| password.expose_secret().to_owned()),
        phone_password: meeting.phone_password.as_ref().map(|password| password.expose_secret().to_owned()),
        sip_address: meeting.sip_address.clone(),
        phone_numbers: numbers.map(|it| (it.label.clone(), it.number.clone())).collect(),
        access_code: meeting.telephony.access_code.as_ref().map(|code| code.expose_secret().to_owned()),
    };
    let meeting = Meeting {
        id: Some(meeting.id.clone()),
        connection: Some(through.connection),
        join_url: meeting.web_link.clone(),
        number: meeting.meeting_number.clone(),
    };
    (meeting, secrets)
}
