//! Which calendars there are: every mailbox's list, remembered, and the sensible beginning for a host who has just
//! connected, so that nobody is booked over before they have looked at this room's page.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use connections::{CallError, Connection, ConnectionId, Provider, Purpose};
use microsoft::graph::Calendar;
use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
    jobs::{self, Job, NewJob},
    record,
};
use serde::{Deserialize, Serialize};

use crate::{
    CalendarLink, CalendarLinkId, WhenUnreadable, lost,
    mailbox::{self, Mailbox},
    store, subscriptions,
};

/// Job: list a mailbox's calendars.
pub(crate) const LIST_JOB: &str = "calendars.list";

/// New calendars are noticed once a day, and whenever their owner opens the page.
const EVERY: Duration = Duration::from_secs(86_400);
/// A list that could not be read is tried again.
const AGAIN: Duration = Duration::from_secs(300);
/// Nobody looks after more calendars than these.
const MOST: usize = 100;
/// In characters; Outlook allows more than a page can show.
const LONGEST_NAME: usize = 200;

record! {
    /// A mailbox whose calendars are known, or will be.
    #[derive(Clone, Debug)]
    pub(crate) struct ListedMailbox {
        organization_id: OrganizationId,
        connection_id: ConnectionId,
        account_id: AccountId,
        listed_at: Option<Instant>,
        due_at: Instant,
        trouble: Option<String>,
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    connection: ConnectionId,
}

/// Job: reads the list and remembers it. Trouble is written down and tried again by the round that looks after all.
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { connection } = job.payload()?;
    match connections::find_connection(&hub, job.organization, connection).await? {
        Some(connection) if !connection.is_removed() => list(&hub, &connection).await,
        _ => Ok(()),
    }
}

/// Reads a mailbox's list of calendars and remembers it, or why it could not be read.
pub(crate) async fn list(hub: &Hub, connection: &Connection) -> Result<()> {
    let mailbox = Mailbox::of(connection);
    let found: Result<Vec<Calendar>, CallError> =
        mailbox::ask(hub, &mailbox, |graph, token| async move { graph.calendars(&token).await }).await;
    match found {
        Ok(calendars) => remember(hub, connection, calendars).await,
        Err(error) => note(hub, connection, Some(error.explain(hub).say), hub.now().after(AGAIN)).await,
    }
}

async fn note(hub: &Hub, connection: &Connection, trouble: Option<String>, due: Instant) -> Result<()> {
    hub.db()
        .sql("UPDATE calendar_mailbox SET trouble = $3, due_at = $4 WHERE organization_id = $1 AND connection_id = $2")
        .bind(connection.organization_id)
        .bind(connection.id)
        .bind(trouble)
        .bind(due)
        .execute(hub.db())
        .await?;
    Ok(())
}

async fn remember(hub: &Hub, connection: &Connection, mut calendars: Vec<Calendar>) -> Result<()> {
    calendars.truncate(MOST);
    let now = hub.now();
    let mut tx = hub.db().begin().await?;
    if !claim(&mut tx, connection, now).await? {
        // Removed meanwhile.
        return Ok(());
    }
    let before: Vec<CalendarLink> = of_mailbox(&mut tx, connection).await?;
    for calendar in &calendars {
        upsert(hub, &mut tx, connection, calendar).await?;
    }
    for link in before.iter().filter(|link| lost::is_lost(link)) {
        lost::hand_over(&mut tx, link, connection.id, now).await?;
    }
    for link in &before {
        let is_gone = !calendars.iter().any(|calendar| calendar.id == link.provider_id);
        // One that is used stays until its owner says otherwise: what cannot be read must not look free.
        if is_gone && !link.is_used() && !subscriptions::is_standing(&mut tx, link).await? {
            store::forget(&mut tx, link).await?;
        }
    }
    if before.is_empty() {
        begin_with(hub, &mut tx, connection, &calendars).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes that the list was read; false when nobody looks after this mailbox any more. Takes the row, so that two
/// readers of one list follow one another.
async fn claim(tx: &mut Tx, connection: &Connection, now: Instant) -> Result<bool> {
    let claimed = tx
        .sql(
            "UPDATE calendar_mailbox SET listed_at = $3, due_at = $4, trouble = NULL \
             WHERE organization_id = $1 AND connection_id = $2",
        )
        .bind(connection.organization_id)
        .bind(connection.id)
        .bind(now)
        .bind(now.after(EVERY))
        .execute(tx)
        .await?;
    Ok(claimed == 1)
}

async fn of_mailbox(tx: &mut Tx, connection: &Connection) -> Result<Vec<CalendarLink>> {
    const TEXT: &str = concat!(
        "SELECT ",
        crate::link::columns!(),
        " FROM calendar_link WHERE organization_id = $1 AND account_id = $2 AND mailbox = $3 ORDER BY id"
    );
    let statement = tx.sql(TEXT).bind(connection.organization_id).bind(connection.account_id);
    Ok(statement.bind(connection.provider_account_id.clone()).all(tx).await?)
}

async fn upsert(hub: &Hub, tx: &mut Tx, connection: &Connection, calendar: &Calendar) -> Result<()> {
    // The owner is told for the person's own calendars too; it matters where it is somebody else.
    let sharer = calendar.owner.as_ref().and_then(|owner| {
        let is_other = |address: &&String| !address.eq_ignore_ascii_case(&connection.provider_account);
        let other = owner.address.as_ref().filter(is_other)?;
        Some(owner.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| other.clone()))
    });
    tx.sql(
        "INSERT INTO calendar_link (organization_id, id, account_id, connection_id, mailbox, provider_id, name, owner, \
         is_default, can_edit, allows_teams, makes_busy, receives, policy, listed_at, generation, failures, by_connection) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, 0, 0, $12) \
         ON CONFLICT (organization_id, account_id, mailbox, provider_id) DO UPDATE SET connection_id = $4, name = $7, \
         owner = $8, is_default = $9, can_edit = $10, allows_teams = $11, listed_at = $14",
    )
    .bind(connection.organization_id)
    .bind(CalendarLinkId::new(hub))
    .bind(connection.account_id)
    .bind(connection.id)
    .bind(connection.provider_account_id.clone())
    .bind(calendar.id.clone())
    .bind(short(&calendar.name))
    .bind(sharer.as_deref().map(short))
    .bind(calendar.is_default())
    .bind(calendar.is_writable())
    .bind(calendar.allows_teams())
    .bind(false)
    .bind(WhenUnreadable::default())
    .bind(hub.now())
    .execute(tx)
    .await?;
    Ok(())
}

fn short(name: &str) -> String {
    let plain = name.chars().filter(|letter| !letter.is_control());
    let name: String = plain.take(LONGEST_NAME).collect();
    if name.trim().is_empty() { "(without a name)".to_owned() } else { name }
}

/// The beginning of a new mailbox: its default calendar makes busy, and receives bookings unless another one does.
async fn begin_with(hub: &Hub, tx: &mut Tx, connection: &Connection, calendars: &[Calendar]) -> Result<()> {
    let chosen = calendars.iter().find(|calendar| calendar.is_default());
    let Some(chosen) = chosen.or_else(|| calendars.iter().find(|calendar| calendar.is_writable())) else {
        return Ok(());
    };
    tx.sql(
        "UPDATE calendar_link SET makes_busy = $5, due_at = $6, receives = can_edit AND NOT EXISTS ( \
         SELECT 1 FROM calendar_link other WHERE other.organization_id = $1 AND other.account_id = $2 AND other.receives) \
         WHERE organization_id = $1 AND account_id = $2 AND mailbox = $3 AND provider_id = $4",
    )
    .bind(connection.organization_id)
    .bind(connection.account_id)
    .bind(connection.provider_account_id.clone())
    .bind(chosen.id.clone())
    .bind(true)
    .bind(hub.now())
    .execute(tx)
    .await?;
    Ok(())
}

/// Looks for connections that are new, due or gone. What is new is listed by jobs; what is gone is looked after no more,
/// and its calendars are kept as far as they are used.
pub(crate) async fn look_after(hub: &Hub) -> Result<()> {
    let living = connections::of_everybody(hub, Provider::Microsoft, Purpose::Calendars).await?;
    let ids: HashSet<_> =
        living.iter().map(|connection| (connection.organization_id, connection.id)).collect();
    let known: HashMap<_, ListedMailbox> = known(hub).await?;
    for (id, mailbox) in &known {
        if !ids.contains(id) {
            forget(hub, mailbox).await?;
        }
    }
    let now = hub.now();
    let is_due = |connection: &&Connection| {
        let mailbox = known.get(&(connection.organization_id, connection.id));
        mailbox.is_none_or(|mailbox| mailbox.due_at <= now)
    };
    for connection in living.iter().filter(is_due) {
        let mut tx = hub.db().begin().await?;
        notice(&mut tx, connection, now).await?;
        jobs::enqueue(hub, &mut tx, job(connection, now)).await?;
        tx.commit().await?;
    }
    lost::look_after(hub, &living).await?;
    hub.wake().now();
    Ok(())
}

fn job(connection: &Connection, now: Instant) -> NewJob<'static> {
    NewJob {
        organization: connection.organization_id,
        kind: LIST_JOB,
        dedupe: Some(connection.id.to_string()),
        payload: jobs::payload(&Payload { connection: connection.id }),
        run_at: now,
    }
}

/// Makes a connection's mailbox known, so that its list has a place to be remembered.
pub(crate) async fn notice(tx: &mut Tx, connection: &Connection, now: Instant) -> Result<()> {
    tx.sql(
        "INSERT INTO calendar_mailbox (organization_id, connection_id, account_id, due_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organization_id, connection_id) DO UPDATE SET due_at = $4",
    )
    .bind(connection.organization_id)
    .bind(connection.id)
    .bind(connection.account_id)
    .bind(now.after(AGAIN))
    .execute(tx)
    .await?;
    Ok(())
}

/// The living Microsoft connections for calendars of one account.
pub(crate) async fn of_account(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<Connection>> {
    connections::of_account(hub, organization, account, Provider::Microsoft, Purpose::Calendars).await
}

async fn known(hub: &Hub) -> Result<HashMap<(OrganizationId, ConnectionId), ListedMailbox>> {
    let text =
        "SELECT organization_id, connection_id, account_id, listed_at, due_at, trouble FROM calendar_mailbox";
    let all: Vec<ListedMailbox> = hub.db().sql(text).all(hub.db()).await?;
    Ok(all.into_iter().map(|mailbox| ((mailbox.organization_id, mailbox.connection_id), mailbox)).collect())
}

/// What is known of the mailboxes of one account.
pub(crate) async fn mailboxes(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<ListedMailbox>> {
    let text = "SELECT organization_id, connection_id, account_id, listed_at, due_at, trouble FROM calendar_mailbox \
                WHERE organization_id = $1 AND account_id = $2";
    Ok(hub.db().sql(text).bind(organization).bind(account).all(hub.db()).await?)
}

/// Nobody looks after this mailbox any more.
async fn forget(hub: &Hub, mailbox: &ListedMailbox) -> Result<()> {
    hub.db()
        .sql("DELETE FROM calendar_mailbox WHERE organization_id = $1 AND connection_id = $2")
        .bind(mailbox.organization_id)
        .bind(mailbox.connection_id)
        .execute(hub.db())
        .await?;
    Ok(())
}
