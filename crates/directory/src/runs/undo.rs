//! A run taken back: what its rows really changed becomes the wish of another plan, the other way round.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use platform::{Actor, Hub, Instant, Result, conflict, record};

use super::{
    apply::organization,
    model::{Run, RunId},
    report,
    store::Before,
};
use crate::{
    gate::Asker,
    plan::{Change, Field, Setting, Wishes},
    planning::{self, NewPlan, PlanId, PlanState, Source, StoredChanges},
    reading, settings,
};

const PAGE: i64 = 500;
/// An undo plan that is older can soon be applied no more: another one is made.
const FRESH: Duration = Duration::from_secs(6 * 86_400);
/// Of people who are read again before somebody is answered.
const MOST_UNREAD: i64 = 50;
const AT_ONCE: usize = 8;

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
    look_again(hub, &run).await?;
    let wishes = wishes(hub, &run).await?;
    if wishes.is_empty() {
        return Err(conflict("This run changed nothing, so there is nothing to take back."));
    }
    let name = planning::get(hub, organization, run.plan_id).await?.name;
    let new = NewPlan { name: format!("Undo: {name}"), ..NewPlan::default() };
    let plan = planning::from_wishes(hub, actor, new, Source::Undo, wishes, Some(id)).await?;
    let text = "UPDATE directory_run SET undo_plan = $3 WHERE organization_id = $1 AND id = $2";
    hub.db().sql(text).bind(organization).bind(id).bind(plan).execute(hub.db()).await?;
    Ok(plan)
}

/// The undo plan that was asked for before and can still be looked at and applied.
async fn standing(hub: &Hub, run: &Run) -> Result<Option<PlanId>> {
    Ok(match asked_for(hub, run).await? {
        Some(UndoPlan::Standing(plan)) => Some(plan),
        _ => None,
    })
}

/// The plan that was made last to take a run back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UndoPlan {
    /// It can be applied.
    Standing(PlanId),
    /// It was applied, is too old, or does not know what the run has done since: there can be another one.
    Past(PlanId),
}

/// The undo plan that was asked for before, unless it was deleted.
pub(crate) async fn asked_for(hub: &Hub, run: &Run) -> Result<Option<UndoPlan>> {
    let text = "SELECT id, state, created_at FROM directory_plan WHERE organization_id = $1 AND id = $2";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.undo_plan);
    let found: Option<(PlanId, PlanState, Instant)> = statement.maybe(hub.db()).await?;
    Ok(found.map(|(plan, state, made_at)| {
        let is_open = matches!(state, PlanState::Working | PlanState::Ready);
        let is_fresh =
            made_at >= hub.now().before(FRESH) && run.ended_at.is_some_and(|ended| made_at >= ended);
        if is_open && is_fresh { UndoPlan::Standing(plan) } else { UndoPlan::Past(plan) }
    }))
}

/// Reads those people again whose rows were given up without their having been read back: the plan compares with what was
/// read last, and that may be what was there before the run.
async fn look_again(hub: &Hub, run: &Run) -> Result<()> {
    let text = "SELECT COALESCE(r.person_id, p.person_id) AS person_id FROM directory_run_row r JOIN directory_plan_row p \
                ON p.organization_id = r.organization_id AND p.plan_id = $3 AND p.number = r.number \
                WHERE r.organization_id = $1 AND r.run_id = $2 AND r.state = 'failed' AND r.done = '[]' \
                AND r.before IS NOT NULL AND COALESCE(r.person_id, p.person_id) IS NOT NULL \
                AND NOT EXISTS (SELECT 1 FROM directory_person d WHERE d.organization_id = r.organization_id \
                AND d.id = COALESCE(r.person_id, p.person_id) AND d.read_at >= r.ended_at) LIMIT $4";
    let statement = hub.db().sql(text).bind(run.organization_id).bind(run.id).bind(run.plan_id);
    let unread: Vec<(String,)> = statement.bind(MOST_UNREAD + 1).all(hub.db()).await?;
    if i64::try_from(unread.len()).is_ok_and(|number| number > MOST_UNREAD) {
        return Err(conflict(
            "Many rows were given up without their people having been read back. Press “Read now” under Directory, wait \
             until everybody was read, then undo.",
        ));
    }
    if unread.is_empty() {
        return Ok(());
    }
    let connection = settings::administrator(hub, run.organization_id).await?.id;
    let asker = Asker { organization: run.organization_id, connection };
    // Collected, because a stream of futures made by a closure over borrowed ids is not known to be `Send`.
    let readings: Vec<_> = unread.iter().map(|(id,)| read(hub, asker, id)).collect();
    stream::iter(readings).buffer_unordered(AT_ONCE).try_collect().await
}

/// Whoever is gone stays as they were known: the plan finds that out by itself.
async fn read(hub: &Hub, asker: Asker, id: &str) -> Result<()> {
    match reading::person(hub, asker, id).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.explain(hub)),
    }
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
    if before.created && row.person_id.is_none() {
        // Whether this row has created anybody is not known; whoever has the address now may be somebody else's.
        return None;
    }
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
        let unknown = Carried { person_id: None, ..row(Before { created: true, ..Before::default() }) };
        assert!(wish(unknown).is_none(), "somebody else may have the address now");
        let (_, changed) = wish(row(Before::default())).unwrap();
        assert_eq!(changed.settings.len(), 3);
    }
}
