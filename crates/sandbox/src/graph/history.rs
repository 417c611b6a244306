//! What the events of a mailbox were before they changed, so that a delta query can say what is new since its
//! token. It is bounded, as Outlook's own cache is: a token that is older than what is remembered asks for a new
//! round.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::events::Event;

const KEPT: usize = 10_000;

/// The changes of one mailbox, oldest first.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct History {
    entries: VecDeque<Entry>,
    /// The number of the youngest change that was forgotten.
    forgotten: u64,
    /// Tokens of another generation are refused.
    pub(super) generation: u64,
}

#[derive(Deserialize, Serialize)]
struct Entry {
    number: u64,
    id: String,
    /// Absent for an event that was new.
    before: Option<Event>,
}

impl History {
    /// Notes the state of an event before the change of that number.
    pub(super) fn note(&mut self, number: u64, id: &str, before: Option<Event>) {
        self.entries.push_back(Entry { number, id: id.to_owned(), before });
        if self.entries.len() > KEPT
            && let Some(entry) = self.entries.pop_front()
        {
            self.forgotten = entry.number;
        }
    }

    /// Whether every change after that number is remembered.
    pub(super) fn reaches(&self, number: u64) -> bool {
        number >= self.forgotten
    }

    /// Makes all tokens of this mailbox useless.
    pub(super) fn forget(&mut self) {
        self.generation += 1;
    }

    /// Ids of the events that changed after `since` and up to `until`.
    pub(super) fn changed(&self, since: u64, until: u64) -> BTreeSet<&str> {
        let inside = self.entries.iter().filter(|entry| entry.number > since && entry.number <= until);
        inside.map(|entry| entry.id.as_str()).collect()
    }

    /// Ids of the events that changed after that number.
    pub(super) fn changed_after(&self, number: u64) -> BTreeSet<&str> {
        self.changed(number, u64::MAX)
    }

    /// An event as it was at that number; `now` is what it is today.
    pub(super) fn as_of<'a>(&'a self, number: u64, id: &str, now: Option<&'a Event>) -> Option<&'a Event> {
        let next = self.entries.iter().find(|entry| entry.number > number && entry.id == id);
        next.map_or(now, |entry| entry.before.as_ref())
    }
}
