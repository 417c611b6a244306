//! A believable calendar for demos and trials: everything that makes reading one hard, in the weeks around a day.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::read::Changes;
use super::{Event, store};
use crate::graph::mailbox::Mailbox;
use crate::graph::zone::{Zone, windows_of};

/// Enters the sample entries; the weeks are counted in the person's zone.
pub(in crate::graph) fn fill(mailbox: &mut Mailbox, timezone: &str, began: Timestamp) {
    let zone = Zone::find(timezone).unwrap_or_else(Zone::utc);
    let today = zone.local(began).date();
    let since_monday = i64::from(today.weekday().since(Weekday::Monday));
    let monday = today.checked_sub(since_monday.days()).unwrap_or(today);
    let week = Week { monday, zone: windows_of(timezone).unwrap_or(timezone).to_owned(), began };
    week.single_entries(mailbox);
    week.series(mailbox);
    week.foreign_zones(mailbox);
}

struct Week {
    monday: Date,
    /// The zone's Windows name, as Outlook writes it.
    zone: String,
    began: Timestamp,
}

impl Week {
    fn single_entries(&self, mailbox: &mut Mailbox) {
        let dentist = self.timed("Dentist", 2, "08:00", "09:00");
        self.enter(mailbox, &with(dentist, json!({"sensitivity": "private"})));
        let hold = self.timed("Hold: interview with the student paper", 3, "11:00", "12:00");
        self.enter(mailbox, &with(hold, json!({"showAs": "tentative"})));
        let desk = self.timed("Reading room cover", 4, "09:00", "10:30");
        self.enter(mailbox, &with(desk, json!({"location": {"displayName": "Reading room"}})));
        let home = self.timed("Working from home", 3, "13:00", "17:00");
        self.enter(mailbox, &with(home, json!({"showAs": "workingElsewhere"})));
        self.enter(mailbox, &self.whole_days("Open day of the faculty", 9, 10, "free"));
        self.enter(mailbox, &self.whole_days("Holiday", 11, 14, "oof"));
    }

    /// A weekly meeting with one date moved and one cancelled, a course, a monthly and a yearly entry.
    fn series(&self, mailbox: &mut Mailbox) {
        let weekly =
            json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"});
        let team = self.timed("Team meeting", -28, "09:00", "10:00");
        let team = self.enter(mailbox, &with(team, self.repeated(-28, &weekly, json!({"type": "noEnd"}))));
        if let Some(team) = team {
            self.bend(mailbox, &team);
        }
        let course = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday", "thursday"], "firstDayOfWeek": "monday"});
        let twelve = json!({"type": "numbered", "numberOfOccurrences": 12});
        let entry = self.timed("Course: academic writing", 1, "14:00", "15:30");
        self.enter(mailbox, &with(entry, self.repeated(1, &course, twelve)));
        let last_friday =
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"});
        let entry = self.timed("Statistics are due", -31, "16:00", "16:30");
        self.enter(mailbox, &with(entry, self.repeated(-31, &last_friday, json!({"type": "noEnd"}))));
        let day = self.day(2);
        let yearly =
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": day.day(), "month": day.month()});
        let entry = self.whole_days("Library anniversary", 2, 3, "free");
        self.enter(mailbox, &with(entry, self.repeated(2, &yearly, json!({"type": "noEnd"}))));
    }

    /// This week's meeting is later, next week's is cancelled.
    fn bend(&self, mailbox: &mut Mailbox, master: &Event) {
        let changes = self.timed("Team meeting (later this week)", 0, "10:30", "11:30");
        let place = |mailbox: &Mailbox, day: i64| {
            let member = master.member(self.day(day))?;
            store::place(mailbox, "", &member.id).ok()
        };
        if let (Some(place), Some(Ok(changes))) = (place(mailbox, 0), changes.as_object().map(Changes::read))
        {
            let _ = store::update(mailbox, place, changes, self.began);
        }
        if let Some(place) = place(mailbox, 7) {
            let _ = store::remove(mailbox, place, self.began);
        }
    }

    /// One entry in a foreign Windows zone, one in a zone that only an old calendar knows.
    fn foreign_zones(&self, mailbox: &mut Mailbox) {
        let chicago = json!({
            "subject": "Call with the partner library in Chicago",
            "start": {"dateTime": self.at(2, "10:00"), "timeZone": "Central Standard Time"},
            "end": {"dateTime": self.at(2, "10:45"), "timeZone": "Central Standard Time"},
        });
        self.enter(mailbox, &chicago);
        let old = self.timed("Imported from an old calendar", 4, "13:00", "14:00");
        if self.enter(mailbox, &old).is_some()
            && let Some(event) = mailbox.events.last_mut()
        {
            event.start.zone = Zone::custom("Europe/Berlin");
            event.end.zone = event.start.zone.clone();
        }
    }

    fn enter(&self, mailbox: &mut Mailbox, body: &Value) -> Option<Event> {
        let changes = Changes::read(body.as_object()?).ok()?;
        let calendar = mailbox.default_calendar()?.id.clone();
        store::create(mailbox, calendar, None, changes, self.began).ok()
    }

    fn day(&self, day: i64) -> Date {
        self.monday.checked_add(day.days()).unwrap_or(self.monday)
    }

    fn at(&self, day: i64, time: &str) -> String {
        format!("{}T{time}:00", self.day(day))
    }

    fn timed(&self, subject: &str, day: i64, from: &str, to: &str) -> Value {
        json!({
            "subject": subject,
            "start": {"dateTime": self.at(day, from), "timeZone": self.zone},
            "end": {"dateTime": self.at(day, to), "timeZone": self.zone},
        })
    }

    fn whole_days(&self, subject: &str, from: i64, to: i64, show_as: &str) -> Value {
        json!({
            "subject": subject,
            "isAllDay": true,
            "showAs": show_as,
            "start": {"dateTime": self.at(from, "00:00"), "timeZone": self.zone},
            "end": {"dateTime": self.at(to, "00:00"), "timeZone": self.zone},
        })
    }

    fn repeated(&self, day: i64, pattern: &Value, range: Value) -> Value {
        let start = json!({"startDate": self.day(day).to_string()});
        json!({"recurrence": {"pattern": pattern, "range": with(range, start)}})
    }
}

/// An object with the fields of another one added.
fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}
