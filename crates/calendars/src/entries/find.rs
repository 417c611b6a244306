//! Finding an entry's event in the mailbox: by its id, or by the mark that every event of ours carries. What Microsoft
//! does not answer clearly is an error here, never "it is gone": on that a booking may be cancelled.

use std::future::Future;

use connections::CallError;
use microsoft::graph::{Event, Graph, is_item_gone};
use oauth::ApiError;
use platform::{Error, Fault, Hub, Result, random::fingerprint};
use secrecy::SecretString;

use super::{
    store::Row,
    target::{Reach, explained},
};
use crate::mailbox;

/// The id under which Microsoft knows this generation of the entry: the transaction id, and the mark that can be
/// searched for. The same row always gives the same one.
pub(super) fn mark(row: &Row) -> String {
    let name = format!("{}/{}/{}/{}", row.organization_id, row.account_id, row.key, row.generation);
    let hex = fingerprint(&name);
    let number = u128::from_str_radix(hex.get(..32).unwrap_or_default(), 16).unwrap_or_default();
    uuid::Builder::from_custom_bytes(number.to_be_bytes()).into_uuid().to_string()
}

/// Does one request for an event: in the calendar where it was written, or, when it is not there, wherever in the
/// mailbox it is now, for a person may have put it into another calendar.
pub(super) async fn at_event<'a, T, F, W>(hub: &Hub, reach: &'a Reach, work: W) -> Result<T, CallError>
where
    W: Fn(Graph, SecretString, Option<&'a str>) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let calendar = reach.calendar.as_deref();
    let there = mailbox::ask(hub, &reach.mailbox, |graph, token| work(graph, token, calendar)).await;
    match there {
        Err(error) if calendar.is_some() && is_gone(&error) => {
            mailbox::ask(hub, &reach.mailbox, |graph, token| work(graph, token, None)).await
        }
        there => there,
    }
}

/// Whether Microsoft says that the very thing asked for is not there.
pub(super) fn is_gone(error: &CallError) -> bool {
    error.api().is_some_and(is_item_gone)
}

/// The event that is there, by its id or by our mark; none only when Microsoft has searched the calendar and found
/// nothing. Several with one mark (Microsoft documents none, people have seen some) become one.
pub(super) async fn look_up(hub: &Hub, reach: &Reach, row: &Row) -> Result<Option<Event>> {
    if let Some(id) = row.event_id.as_deref() {
        let work = |graph: Graph, token, calendar| async move { graph.get_event(&token, calendar, id).await };
        match at_event(hub, reach, work).await {
            Ok(event) if !event.is_cancelled() => return Ok(Some(event)),
            Ok(_) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(explained(hub)(error)),
        }
    }
    let mut found = marked(hub, reach, row).await.map_err(unsearchable(hub))?.into_iter();
    let first = found.next();
    for other in found {
        tracing::warn!(key = row.key, "an entry was there twice; one of them is deleted");
        delete(hub, reach, &other.id).await?;
    }
    Ok(first)
}

/// The calendar itself is not there, so nothing is known of what was in it.
fn unsearchable(hub: &Hub) -> impl Fn(CallError) -> Error + '_ {
    |error| {
        if !error.is_not_found() {
            return explained(hub)(error);
        }
        Error::new(
            Fault::NotFound,
            format!(
                "Microsoft does not show the calendar that holds this entry: it was deleted, is no longer shared, or \
                 its mailbox has no licence at the moment. Its owner can look in Outlook. It said: {error}"
            ),
        )
        .because(error)
    }
}

/// Every living event with this row's mark.
pub(super) async fn marked(hub: &Hub, reach: &Reach, row: &Row) -> Result<Vec<Event>, CallError> {
    let (mark, calendar) = (mark(row), row.calendar_id.as_str());
    let mark = mark.as_str();
    let work = |graph: Graph, token| async move { graph.find_events(&token, Some(calendar), mark).await };
    let mut found = mailbox::ask(hub, &reach.mailbox, work).await?;
    found.retain(|event| !event.is_cancelled());
    Ok(found)
}

/// Deletes an event; one that is gone already counts as deleted.
pub(super) async fn delete(hub: &Hub, reach: &Reach, id: &str) -> Result<()> {
    let work =
        |graph: Graph, token, calendar| async move { graph.delete_event_in(&token, calendar, id).await };
    match at_event(hub, reach, work).await {
        Err(error) if is_gone(&error) => Ok(()),
        deleted => deleted.map_err(explained(hub)),
    }
}
