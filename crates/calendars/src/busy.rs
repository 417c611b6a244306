//! When hosts are busy, from what was read: no network, one question to the database for any number of hosts.

use std::collections::BTreeMap;

use platform::{
    Hub, Instant, Result,
    db::built,
    id::{AccountId, OrganizationId},
    record,
};

use crate::{CalendarLink, CalendarLinkId, WhenUnreadable, store};

/// What is known of one host in the span that was asked for.
#[derive(Clone, Debug)]
pub struct HostBusy {
    pub account: AccountId,
    /// In the order of their starts; they may overlap, and reach over the span's ends.
    pub busy: Vec<Busy>,
    /// The calendars that make this host busy. None: no calendar was chosen, so nothing is known against a time.
    pub calendars: Vec<CalendarHealth>,
}

/// A time at which a host is not free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    pub start: Instant,
    pub end: Instant,
    pub calendar: CalendarLinkId,
    /// Nothing is known of this time, and the calendar's policy is to be closed then.
    pub unreadable: bool,
}

/// How a calendar's reading stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarHealth {
    pub id: CalendarLinkId,
    pub name: String,
    /// When it was last read to the end.
    pub read_at: Option<Instant>,
    /// Why it cannot be read at the moment, in words.
    pub trouble: Option<String>,
    pub policy: WhenUnreadable,
    /// What is known is older than it should be.
    pub is_stale: bool,
}

record! {
    struct Row {
        link_id: CalendarLinkId,
        starts_at: Instant,
        ends_at: Instant,
    }
}

/// What is known of these hosts' busy times in `[from, to)`, one answer per account in their order.
///
/// Reads the table only, so it answers in bounded time whatever Microsoft does. Entries that stand
/// where this room wrote them never count. A calendar that cannot be read is answered as its policy says; so are times beyond what is read.
pub async fn busy(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
    from: Instant,
    to: Instant,
) -> Result<Vec<HostBusy>> {
    let links = store::making_busy(hub, organization, accounts).await?;
    let mut rows: BTreeMap<CalendarLinkId, Vec<Busy>> = BTreeMap::new();
    for row in known(hub, organization, &links, (from, to)).await? {
        rows.entry(row.link_id).or_default().push(Busy {
            start: row.starts_at,
            end: row.ends_at,
            calendar: row.link_id,
            unreadable: false,
        });
    }
    let now = hub.now();
    let host = |account: &AccountId| {
        let own: Vec<&CalendarLink> = links.iter().filter(|link| link.account_id == *account).collect();
        let mut busy: Vec<Busy> = Vec::new();
        for link in &own {
            busy.extend(of_link(link, rows.get(&link.id).map_or(&[][..], Vec::as_slice), (from, to), now));
        }
        busy.sort_by_key(|busy| (busy.start, busy.end));
        HostBusy {
            account: *account,
            busy,
            calendars: own.into_iter().map(|link| health(link, now)).collect(),
        }
    };
    Ok(accounts.iter().map(host).collect())
}

/// How a calendar's reading stands.
pub(crate) fn health(link: &CalendarLink, now: Instant) -> CalendarHealth {
    CalendarHealth {
        id: link.id,
        name: link.name.clone(),
        read_at: link.read_at,
        trouble: link.trouble.clone(),
        policy: link.policy,
        is_stale: link.is_stale(now),
    }
}

/// What one calendar makes of a span: its rows while they are trusted, and closed times where nothing is known.
fn of_link(link: &CalendarLink, rows: &[Busy], (from, to): (Instant, Instant), now: Instant) -> Vec<Busy> {
    let closed = |start: Instant, end: Instant| Busy { start, end, calendar: link.id, unreadable: true };
    if !link.policy.trusts(link.read_at, now) {
        return vec![closed(from, to)];
    }
    let mut busy = rows.to_vec();
    if link.policy != WhenUnreadable::Open {
        // Trusted, so it was read; what lies before the window is over.
        let until = link.window_until.unwrap_or(from).max(from);
        if until < to {
            busy.push(closed(until, to));
        }
    }
    busy
}

/// The rows that count: of each calendar's complete round, blocking, and not standing where we wrote them ourselves. An
/// entry of ours that its host has moved makes them busy where it is now.
async fn known(
    hub: &Hub,
    organization: OrganizationId,
    links: &[CalendarLink],
    (from, to): (Instant, Instant),
) -> Result<Vec<Row>> {
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT item.link_id, item.starts_at, item.ends_at FROM calendar_item item \
         JOIN calendar_link link ON link.organization_id = item.organization_id AND link.id = item.link_id \
         AND link.generation = item.generation \
         WHERE item.organization_id = $1 AND item.ends_at > $2 AND item.starts_at < $3 AND item.blocks \
         AND item.link_id IN ({}) AND NOT EXISTS (SELECT 1 FROM calendar_entry entry \
         WHERE entry.organization_id = item.organization_id AND entry.event_id = item.event_id \
         AND ((item.starts_at = entry.starts_at AND item.ends_at = entry.ends_at) OR (entry.state <> 'written' \
         AND item.starts_at = entry.seen_start AND item.ends_at = entry.seen_end)))",
        store::places(4, links.len())
    );
    let mut statement = hub.db().sql(built(text)).bind(organization).bind(from).bind(to);
    for link in links {
        statement = statement.bind(link.id);
    }
    Ok(statement.all(hub.db()).await?)
}
