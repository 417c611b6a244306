//! A person's mailbox as far as calendars go: calendars, events, settings.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::{Ask, with_context};
use super::calendars::Calendar;
use super::events::{self, Event};
use super::failure::Failure;
use super::history::History;
use super::zone::windows_of;
use crate::random::sha256;
use crate::seed::Person;
use crate::world::Shared;

/// What Graph answers where a mailbox is over its limit of items.
const MOST_EVENTS: usize = 20_000;

/// One mailbox.
#[derive(Deserialize, Serialize)]
pub(super) struct Mailbox {
    owner: String,
    /// Counts up with everything that is made or changed.
    sequence: u64,
    pub(super) calendars: Vec<Calendar>,
    pub(super) events: Vec<Event>,
    /// What events were before they changed, for delta queries.
    pub(super) history: History,
}

impl Mailbox {
    /// A new mailbox with the calendars that Outlook makes for everybody.
    pub(super) fn new(person: &Person, began: Timestamp) -> Self {
        let mut mailbox = Self {
            owner: person.email.to_lowercase(),
            sequence: 0,
            calendars: Vec::new(),
            events: Vec::new(),
            history: History::default(),
        };
        for (name, editable) in [("Calendar", true), ("Birthdays", false), ("Holidays", false)] {
            let number = mailbox.next();
            let first = mailbox.calendars.is_empty();
            let calendar = Calendar {
                id: mailbox.id("AQMkA", number),
                change_key: mailbox.change_key(number),
                name: name.to_owned(),
                color: if first { "auto" } else { "lightBlue" }.to_owned(),
                is_default: first,
                can_edit: editable,
                is_removable: false,
            };
            mailbox.calendars.push(calendar);
        }
        if person.microsoft.as_ref().is_some_and(|account| account.sample_week) {
            events::fill(&mut mailbox, &person.timezone, began);
        }
        mailbox
    }

    /// The next number for something made or changed.
    pub(super) fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// An id in the shape of Exchange's: long, URL-safe base64, case-sensitive, the same on every run.
    pub(super) fn id(&self, prefix: &str, number: u64) -> String {
        let mut id = prefix.to_owned();
        for part in 0..3 {
            let seed = format!("{prefix} {} {number} {part}", self.owner);
            let _ = write!(id, "{}", BASE64URL.encode(&sha256(seed.as_bytes())[..30]));
        }
        id + "AAA="
    }

    pub(super) fn change_key(&self, number: u64) -> String {
        BASE64URL.encode(&sha256(format!("change {} {number}", self.owner).as_bytes())[..15])
    }

    pub(super) fn default_calendar(&self) -> Option<&Calendar> {
        self.calendars.iter().find(|calendar| calendar.is_default)
    }

    pub(super) fn calendar(&self, id: &str) -> Result<&Calendar, Failure> {
        self.calendars.iter().find(|calendar| calendar.id == id).ok_or_else(Failure::item_not_found)
    }

    /// The number of the latest change.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Events that touch a window, series as their occurrences, oldest start first.
    pub(super) fn view(&self, calendar: Option<&str>, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let here = |event: &&Event| calendar.is_none_or(|id| id == event.calendar_id);
        let mut found: Vec<Event> =
            self.events.iter().filter(here).flat_map(|event| event.inside(from, to)).collect();
        found.sort_by_key(|event| event.start.instant());
        found
    }

    /// Takes a changed event in the place of the one with its id.
    pub(super) fn replace(&mut self, index: usize, event: Event) {
        let before = std::mem::replace(&mut self.events[index], event);
        self.history.note(self.events[index].version, &before.id.clone(), Some(before));
    }

    /// Takes an event away.
    pub(super) fn remove(&mut self, index: usize) -> Event {
        let event = self.events.remove(index);
        let number = self.next();
        self.history.note(number, &event.id, Some(event.clone()));
        event
    }

    /// Keeps an event, unless the mailbox is full.
    pub(super) fn keep(&mut self, event: Event) -> Result<(), Failure> {
        if self.events.len() >= MOST_EVENTS {
            let message = "The mailbox is full.";
            return Err(Failure::new(StatusCode::INSUFFICIENT_STORAGE, "ErrorQuotaExceeded", message));
        }
        self.history.note(event.version, &event.id, None);
        self.events.push(event);
        Ok(())
    }
}

/// GET /me/mailboxSettings
pub(super) async fn get_settings(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &["MailboxSettings.Read", "MailboxSettings.ReadWrite"])?;
    let zone = windows_zone(&person);
    let context = format!("users('{}')/mailboxSettings", person.entra_id());
    let settings = json!({
        "archiveFolder": null,
        "timeZone": zone,
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "dd.MM.yyyy",
        "timeFormat": "HH:mm",
        "userPurpose": "user",
        "automaticRepliesSetting": {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
        },
        "language": {"locale": "en-GB", "displayName": "English (United Kingdom)"},
        "workingHours": working_hours(&zone),
    });
    Ok(ask.one(StatusCode::OK, with_context(&world, &context, settings)))
}

/// The name Outlook gives a person's zone.
pub(super) fn windows_zone(person: &Person) -> String {
    windows_of(&person.timezone).unwrap_or(&person.timezone).to_owned()
}

pub(super) fn working_hours(zone: &str) -> Value {
    json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": zone},
    })
}
