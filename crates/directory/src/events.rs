//! A run while it is under way, as server-sent events: the same stream for pages and for programs, each with its own
//! words. The database is asked for each watcher, because another server may be the one that works on the run.

use std::{
    convert::Infallible,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use http::{HeaderName, HeaderValue};
use platform::{Fault, Hub, Result, error::later, id::OrganizationId};

use crate::runs::{self, Run, RunId};

/// So many are told of changes by this process; others ask now and then.
const MOST_WATCHERS: usize = 50;
const PAUSE: Duration = Duration::from_secs(1);
/// After so many looks one has to ask anew, so that nobody watches for long whose session has ended or whose key was
/// withdrawn.
const MOST_LOOKS: u32 = 600;
/// When to ask again where there is no place.
const LATER: Duration = Duration::from_secs(10);

/// Sends what `tell` says of the run whenever that changes, until the run is over or one has to ask anew.
///
/// # Errors
/// `Later` when as many as this process tells of changes watch already.
pub(crate) fn watch<T, F>(hub: &Hub, run: &Run, tell: T) -> Result<Response>
where
    T: Fn(Hub, Run) -> F + Send + 'static,
    F: Future<Output = Result<String>> + Send + 'static,
{
    let Some(seat) = Seat::take(hub) else {
        let say = "Many watch runs just now. Ask for the run itself every few seconds instead.";
        return Err(later(hub.now().after(LATER), say));
    };
    let key = (run.organization_id, run.id);
    let watch =
        Watch { hub: hub.clone(), key, tell, told: String::new(), looks: 0, is_over: false, _seat: seat };
    let mut response =
        Sse::new(stream::unfold(watch, Watch::next)).keep_alive(KeepAlive::default()).into_response();
    // Proxies that gather what they pass on would hold events back (nginx: "X-Accel-Buffering").
    let buffering = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, HeaderValue::from_static("no"));
    Ok(response)
}

/// How many are told of changes.
#[derive(Default)]
struct Watchers(AtomicUsize);

/// One of their places; it is free again when the connection ends.
struct Seat(Arc<Watchers>);

impl Seat {
    fn take(hub: &Hub) -> Option<Self> {
        let watchers = hub.memory::<Watchers>();
        let more = |taken: usize| (taken < MOST_WATCHERS).then_some(taken + 1);
        watchers.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(watchers))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Somebody who watches a run.
struct Watch<T> {
    hub: Hub,
    key: (OrganizationId, RunId),
    tell: T,
    /// What was told last.
    told: String,
    looks: u32,
    is_over: bool,
    _seat: Seat,
}

impl<T, F> Watch<T>
where
    T: Fn(Hub, Run) -> F,
    F: Future<Output = Result<String>>,
{
    /// The next event; none when the run is over, the server stops, or it is time to ask anew.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while !self.is_over && self.looks < MOST_LOOKS {
            if self.looks > 0 {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = self.hub.stop().cancelled() => return None,
                }
            }
            self.looks += 1;
            match self.look().await {
                Ok(now) if now == self.told => {}
                Ok(now) => {
                    let event = Event::default().data(&now);
                    self.told = now;
                    return Some((Ok(event), self));
                }
                Err(error) if error.fault == Fault::NotFound => return None,
                // The database is away for a moment; what was told stays true enough.
                Err(error) => tracing::debug!(?error, "a run could not be told"),
            }
        }
        None
    }

    async fn look(&mut self) -> Result<String> {
        let (organization, id) = self.key;
        let run = runs::get(&self.hub, organization, id).await?;
        // A stopped run is over only when the rows that were begun have been looked at once more.
        let is_over = run.ended_at.is_some();
        let told = (self.tell)(self.hub.clone(), run).await?;
        self.is_over = is_over;
        Ok(told)
    }
}
