//! Events: single ones, series, occurrences and exceptions.

mod delta;
mod handlers;
mod invitation;
mod moment;
mod owner;
mod read;
mod recurrence;
mod series;
mod store;
mod week;
mod wire;

pub(super) use delta::calendar_view_delta;
pub(super) use handlers::{
    calendar_view, create_event, delete_event, get_event, list_events, list_instances, update_event,
};
pub(super) use moment::Moment;
pub(crate) use owner::{Entry, delete_entry, entries, entry, move_entry};
pub(super) use week::fill;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use recurrence::Recurrence;
use series::{Exception, Member};

/// One event of a mailbox.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Event {
    pub(super) id: String,
    /// The id under `Prefer: IdType="ImmutableId"`; both open the event.
    pub(super) immutable_id: String,
    pub(super) uid: String,
    pub(super) calendar_id: String,
    pub(super) change_key: String,
    /// The number of its latest change in the mailbox.
    pub(super) version: u64,
    /// The number of the latest change that moved all occurrences of a series.
    series_version: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) is_all_day: bool,
    /// The client's own key for "create once", with the app that sent it.
    pub(super) transaction: Option<(String, String)>,
    /// When it became a Teams meeting; it stays one.
    online_since: Option<Timestamp>,
    /// Makes it the master of a series.
    recurrence: Option<Recurrence>,
    /// Dates of a series that are not as its pattern says.
    exceptions: BTreeMap<Date, Exception>,
    /// Makes it an occurrence or an exception of a series.
    member: Option<Member>,
    /// Single-value extended properties: id and value.
    pub(super) properties: Vec<(String, String)>,
    /// Everything else, by Graph's names.
    pub(super) fields: Map<String, Value>,
}

impl Event {
    pub(super) fn is(&self, id: &str) -> bool {
        self.id == id || self.immutable_id == id
    }

    /// Whether it touches a window; one that only borders on it does not.
    pub(super) fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        match (self.start.instant(), self.end.instant()) {
            (Some(start), Some(end)) if start == end => from <= start && start < to,
            (Some(start), Some(end)) => start < to && from < end,
            _ => false,
        }
    }

    /// The id of the kind that the client prefers.
    pub(super) fn shown_id(&self, immutable: bool) -> &str {
        if immutable { &self.immutable_id } else { &self.id }
    }

    /// Whether it is one date of a series.
    pub(super) fn is_member(&self) -> bool {
        self.member.is_some()
    }

    /// The id that a notification names: of the series, where one date of it changed.
    pub(super) fn told_id(&self, immutable: bool) -> &str {
        match &self.member {
            Some(member) if immutable => &member.master_immutable,
            Some(member) => &member.master,
            None => self.shown_id(immutable),
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}
