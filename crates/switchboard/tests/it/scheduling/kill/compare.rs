//! What is compared afterwards: bookings, meetings at Webex, entries in Outlook, mails; one each.

use std::collections::{BTreeMap, HashSet};

use platform::db::Db;
use reqwest::Method;
use sandbox::Mail;
use serde_json::{Value, json};

use super::lane::Lane;
use crate::{
    harness::Browser,
    scheduling::stage::{BEN, text},
};

/// What was counted afterwards.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) kills: usize,
    pub(super) bookings: usize,
    cancelled: usize,
    meetings: usize,
    events: usize,
    /// By distinct Message-ID.
    mails: usize,
    /// As often as they were delivered.
    deliveries: usize,
}

impl Lane {
    pub(super) async fn compare(self, kills: usize) -> Counted {
        let process = self.serve();
        let program = process.program(&self.key);
        let meetings = by_visitor(&self.meetings().await, "title");
        let events = by_visitor(&self.events().await, "subject");
        let mut counted = Counted { kills, ..Counted::default() };
        let mut names = HashSet::new();
        for (name, id) in &self.booked {
            let booking = program.get(&format!("/api/v1/bookings/{id}")).await.expect(200).json();
            assert_eq!(booking["visitor"]["name"], name.as_str());
            assert!(names.insert(id.clone()), "one booking for two wishes");
            let expected = usize::from(booking["state"] == "confirmed");
            let (meeting, event) = (times(&meetings, name), times(&events, name));
            assert_eq!(meeting.len(), expected, "meetings of {name}: {meeting:?} {booking}");
            assert_eq!(event.len(), expected, "events of {name}: {event:?} {booking}");
            if expected == 1 {
                let start = &text(&booking, "start")[..16];
                assert_eq!((&meeting[0][..16], &event[0][..16]), (start, start), "{name}");
            }
            self.compare_mails(name, &booking);
            counted.bookings += 1;
            counted.cancelled += 1 - expected;
        }
        counted.meetings = meetings.values().map(Vec::len).sum();
        counted.events = events.values().map(Vec::len).sum();
        counted.mails =
            self.mails.values().map(|mail| mail.message_id.as_str()).collect::<HashSet<_>>().len();
        counted.deliveries = self.mails.values().map(|mail| 1 + mail.duplicates as usize).sum();
        assert_eq!(counted.bookings, self.all_bookings().await, "a booking nobody knows of");
        assert_eq!(
            (counted.meetings, counted.events),
            (counted.bookings - counted.cancelled, counted.meetings)
        );
        counted
    }

    /// Everybody was told what is true now, and nothing twice.
    fn compare_mails(&self, name: &str, booking: &Value) {
        let email = text(&booking["visitor"], "email");
        let is_to = |mail: &&Mail, to: &str| mail.to.iter().any(|address| address.contains(to));
        let mut visitor: BTreeMap<&str, &Mail> = BTreeMap::new();
        for mail in self.mails.values().filter(|mail| is_to(mail, &email)) {
            visitor.entry(&mail.message_id).or_insert(mail);
        }
        let subjects: Vec<&str> = visitor.values().map(|mail| mail.subject.as_str()).collect();
        let distinct: HashSet<&str> = subjects.iter().copied().collect();
        assert_eq!(distinct.len(), subjects.len(), "{name} was told twice: {subjects:?}");
        let last = visitor.values().max_by_key(|mail| sequence(mail)).expect("a mail");
        let calendar = last.calendar.as_ref().unwrap();
        let is_cancelled = booking["state"] == "cancelled";
        assert_eq!(calendar.method, if is_cancelled { "CANCEL" } else { "REQUEST" }, "{name}: {subjects:?}");
        let start: jiff::Timestamp = text(booking, "start").parse().unwrap();
        let local = start.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        assert!(last.subject.contains(&local.strftime("%H:%M").to_string()), "{name}: {subjects:?}");
        if !is_cancelled {
            let link = text(&booking["meeting"], "join_url");
            assert!(
                visitor.values().any(|mail| mail.text.contains(&link)),
                "{name} has no link: {subjects:?}"
            );
        }
        let mut host = BTreeMap::new();
        for mail in self.mails.values().filter(|mail| is_to(mail, BEN) && mail.subject.contains(name)) {
            host.entry(&mail.message_id).or_insert((mail.subject.as_str(), mail.text.as_str()));
        }
        let distinct: HashSet<_> = host.values().collect();
        assert!(
            !host.is_empty() && distinct.len() == host.len(),
            "the host was told twice of {name}: {host:?}"
        );
    }

    async fn all_bookings(&self) -> usize {
        let db = Db::connect(&self.config.database_url()).await.unwrap();
        let (count,): (i64,) = db.sql("SELECT COUNT(*) FROM booking").one(&db).await.unwrap();
        db.close().await;
        usize::try_from(count).unwrap()
    }

    async fn as_ben(&self, provider: &str) -> Browser {
        let url = self.sandbox.base_url.clone();
        let body = json!({ "provider": provider, "email": BEN });
        let tokens = url.join("/_sandbox/tokens").unwrap();
        let token =
            Browser::new(url.clone()).call(Method::POST, tokens.as_str(), &body).await.expect(200).json();
        Browser::with_key(url, &text(&token, "access_token"))
    }

    /// The times in which there can be anything.
    fn half_days(&self) -> Vec<(jiff::Timestamp, jiff::Timestamp)> {
        let half = jiff::SignedDuration::from_hours(12);
        let (mut from, last) = (self.first - half, self.start_of(self.number) + half);
        let mut all = Vec::new();
        while from < last {
            all.push((from, from + half));
            from += half;
        }
        all
    }

    async fn meetings(&self) -> Vec<Value> {
        let webex = self.as_ben("webex").await;
        let mut all = Vec::new();
        // Half a day at a time: a page holds a hundred.
        for (from, to) in self.half_days() {
            let path = format!("/v1/meetings?meetingType=meetingSeries&from={from}&to={to}&max=100");
            let list = webex.get(&path).await.expect(200).json();
            all.extend(list["items"].as_array().unwrap().iter().cloned());
        }
        unique(all)
    }

    async fn events(&self) -> Vec<Value> {
        let outlook = self.as_ben("microsoft").await;
        let mut all = Vec::new();
        for (from, to) in self.half_days() {
            let path = format!("/v1.0/me/calendarView?startDateTime={from}&endDateTime={to}&$top=200");
            let list = outlook.get(&path).await.expect(200).json();
            all.extend(list["value"].as_array().unwrap().iter().cloned());
        }
        unique(all)
    }
}

/// Those that meet two spans are in both lists.
fn unique(all: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    all.into_iter().filter(|one| seen.insert(text(one, "id"))).collect()
}

fn by_visitor(all: &[Value], title: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in all {
        let title = text(one, title);
        let Some(name) = title.split(": ").nth(1) else { continue };
        let start = one["start"]["dateTime"].as_str().or(one["start"].as_str()).unwrap();
        found.entry(name.to_owned()).or_default().push(start.to_owned());
    }
    found
}

fn times<'a>(all: &'a BTreeMap<String, Vec<String>>, name: &str) -> &'a [String] {
    all.get(name).map_or(&[], Vec::as_slice)
}

fn sequence(mail: &Mail) -> i64 {
    mail.calendar.as_ref().and_then(|calendar| calendar.sequence.parse().ok()).unwrap_or(-1)
}
