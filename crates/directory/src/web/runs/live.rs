//! A run while it is under way: the same piece of a page, asked for once or sent as it changes (server-sent events).

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use platform::{Actor, Error, Fault, Hub, Result, error::later, id::OrganizationId, web::Page};

use super::{
    run,
    view::{LiveView, names},
};
use crate::{
    runs::{self, RunId},
    web::changes::Names,
};

/// How many rows that ended last are shown.
pub(super) const LATEST: i64 = 15;
/// So many pages of this process are told of changes; others ask now and then.
const MOST_VIEWERS: usize = 50;
/// How often the database is asked for each viewer.
const PAUSE: Duration = Duration::from_secs(1);
/// After so many looks the browser has to ask anew, so that nobody looks on for long whose session has ended.
const MOST_LOOKS: u32 = 600;

#[derive(Template)]
#[template(path = "directory/live.html")]
struct LiveFragment {
    live: LiveView,
}

/// How the run stands now.
pub(super) async fn fragment(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse> {
    let run = run(&hub, &actor, &id).await?;
    let names = names(&hub, &run).await?;
    Ok(Page(LiveFragment { live: LiveView::of(&hub, run, LATEST, &names).await? }))
}

/// Sends how the run stands whenever that changes, until the run has ended.
pub(super) async fn events(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let run = run(&hub, &actor, &id).await?;
    let Some(seat) = Seat::take(&hub) else {
        let say = "Many people watch runs just now. The page asks for news now and then instead.";
        return Err(later(hub.now().after(Duration::from_secs(10)), say));
    };
    let names = names(&hub, &run).await?;
    let view = Viewing {
        key: (run.organization_id, run.id),
        hub,
        names,
        shown: String::new(),
        looks: 0,
        is_over: false,
        _seat: seat,
    };
    let events = stream::unfold(view, |view| async move {
        let (event, view) = view.next().await?;
        Some((Ok::<_, Infallible>(event), view))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies that gather what they pass on would hold events back (nginx: "X-Accel-Buffering").
    let buffering = http::HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, http::HeaderValue::from_static("no"));
    Ok(response)
}

/// How many are told of changes.
#[derive(Default)]
struct Viewers(AtomicUsize);

/// One of their places; it is free again when the page is closed.
struct Seat(Arc<Viewers>);

impl Seat {
    fn take(hub: &Hub) -> Option<Self> {
        let viewers = hub.memory::<Viewers>();
        let more = |taken: usize| (taken < MOST_VIEWERS).then_some(taken + 1);
        viewers.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(viewers))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Somebody who looks at a run.
struct Viewing {
    hub: Hub,
    key: (OrganizationId, RunId),
    names: Names,
    /// What was sent last.
    shown: String,
    looks: u32,
    is_over: bool,
    _seat: Seat,
}

impl Viewing {
    /// The next event; none when the run has ended, the server stops, or it is time to ask anew.
    async fn next(mut self) -> Option<(Event, Self)> {
        let stop = self.hub.stop().clone();
        while !self.is_over && self.looks < MOST_LOOKS {
            if self.looks > 0 {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.cancelled() => return None,
                }
            }
            self.looks += 1;
            match self.look().await {
                Ok(html) if html != self.shown => {
                    self.shown.clone_from(&html);
                    return Some((Event::default().data(html), self));
                }
                Ok(_) => {}
                Err(error) if error.fault == Fault::NotFound => return None,
                // The database is away for a moment; what was shown stays.
                Err(error) => tracing::debug!(?error, "a run could not be shown"),
            }
        }
        None
    }

    async fn look(&mut self) -> Result<String, Error> {
        let (organization, id) = self.key;
        let run = runs::get(&self.hub, organization, id).await?;
        let live = LiveView::of(&self.hub, run, LATEST, &self.names).await?;
        self.is_over = live.progress.is_over();
        let html = LiveFragment { live }.render();
        html.map_err(|error| platform::bug("a page's template failed").because(error))
    }
}
