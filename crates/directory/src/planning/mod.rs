//! Plans as they are kept: asked for by a file, by people picked in the page, by rules or by a program; worked out in the
//! background from what is there; stored, named, looked at, approved, and left unapplied or not.

mod ask;
mod calling;
mod decide;
mod document;
mod estimate;
mod export;
mod listed;
mod memberships;
mod model;
mod page;
mod rules;
mod scarce;
mod shown;
mod store;
mod swap;
mod vain;
mod work;

use std::collections::BTreeMap;

use futures_util::stream::BoxStream;
use platform::{Actor, Hub, Result, id::OrganizationId, jobs::Job};
use rosters::Layout;

pub(crate) use ask::in_words;
pub use model::{
    Condition, Counts, NewPlan, Plan, PlanId, PlanRow, PlanState, Remark, Requests, RowFilter, Rule, RuleId,
    RuleSite, RuleWishes, Source, StoredChanges, StoredRefusals,
};
pub(crate) use model::{LONGEST_NAME, words};
pub(crate) use rules::MOST_RULES;

use crate::{
    people::PeopleFilter,
    plan::{Field, Setting, Wishes},
    runs::RunId,
};

/// Job: work a plan out.
pub(crate) const PLAN_JOB: &str = "directory.plan";

/// Job handler of [`PLAN_JOB`].
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    work::run(hub, job).await
}

/// Reads a list and asks for a plan of it. `bytes` is the file as it was sent.
///
/// # Errors
/// `Invalid` with one entry for each problem of the file (`field` names row and column); nothing is stored then.
pub async fn from_file(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<PlanId> {
    ask::from_file(hub, actor, new, file_name, bytes).await
}

/// Asks for a plan of these rows, as a program put them together; whoever has Webex's id with their row is found by it.
///
/// # Errors
/// `Invalid` when a row names nobody, or somebody who stands in another one too.
pub async fn from_rows(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    source: Source,
    rows: Vec<(Option<String>, rosters::Row)>,
) -> Result<PlanId> {
    ask::from_rows(hub, actor, new, source, rows).await
}

/// Asks for a plan of what is wanted in the provider's terms; for undo plans and for people picked by their ids.
/// `origin` is the run that it takes back.
pub async fn from_wishes(
    hub: &Hub,
    actor: &Actor,
    new: NewPlan,
    source: Source,
    wishes: Vec<(Option<String>, Wishes)>,
    origin: Option<RunId>,
) -> Result<PlanId> {
    let made = ask::Made { people: listed::People::Wished(wishes), origin, ..ask::Made::default() };
    ask::store_plan(hub, actor, new, source, made).await
}

/// Asks for a plan of the standing rules.
pub async fn from_rules(hub: &Hub, actor: &Actor, new: NewPlan) -> Result<PlanId> {
    rules::ask(hub, actor, new).await
}

/// The standing rules in their order.
pub async fn rules(hub: &Hub, organization: OrganizationId) -> Result<Vec<Rule>> {
    rules::list(hub, organization).await
}

/// Replaces the standing rules; the names in them are checked against what the organization has.
///
/// # Errors
/// `Invalid` with one entry for each name that means nothing.
pub async fn set_rules(hub: &Hub, actor: &Actor, rules: Vec<Rule>) -> Result<()> {
    rules::set(hub, actor, rules).await
}

/// Plans, newest first.
pub async fn list(
    hub: &Hub,
    organization: OrganizationId,
    before: Option<PlanId>,
    limit: i64,
) -> Result<Vec<Plan>> {
    store::list(hub, organization, before, limit).await
}

/// The plan, or a "not found" for the asker.
pub async fn get(hub: &Hub, organization: OrganizationId, id: PlanId) -> Result<Plan> {
    store::get(hub, organization, id).await
}

/// Rows of a plan in their order, those after `after`.
pub async fn rows(
    hub: &Hub,
    organization: OrganizationId,
    id: PlanId,
    filter: RowFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<PlanRow>> {
    store::rows(hub, (organization, id), filter, after, limit).await
}

/// Confirms that the losses of a plan over the threshold are meant.
pub async fn confirm(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    decide::confirm(hub, actor, id).await
}

/// Approves a plan of somebody else.
///
/// # Errors
/// Forbidden for its own maker, and for everybody but administrators who are signed in.
pub async fn approve(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    decide::approve(hub, actor, id).await
}

/// Deletes a plan that was never applied.
pub async fn delete(hub: &Hub, actor: &Actor, id: PlanId) -> Result<()> {
    decide::delete(hub, actor, id).await
}

/// Whether a plan may be applied now, and in words why not.
///
/// # Errors
/// A conflict with what is missing: it is not ready, the losses are not confirmed, nobody has approved it, or it has
/// grown too old.
pub async fn may_apply(hub: &Hub, plan: &Plan) -> Result<()> {
    decide::may_apply(hub, plan).await
}

/// The plan as a JSON document (its shape is described in `document`), in pieces.
pub async fn document(
    hub: &Hub,
    organization: OrganizationId,
    id: PlanId,
) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
    document::write(hub, organization, id).await
}

/// The plan that such a document was made from.
///
/// # Errors
/// `Invalid` when it is no such document.
pub fn id_of_document(document: &[u8]) -> Result<PlanId> {
    document::id_of(document)
}

/// People who fit the filter as a list in this layout, in pieces; that of a meeting site needs the site's name where
/// there are several.
pub async fn export(
    hub: &Hub,
    organization: OrganizationId,
    layout: (Layout, Option<&str>),
    filter: PeopleFilter,
) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
    export::people(hub, organization, layout, filter).await
}

/// The names of licences and session types by their ids, for showing changes.
pub async fn names(hub: &Hub, organization: OrganizationId) -> Result<BTreeMap<String, String>> {
    shown::names(hub, organization).await
}

/// A field in words, licences by their names.
pub fn titled(field: &Field, names: &BTreeMap<String, String>) -> String {
    shown::titled(field, names)
}

/// A setting in words: ids become names.
pub fn shown(field: &Field, setting: &Setting, names: &BTreeMap<String, String>) -> String {
    shown::shown(field, setting, names)
}
