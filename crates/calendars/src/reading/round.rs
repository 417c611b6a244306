//! One round: a full one over a new window, or one of changes since the last. It goes on where the last page ended,
//! whoever reads it.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use connections::CallError;
use jiff::tz::TimeZone;
use microsoft::graph::{CalendarItem, DeltaFrom, DeltaItem, DeltaPage, Next, must_resync};
use oauth::{ApiError, ApiKind};
use platform::{Hub, Instant, Result};

use super::{AHEAD, BEHIND, ROLL, page, store};
use crate::{
    CalendarLink,
    mailbox::{self, Mailbox},
};

/// A link that Microsoft no longer knows leads to a full round; if that one's links are not known either, it is trouble.
const MOST_RESYNCS: usize = 2;

/// How far a reading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Everything is known.
    Complete,
    /// There is more; it goes on at once.
    Unfinished,
    /// Not one page came in time.
    Stuck,
    /// The lease ran out, and somebody else reads it now.
    Overtaken,
}

/// What a reading carries from page to page.
pub(super) struct Round<'a> {
    pub(super) hub: &'a Hub,
    pub(super) mailbox: Mailbox,
    pub(super) link: CalendarLink,
    /// The owner's zone, in which whole days are read.
    pub(super) home: TimeZone,
    /// The series seen so far; none for those that are gone.
    pub(super) masters: HashMap<String, Option<CalendarItem>>,
}

/// Reads on to the end of the round, and counts the pages that were taken in: whoever cuts it off knows how far it came.
pub(super) async fn go_on(hub: &Hub, link: &CalendarLink, pages: &AtomicUsize) -> Result<Ended, CallError> {
    let home = super::home(hub, link.organization_id, link.account_id).await?;
    let mailbox = Mailbox {
        organization: link.organization_id,
        connection: link.connection_id,
        id: link.mailbox.clone(),
    };
    let mut round = Round { hub, mailbox, link: link.clone(), home, masters: HashMap::new() };
    let mut resyncs = 0;
    loop {
        if round.must_begin() && !round.begin().await? {
            return Ok(Ended::Overtaken);
        }
        match round.next_page().await {
            Ok(page) => {
                let ended = round.take(page).await?;
                pages.fetch_add(1, Ordering::Relaxed);
                if ended != Ended::Unfinished {
                    return Ok(ended);
                }
            }
            Err(error) if error.api().is_some_and(must_resync) && resyncs < MOST_RESYNCS => {
                resyncs += 1;
                tracing::info!(link = %round.link.id, "a calendar's changes are no longer known; it is read anew");
                if !round.begin().await? {
                    return Ok(Ended::Overtaken);
                }
            }
            Err(error) if round.offers_no_changes(&error) => {
                return round.take_listing().await;
            }
            Err(error) => return Err(error),
        }
    }
}

impl Round<'_> {
    pub(super) fn is_full(&self) -> bool {
        self.link.next_from.is_some()
    }

    /// The generation to which the rows of this round belong.
    pub(super) fn generation(&self) -> i64 {
        self.link.generation + i64::from(self.is_full())
    }

    /// Whether nothing is known, or the window has to roll.
    fn must_begin(&self) -> bool {
        let is_old = self.link.anchored_at.is_none_or(|at| self.hub.now().since(at) >= ROLL);
        !self.is_full() && (self.link.delta_link.is_none() || is_old)
    }

    /// False when somebody else reads the calendar by now.
    async fn begin(&mut self) -> Result<bool> {
        let now = self.hub.now();
        let (from, until) = (now.before(BEHIND), now.after(AHEAD).after(ROLL));
        if !store::begin(self.hub, &self.link, from, until).await? {
            return Ok(false);
        }
        self.link.next_from = Some(from);
        self.link.next_until = Some(until);
        self.link.next_link = None;
        self.link.delta_link = None;
        Ok(true)
    }

    fn window(&self) -> (Instant, Instant) {
        let now = self.hub.now();
        (self.link.next_from.unwrap_or(now), self.link.next_until.unwrap_or(now))
    }

    /// The default calendar is asked for by its own name: Graph documents changes and subscriptions for it alone.
    fn calendar(&self) -> Option<&str> {
        (!self.link.is_default).then_some(self.link.provider_id.as_str())
    }

    async fn next_page(&self) -> Result<DeltaPage, CallError> {
        let (from, to) = self.window();
        let link = if self.is_full() { &self.link.next_link } else { &self.link.delta_link };
        let from = match link {
            Some(link) => DeltaFrom::Link(link),
            None => DeltaFrom::Window { from: from.timestamp(), to: to.timestamp() },
        };
        let calendar = self.calendar();
        let work = |graph: microsoft::graph::Graph, token| async move {
            graph.calendar_delta(&token, calendar, from).await
        };
        mailbox::ask(self.hub, &self.mailbox, work).await
    }

    /// Takes a page in, and says whether it was the last one.
    async fn take(&mut self, found: DeltaPage) -> Result<Ended, CallError> {
        let rows = page::understand(self, found.items).await?;
        let mut tx = self.hub.db().begin().await.map_err(platform::Error::from)?;
        page::write(self, &mut tx, rows).await?;
        let is_full = self.is_full();
        let (is_ours, ended) = match &found.next {
            Next::Page(next) => {
                (store::go_on_at(&mut tx, &self.link, next, is_full).await?, Ended::Unfinished)
            }
            Next::Later(delta) if is_full => {
                page::suspect_the_missing(self, &mut tx).await?;
                let now = self.hub.now();
                (store::complete(&mut tx, &self.link, Some(delta), now).await?, Ended::Complete)
            }
            Next::Later(delta) => {
                (store::go_on_at(&mut tx, &self.link, delta, false).await?, Ended::Complete)
            }
        };
        if !is_ours {
            return Ok(Ended::Overtaken);
        }
        tx.commit().await.map_err(platform::Error::from)?;
        let (Next::Page(next) | Next::Later(next)) = found.next;
        *(if is_full { &mut self.link.next_link } else { &mut self.link.delta_link }) = Some(next);
        Ok(ended)
    }

    /// Some calendars (shared ones, mostly) can be listed but offer no changes.
    fn offers_no_changes(&self, error: &CallError) -> bool {
        let is_refused = |error: &ApiError| error.kind == ApiKind::Invalid;
        !self.link.is_default
            && self.is_full()
            && self.link.next_link.is_none()
            && error.api().is_some_and(is_refused)
    }

    /// Reads such a calendar in one piece, each time anew.
    async fn take_listing(&mut self) -> Result<Ended, CallError> {
        let (from, to) = self.window();
        let window = (from.timestamp(), to.timestamp());
        let calendar = self.calendar();
        let work = |graph: microsoft::graph::Graph, token| async move {
            graph.calendar_view(&token, calendar, window).await
        };
        let items: Vec<CalendarItem> = mailbox::ask(self.hub, &self.mailbox, work).await?;
        let items = items.into_iter().map(|item| DeltaItem::Changed(Box::new(item))).collect();
        let rows = page::understand(self, items).await?;
        let mut tx = self.hub.db().begin().await.map_err(platform::Error::from)?;
        page::write(self, &mut tx, rows).await?;
        page::suspect_the_missing(self, &mut tx).await?;
        if !store::complete(&mut tx, &self.link, None, self.hub.now()).await? {
            return Ok(Ended::Overtaken);
        }
        tx.commit().await.map_err(platform::Error::from)?;
        Ok(Ended::Complete)
    }
}
