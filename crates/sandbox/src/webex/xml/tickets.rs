//! Session tickets: 90 minutes from their making, whatever happens in between, unless they are revoked.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::world::later;

/// Seconds that a ticket lives; using it changes nothing.
pub(super) const LIFETIME: i64 = 5_400;
/// At this number the dead are swept out.
const MOST: usize = 10_000;

/// All tickets that are alive.
#[derive(Debug, Default)]
pub(crate) struct Tickets(HashMap<String, Ticket>);

#[derive(Debug)]
struct Ticket {
    person: Uuid,
    client_id: String,
    site: usize,
    expires_at: Timestamp,
}

impl Tickets {
    pub(super) fn issue(&mut self, value: String, who: (Uuid, String), site: usize, now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.retain(|_, ticket| ticket.expires_at > now);
        }
        let (person, client_id) = who;
        self.0.insert(value, Ticket { person, client_id, site, expires_at: later(now, LIFETIME) });
    }

    /// Whose ticket it is, and of which app, if it is good at the site.
    pub(super) fn find(&self, value: &str, site: usize, now: Timestamp) -> Option<(Uuid, String)> {
        let ticket = self.0.get(value).filter(|ticket| ticket.site == site && ticket.expires_at > now)?;
        Some((ticket.person, ticket.client_id.clone()))
    }

    pub(super) fn revoke(&mut self, value: &str) {
        self.0.remove(value);
    }
}
