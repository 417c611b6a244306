//! How a reading ended, written down: when it is tried again, and in words what keeps it.

use std::time::Duration;

use connections::CallError;
use microsoft::graph::{has_no_mailbox, must_resync};
use oauth::{ApiError, ApiKind};
use platform::{Error, Fault, Hub, Instant, Result};

use super::round::Ended;
use crate::{CalendarLink, subscriptions};

/// How often a calendar is asked where Microsoft does not tell us of changes: a person who enters an appointment in
/// Outlook is protected within a minute, and one small request a minute is a thousandth of what a mailbox allows.
const POLL: Duration = Duration::from_secs(60);
/// How often where it does tell us: notifications get lost.
const SAFETY_NET: Duration = Duration::from_secs(15 * 60);
/// After a failure, doubled with each further one up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// How long until the next reading of a calendar that is told of, or not.
pub(crate) fn poll_after(is_told: bool, jitter: f64) -> Duration {
    // Spread by a quarter, so that calendars that began together do not stay together.
    (if is_told { SAFETY_NET } else { POLL }).mul_f64(0.75 + (jitter - 0.5) / 2.0)
}

/// Writes down how the reading ended and gives the calendar back, unless it is somebody else's by now.
pub(super) async fn write(hub: &Hub, link: &CalendarLink, ended: Result<Ended, CallError>) -> Result<()> {
    match ended {
        Ok(Ended::Complete) => {
            let is_told = subscriptions::is_told(hub, link).await?;
            read(hub, link, hub.now().after(poll_after(is_told, hub.random().jitter()))).await
        }
        Ok(Ended::Unfinished) => unfinished(hub, link).await,
        // What the other one writes down counts.
        Ok(Ended::Overtaken) => Ok(()),
        Ok(Ended::Stuck) => failed(hub, link, Failed::slow(hub, link)).await,
        Err(error) => {
            let held = error.api().and_then(|error| match error.kind {
                ApiKind::Passing { retry_after } => retry_after,
                _ => None,
            });
            let is_other = |error: &ApiError| must_resync(error) || has_no_mailbox(error);
            let is_calendar_gone = error.is_not_found() && !error.api().is_some_and(is_other);
            let error = error.explain(hub);
            tracing::info!(?error, link = %link.id, "a calendar could not be read");
            failed(hub, link, Failed::new(hub, link, &error, held, is_calendar_gone)).await
        }
    }
}

async fn read(hub: &Hub, link: &CalendarLink, due: Instant) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_link SET read_at = $3, \
             due_at = CASE WHEN due_at <> $6 AND due_at < $4 THEN due_at ELSE $4 END, \
             held_until = CASE WHEN held_until > $3 THEN held_until END, reading_until = NULL, failures = 0, \
             trouble = NULL, trouble_since = NULL, by_connection = $5, told_at = NULL WHERE organization_id = $1 AND id = $2 AND reading_until = $7",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(hub.now())
        .bind(due)
        .bind(false)
        // Whoever asked for a reading while this one was under way gets one of their own.
        .bind(link.due_at.unwrap_or(Instant::from_micros(-1)))
        .bind(link.reading_until)
        .execute(hub.db())
        .await?;
    metrics::counter!("switchboard_calendar_readings_total", "result" => "read").increment(1);
    Ok(())
}

async fn unfinished(hub: &Hub, link: &CalendarLink) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_link SET due_at = $3, reading_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND reading_until = $4",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(hub.now())
        .bind(link.reading_until)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// A failure in the terms of the row.
struct Failed {
    say: String,
    due: Instant,
    held_until: Option<Instant>,
    by_connection: bool,
}

impl Failed {
    /// Nothing came in time, and nothing says that the next time is better.
    fn slow(hub: &Hub, link: &CalendarLink) -> Self {
        Self {
            say: "Microsoft takes too long to answer for this calendar. It is tried again by itself."
                .to_owned(),
            due: hub.now().after(pause(hub, link)),
            held_until: None,
            by_connection: false,
        }
    }

    fn new(hub: &Hub, link: &CalendarLink, error: &Error, held: Option<Duration>, is_gone: bool) -> Self {
        let now = hub.now();
        let held_until = held.map(|held| now.after(held));
        Self {
            say: if is_gone {
                "Microsoft no longer has this calendar. If it was deleted or is no longer shared, take its tick away."
                    .to_owned()
            } else {
                error.say.clone()
            },
            due: now.after(pause(hub, link)).max(held_until.unwrap_or(now)),
            held_until,
            // The calendar's own refusals come from the provider with a status; these come from having no token.
            by_connection: matches!(error.fault, Fault::AskPerson | Fault::AppTrouble)
                && error.source.is_none(),
        }
    }
}

fn pause(hub: &Hub, link: &CalendarLink) -> Duration {
    let doublings = u32::try_from(link.failures.clamp(0, 10)).unwrap_or(10);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE).mul_f64(hub.random().jitter())
}

async fn failed(hub: &Hub, link: &CalendarLink, failed: Failed) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE calendar_link SET due_at = $3, reading_until = NULL, failures = failures + 1, \
             held_until = CASE WHEN held_until > COALESCE(CAST($4 AS BIGINT), $6) THEN held_until ELSE $4 END, \
             trouble = $5, trouble_since = COALESCE(trouble_since, $6), by_connection = $7 \
             WHERE organization_id = $1 AND id = $2 AND reading_until = $8",
        )
        .bind(link.organization_id)
        .bind(link.id)
        .bind(failed.due)
        .bind(failed.held_until)
        .bind(failed.say)
        .bind(hub.now())
        .bind(failed.by_connection)
        .bind(link.reading_until)
        .execute(hub.db())
        .await?;
    metrics::counter!("switchboard_calendar_readings_total", "result" => "failed").increment(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_are_asked_every_minute_or_as_a_safety_net() {
        for jitter in [0.5, 1.0, 1.499] {
            assert!((45..=76).contains(&poll_after(false, jitter).as_secs()), "{jitter}");
            assert!((675..=1126).contains(&poll_after(true, jitter).as_secs()), "{jitter}");
        }
    }
}
