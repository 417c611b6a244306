//! The mails that Webex sends about a meeting unless it is told not to.

use crate::mails::NewMail;
use crate::webex::meetings::{Meeting, rules, written};
use crate::world::World;

const SENDER: &str = "messenger@webex.com";

pub(super) fn invited(world: &World, meeting: &Meeting) {
    send(world, meeting, everyone(meeting), &format!("Webex meeting invitation: {}", meeting.title));
}

pub(super) fn changed(world: &World, meeting: &Meeting) {
    send(world, meeting, everyone(meeting), &format!("Webex meeting changed: {}", meeting.title));
}

pub(super) fn cancelled(world: &World, meeting: &Meeting) {
    send(world, meeting, everyone(meeting), &format!("Webex meeting canceled: {}", meeting.title));
}

pub(super) fn invited_one(world: &World, meeting: &Meeting, email: &str) {
    let subject = format!("Webex meeting invitation: {}", meeting.title);
    send(world, meeting, vec![email.to_owned()], &subject);
}

pub(super) fn uninvited(world: &World, meeting: &Meeting, email: &str) {
    let subject = format!("Webex meeting canceled: {}", meeting.title);
    send(world, meeting, vec![email.to_owned()], &subject);
}

fn everyone(meeting: &Meeting) -> Vec<String> {
    let invitees = meeting.invitees.iter().map(|invitee| invitee.email.clone());
    std::iter::once(meeting.host_email.clone()).chain(invitees).collect()
}

fn send(world: &World, meeting: &Meeting, to: Vec<String>, subject: &str) {
    let when = match rules::zone(&meeting.timezone) {
        Ok(zone) => format!("{} ({})", written(meeting.start, &zone), meeting.timezone),
        Err(_) => meeting.start.to_string(),
    };
    let text = format!(
        "{}\n\nHost: {}\nWhen: {when}\nMeeting number: {}\nJoin: {}\n",
        meeting.title,
        meeting.host_name,
        meeting.number,
        meeting.web_link()
    );
    let mail = NewMail {
        source: "webex",
        from: SENDER.to_owned(),
        to,
        subject: subject.to_owned(),
        text,
        raw: String::new(),
    };
    world.mails.push(world.clock.now(), mail);
}
