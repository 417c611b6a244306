//! The one way to the provider: requests leave at their turn, with a token or ticket that is valid, and what comes back
//! teaches the pace. One pace for each organization and API stands in the database, for every server; the queue for it
//! is each process's own.

mod departures;
mod driver;
mod lane;
mod outcome;
mod row;

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connections::{CallError, ConnectionId};
use oauth::{ApiError, ApiKind};
use pace::{Outcome, Rate};
use platform::{Error, Hub, id::OrganizationId};
use secrecy::SecretString;
use tokio::time::Instant;
use webex::{Organization, SessionTicket, XmlApi};

use crate::{planning::words, tickets};
use lane::{Lane, Turn};

/// For so long a request that was refused as one too many is sent again.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// What Webex takes of one API where nothing was learned yet: a guess, for estimates only.
const USUAL_PER_SECOND: u64 = 10;
/// More requests in the air at once than this are never worked on by one process.
const MOST_IN_FLIGHT: u32 = 64;
/// A commit of a database takes some milliseconds; so many requests leave meanwhile.
const BETWEEN: usize = 8;

/// What was read longer ago is read again before it is sent back: what others changed since would be lost.
const FRESH: Duration = Duration::from_secs(2);
/// Where little may leave, nothing is ever that fresh: it may be as old as so many requests take.
const FRESH_REQUESTS: u64 = 3;
/// But never older.
const LONGEST_FRESH: Duration = Duration::from_secs(64);
/// Each of so many tries may take twice as long as the one before.
const FRESH_TRIES: u32 = 6;

/// One of the provider's APIs; each has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    People,
    Licences,
    /// Admin Meeting Configuration.
    Meetings,
    Xml,
}

words!(Api { People => "people", Licences => "licences", Meetings => "meetings", Xml => "xml" });

/// What an answer, or the lack of one, means for the pace.
type Judge = fn(Option<&ApiError>) -> Outcome;

/// Who asks, and through which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
}

/// Sends one request at its turn, with a token that is valid now. An answer that says "too many" was not carried out, so
/// it is sent again at its turn, a bounded number of times; every other failure goes back to the caller.
pub(crate) async fn ask<T, F, W>(hub: &Hub, asker: Asker, api: Api, work: W) -> Result<T, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    ask_and_judge(hub, asker, api, outcome::of, work).await
}

/// The organizations that the asker administers. They are asked for with the requests for people, which shows whether
/// Webex is well again, but do not count among them: its limits are those of one API each.
pub(crate) async fn organizations(hub: &Hub, asker: Asker) -> Result<Vec<Organization>, CallError> {
    let webex = &connections::webex(hub)?;
    let work = |token: SecretString| async move { webex.organizations(&token).await };
    ask_beside(hub, asker, Api::People, work).await
}

/// The same as [`ask`] for a request that the provider may not count with those of the API.
pub(crate) async fn ask_beside<T, F, W>(hub: &Hub, asker: Asker, api: Api, work: W) -> Result<T, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    ask_and_judge(hub, asker, api, outcome::of_another_api, work).await
}

/// The same for a request that is made of what was read just before: it goes before all others that wait, and is not sent
/// when what it is made of is no longer fresh at its turn. Then there is nothing, and it has to be made anew.
pub(crate) async fn ask_while<T, F, W>(
    hub: &Hub,
    asker: Asker,
    api: Api,
    is_fresh: impl Fn() -> bool,
    work: W,
) -> Result<Option<T>, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let (lane, kept) = (&lane::of(hub, asker.organization, api), &Kept::default());
    let (is_fresh, work) = (&is_fresh, &work);
    let each = |token| async move {
        match lane.turn_while(hub, is_fresh).await.map_err(|error| kept.keep(error))? {
            Some(turn) => sent(turn, outcome::of, work(token)).await.map(Some),
            None => Ok(None),
        }
    };
    until_taken(hub, asker, kept, each).await
}

async fn ask_and_judge<T, F, W>(
    hub: &Hub,
    asker: Asker,
    api: Api,
    judge: Judge,
    work: W,
) -> Result<T, CallError>
where
    W: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let (lane, kept, work) = (&lane::of(hub, asker.organization, api), &Kept::default(), &work);
    let each = |token| async move { in_turn(hub, lane, kept, judge, || work(token)).await };
    until_taken(hub, asker, kept, each).await
}

/// Sends until Webex no longer says that it has had enough, but not for ever. A call makes one request or two, when the
/// first token is refused: each waits for a turn of its own.
async fn until_taken<T, F, E>(hub: &Hub, asker: Asker, kept: &Kept, each: E) -> Result<T, CallError>
where
    E: Fn(SecretString) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let began = Instant::now();
    loop {
        let asked = connections::call(hub, asker.organization, asker.connection, &each).await;
        match kept.or(asked) {
            Err(error) if is_throttled(&error) && began.elapsed() < PATIENCE => {}
            done => return done,
        }
    }
}

/// The same for a meeting site's XML API, with a session ticket. A ticket that the site refuses before its time is
/// replaced once; what it was refused for was not done.
pub(crate) async fn ask_site<T, F, W>(hub: &Hub, asker: Asker, site: &str, work: W) -> Result<T, CallError>
where
    W: Fn(XmlApi, SessionTicket) -> F,
    F: Future<Output = Result<T, ApiError>>,
{
    let lane = lane::of(hub, asker.organization, Api::Xml);
    let (began, kept) = (Instant::now(), Kept::default());
    let xml = connections::webex(hub)?.xml(site)?;
    let mut refused = false;
    loop {
        let ticket = tickets::hold(hub, asker, site).await?;
        let asked = in_turn(hub, &lane, &kept, outcome::of, || work(xml.clone(), ticket.clone())).await;
        match kept.or(asked.map_err(CallError::from)) {
            Err(CallError::Provider(error)) if webex::is_ticket_refused(&error) && !refused => {
                refused = true;
                tickets::distrust(hub, asker, site, &ticket).await?;
            }
            Err(error) if is_throttled(&error) && began.elapsed() < PATIENCE => {}
            done => return done,
        }
    }
}

/// Ends a session early; it needs no token.
pub(crate) async fn end_session(
    hub: &Hub,
    organization: OrganizationId,
    site: &str,
    ticket: &SessionTicket,
) -> Result<(), CallError> {
    let (lane, kept) = (lane::of(hub, organization, Api::Xml), Kept::default());
    let xml = connections::webex(hub)?.xml(site)?;
    let ended = in_turn(hub, &lane, &kept, outcome::of, || xml.revoke_ticket(ticket)).await;
    kept.or(ended.map_err(CallError::from))
}

/// Waits for a turn, sends, and reports what came back.
async fn in_turn<T, F>(
    hub: &Hub,
    lane: &Lane,
    kept: &Kept,
    judge: Judge,
    send: impl FnOnce() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let turn = lane.turn(hub).await.map_err(|error| kept.keep(error))?;
    sent(turn, judge, send()).await
}

async fn sent<T>(
    turn: Turn,
    judge: Judge,
    request: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let began = Instant::now();
    let answer = request.await;
    turn.answered(judge(answer.as_ref().err()), began.elapsed());
    answer
}

/// Why there was no turn: it has to pass through where only the provider's errors go.
#[derive(Default)]
struct Kept(Mutex<Option<Error>>);

impl Kept {
    fn keep(&self, error: Error) -> ApiError {
        let message = error.say.clone();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        ApiError {
            kind: ApiKind::Passing { retry_after: None },
            status: None,
            code: None,
            message,
            correlation: None,
        }
    }

    fn or<T>(&self, answer: Result<T, CallError>) -> Result<T, CallError> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error.into()),
            None => answer,
        }
    }
}

fn is_throttled(error: &CallError) -> bool {
    error.api().is_some_and(|error| matches!(outcome::of(Some(error)), Outcome::Throttled { .. }))
}

/// How old what is sent back may be, try after try.
pub(crate) fn freshness(hub: &Hub, organization: OrganizationId, api: Api) -> impl Iterator<Item = Duration> {
    let rate = lane::of(hub, organization, api).known().and_then(|known| known.rate);
    let needed = rate.map_or(0, |rate| rate.time_for(FRESH_REQUESTS).unsigned_abs());
    let first = FRESH.max(Duration::from_micros(needed));
    (0..FRESH_TRIES).map(move |tries| (first * 2_u32.pow(tries)).min(LONGEST_FRESH))
}

/// Why something that is to be sent back was always too old when its turn came.
pub(crate) fn never_fresh(hub: &Hub) -> Error {
    lane::busy_until(hub.now().after(FRESH))
}

/// How many requests may be in the air at once.
pub(crate) async fn in_flight(hub: &Hub, organization: OrganizationId, api: Api) -> usize {
    in_the_air(known(hub, organization, api).await)
}

/// How many may be worked on at once, so that one is ready whenever a request may leave: as many as may be in the air, and
/// those that meanwhile write down what came of the last one. Where little may leave, more would only wait in line.
pub(crate) async fn at_once(hub: &Hub, organization: OrganizationId, api: Api) -> usize {
    let known = known(hub, organization, api).await;
    let in_the_air = in_the_air(known);
    let rate = known.and_then(|known| known.rate);
    let in_a_second = rate.map_or(u64::MAX, |rate| rate.requests_in(1_000_000));
    in_the_air + usize::try_from(in_a_second).unwrap_or(usize::MAX).min(in_the_air + BETWEEN)
}

fn in_the_air(known: Option<row::Known>) -> usize {
    let many = known.map_or(4, |known| known.in_flight).clamp(1, MOST_IN_FLIGHT);
    usize::try_from(many).unwrap_or(1)
}

async fn known(hub: &Hub, organization: OrganizationId, api: Api) -> Option<row::Known> {
    if let Some(known) = lane::of(hub, organization, api).known() {
        return Some(known);
    }
    row::look(hub, (organization, api)).await.unwrap_or_else(|error| {
        tracing::warn!(?error, "the pace could not be read");
        None
    })
}

/// How many requests this process has sent for the organization since its start, and how many of them the provider
/// refused because they were too many.
pub(crate) fn counted(hub: &Hub, organization: OrganizationId) -> (i64, i64) {
    lane::all(hub, organization)
        .iter()
        .map(|lane| lane.counted())
        .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

/// Seconds that so many requests take at the learned pace, or at a usual one where none is learned. The APIs are asked
/// side by side, so the one that takes longest decides.
pub(crate) async fn seconds(
    hub: &Hub,
    organization: OrganizationId,
    requests: &[(Api, i64)],
) -> platform::Result<i64> {
    let mut longest = 0;
    for (api, count) in requests {
        let learned = row::look(hub, (organization, *api)).await?.and_then(|known| known.rate);
        longest = longest.max(seconds_at(learned, *count));
    }
    Ok(longest)
}

fn seconds_at(learned: Option<Rate>, requests: i64) -> i64 {
    let count = u64::try_from(requests).unwrap_or(0);
    match learned {
        Some(rate) => rate.time_for(count).max(0) / 1_000_000 + i64::from(count > 0),
        None => i64::try_from(count.div_ceil(USUAL_PER_SECOND)).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests;
