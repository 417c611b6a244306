//! A run taken back: what its rows really changed becomes the wish of another plan, the other way round.

use std::time::Duration;

use platform::{Actor, Hub, Result, conflict, record};

use super::{
    apply::organization,
    model::{Run, RunId},
    report,
    store::Before,
};
use crate::{
    plan::{Change, Field, Setting, Wishes},
    planning::{self, NewPlan, PlanId, PlanState, Source, StoredChanges},
};

const PAGE: i64 = 500;
/// An undo plan that is older can soon be applied no more: another one is made.
const FRESH: Duration = Duration::from_secs(6 * 86_400);
/// Of a plan.
const LONGEST_NAME: usize = 120;

record! {
    struct Carried {
        number: i64,
        person_id: Option<String>,
        email: String,
        file_row: Option<i64>,
        done: StoredChanges,
        before: Option<Before>,
    }
}

/// Asks for the plan that restores what was there before this run. People it created are not deleted: they may no longer
/// sign in, and lose the licences that it gave them.
pub(crate) async fn undo(hub: &Hub, actor: &Actor, id: RunId) -> Result<PlanId> {
    let organization = organization(actor)?;
    let run = report::get(hub, organization, id).await?;
    if run.ended_at.is_none() {
        return Err(conflict("The run is not over yet. Let it end or stop it; then it can be taken back."));
    }
    if let Some(plan) = standing(hub, &run).await? {
        return Ok(plan);
    }
    let wishes = wishes(hub, &run).await?;
    if wishes.is_empty() {
        return Err(conflict("This run changed nothing, so there is nothing to take back."));
    }
    let name = planning::get(hub, organization, run.plan_id).await?.name;
    let new =
        NewPlan { name: format!("Undo: {name}").chars().take(LONGEST_NAME).collect(), ..NewPlan::default() };
    let plan = planning::from_wishes(hub, actor, new, Source::Undo, wishes, Some(id)).await?;
    let text = "UPDATE directory_run SET undo_plan = $3 WHERE organization_id = $1 AND id = $2";
    hub.db().sql(text).bind(organization).bind(id).bind(plan).execute(hub.db()).await?;
    Ok(plan)
}

/// The undo plan that was asked for before and can still be looked at and applied.
async fn standing(hub: &Hub, run: &Run) -> Result<Option<PlanId>> {
    let text = "SELECT state FROM directory_plan WHERE organization_id = $1 AND id = $2 AND created_at >= $3";
    let since = run.ended_at.map(|ended| ended.max(hub.now().before(FRESH)));
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.undo_plan).bind(since);
    let found: Option<(PlanState,)> = statement.maybe(hub.db()).await?;
    Ok(run
        .undo_plan
        .filter(|_| found.is_some_and(|found| matches!(found.0, PlanState::Working | PlanState::Ready))))
}

async fn wishes(hub: &Hub, run: &Run) -> Result<Vec<(Option<String>, Wishes)>> {
    let text = "SELECT r.number, COALESCE(r.person_id, p.person_id) AS person_id, p.email, p.file_row, r.done, r.before \
                FROM directory_run_row r JOIN directory_plan_row p ON p.organization_id = r.organization_id \
                AND p.plan_id = $3 AND p.number = r.number WHERE r.organization_id = $1 AND r.run_id = $2 \
                AND r.number > $4 AND (r.done <> '[]' OR (r.state = 'failed' AND r.before IS NOT NULL)) ORDER BY r.number LIMIT $5";
    let mut wishes = Vec::new();
    let mut after = i64::MIN;
    loop {
        let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(run.plan_id);
        let page: Vec<Carried> = statement.bind(after).bind(PAGE).all(hub.db()).await?;
        let Some(last) = page.last() else { return Ok(wishes) };
        after = last.number;
        wishes.extend(page.into_iter().filter_map(wish));
    }
}

fn wish(row: Carried) -> Option<(Option<String>, Wishes)> {
    let before = row.before.unwrap_or_default();
    // Of a row that failed without having been read back it is not known what was done: whatever is not as it was before
    // goes back, and the plan leaves out the rest.
    let done = if row.done.0.is_empty() { before.found.clone() } else { row.done.0 };
    let settings: Vec<(Field, Setting)> =
        done.into_iter().filter(|change| can_go_back(change, &before)).map(|it| (it.field, it.now)).collect();
    let wishes = Wishes {
        row: row.file_row.and_then(|row| u32::try_from(row).ok()),
        email: row.email,
        settings,
        ..Wishes::default()
    };
    (!wishes.settings.is_empty()).then_some((row.person_id, wishes))
}

/// Accounts on sites go with the licences that made them; what a created person is called does no harm.
fn can_go_back(change: &Change, before: &Before) -> bool {
    let on_new_site = matches!(change.field, Field::SessionTypes { .. } | Field::TrackingCode { .. })
        && change.field.site().is_some_and(|site| before.absent.iter().any(|it| it == site));
    let is_possession =
        matches!(change.field, Field::SignIn | Field::Licence { .. } | Field::Attendee { .. });
    !on_new_site && (!before.created || is_possession)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_people_lose_what_they_were_given_and_keep_their_names() {
        let change = |field, now, then| Change { field, now, then };
        let (no, yes) = (Setting::Flag(false), Setting::Flag(true));
        let done = vec![
            change(Field::Title, Setting::Text(None), Setting::text("Librarian")),
            change(Field::Licence { id: "L".into() }, no.clone(), yes.clone()),
            change(Field::SignIn, no.clone(), yes),
        ];
        let row = |before| Carried {
            number: 1,
            person_id: Some("p".into()),
            email: "ada@l.example".into(),
            file_row: Some(2),
            done: StoredChanges(done.clone()),
            before: Some(before),
        };
        let (_, created) = wish(row(Before { created: true, ..Before::default() })).unwrap();
        assert_eq!(created.settings, [(Field::Licence { id: "L".into() }, no.clone()), (Field::SignIn, no)]);
        let (_, changed) = wish(row(Before::default())).unwrap();
        assert_eq!(changed.settings.len(), 3);
    }
}
