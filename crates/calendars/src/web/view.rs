//! What pages show of a calendar, in words.

use platform::{Hub, web::Shell};

use crate::{CalendarLink, subscriptions::Subscription};

/// A calendar as a page shows it.
pub(super) struct CalendarView {
    pub(super) link: CalendarLink,
    subscription: Option<Subscription>,
    /// Whether this server wants to be told of changes.
    wants_notices: bool,
}

impl CalendarView {
    pub(super) fn all(hub: &Hub, links: Vec<CalendarLink>, subscriptions: &[Subscription]) -> Vec<Self> {
        let wants_notices = crate::settings::notifications(hub);
        let view = |link: CalendarLink| {
            let subscription = subscriptions.iter().find(|known| known.link_id == link.id).cloned();
            Self { link, subscription, wants_notices }
        };
        links.into_iter().map(view).collect()
    }

    /// The badge: its state and its words. None for a calendar that nobody needs.
    pub(super) fn badge(&self, shell: &Shell) -> Option<(&'static str, &'static str)> {
        if !self.link.is_used() {
            return None;
        }
        Some(match (&self.link.trouble, self.link.read_at) {
            (Some(_), _) => ("attention", "cannot be read"),
            (None, None) => ("waiting", "first reading"),
            (None, Some(_)) if self.link.is_stale(shell.now) => ("waiting", "out of date"),
            (None, Some(_)) => ("ok", "up to date"),
        })
    }

    /// How old what is known is.
    pub(super) fn age(&self, shell: &Shell) -> String {
        match &self.link.read_at {
            Some(at) => format!("read {}", shell.ago(at)),
            None if self.link.is_used() => "not read yet".to_owned(),
            None => "not read".to_owned(),
        }
    }

    /// How changes reach us.
    pub(super) fn way(&self, shell: &Shell) -> String {
        let polled = "asked every minute";
        match &self.subscription {
            _ if !self.link.is_used() => String::new(),
            Some(known) if self.wants_notices && known.is_alive(shell.now) => {
                let until = known.expires_at.map(|at| shell.when(&at)).unwrap_or_default();
                format!("Microsoft tells of changes (renewed before {until})")
            }
            Some(known) if self.wants_notices => match &known.trouble {
                Some(trouble) => format!("{polled}. {trouble}"),
                None => polled.to_owned(),
            },
            _ => polled.to_owned(),
        }
    }

    /// What it is for, in words.
    pub(super) fn uses(&self) -> &'static str {
        match (self.link.makes_busy, self.link.receives) {
            (true, true) => "makes busy, receives bookings",
            (true, false) => "makes busy",
            (false, true) => "receives bookings",
            (false, false) => "not used",
        }
    }
}
