//! A run while it is under way, as server-sent events: the run as `get_run` answers it, whenever that changes.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension,
    extract::{Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use platform::{Actor, Fault, Hub, Result, api::Problem, error::later, id::OrganizationId};

use super::{id, organization, run_body::RunBody, runs::body};
use crate::runs::{self, RunId, RunState};

const TAG: &str = "Directory runs";
/// So many programs are told at once; others ask again and again.
const MOST_WATCHERS: usize = 50;
const PAUSE: Duration = Duration::from_secs(1);
/// After so many looks a program has to ask anew, so that nobody watches for long whose key was withdrawn.
const MOST_LOOKS: u32 = 600;

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

/// Watches a run: an event with the run as `get_run` answers it, whenever it has changed, until it is done or stopped.
#[utoipa::path(get, path = "/api/v1/directory/runs/{id}/events", tag = TAG, operation_id = "watch_run",
    params(("id" = uuid::Uuid, Path, description = "the run's id")), security(("api_key" = ["directory:read"])),
    responses((status = 200, content_type = "text/event-stream", body = RunBody), (status = "4XX", body = Problem)))]
pub(super) async fn watch_run(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
) -> Result<Response> {
    let run = runs::get(&hub, organization(&actor)?, id(&run, "run")?).await?;
    let Some(seat) = Seat::take(&hub) else {
        let say = "Many programs watch runs just now. Ask for the run itself every few seconds instead.";
        return Err(later(hub.now().after(Duration::from_secs(10)), say));
    };
    let key = (run.organization_id, run.id);
    let watch = Watch { hub, key, told: None, looks: 0, _seat: seat };
    let events = stream::unfold(watch, Watch::next);
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies that gather what they pass on would hold events back (nginx: "X-Accel-Buffering").
    let buffering = http::HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, http::HeaderValue::from_static("no"));
    Ok(response)
}

/// Somebody who watches a run.
struct Watch {
    hub: Hub,
    key: (OrganizationId, RunId),
    /// What was told last.
    told: Option<RunBody>,
    looks: u32,
    _seat: Seat,
}

impl Watch {
    /// The next event; none when the run has ended, the server stops, or it is time to ask anew.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let is_over = |run: &RunBody| matches!(run.state, RunState::Done | RunState::Stopped);
        while self.looks < MOST_LOOKS && !self.told.as_ref().is_some_and(is_over) {
            if self.looks > 0 {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = self.hub.stop().cancelled() => return None,
                }
            }
            self.looks += 1;
            match self.look().await {
                Ok(run) if self.told.as_ref() == Some(&run) => {}
                Ok(run) => {
                    let event = Event::default().json_data(&run).unwrap_or_default();
                    self.told = Some(run);
                    return Some((Ok(event), self));
                }
                Err(error) if error.fault == Fault::NotFound => return None,
                // The database is away for a moment; what was told stays true enough.
                Err(error) => tracing::debug!(?error, "a run could not be told"),
            }
        }
        None
    }

    async fn look(&self) -> Result<RunBody> {
        let (organization, id) = self.key;
        body(&self.hub, runs::get(&self.hub, organization, id).await?).await
    }
}
