//! My account → Calendars: which calendars make the host busy, which one receives bookings, and how each one stands.

use std::time::Duration;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use connections::Connection;
use futures_util::future::join_all;
use platform::{
    Actor, Fault, Hub, Result,
    actor::Person,
    forbidden, not_found,
    web::{FieldErrors, Form, FormAgain, Page, Shell, done},
};

use super::{
    form::{ChoiceForm, Typed, minutes_of},
    view::CalendarView,
};
use crate::{
    CalendarLinkId, choice, listing,
    reading::{self, Read},
    store, subscriptions,
};

/// How long opening the page waits for Microsoft; after that what is remembered is shown.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long *Read now* waits.
const READING: Duration = Duration::from_secs(10);

/// What a mailbox is known by on the page.
struct Heading {
    id: String,
    provider_account: String,
}

/// A mailbox with its calendars.
struct MailboxView {
    connection: Heading,
    /// Why the list may be old, in words.
    note: Option<String>,
    rows: Vec<RowView>,
}

/// A calendar with what stands in its fields.
struct RowView {
    view: CalendarView,
    typed: Typed,
    error: String,
}

#[derive(Template)]
#[template(path = "calendars/mine.html")]
struct MinePage {
    shell: Shell,
    mailboxes: Vec<MailboxView>,
    error: Option<String>,
    receives_error: String,
    receives_nowhere: bool,
}

fn person(actor: &Actor) -> Result<&Person> {
    actor.person().ok_or_else(|| forbidden("This page is for people."))
}

/// The page; the mailboxes' lists are read when it is opened.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = person(&actor)?;
    let connections = listing::of_account(&hub, person.organization, person.account).await?;
    let late = join_all(connections.iter().map(|connection| list(&hub, connection))).await;
    let late =
        connections.iter().zip(late).filter_map(|(connection, in_time)| (!in_time).then_some(connection.id));
    let late: Vec<_> = late.collect();
    Ok(Page(page(&hub, person, shell, (connections, &late), None).await?))
}

/// Reads one list; false when Microsoft took too long. It goes on by itself then.
async fn list(hub: &Hub, connection: &Connection) -> bool {
    let (hub, connection) = (hub.clone(), connection.clone());
    let reading = tokio::spawn(async move {
        let mut tx = hub.db().begin().await?;
        listing::notice(&mut tx, &connection, hub.now()).await?;
        tx.commit().await?;
        listing::list(&hub, &connection).await
    });
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(Ok(()))) => true,
        Ok(ended) => {
            tracing::error!(?ended, "a list of calendars could not be remembered");
            false
        }
        Err(_) => false,
    }
}

async fn page(
    hub: &Hub,
    person: &Person,
    shell: Shell,
    (connections, late): (Vec<Connection>, &[connections::ConnectionId]),
    again: Option<(&ChoiceForm, platform::Error)>,
) -> Result<MinePage> {
    let links = store::of_account(hub, person.organization, person.account).await?;
    let subscriptions = subscriptions::of_links(hub, person.organization, &links).await?;
    let known = listing::mailboxes(hub, person.organization, person.account).await?;
    let (form, error) = again.map_or((None, None), |(form, error)| (Some(form), Some(error)));
    let wrong = error.as_ref().map(FieldErrors::of).unwrap_or_default();
    let row = |view: CalendarView| {
        let typed =
            form.and_then(|form| form.typed(view.link.id)).unwrap_or_else(|| Typed::stored(&view.link));
        let error = wrong.at(&minutes_of(view.link.id)).to_owned();
        RowView { view, typed, error }
    };
    let mut rows: Vec<RowView> = CalendarView::all(hub, links, &subscriptions).into_iter().map(row).collect();
    let mut mailboxes = Vec::new();
    for connection in connections {
        let (own, others) =
            rows.into_iter().partition(|row| row.view.link.mailbox == connection.provider_account_id);
        rows = others;
        let trouble = known.iter().find(|known| known.connection_id == connection.id);
        let trouble = trouble.and_then(|known| known.trouble.clone());
        let note = if late.contains(&connection.id) {
            Some("Microsoft takes long to answer; the calendars are shown as they are remembered.".to_owned())
        } else {
            trouble.map(|trouble| format!("The list of calendars could not be read just now. {trouble}"))
        };
        let heading =
            Heading { id: connection.id.to_string(), provider_account: connection.provider_account };
        mailboxes.push(MailboxView { connection: heading, note, rows: own });
    }
    rows.retain(|row| row.view.link.is_used());
    if !rows.is_empty() {
        let heading = Heading { id: "lost".to_owned(), provider_account: "No longer connected".to_owned() };
        mailboxes.push(MailboxView { connection: heading, note: None, rows });
    }
    let receives_nowhere = !mailboxes.iter().flat_map(|mailbox| &mailbox.rows).any(|row| row.typed.receives);
    let receives_error = wrong.at("receives").to_owned();
    Ok(MinePage { shell, mailboxes, error: error.map(|error| error.say), receives_error, receives_nowhere })
}

/// Saves what the host decided.
pub(super) async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<ChoiceForm>,
) -> Result<Response> {
    let person = person(&actor)?;
    let place = (person.organization, person.account);
    let saved = match form.read() {
        Ok(choices) => choice::choose(&hub, &actor, place, &choices).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(done("/my/calendars", "Saved. Calendars that are new to us are read within seconds.")),
        Err(error) if matches!(error.fault, Fault::Invalid(_)) => {
            let connections = listing::of_account(&hub, person.organization, person.account).await?;
            let page = page(&hub, person, shell, (connections, &[]), Some((&form, error))).await?;
            Ok(FormAgain(page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Reads one calendar at once, if it can be done while a person waits.
pub(super) async fn read_now(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let person = person(&actor)?;
    let id: CalendarLinkId = id.parse().map_err(|_| not_found("calendar"))?;
    let link = store::get(&hub, person.organization, id).await?;
    if link.account_id != person.account {
        return Err(not_found("calendar"));
    }
    if !link.is_used() {
        return Ok(done("/my/calendars", "This calendar is not used for anything, so it is not read."));
    }
    let (own, organization) = (hub.clone(), person.organization);
    let reading = tokio::spawn(async move { reading::read(&own, organization, id).await });
    let ended = match tokio::time::timeout(READING, reading).await {
        Ok(Ok(ended)) => ended?,
        _ => Read::UnderWay,
    };
    let now = store::get(&hub, person.organization, id).await?;
    let words = match (ended, now.trouble) {
        (Read::UnderWay, _) => "The calendar is being read; that takes a little longer.".to_owned(),
        (Read::Held(until), _) => {
            format!("Microsoft asked for a pause. It is read again at {}.", until.in_zone(&actor.zone()))
        }
        (Read::Done, Some(trouble)) => format!("“{}” could not be read. {trouble}", link.name),
        (Read::Done, None) => format!("“{}” was read just now.", link.name),
    };
    Ok(done("/my/calendars", &words))
}
