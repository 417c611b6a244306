//! Rows of runs: what is open, and how a row's state changes. A row counts its attempts; whoever works on it names the
//! attempt, so that nobody decides on an old picture.

use std::time::Duration;

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId, json_column, record};
use serde::{Deserialize, Serialize};

use super::model::{Run, RunId, RunRow, RunRowState};
use crate::{
    plan::{Change, Field, RowKind},
    planning::StoredChanges,
};

/// What was there before the first request of a row changed something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    /// What shall be changed: from what was found to what was planned. Also attendances that were not planned but go or
    /// come with licences; these have the same on both sides.
    pub(super) found: Vec<Change>,
    /// Sites that did not know the person yet.
    pub(super) absent: Vec<String>,
    /// Nobody had the address, and a creation was sent. Whoever has it now was created by this row if the row knows their
    /// id, or else if `posted` fits.
    pub(super) created: bool,
    /// When a creation was sent first and last.
    pub(super) posted: Option<(Instant, Instant)>,
    /// The licences, where a change by the XML API may take or bring some.
    pub(super) held: Option<Vec<String>>,
    /// How often in a row a change was forbidden.
    pub(super) denied: u8,
}

json_column!(Before);

/// Clocks differ by less.
const SKEW: Duration = Duration::from_secs(2 * 60);
/// What was sent is carried out within this time, or never.
const CARRIED_OUT: Duration = Duration::from_secs(5 * 60);

impl Before {
    /// Whether somebody who came to be then may be whom this row has created without having heard of it.
    pub(super) fn may_have_created(&self, at: Option<Instant>) -> bool {
        let (Some((first, last)), Some(at)) = (self.posted, at) else { return false };
        self.created && at >= first.before(SKEW) && at <= last.after(CARRIED_OUT)
    }

    pub(super) fn of(&self, field: &Field) -> Option<&Change> {
        self.found.iter().find(|change| change.field == *field)
    }
}

record! {
    /// A row to be worked on.
    #[derive(Clone, Debug)]
    pub(super) struct Part {
        number: i64,
        person_id: Option<String>,
        email: String,
        kind: RowKind,
        changes: StoredChanges,
        before: Option<Before>,
        attempts: i64,
        /// Attempts in a row that passing trouble ended.
        failures: i64,
    }
}

/// Every column of [`Run`], for SELECT.
macro_rules! columns {
    () => {
        "organization_id, id, plan_id, state, reason, started_by, undo_plan, created_at, working_since, worked, \
         ended_at, working_until, waits_until, failures, total, requests, refused"
    };
}
pub(super) use columns;

pub(super) async fn find(hub: &Hub, organization: OrganizationId, id: RunId) -> Result<Option<Run>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM directory_run WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(TEXT).bind(organization).bind(id).maybe(hub.db()).await?)
}

/// The same inside a transaction, so that what is decided by it still holds when it is written.
pub(super) async fn find_in(tx: &mut Tx, organization: OrganizationId, id: RunId) -> Result<Option<Run>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM directory_run WHERE organization_id = $1 AND id = $2");
    Ok(tx.sql(TEXT).bind(organization).bind(id).maybe(&mut *tx).await?)
}

/// Rows of this state that may be worked on now, those after a number; only those that take something away, or none of
/// them, where that is asked for.
pub(super) async fn due(
    hub: &Hub,
    run: &Run,
    (state, loses): (RunRowState, Option<bool>),
    after: i64,
    limit: i64,
) -> Result<Vec<Part>> {
    let text = "SELECT r.number, COALESCE(r.person_id, p.person_id) AS person_id, p.email, p.kind, p.changes, r.before, \
                r.attempts, r.failures FROM directory_run_row r JOIN directory_plan_row p \
                ON p.organization_id = r.organization_id AND p.plan_id = $3 AND p.number = r.number \
                WHERE r.organization_id = $1 AND r.run_id = $2 AND r.state = $4 AND r.number > $5 \
                AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= $6) \
                AND (CAST($8 AS BOOLEAN) IS NULL OR p.loses = $8) ORDER BY r.number LIMIT $7";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(run.plan_id);
    let rows =
        statement.bind(state).bind(after).bind(hub.now()).bind(limit).bind(loses).all(hub.db()).await?;
    Ok(rows)
}

/// Rows that are not at their end, whenever they may be worked on.
pub(super) async fn unfinished(tx: &mut Tx, run: &Run, limit: i64) -> Result<Vec<Part>> {
    let text = "SELECT r.number, COALESCE(r.person_id, p.person_id) AS person_id, p.email, p.kind, p.changes, r.before, \
                r.attempts, r.failures FROM directory_run_row r JOIN directory_plan_row p \
                ON p.organization_id = r.organization_id AND p.plan_id = $3 AND p.number = r.number \
                WHERE r.organization_id = $1 AND r.run_id = $2 AND r.state IN ('open', 'begun', 'waiting') \
                ORDER BY r.number LIMIT $4";
    let statement = tx.sql(text).bind(run.organization_id).bind(run.id).bind(run.plan_id);
    Ok(statement.bind(limit).all(&mut *tx).await?)
}

/// How many rows are not at their end, and when the first of them may be worked on; none for "at once".
pub(super) async fn remaining(tx: &mut Tx, now: Instant, run: &Run) -> Result<(i64, Option<Instant>)> {
    let text = "SELECT COUNT(*), MIN(COALESCE(next_attempt_at, 0)) FROM directory_run_row \
                WHERE organization_id = $1 AND run_id = $2 AND state IN ('open', 'begun', 'waiting')";
    let found: (i64, Option<Instant>) =
        tx.sql(text).bind(run.organization_id).bind(run.id).one(&mut *tx).await?;
    Ok((found.0, found.1.filter(|at| *at > now)))
}

/// Writes down what is there before the first change is sent; false when the row is somebody else's by now, or its run
/// was paused or stopped.
pub(super) async fn begin(hub: &Hub, run: &Run, part: &Part, before: &Before) -> Result<bool> {
    let text = "UPDATE directory_run_row SET state = 'begun', before = $5, attempts = attempts + 1 \
                WHERE organization_id = $1 AND run_id = $2 AND number = $3 AND attempts = $4 \
                AND state IN ('open', 'begun', 'waiting') AND EXISTS (SELECT 1 FROM directory_run n \
                WHERE n.organization_id = $1 AND n.id = $2 AND n.state = 'running')";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(part.number);
    let begun = statement.bind(part.attempts).bind(before.clone()).execute(hub.db()).await?;
    Ok(begun == 1)
}

/// Writes down more of what is there, of a row that is begun.
pub(super) async fn note(hub: &Hub, run: &Run, part: &Part, before: &Before) -> Result<()> {
    let text = "UPDATE directory_run_row SET before = $5 \
                WHERE organization_id = $1 AND run_id = $2 AND number = $3 AND attempts = $4";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(part.number);
    statement.bind(part.attempts).bind(before.clone()).execute(hub.db()).await?;
    Ok(())
}

/// Remembers whom a row has created.
pub(super) async fn created(hub: &Hub, run: &Run, number: i64, person: &str) -> Result<()> {
    let text = "UPDATE directory_run_row SET person_id = $4 \
                WHERE organization_id = $1 AND run_id = $2 AND number = $3";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(number);
    statement.bind(person.to_owned()).execute(hub.db()).await?;
    Ok(())
}

/// Has a row tried again then.
pub(super) async fn wait(hub: &Hub, run: &Run, part: &Part, until: Instant, say: &str) -> Result<()> {
    let text = "UPDATE directory_run_row SET state = 'waiting', failures = failures + 1, next_attempt_at = $5, \
                problem = $6 WHERE organization_id = $1 AND run_id = $2 AND number = $3 AND attempts = $4 \
                AND state IN ('open', 'begun', 'waiting')";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(part.number);
    statement.bind(part.attempts).bind(until).bind(say.to_owned()).execute(hub.db()).await?;
    Ok(())
}

/// Has a row whose change was forbidden tried again then; it counts as begun, so that it is the first when the run is
/// resumed.
pub(super) async fn deny(hub: &Hub, run: &Run, part: &Part, until: Instant, say: &str) -> Result<()> {
    let text = "UPDATE directory_run_row SET state = 'begun', failures = failures + 1, next_attempt_at = $5, problem = $6 \
                WHERE organization_id = $1 AND run_id = $2 AND number = $3 AND attempts = $4 \
                AND state IN ('open', 'begun', 'waiting')";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(part.number);
    statement.bind(part.attempts).bind(until).bind(say.to_owned()).execute(hub.db()).await?;
    Ok(())
}

/// How a row ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) state: RunRowState,
    pub(super) done: Vec<Change>,
    pub(super) problem: Option<String>,
    pub(super) person_id: Option<String>,
}

/// Writes down how a row ended; answers what earlier attempts had ended with, or nothing when the row is somebody else's by
/// now, or its run was stopped before it was begun.
pub(super) async fn end(
    hub: &Hub,
    tx: &mut Tx,
    run: &Run,
    part: &Part,
    ended: &Ended,
) -> Result<Option<Vec<Change>>> {
    let text = hub.db().pick(
        "SELECT done FROM directory_run_row WHERE organization_id = $1 AND run_id = $2 AND number = $3",
        "SELECT done FROM directory_run_row WHERE organization_id = $1 AND run_id = $2 AND number = $3 FOR UPDATE",
    );
    let statement = tx.sql(text).bind(run.organization_id).bind(run.id).bind(part.number);
    let earlier: Option<(StoredChanges,)> = statement.maybe(&mut *tx).await?;
    // A failed look does not undo what an earlier attempt had found out.
    let text = "UPDATE directory_run_row SET state = $5, done = CASE WHEN $5 = 'failed' AND $6 = '[]' THEN done ELSE $6 END, \
                problem = $7, person_id = COALESCE($8, person_id), \
                ended_at = $9, next_attempt_at = NULL WHERE organization_id = $1 AND run_id = $2 AND number = $3 \
                AND attempts = $4 AND state IN ('open', 'begun', 'waiting')";
    let statement = tx.sql(text).bind(run.organization_id).bind(run.id).bind(part.number).bind(part.attempts);
    let statement = statement.bind(ended.state).bind(StoredChanges(ended.done.clone()));
    let statement = statement.bind(ended.problem.clone()).bind(ended.person_id.clone()).bind(hub.now());
    let is_ours = statement.execute(&mut *tx).await? == 1;
    Ok(earlier.filter(|_| is_ours).map(|(earlier,)| earlier.0))
}

/// The start of every SELECT of [`RunRow`]; WHERE follows. $1 is the organization, $2 the run.
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "SELECT r.number, p.file_row, COALESCE(r.person_id, p.person_id) AS person_id, p.email, p.name, r.state, \
             p.changes, r.done, r.problem, r.attempts, r.next_attempt_at, r.ended_at FROM directory_run n \
             JOIN directory_run_row r ON r.organization_id = n.organization_id AND r.run_id = n.id \
             JOIN directory_plan_row p ON p.organization_id = n.organization_id AND p.plan_id = n.plan_id \
             AND p.number = r.number WHERE n.organization_id = $1 AND n.id = $2 ",
            $rest
        )
    };
}

/// Rows in their order, those after a number.
pub(super) async fn rows(
    hub: &Hub,
    organization: OrganizationId,
    id: RunId,
    state: Option<RunRowState>,
    (after, limit): (i64, i64),
) -> Result<Vec<RunRow>> {
    const TEXT: &str = rows!(
        "AND r.run_id = $2 AND r.number > $3 AND (CAST($4 AS TEXT) IS NULL OR r.state = $4) \
         ORDER BY r.number LIMIT $5"
    );
    let statement = hub.db().sql(TEXT).bind(organization).bind(id).bind(after);
    Ok(statement.bind(state).bind(limit).all(hub.db()).await?)
}

/// The rows that ended last.
pub(super) async fn latest(
    hub: &Hub,
    organization: OrganizationId,
    id: RunId,
    limit: i64,
) -> Result<Vec<RunRow>> {
    const TEXT: &str = rows!(
        "AND r.run_id = $2 AND r.ended_at IS NOT NULL ORDER BY r.ended_at DESC, r.number DESC LIMIT $3"
    );
    Ok(hub.db().sql(TEXT).bind(organization).bind(id).bind(limit).all(hub.db()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_came_to_be_while_a_creation_was_under_way_is_ours() {
        let at = |minutes: i64| Instant::from_micros(minutes * 60_000_000);
        let sent = Before { created: true, posted: Some((at(60), at(70))), ..Before::default() };
        for (minutes, ours) in [(10, false), (57, false), (59, true), (70, true), (74, true), (76, false)] {
            assert_eq!(sent.may_have_created(Some(at(minutes))), ours, "{minutes}");
        }
        assert!(!sent.may_have_created(None));
        assert!(!Before { posted: None, ..sent.clone() }.may_have_created(Some(at(61))));
        assert!(!Before { created: false, ..sent }.may_have_created(Some(at(61))));
    }
}
