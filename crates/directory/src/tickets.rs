//! Session tickets of the Meetings XML API: made from an access token, sealed, one for each connection and site, renewed
//! before their ninety minutes are over, revoked when nobody needs them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connections::{CallError, Connection, ConnectionId};
use oauth::{ApiError, ApiKind};
use platform::{Error, Fault, Hub, Instant, Result, id::OrganizationId, keys, later, record};
use tokio::{sync::Mutex as Turn, time::Instant as Moment};
use vault::{Place, Sealed};
use webex::SessionTicket;

use crate::gate::{self, Api, Asker};

/// A ticket with less time left is not handed out: Webex counts from its own clock, and what is sent with it takes time.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long one process has for making a ticket.
const MAKING: Duration = Duration::from_secs(60);
/// How long to wait for another process that makes one.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How many are ended in one round.
const AT_ONCE: i64 = 50;

record! {
    struct Stored {
        organization_id: OrganizationId,
        id: String,
        connection_id: ConnectionId,
        site: String,
        ticket: Option<String>,
        webex_id: String,
        obtained_at: Instant,
        expires_at: Instant,
    }
}

macro_rules! columns {
    () => {
        "organization_id, id, connection_id, site, ticket, webex_id, obtained_at, expires_at"
    };
}

/// Who makes tickets in this process, one at a time for each.
#[derive(Default)]
struct Makers(Mutex<HashMap<Key, Arc<Turn<()>>>>);

/// The organization, and which of its tickets.
type Key = (OrganizationId, String);

/// A ticket that is good for some minutes more; made if there is none.
pub(crate) async fn hold(hub: &Hub, asker: Asker, site: &str) -> Result<SessionTicket, CallError> {
    let connection = living(hub, asker).await?;
    let id = id_of(asker, site);
    if let Some(ticket) = good(hub, asker, &id).await? {
        return Ok(ticket);
    }
    let maker = {
        let makers = hub.memory::<Makers>();
        let mut all = makers.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((asker.organization, id.clone())).or_default().clone()
    };
    let _turn = maker.lock().await;
    let began = Moment::now();
    loop {
        if let Some(ticket) = good(hub, asker, &id).await? {
            return Ok(ticket);
        }
        if let Some(mine) = take(hub, asker, site, &id).await?
            && let Some(ticket) = make(hub, asker, site, (&connection, mine)).await?
        {
            return Ok(ticket);
        }
        if began.elapsed() > PATIENCE {
            let say = "Another server opens the session at the meeting site. It goes on by itself.";
            return Err(later(hub.now().after(LOOK_AGAIN), say).into());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn id_of(asker: Asker, site: &str) -> String {
    format!("{}/{site}", asker.connection)
}

/// The connection, which must not have been removed: its tickets are not handed out any more.
async fn living(hub: &Hub, asker: Asker) -> Result<Connection> {
    let found = connections::find_connection(hub, asker.organization, asker.connection).await?;
    found.filter(|connection| connection.state != connections::State::Removed).ok_or_else(|| {
        Error::new(
            Fault::AskPerson,
            "The connection of the Webex administrator was removed. Connect it again under Connections.",
        )
    })
}

/// The stored ticket, if it has time left.
async fn good(hub: &Hub, asker: Asker, id: &str) -> Result<Option<SessionTicket>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM session_ticket WHERE organization_id = $1 AND id = $2");
    let found: Option<Stored> =
        hub.db().sql(TEXT).bind(asker.organization).bind(id.to_owned()).maybe(hub.db()).await?;
    match found.filter(|stored| stored.expires_at > hub.now().after(MARGIN)) {
        Some(stored) => stored.open(hub).await,
        None => Ok(None),
    }
}

impl Stored {
    async fn open(&self, hub: &Hub) -> Result<Option<SessionTicket>> {
        let Some(sealed) = &self.ticket else { return Ok(None) };
        let organization = self.organization_id.to_string();
        let value =
            keys::open(hub, &place(&organization, &self.id), &Sealed::parse(sealed.as_str())?).await?;
        Ok(Some(SessionTicket {
            webex_id: self.webex_id.clone(),
            value,
            // By our clock: it tells which of the tickets it is.
            created_at: Some(self.obtained_at.timestamp()),
            lives: self.expires_at.since(self.obtained_at),
        }))
    }
}

fn place<'a>(organization: &'a str, id: &'a str) -> Place<'a> {
    Place { organization, table: "session_ticket", column: "ticket", row: id }
}

/// Takes the right to make a ticket, and answers until when: that names the maker. Nothing while somebody else has it.
async fn take(hub: &Hub, asker: Asker, site: &str, id: &str) -> Result<Option<Instant>> {
    let now = hub.now();
    let mine = now.after(MAKING);
    let taken = hub
        .db()
        .sql(
            "INSERT INTO session_ticket (organization_id, id, connection_id, site, ticket, webex_id, obtained_at, \
             expires_at, making_until) VALUES ($1, $2, $3, $4, NULL, '', $5, $5, $6) \
             ON CONFLICT (organization_id, id) DO UPDATE SET making_until = $6 \
             WHERE session_ticket.making_until IS NULL OR session_ticket.making_until < $5",
        )
        .bind(asker.organization)
        .bind(id.to_owned())
        .bind(asker.connection)
        .bind(site.to_owned())
        .bind(now)
        .bind(mine)
        .execute(hub.db())
        .await?;
    Ok((taken == 1).then_some(mine))
}

/// Makes a ticket and keeps it; nothing when it took so long that somebody else has begun to make one. The one before it
/// is left to end by itself: something may be on its way with it.
async fn make(
    hub: &Hub,
    asker: Asker,
    site: &str,
    (connection, mine): (&Connection, Instant),
) -> Result<Option<SessionTicket>, CallError> {
    let id = id_of(asker, site);
    let (ticket, asked) = match authenticate(hub, asker, site, &connection.provider_account).await {
        Ok(made) => made,
        Err(error) => {
            give_up(hub, asker, &id, mine).await?;
            return Err(no_session(error));
        }
    };
    let kept = keep(hub, asker, &id, (&ticket, asked, mine)).await;
    if let Ok(true) = kept {
        tracing::info!(site, connection = %asker.connection, "a session at a meeting site was opened");
        return Ok(Some(SessionTicket { created_at: Some(asked.timestamp()), ..ticket }));
    }
    // Nobody else will ever know of it.
    if let Err(error) = gate::end_session(hub, asker.organization, site, &ticket).await {
        tracing::warn!(?error, site, "a session that nobody needs could not be ended; it ends by itself");
    }
    kept?;
    Ok(None)
}

/// Keeps a ticket; false when the right to make it has gone to somebody else.
async fn keep(
    hub: &Hub,
    asker: Asker,
    id: &str,
    (ticket, asked, mine): (&SessionTicket, Instant, Instant),
) -> Result<bool> {
    let organization = asker.organization.to_string();
    let sealed = keys::seal(hub, &place(&organization, id), &ticket.value).await?;
    let kept = hub
        .db()
        .sql(
            "UPDATE session_ticket SET ticket = $3, webex_id = $4, obtained_at = $5, expires_at = $6, \
             making_until = NULL WHERE organization_id = $1 AND id = $2 AND making_until = $7",
        )
        .bind(asker.organization)
        .bind(id.to_owned())
        .bind(sealed.as_str().to_owned())
        .bind(ticket.webex_id.clone())
        .bind(asked)
        .bind(asked.after(ticket.lives))
        .bind(mine)
        .execute(hub.db())
        .await?;
    Ok(kept == 1)
}

/// The ticket, and when it was asked for: it lives from then at least. On sites of Control Hub the account is named like
/// the e-mail address (Webex Meetings XML API, `webExID`).
async fn authenticate(
    hub: &Hub,
    asker: Asker,
    site: &str,
    account: &str,
) -> Result<(SessionTicket, Instant), CallError> {
    let xml = connections::webex(hub)?.xml(site)?;
    let xml = &xml;
    // Whether opening a session counts among the operations is not documented: one too many in what is learned is a pause
    // of a minute.
    gate::ask_beside(hub, asker, Api::Xml, |token| async move {
        let asked = hub.now();
        Ok((xml.authenticate(account, &token).await?, asked))
    })
    .await
}

/// Whatever the XML API has against opening a session is about the administrator; it must not be taken for what a request
/// that needs the session says of somebody else. Where there is no XML API at all, no exception is named.
fn no_session(error: CallError) -> CallError {
    match error {
        CallError::Provider(error) if error.code.is_some() && !is_passing(&error) => {
            CallError::Provider(ApiError { kind: ApiKind::TokenRejected, ..error })
        }
        error => error,
    }
}

fn is_passing(error: &ApiError) -> bool {
    matches!(error.kind, ApiKind::Passing { .. } | ApiKind::Bug)
}

async fn give_up(hub: &Hub, asker: Asker, id: &str, mine: Instant) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE session_ticket SET making_until = NULL \
             WHERE organization_id = $1 AND id = $2 AND making_until = $3",
        )
        .bind(asker.organization)
        .bind(id.to_owned())
        .bind(mine)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// The site refused this ticket before its time: it is not handed out again. A newer one stays.
pub(crate) async fn distrust(hub: &Hub, asker: Asker, site: &str, ticket: &SessionTicket) -> Result<()> {
    let obtained = ticket.created_at.map_or(Instant::from_micros(0), Instant::from);
    hub.db()
        .sql(
            "UPDATE session_ticket SET ticket = NULL, expires_at = obtained_at \
             WHERE organization_id = $1 AND id = $2 AND obtained_at = $3",
        )
        .bind(asker.organization)
        .bind(id_of(asker, site))
        .bind(obtained)
        .execute(hub.db())
        .await?;
    Ok(())
}

/// Round: revokes tickets that no run, plan or reading needs, or whose connection was removed; forgets those that have
/// ended. One that cannot be revoked now is tried again until it ends by itself.
pub(crate) async fn end_unused(hub: Hub) -> Result<()> {
    const TEXT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM session_ticket AS held WHERE (held.making_until IS NULL OR held.making_until < $1) AND (held.expires_at <= $1 \
         OR NOT EXISTS (SELECT 1 FROM connection WHERE connection.organization_id = held.organization_id \
         AND connection.id = held.connection_id AND connection.removed_at IS NULL) \
         OR NOT (EXISTS (SELECT 1 FROM directory_run WHERE directory_run.organization_id = held.organization_id \
         AND directory_run.ended_at IS NULL) \
         OR EXISTS (SELECT 1 FROM directory_plan WHERE directory_plan.organization_id = held.organization_id \
         AND directory_plan.state = 'working') \
         OR EXISTS (SELECT 1 FROM directory WHERE directory.organization_id = held.organization_id \
         AND directory.phase IS NOT NULL))) ORDER BY held.expires_at LIMIT $2"
    );
    let unused: Vec<Stored> = hub.db().sql(TEXT).bind(hub.now()).bind(AT_ONCE).all(hub.db()).await?;
    for stored in unused {
        if let Err(error) = end(&hub, &stored).await {
            tracing::info!(?error, site = stored.site, "a session could not be ended; it is tried again");
        }
    }
    Ok(())
}

async fn end(hub: &Hub, stored: &Stored) -> Result<()> {
    let is_over = stored.expires_at <= hub.now();
    if !is_over && let Some(ticket) = stored.open(hub).await? {
        match gate::end_session(hub, stored.organization_id, &stored.site, &ticket).await {
            Err(error) if is_worth_another_try(&error) => return Err(error.explain(hub)),
            Err(error) => tracing::warn!(?error, site = stored.site, "a session could not be ended"),
            Ok(()) => {}
        }
    }
    hub.db()
        .sql(
            "DELETE FROM session_ticket WHERE organization_id = $1 AND id = $2 AND COALESCE(ticket, '') = $3 \
             AND (making_until IS NULL OR making_until < $4)",
        )
        .bind(stored.organization_id)
        .bind(stored.id.clone())
        .bind(stored.ticket.clone().unwrap_or_default())
        .bind(hub.now())
        .execute(hub.db())
        .await?;
    Ok(())
}

fn is_worth_another_try(error: &CallError) -> bool {
    match error {
        CallError::Own(_) => true,
        CallError::Provider(error) => matches!(error.kind, ApiKind::Passing { .. }),
    }
}
