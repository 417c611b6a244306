//! The test of a Microsoft connection: who am I, which calendars, an event that comes and goes, free and private.

use std::time::Duration;

use microsoft::graph::{Graph, NewEvent, Sensitivity, ShowAs};
use oauth::ApiError;
use platform::{Hub, Result};
use secrecy::SecretString;

use super::steps::Run;
use crate::{Integration, Purpose, provider};

const DAY: Duration = Duration::from_secs(86_400);
const LENGTH: Duration = Duration::from_secs(15 * 60);

pub(super) async fn run(
    hub: &Hub,
    run: &mut Run<'_>,
    integration: &Integration,
    token: &SecretString,
) -> Result<()> {
    let graph = provider::graph(hub)?;
    run.running("who_am_i").await?;
    match graph.me(token).await {
        Ok(me) => run.passed("who_am_i", me.email().unwrap_or(&me.id)).await?,
        Err(error) => return run.failed("who_am_i", &error).await,
    }
    if !integration.purposes.serves(Purpose::Meetings) && !integration.purposes.serves(Purpose::Calendars) {
        for step in ["calendars", "create_event", "delete_event"] {
            run.skipped(step, "Not needed: this integration is not for appointments or calendars.").await?;
        }
        return Ok(());
    }
    run.running("calendars").await?;
    match graph.calendars(token).await {
        Ok(calendars) => {
            let names: Vec<&str> = calendars.iter().map(|calendar| calendar.name.as_str()).take(10).collect();
            run.passed("calendars", names.join(", ")).await?;
        }
        Err(error) => return run.failed("calendars", &error).await,
    }
    event(hub, run, &graph, token).await
}

async fn event(hub: &Hub, run: &mut Run<'_>, graph: &Graph, token: &SecretString) -> Result<()> {
    let transaction_id = run.mark_of_things();
    let start = hub.now().after(DAY);
    run.running("create_event").await?;
    if run.is_repeated
        && let Err(error) = find_and_delete(graph, token, &transaction_id).await
    {
        return run.failed("create_event", &error).await;
    }
    let span = (start.timestamp(), start.after(LENGTH).timestamp());
    let new = NewEvent {
        show_as: ShowAs::Free,
        sensitivity: Sensitivity::Private,
        ..NewEvent::new("Switchboard connection test (deleted at once)", span, &transaction_id)
    };
    let id = match graph.create_event(token, None, &new).await {
        Ok(event) => event.id,
        Err(error) => {
            run.failed("create_event", &error).await?;
            // The answer may have been cut after the event was made.
            let found = find_and_delete(graph, token, &transaction_id).await;
            return run.cleared_away("delete_event", "event", found).await;
        }
    };
    run.passed("create_event", "Created.").await?;
    run.running("delete_event").await?;
    match graph.delete_event(token, &id).await {
        Ok(()) => run.passed("delete_event", "Deleted; nothing is left behind.").await,
        Err(error) => {
            run.failed("delete_event", &error).await?;
            let found = find_and_delete(graph, token, &transaction_id).await;
            run.cleared_away("delete_event", "event", found).await
        }
    }
}

/// Looks events up by our mark and deletes them, so that a failed test leaves nothing behind.
async fn find_and_delete(
    graph: &Graph,
    token: &SecretString,
    transaction_id: &str,
) -> Result<usize, ApiError> {
    let left = graph.find_events(token, None, transaction_id).await?;
    for event in &left {
        graph.delete_event(token, &event.id).await?;
    }
    Ok(left.len())
}
