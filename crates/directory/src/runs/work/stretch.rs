//! A stretch of work: rows side by side, as many as the provider answers at once, until the time is over, nothing is left,
//! or something keeps it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use platform::{Error, Fault, Hub, Instant, Result, bug};
use tokio::task::{JoinError, JoinSet};

use super::{feed::Feed, lease::Lease};
use crate::{
    gate::{self, Api},
    planning::{Counts, Requests},
    runs::{
        record,
        row::{self, Attempted, Work},
        store::{self, Part},
        trouble::{self, Door, Trouble},
    },
};

/// How long one job works on a run. Shorter than a job's lease by what the slowest row usually takes.
const STRETCH: Duration = Duration::from_secs(60);
/// How often the lease is renewed, and looked whether somebody has paused the run.
const LOOK: Duration = Duration::from_secs(1);
/// So many rows in a row that passing trouble ended: the provider is away, not a person's record odd.
const AWAY: usize = 5;
/// So many rows in a row whose changes are forbidden at the same door: the administrator has lost a role, nobody's record
/// is odd.
const CLOSED: usize = 3;
const MOST_AT_ONCE: usize = 64;

/// How a stretch ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The time is over; there is more.
    Unfinished,
    /// No row can be worked on now.
    Through,
    /// Somebody paused or stopped it, or somebody else works on it.
    Held,
    /// A person must act.
    Hold(String),
    /// The provider is away.
    Away { say: String, until: Option<Instant> },
}

/// Works until the stretch ends. Rows under way are always let to their end.
pub(super) async fn go_on(work: Arc<Work>, lease: &mut Lease) -> Result<Ended> {
    let began = tokio::time::Instant::now();
    let mut feed = Feed::of(&work);
    let mut rows: JoinSet<Result<Came>> = JoinSet::new();
    let mut watch = Watch::default();
    let mut most = at_once(&work).await?;
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        while watch.goes_on() && !work.hub.stop().is_cancelled() && rows.len() < most {
            let Some(part) = feed.next(&work, rows.is_empty()).await? else { break };
            let work = work.clone();
            rows.spawn(one(work, part));
        }
        if rows.is_empty() {
            break;
        }
        tokio::select! {
            Some(came) = rows.join_next() => watch.note(came),
            _ = look.tick() => {
                let state = lease.renew(&work.hub, watch.takes_well()).await?;
                let is_over = began.elapsed() >= STRETCH || work.hub.stop().is_cancelled();
                watch.look(state == Some(work.run.state), is_over);
                most = at_once(&work).await?;
            }
        }
    }
    match watch.ended()? {
        // Whoever stops the server has sent away those who waited for the provider; it is not the provider that is away.
        Ended::Away { .. } | Ended::Through if work.hub.stop().is_cancelled() => Ok(Ended::Unfinished),
        ended => Ok(ended),
    }
}

/// What came of a row, for the run.
struct Came {
    how: How,
    /// Where changes were let through.
    through: BTreeSet<Door>,
    /// Whether something was taken to be forbidden for this person.
    gave_in: bool,
}

enum How {
    /// It ended, one way or the other.
    Well,
    /// It was not begun.
    Nothing,
    Hold(String),
    /// A change was forbidden.
    Denied {
        door: Door,
        say: String,
    },
    Passing {
        say: String,
        until: Option<Instant>,
    },
}

/// Works on one row and writes down what came of it.
async fn one(work: Arc<Work>, part: Part) -> Result<Came> {
    let work = work.as_ref();
    let failures = part.failures;
    let mut attempted = row::carry_out(work, part).await;
    let (through, gave_in) = (std::mem::take(&mut attempted.through), attempted.gave_in);
    let how = write_down(work, attempted, failures).await?;
    Ok(Came { how, through, gave_in })
}

async fn write_down(work: &Work, attempted: Attempted, failures: i64) -> Result<How> {
    let part = &attempted.part;
    let trouble = match attempted.result {
        Ok(Some(ended)) => {
            record::end(work, part, &ended, &attempted.now).await?;
            return Ok(How::Well);
        }
        Ok(None) => return Ok(How::Nothing),
        Err(trouble) => trouble,
    };
    tracing::debug!(run = %work.run.id, number = part.number, ?trouble, "a row has trouble");
    let at = trouble.next_attempt(&work.hub, failures);
    let is_last = trouble.is_last(failures);
    let say = match trouble {
        Trouble::Hold(say) => return Ok(How::Hold(say)),
        Trouble::Own(error) => return Err(error),
        Trouble::NotYet(say) => {
            store::wait(&work.hub, &work.run, part, at, &say).await?;
            return Ok(How::Well);
        }
        Trouble::Denied { door, say } => {
            store::deny(&work.hub, &work.run, part, at, &say).await?;
            return Ok(How::Denied { door, say });
        }
        Trouble::Passing { say, until } => {
            if is_last {
                record::give_up(work, part, &say, attempted.is_begun).await?;
            } else {
                store::wait(&work.hub, &work.run, part, at, &say).await?;
            }
            return Ok(How::Passing { say, until });
        }
        Trouble::Failed(say) => say,
        Trouble::Refused(error) | Trouble::Missing(error) | Trouble::Forbidden(error) => {
            trouble::words(&error)
        }
    };
    record::give_up(work, part, &say, attempted.is_begun).await?;
    Ok(How::Well)
}

/// How many rows may be worked on at once, whichever of the APIs that the plan needs each of them is at.
async fn at_once(work: &Work) -> Result<usize> {
    let (hub, organization) = (&work.hub, work.run.organization_id);
    let mut most = 0;
    for api in needed(hub, work).await? {
        most += gate::at_once(hub, organization, api).await;
    }
    Ok(most.clamp(2, MOST_AT_ONCE))
}

async fn needed(hub: &Hub, work: &Work) -> Result<Vec<Api>> {
    let text = "SELECT counts FROM directory_plan WHERE organization_id = $1 AND id = $2";
    let statement = hub.db().sql(text).bind(work.run.organization_id).bind(work.run.plan_id);
    let found: Option<(Counts,)> = statement.maybe(hub.db()).await?;
    let Requests { people: _, licences, meetings, xml } = found.unwrap_or_default().0.by_api;
    let others = [(Api::Licences, licences), (Api::Meetings, meetings), (Api::Xml, xml)];
    let others = others.into_iter().filter(|(_, requests)| *requests > 0).map(|(api, _)| api);
    Ok([Api::People].into_iter().chain(others).collect())
}

/// What happens to the stretch.
#[derive(Default)]
struct Watch {
    ends: Option<Ended>,
    /// Rows that passing trouble ended, since one came through.
    in_trouble: usize,
    /// Rows whose changes were forbidden, by where, since one was let through there.
    denied: HashMap<Door, usize>,
    /// Rows that were tried again fail one by one: somebody has resumed the run all the same.
    gave_in: bool,
    is_well: bool,
    broken: Option<Error>,
}

impl Watch {
    fn goes_on(&self) -> bool {
        self.ends.is_none() && self.broken.is_none()
    }

    /// Whether rows came through since this was asked last.
    fn takes_well(&mut self) -> bool {
        std::mem::take(&mut self.is_well)
    }

    fn note(&mut self, came: Result<Result<Came>, JoinError>) {
        match came {
            Ok(Ok(came)) => self.weigh(came),
            Ok(Err(error)) => self.broken = Some(error),
            Err(error) => self.broken = Some(bug("a row's task did not end").because(error)),
        }
    }

    fn weigh(&mut self, came: Came) {
        self.denied.retain(|door, _| !came.through.contains(door));
        self.gave_in |= came.gave_in;
        match came.how {
            How::Well => {
                self.in_trouble = 0;
                self.is_well = true;
            }
            How::Nothing => {}
            How::Hold(say) => self.ends = Some(Ended::Hold(say)),
            How::Denied { door, say } => self.deny(&door, &say),
            How::Passing { say, until } => {
                self.in_trouble += 1;
                if self.in_trouble >= AWAY && self.goes_on() {
                    self.ends = Some(Ended::Away { say, until });
                }
            }
        }
    }

    fn deny(&mut self, door: &Door, say: &str) {
        let rows = self.denied.entry(door.clone()).or_default();
        *rows += 1;
        if *rows >= CLOSED && !self.gave_in && !matches!(self.ends, Some(Ended::Hold(_))) {
            self.ends = Some(Ended::Hold(trouble::nobody_may(door, say)));
        }
    }

    /// Looks whether the run is still to be worked on by us.
    fn look(&mut self, is_ours: bool, is_over: bool) {
        if !is_ours && !matches!(self.ends, Some(Ended::Hold(_))) {
            self.ends = Some(Ended::Held);
        } else if is_over && self.goes_on() {
            self.ends = Some(Ended::Unfinished);
        }
    }

    fn ended(self) -> Result<Ended> {
        match (self.broken, self.ends) {
            (Some(error), _) if error.fault == Fault::Storage => Err(error),
            (_, Some(ended)) => Ok(ended),
            (Some(error), None) => Err(error),
            (None, None) => Ok(Ended::Through),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(how: How, through: &[Door]) -> Came {
        Came { how, through: through.iter().cloned().collect(), gave_in: false }
    }

    fn denied(door: &Door) -> Came {
        came(How::Denied { door: door.clone(), say: "Forbidden.".to_owned() }, &[])
    }

    #[test]
    fn one_refusal_after_the_other_holds_the_run_and_one_change_in_between_does_not() {
        let (people, site) = (Door::People, Door::Site("l.webex.com".to_owned()));
        let mut watch = Watch::default();
        for door in [&people, &people, &site, &site] {
            watch.weigh(denied(door));
        }
        watch.weigh(came(How::Well, std::slice::from_ref(&people)));
        watch.weigh(denied(&people));
        assert!(watch.goes_on(), "people were changed in between");
        watch.weigh(denied(&site));
        let Ok(Ended::Hold(say)) = watch.ended() else { panic!("it goes on") };
        assert!(say.contains("l.webex.com") && say.contains("Resume"), "{say}");
    }

    #[test]
    fn rows_that_were_resumed_in_vain_fail_one_by_one() {
        let mut watch = Watch::default();
        watch.weigh(Came { gave_in: true, ..came(How::Well, &[]) });
        for _ in 0..5 {
            watch.weigh(denied(&Door::Licences));
        }
        assert!(watch.goes_on());
    }
}
