//! What the owner of a calendar sees and does in Outlook itself: the entries of a window, moved or deleted by hand.
//! Subscribers and attendees are told, as if a client had done it.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::invitation::{self, News};
use super::read::Changes;
use super::{Event, Moment, store};
use crate::graph::ask::find_person;
use crate::graph::failure::Failure;
use crate::graph::notifications::{Change, tell};
use crate::graph::zone::Zone;
use crate::seed::Person;
use crate::world::{World, lock};

/// An entry as the calendar page shows it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Entry {
    /// Names it in Outlook; empty for a Webex meeting.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) is_all_day: bool,
    /// How it blocks: free, tentative, busy, oof, workingElsewhere.
    pub(crate) show_as: String,
    /// What else there is to say: private, part of a series, where, online.
    pub(crate) remarks: Vec<String>,
}

/// The Outlook entries of a person that touch a window.
pub(crate) fn entries(world: &World, person: &Person, from: Timestamp, to: Timestamp) -> Vec<Entry> {
    if person.microsoft.as_ref().is_none_or(|account| account.no_mailbox) {
        return Vec::new();
    }
    let events = lock(&world.graph).mailbox(person).view(None, from, to);
    events.iter().filter_map(Event::entry).collect()
}

/// One of a person's entries.
pub(crate) fn entry(world: &World, person: &Person, id: &str) -> Option<Entry> {
    let mut state = lock(&world.graph);
    let mailbox = state.mailbox(person);
    store::read(mailbox, store::place(mailbox, "", id).ok()?).ok()?.entry()
}

/// Gives an entry new times, in the owner's zone.
pub(crate) fn move_entry(
    world: &World,
    email: &str,
    id: &str,
    times: (DateTime, DateTime),
) -> Result<(), String> {
    change(world, email, id, Some(times)).map_err(|failure| failure.message)
}

/// Deletes an entry.
pub(crate) fn delete_entry(world: &World, email: &str, id: &str) -> Result<(), String> {
    change(world, email, id, None).map_err(|failure| failure.message)
}

fn change(world: &World, email: &str, id: &str, times: Option<(DateTime, DateTime)>) -> Result<(), Failure> {
    let person = find_person(world, email).ok_or_else(|| Failure::resource_not_found(email))?;
    let now = world.clock.now();
    let zone = Zone::find(&person.timezone).unwrap_or_else(Zone::utc);
    let (event, news, change) = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        let place = store::place(mailbox, "", id)?;
        match times {
            Some((start, end)) => {
                let at = |local| Some(Moment { local, zone: zone.clone() });
                let changes = Changes { start: at(start), end: at(end), ..Changes::default() };
                (store::update(mailbox, place, changes, now)?.1, News::Updated, Change::Updated)
            }
            None => (store::remove(mailbox, place, now)?, News::Cancelled, Change::Deleted),
        }
    };
    invitation::mail(world, &person, &event, news);
    tell(world, &person, &event, change);
    Ok(())
}

impl Event {
    fn entry(&self) -> Option<Entry> {
        let mut remarks = Vec::new();
        if self.text("sensitivity") != "normal" {
            remarks.push(self.text("sensitivity").to_owned());
        }
        if self.member.is_some() {
            remarks.push("series".to_owned());
        }
        if self.online_since.is_some() {
            remarks.push("Teams".to_owned());
        }
        let place = self.fields["location"]["displayName"].as_str().filter(|place| !place.is_empty());
        remarks.extend(place.map(str::to_owned));
        Some(Entry {
            id: self.id.clone(),
            title: self.text("subject").to_owned(),
            start: self.start.instant()?,
            end: self.end.instant()?,
            is_all_day: self.is_all_day,
            show_as: self.text("showAs").to_owned(),
            remarks,
        })
    }
}
