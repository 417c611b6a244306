//! How a run stands and what it did: for pages, programs and as a file.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use platform::{Hub, Instant, Result, id::OrganizationId, not_found, record};

use super::{
    model::{Progress, Run, RunId, RunRow, RunRowState, RunState},
    store,
};
use crate::{
    plan::{Change, Field, words},
    planning::{self, PlanRow, RowFilter},
};

/// The rate is that of so much time.
const MINUTE: Duration = Duration::from_secs(60);
const PAGE: i64 = 500;

/// The run, or a "not found" for the asker.
pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: RunId) -> Result<Run> {
    store::find(hub, organization, id).await?.ok_or_else(|| not_found("run"))
}

/// Runs, newest first.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    before: Option<RunId>,
    limit: i64,
) -> Result<Vec<Run>> {
    const TEXT: &str = concat!(
        "SELECT ",
        store::columns!(),
        " FROM directory_run WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    );
    Ok(hub.db().sql(TEXT).bind(organization).bind(before).bind(limit).all(hub.db()).await?)
}

/// The run that is under way or paused.
pub(crate) async fn open(hub: &Hub, organization: OrganizationId) -> Result<Option<Run>> {
    const TEXT: &str = concat!(
        "SELECT ",
        store::columns!(),
        " FROM directory_run WHERE organization_id = $1 AND state IN ('running', 'paused') LIMIT 1"
    );
    Ok(hub.db().sql(TEXT).bind(organization).maybe(hub.db()).await?)
}

record! {
    struct Counted {
        state: RunRowState,
        rows: i64,
    }
}

/// How far a run is, counted now.
pub(crate) async fn progress(hub: &Hub, run: &Run) -> Result<Progress> {
    let now = hub.now();
    // Asked every second by everybody who looks on: an index has all that it counts.
    let text = "SELECT state, COUNT(*) AS rows FROM directory_run_row WHERE organization_id = $1 AND run_id = $2 \
                GROUP BY state";
    let counted: Vec<Counted> =
        hub.db().sql(text).bind(run.organization_id).bind(run.id).all(hub.db()).await?;
    let of = |state| counted.iter().filter(|it| it.state == state).map(|it| it.rows).sum::<i64>();
    let mut progress = Progress {
        total: run.total,
        done: of(RunRowState::Done),
        unchanged: of(RunRowState::Unchanged),
        failed: of(RunRowState::Failed),
        begun: of(RunRowState::Begun),
        waiting: of(RunRowState::Waiting),
        left: of(RunRowState::Left),
        requests: run.requests,
        refused: run.refused,
        ..Progress::default()
    };
    let ended = progress.done + progress.unchanged + progress.failed;
    let open = run.total - ended - progress.left;
    let since = run.working_since.map_or(Duration::ZERO, |since| now.since(since));
    let worked = Duration::from_micros(u64::try_from(run.worked).unwrap_or(0)) + since;
    let is_running = run.state == RunState::Running;
    let rate = if is_running && worked > MINUTE {
        (ended_since(hub, run, now.before(MINUTE)).await?, MINUTE)
    } else {
        (ended, worked)
    };
    progress.rows_per_minute = per_minute(rate.0, rate.1);
    if is_running && open > 0 && progress.rows_per_minute > 0.0 {
        let waits = run.waits_until.map_or(0.0, |until| until.since(now).as_secs_f64());
        progress.seconds_left = Some(seconds(float(open) / progress.rows_per_minute * 60.0 + waits));
    }
    Ok(progress)
}

async fn ended_since(hub: &Hub, run: &Run, since: Instant) -> Result<i64> {
    let text = "SELECT COUNT(*) FROM directory_run_row \
                WHERE organization_id = $1 AND run_id = $2 AND ended_at > $3";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(since);
    let (count,): (i64,) = statement.one(hub.db()).await?;
    Ok(count)
}

fn per_minute(rows: i64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds < 0.001 { 0.0 } else { float(rows) * 60.0 / seconds }
}

fn float(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap_or(i32::MAX))
}

/// Whole seconds, at least one.
fn seconds(seconds: f64) -> i64 {
    i64::try_from(Duration::try_from_secs_f64(seconds.max(1.0).ceil()).unwrap_or(Duration::MAX).as_secs())
        .unwrap_or(i64::MAX)
}

/// Rows of a run in their order, those after `after`; with what was planned for each.
pub(crate) async fn rows(
    hub: &Hub,
    organization: OrganizationId,
    id: RunId,
    state: Option<RunRowState>,
    after: i64,
    limit: i64,
) -> Result<Vec<RunRow>> {
    store::rows(hub, organization, id, state, (after, limit)).await
}

/// The rows that ended last, newest first.
pub(crate) async fn latest(
    hub: &Hub,
    organization: OrganizationId,
    id: RunId,
    limit: i64,
) -> Result<Vec<RunRow>> {
    store::latest(hub, organization, id, limit).await
}

/// The result of a run as a CSV file (UTF-8 with a byte order mark, so that spreadsheets read it), in pieces: the row of the
/// list, e-mail, name, result, what was changed, and the reason of a failure. What the plan had refused comes last.
pub(crate) async fn result_csv(
    hub: &Hub,
    organization: OrganizationId,
    id: RunId,
) -> Result<impl Stream<Item = Result<String>> + Send + 'static> {
    let run = get(hub, organization, id).await?;
    let names = planning::names(hub, organization).await?;
    let refused = refused_csv(hub.clone(), &run);
    let head = rosters::line(["Row", "Email", "Name", "Result", "Changes", "Reason"]);
    let begin = (hub.clone(), names, Some(i64::MIN), format!("\u{feff}{head}"));
    let tried = stream::try_unfold(begin, move |(hub, names, after, mut piece)| async move {
        let Some(after) = after else { return Ok(None) };
        let page = store::rows(&hub, organization, id, None, (after, PAGE)).await?;
        for row in &page {
            piece.push_str(&line(row, &names));
        }
        let next = page.last().map(|row| row.number);
        Ok((!piece.is_empty()).then_some((piece, (hub, names, next, String::new()))))
    });
    Ok(tried.chain(refused))
}

/// The same of what the run's plan had refused.
fn refused_csv(hub: Hub, run: &Run) -> impl Stream<Item = Result<String>> + Send + use<> {
    let (organization, plan) = (run.organization_id, run.plan_id);
    stream::try_unfold((hub, Some(i64::MIN)), move |(hub, after)| async move {
        let Some(after) = after else { return Ok(None) };
        let filter = RowFilter { refused: true, ..RowFilter::default() };
        let page = planning::rows(&hub, organization, plan, filter, after, PAGE).await?;
        let piece: String = page.iter().map(refused_line).collect();
        Ok(page.last().map(|row| (piece, (hub, Some(row.number)))))
    })
}

fn refused_line(row: &PlanRow) -> String {
    let why: Vec<String> = row.refused.0.iter().map(|it| format!("{}: {}", it.what, it.why)).collect();
    let number = row.file_row.unwrap_or(row.number).to_string();
    rosters::line([number.as_str(), &row.email, &row.name, "refused", "", &why.join("\n")])
}

type Names = std::collections::BTreeMap<String, String>;

fn line(row: &RunRow, names: &Names) -> String {
    let changes: Vec<String> = row.done.0.iter().map(|change| told(change, names)).collect();
    let number = row.file_row.unwrap_or(row.number).to_string();
    let (state, changes) = (row.state.to_string(), changes.join("\n"));
    let reason = row.problem.as_deref().unwrap_or_default();
    rosters::line([number.as_str(), &row.email, &row.name, &state, &changes, reason])
}

/// A change in words: what it was and what it is.
fn told(change: &Change, names: &Names) -> String {
    let shown = |setting| {
        let shown = planning::shown(&change.field, setting, names);
        if shown.is_empty() { setting.to_string() } else { shown }
    };
    let field = match &change.field {
        Field::Licence { id } => {
            names.get(id).map_or_else(|| words(&change.field), |name| format!("Licence {name}"))
        }
        field => words(field),
    };
    format!("{field}: {} → {}", shown(&change.now), shown(&change.then))
}
