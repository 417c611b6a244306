//! Free times: what is known of a type's hosts is laid on one board, and the same board says what is offered and why
//! the rest is not.

mod board;
mod caps;
mod explain;
mod ready;

use platform::{Hub, Instant, Result, id::AccountId};

pub(crate) use board::{Ask, Board, Cause, HostOnBoard, active_hosts, board, zones};
pub(crate) use caps::count;
pub(crate) use explain::{Because, HostTime, TimeExplained};
pub(crate) use ready::{HostReady, WEBEX_FOR_EVERYBODY, readiness};

use crate::{appointment_type::AppointmentType, claim::Span};

/// A time on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    pub start: Instant,
    /// Everybody who is free for it.
    pub hosts: Vec<AccountId>,
}

/// The times on offer in a span.
pub(crate) async fn times(
    hub: &Hub,
    it: &AppointmentType,
    duration: i64,
    span: Span,
) -> Result<Vec<Offered>> {
    Ok(board(hub, &Ask::new(it, duration, span)).await?.times())
}

/// A few times on offer around one that was refused: the next ones first.
pub(crate) async fn alternatives(hub: &Hub, ask: &Ask<'_>, start: Instant) -> Result<Vec<Instant>> {
    const DAYS: u64 = 7;
    let week = std::time::Duration::from_secs(DAYS * 86_400);
    let from = start.before(std::time::Duration::from_secs(86_400)).max(hub.now());
    let wider = Ask { span: Span { start: from, end: from.after(week) }, ..ask.clone() };
    let mut starts: Vec<Instant> = board(hub, &wider).await?.times().into_iter().map(|it| it.start).collect();
    starts.sort_by_key(|it| it.micros().abs_diff(start.micros()));
    starts.truncate(6);
    starts.sort_unstable();
    Ok(starts)
}
