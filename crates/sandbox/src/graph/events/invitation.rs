//! Mails that Exchange sends to attendees, shown in the sandbox's inbox.

use serde_json::Value;

use super::Event;
use crate::graph::zone::write_local;
use crate::mails::NewMail;
use crate::seed::Person;
use crate::world::World;

/// What a mail tells the attendees.
#[derive(Clone, Copy)]
pub(super) enum News {
    Invited,
    Updated,
    Cancelled,
}

/// Mails the attendees, if there are any.
pub(super) fn mail(world: &World, organizer: &Person, event: &Event, news: News) {
    let to: Vec<String> = event.fields["attendees"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|attendee| attendee["emailAddress"]["address"].as_str())
        .map(str::to_owned)
        .collect();
    if to.is_empty() {
        return;
    }
    let prefix = match news {
        News::Invited => "",
        News::Updated => "Updated: ",
        News::Cancelled => "Canceled: ",
    };
    let when = format!("{} ({})", write_local(event.start.local), event.start.zone.name);
    let place = event.fields["location"]["displayName"].as_str().unwrap_or_default();
    let mail = NewMail {
        source: "graph",
        from: organizer.email.clone(),
        to,
        subject: format!("{prefix}{}", event.text("subject")),
        text: format!("Organizer: {}\nWhen: {when}\nWhere: {place}\n", organizer.display_name()),
        raw: String::new(),
    };
    world.mails.push(world.clock.now(), mail);
}

/// Whether a change is worth a mail: when or where, not a reminder.
pub(super) fn matters(before: &Event, after: &Event) -> bool {
    let place = |event: &Event| event.fields["location"]["displayName"].clone();
    let same: bool = before.start.instant() == after.start.instant()
        && before.end.instant() == after.end.instant()
        && place(before) == place(after)
        && names(before) == names(after);
    !same
}

fn names(event: &Event) -> &Value {
    &event.fields["attendees"]
}
