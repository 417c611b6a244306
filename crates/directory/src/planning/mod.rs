//! Plans as they are kept: asked for by a file, by people picked in the page, by rules or by a program; worked out in the
//! background from what is there; stored, named, looked at, approved, and left unapplied or not.

mod model;

use std::collections::BTreeMap;

use platform::{Actor, Hub, Result, id::OrganizationId, jobs::Job};

pub(crate) use model::{
    Condition, Counts, NewPlan, Plan, PlanId, PlanRow, PlanState, Remark, RowFilter, Rule, RuleId, RuleSite,
    RuleWishes, Source, StoredChanges, words,
};

use crate::{
    plan::{Field, Setting, Wishes},
    runs::RunId,
};

/// Job: work a plan out.
pub(crate) const PLAN_JOB: &str = "directory.plan";

fn unbuilt<T>() -> Result<T> {
    Err(platform::bug("not built yet"))
}

/// Job handler of [`PLAN_JOB`].
pub(crate) async fn run(_hub: Hub, _job: Job) -> Result<()> {
    unbuilt()
}

/// Reads a list and asks for a plan of it. `bytes` is the file as it was sent.
///
/// # Errors
/// `Invalid` with one entry for each problem of the file (`field` names row and column); nothing is stored then.
pub(crate) async fn from_file(
    _hub: &Hub,
    _actor: &Actor,
    _new: NewPlan,
    _file_name: &str,
    _bytes: Vec<u8>,
) -> Result<PlanId> {
    unbuilt()
}

/// Asks for a plan of these rows, as a program or a page put them together.
pub(crate) async fn from_rows(
    _hub: &Hub,
    _actor: &Actor,
    _new: NewPlan,
    _source: Source,
    _rows: Vec<rosters::Row>,
) -> Result<PlanId> {
    unbuilt()
}

/// Asks for a plan of what is wanted in the provider's terms; for undo plans and for people picked by their ids.
/// `origin` is the run that it takes back.
pub(crate) async fn from_wishes(
    _hub: &Hub,
    _actor: &Actor,
    _new: NewPlan,
    _source: Source,
    _wishes: Vec<(Option<String>, Wishes)>,
    _origin: Option<RunId>,
) -> Result<PlanId> {
    unbuilt()
}

/// Asks for a plan of the standing rules.
pub(crate) async fn from_rules(_hub: &Hub, _actor: &Actor, _new: NewPlan) -> Result<PlanId> {
    unbuilt()
}

/// The standing rules in their order.
pub(crate) async fn rules(_hub: &Hub, _organization: OrganizationId) -> Result<Vec<Rule>> {
    unbuilt()
}

/// Replaces the standing rules; the names in them are checked against what the organization has.
pub(crate) async fn set_rules(_hub: &Hub, _actor: &Actor, _rules: Vec<Rule>) -> Result<()> {
    unbuilt()
}

/// Plans, newest first.
pub(crate) async fn list(
    _hub: &Hub,
    _organization: OrganizationId,
    _before: Option<PlanId>,
    _limit: i64,
) -> Result<Vec<Plan>> {
    unbuilt()
}

/// The plan, or a "not found" for the asker.
pub(crate) async fn get(_hub: &Hub, _organization: OrganizationId, _id: PlanId) -> Result<Plan> {
    unbuilt()
}

/// Rows of a plan in their order, those after `after`.
pub(crate) async fn rows(
    _hub: &Hub,
    _organization: OrganizationId,
    _id: PlanId,
    _filter: RowFilter,
    _after: i64,
    _limit: i64,
) -> Result<Vec<PlanRow>> {
    unbuilt()
}

/// Confirms that the losses of a plan over the threshold are meant.
pub(crate) async fn confirm(_hub: &Hub, _actor: &Actor, _id: PlanId) -> Result<()> {
    unbuilt()
}

/// Approves a plan of somebody else.
pub(crate) async fn approve(_hub: &Hub, _actor: &Actor, _id: PlanId) -> Result<()> {
    unbuilt()
}

/// Deletes a plan that was never applied.
pub(crate) async fn delete(_hub: &Hub, _actor: &Actor, _id: PlanId) -> Result<()> {
    unbuilt()
}

/// Whether a plan may be applied now, and in words why not.
///
/// # Errors
/// A conflict with what is missing: it is not ready, the losses are not confirmed, nobody has approved it, or it has
/// grown too old.
pub(crate) async fn may_apply(_hub: &Hub, _plan: &Plan) -> Result<()> {
    unbuilt()
}

/// The names of licences and session types by their ids, for showing changes.
pub(crate) async fn names(_hub: &Hub, _organization: OrganizationId) -> Result<BTreeMap<String, String>> {
    unbuilt()
}

/// A setting in words: ids become names.
pub(crate) fn shown(_field: &Field, _setting: &Setting, _names: &BTreeMap<String, String>) -> String {
    String::new()
}
