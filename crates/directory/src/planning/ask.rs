//! Asking for a plan: lists, rows and wishes are stored in the provider's terms, and a job works the difference out.

use std::sync::Arc;

use platform::{
    Actor, Error, Hub, Result,
    actor::Who,
    audit::{self, Act},
    db::Tx,
    error::{FieldError, invalid, invalid_field},
    id::{AccountId, OrganizationId},
    jobs::{self, NewJob},
};
use rosters::{Attribute, Column, Findings, Layout, List, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    PLAN_JOB,
    listed::{self, People, Rows},
    model::{
        Counts, Gathering, LONGEST_NAME, Licences, NewPlan, Plan, PlanId, PlanState, Remark, Remarks, Source,
    },
    store,
};
use crate::{
    plan::{self, Catalog, PlanRules, Stock},
    runs::RunId,
    settings, sites,
};

/// How many plans of one organization are worked out at a time.
const MOST_UNDER_WAY: i64 = 10;

/// What the job is handed.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) plan: PlanId,
}

/// What a plan is made of.
#[derive(Default)]
pub(super) struct Made {
    pub(super) file_name: Option<String>,
    pub(super) remarks: Vec<Remark>,
    pub(super) origin: Option<RunId>,
    pub(super) people: People,
    pub(super) gathering: Option<Gathering>,
}

pub(super) async fn from_file(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<PlanId> {
    let read = tokio::task::spawn_blocking(move || rosters::open(&bytes, None)).await;
    let read = read.map_err(|error| platform::bug("a list could not be read").because(error))?;
    let list = read.map_err(|problems| refused(&problems))?;
    let catalog = sites::catalog(hub, organization_of(actor)?).await?;
    let site = match list.layout() {
        Layout::Meetings => Some(site_of(&new, &catalog)?),
        Layout::ControlHub | Layout::Plain => None,
    };
    let file_name = file_name.chars().filter(|sign| !sign.is_control()).take(LONGEST_NAME).collect();
    let remarks = remarks(&list, &catalog);
    let people = People::Rows(Rows::Listed(Box::new(list), site), catalog);
    let made = Made { file_name: Some(file_name), remarks, people, ..Made::default() };
    store_plan(hub, actor, new, Source::File, made).await
}

pub(super) async fn from_rows(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    source: Source,
    mut rows: Vec<(Option<String>, rosters::Row)>,
) -> Result<PlanId> {
    let organization = organization_of(actor)?;
    listed::address(hub, organization, &mut rows).await?;
    let catalog = sites::catalog(hub, organization).await?;
    let people = People::Rows(Rows::Sent(rows), catalog);
    store_plan(hub, actor, new, source, Made { people, ..Made::default() }).await
}

/// The site that a meeting site's own list is about, which does not say so itself.
fn site_of(new: &NewPlan, catalog: &Catalog) -> Result<Arc<str>> {
    const WHICH: &str =
        "The list is about one meeting site and does not say which. Choose the site and send it again.";
    let name = new.site.as_deref().filter(|name| !name.trim().is_empty());
    match catalog.site(name) {
        Ok((site, _)) => Ok(site.into()),
        Err(_) if name.is_none() && catalog.sites.len() > 1 => Err(invalid_field("site", WHICH)),
        Err(unknown) => Err(invalid_field("site", unknown.why("meeting site", "organization"))),
    }
}

/// Every problem of a file with the place where it stands.
fn refused(problems: &Findings) -> Error {
    let mut fields: Vec<FieldError> = problems.kept().iter().map(field_error).collect();
    if problems.more() > 0 {
        let message = format!("… and {} more. Mend these first.", problems.more());
        fields.push(FieldError { field: "file".into(), message });
    }
    let mut error = invalid(fields);
    error.say = match problems.count() {
        1 => "The list was not taken, because something in it is wrong. Mend it and send the list again."
            .into(),
        count => format!(
            "The list was not taken: {count} things in it are wrong. Mend them and send the list again; nothing was \
             changed."
        ),
    };
    error
}

fn field_error(problem: &Problem) -> FieldError {
    let field = match (problem.row, &problem.column) {
        (Some(row), Some(column)) => format!("row {row}, {column}"),
        (Some(row), None) => format!("row {row}"),
        (None, Some(column)) => column.clone(),
        (None, None) => "file".into(),
    };
    FieldError { field, message: with_found(problem) }
}

fn with_found(problem: &Problem) -> String {
    if problem.found.is_empty() {
        problem.say.clone()
    } else {
        format!("{} Found: {}", problem.say, problem.found)
    }
}

fn remarks(list: &List, catalog: &Catalog) -> Vec<Remark> {
    let findings = list.remarks();
    let remark = |it: &Problem| Remark { row: it.row, column: it.column.clone(), say: with_found(it) };
    let mut remarks: Vec<Remark> = findings.kept().iter().map(remark).collect();
    if findings.more() > 0 {
        let say = format!("… and {} more remarks of this kind.", findings.more());
        remarks.push(Remark { row: None, column: None, say });
    }
    let titles: Vec<Arc<str>> = list.columns().filter_map(licence).cloned().collect();
    let has_locations = list.columns().any(|column| *column == Column::Attribute(Attribute::Location));
    let said = plan::remarks(list.layout(), has_locations, &titles, catalog);
    remarks.extend(said.into_iter().map(|say| Remark { row: None, column: None, say }));
    remarks
}

fn licence(column: &Column) -> Option<&Arc<str>> {
    if let Column::Licence(title) = column { Some(title) } else { None }
}

/// Stores what is wanted, and the job that works it out, in one transaction.
pub(super) async fn store_plan(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    source: Source,
    mut made: Made,
) -> Result<PlanId> {
    let organization = organization_of(actor)?;
    if made.gathering.is_none() {
        made.people.check()?;
    }
    let directory = settings::known(hub, organization).await?;
    if store::under_way(hub, organization).await? >= MOST_UNDER_WAY {
        return Err(platform::conflict(
            "Many plans are being worked out already. Wait until some of them are ready, then try again.",
        ));
    }
    let people = std::mem::take(&mut made.people);
    let plan = Plan {
        wished: i64::try_from(people.count()).unwrap_or(i64::MAX),
        licences: people.licences(),
        created_account: behind(hub, actor, organization).await?,
        ..blank(hub, actor, (new, source), made, &directory)?
    };
    let mut tx = hub.db().begin().await?;
    store::insert(&mut tx, &plan).await?;
    listed::write(&mut tx, (organization, plan.id), people).await?;
    enqueue(hub, &mut tx, organization, plan.id).await?;
    let source = plan.source.to_string();
    let details =
        json!({ "plan": plan.name, "source": source, "people": plan.wished, "file": plan.file_name });
    let act = Act { action: "plan.created", subject: "plan", subject_id: plan.id.to_string(), details };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(plan.id)
}

/// The person behind whoever asks: a key acts for the one who made it.
async fn behind(hub: &Hub, actor: &Actor, organization: OrganizationId) -> Result<Option<AccountId>> {
    match &actor.who {
        Who::Person(person) => Ok(Some(person.account)),
        Who::Key(key) => accounts::maker_of_key(hub, organization, key.id).await,
        Who::System(_) | Who::Anyone => Ok(None),
    }
}

/// Writes the job that works a plan out, or goes on with it.
pub(super) async fn enqueue(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    plan: PlanId,
) -> Result<()> {
    let job = NewJob {
        organization,
        kind: PLAN_JOB,
        dedupe: Some(plan.to_string()),
        payload: jobs::payload(&Payload { plan }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await
}

/// The plan before anything is worked out.
fn blank(
    hub: &Hub,
    actor: &Actor,
    (new, source): (NewPlan, Source),
    made: Made,
    directory: &settings::Directory,
) -> Result<Plan> {
    Ok(Plan {
        organization_id: directory.organization_id,
        id: PlanId::new(hub),
        name: name(hub, actor, &new, source, made.file_name.as_deref())?,
        source,
        file_name: made.file_name,
        remarks: Remarks(made.remarks),
        state: PlanState::Working,
        trouble: None,
        rules: PlanRules { create: new.create, synchronized: directory.rules.synchronized.clone() },
        created_by: in_words(actor),
        created_account: None,
        created_at: hub.now(),
        generation: directory.generation,
        wished: 0,
        licences: Licences::default(),
        planned: 0,
        working_until: None,
        failures: 0,
        gathering: made.gathering,
        provider_org: directory.provider_org.clone(),
        ready_at: None,
        counts: Counts::default(),
        stock: Stock::default(),
        most_losses: directory.most_losses,
        needs_approval: directory.needs_approval,
        confirmed_by: None,
        confirmed_at: None,
        approved_by: None,
        approved_at: None,
        origin_run: made.origin,
    })
}

fn name(hub: &Hub, actor: &Actor, new: &NewPlan, source: Source, file: Option<&str>) -> Result<String> {
    let name = new.name.trim();
    if source == Source::Undo {
        // Made of the name of another plan.
        return Ok(name.chars().take(LONGEST_NAME).collect());
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!("Write a name of at most {LONGEST_NAME} characters, in one line.");
        return Err(invalid_field("name", message));
    }
    if !name.is_empty() {
        return Ok(name.to_owned());
    }
    let what = match (source, file) {
        (_, Some(file)) if !file.is_empty() => file,
        (Source::File, _) => "List",
        (Source::People, _) => "Chosen people",
        (Source::Rules, _) => "Rules",
        (Source::Api, _) => "Program",
        (Source::Undo, _) => "Undo",
    };
    Ok(format!("{what}, {}", hub.now().in_zone(&actor.zone())))
}

pub(super) fn organization_of(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| platform::sign_in("Please sign in."))
}

/// Who it is, for people.
pub(crate) fn in_words(actor: &Actor) -> String {
    match &actor.who {
        Who::Person(person) => person.name.clone(),
        Who::Key(key) => format!("API key {}", key.name),
        Who::System(_) | Who::Anyone => "Switchboard".into(),
    }
}
