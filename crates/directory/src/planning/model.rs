//! A stored plan, its rows, and what a new one needs.

use platform::{
    Instant,
    id::{AccountId, OrganizationId},
    ids, json_column, record,
};
use serde::{Deserialize, Serialize};

use crate::{
    plan::{Change, PlanRules, Refusal, RowKind, Stock},
    runs::RunId,
};

ids! {
    /// A plan.
    PlanId,
    /// A standing rule.
    RuleId,
}

/// Where a plan's wishes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A CSV file or spreadsheet.
    File,
    /// People picked and edited in the page.
    People,
    /// The standing rules.
    Rules,
    /// A program.
    Api,
    /// A run that is taken back.
    Undo,
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// It is being worked out.
    Working,
    /// It can be looked at and applied.
    Ready,
    /// It could not be worked out; `trouble` says why.
    Failed,
    /// A run carries it out or has done so.
    Applied,
}

/// How many characters the name of a plan can have, or of its file.
pub(crate) const LONGEST_NAME: usize = 120;

/// What is decided when a plan is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPlan {
    /// For people; made up from source and time where it is empty.
    pub name: String,
    /// Whether people who are not there are created.
    pub create: bool,
    /// The meeting site that a list means which names none: the layout of a meeting site has no place for it.
    pub site: Option<String>,
}

/// Something unusual in a file that was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Remark {
    pub row: Option<u32>,
    pub column: Option<String>,
    pub say: String,
}

/// Remarks of a file, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks(pub Vec<Remark>);

/// How many rows of each kind, what they cost, and what they take away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    pub create: i64,
    pub change: i64,
    pub unchanged: i64,
    pub refused: i64,
    /// Rows that also have a refused wish although the rest is planned.
    pub partly_refused: i64,
    /// Rows that take something away from somebody.
    pub losses: i64,
    /// People who would be signed out for good (sign-in switched off).
    pub deactivations: i64,
    /// Field changes by the kind of request: profile, licences, session types, tracking codes.
    pub profile: i64,
    pub licences: i64,
    pub session_types: i64,
    pub tracking_codes: i64,
    /// Requests that applying needs, reading before and after included.
    pub requests: i64,
    /// The same by the provider's APIs.
    #[serde(default)]
    pub by_api: Requests,
    /// Seconds that these take at the learned pace, or at the usual one where none is learned.
    pub seconds: i64,
}

/// Requests by the provider's APIs, each of which has a limit of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Requests {
    pub people: i64,
    pub licences: i64,
    /// Admin Meeting Configuration.
    pub meetings: i64,
    pub xml: i64,
}

/// How far the people are found whom standing rules are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// Everybody up to this id is looked at.
    pub after: String,
    /// The rules as they were when the plan was asked for.
    pub rules: Vec<Rule>,
}

/// The licences by whose places here a plan's wishes are stored: their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licences(pub Vec<String>);

/// Changes as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChanges(pub Vec<Change>);

/// Refusals as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRefusals(pub Vec<Refusal>);

json_column!(Remarks);
json_column!(Counts);
json_column!(Gathering);
json_column!(Licences);
json_column!(StoredChanges);
json_column!(StoredRefusals);

record! {
    /// A plan as stored.
    #[derive(Clone, Debug)]
    pub struct Plan {
        organization_id: OrganizationId,
        id: PlanId,
        name: String,
        source: Source,
        file_name: Option<String>,
        remarks: Remarks,
        state: PlanState,
        trouble: Option<String>,
        rules: PlanRules,
        /// Who asked for it, in words.
        created_by: String,
        /// The person behind that: also the one who made the key that asked.
        created_account: Option<AccountId>,
        created_at: Instant,
        /// The reading it was compared with.
        generation: i64,
        /// How many people it is about, as far as they are found.
        wished: i64,
        licences: Licences,
        /// How many of them are worked out.
        planned: i64,
        /// Somebody works it out until then.
        working_until: Option<Instant>,
        /// How often in a row it could not go on.
        failures: i64,
        /// Nothing once everybody is found whom it is about.
        gathering: Option<Gathering>,
        /// Webex's id of the organization that it is about.
        provider_org: Option<String>,
        ready_at: Option<Instant>,
        counts: Counts,
        stock: Stock,
        /// In percent: above, losses have to be confirmed.
        most_losses: i64,
        /// Whether a second administrator had to approve plans when it was made.
        needs_approval: bool,
        confirmed_by: Option<String>,
        confirmed_at: Option<Instant>,
        approved_by: Option<String>,
        approved_at: Option<Instant>,
        /// The run that this plan takes back.
        origin_run: Option<RunId>,
    }
}

record! {
    /// One person's part of a plan.
    #[derive(Clone, Debug)]
    pub struct PlanRow {
        organization_id: OrganizationId,
        plan_id: PlanId,
        number: i64,
        /// The row of the file, counted as a spreadsheet does.
        file_row: Option<i64>,
        /// Nothing for people who are to be created.
        person_id: Option<String>,
        email: String,
        name: String,
        kind: RowKind,
        /// Whether it takes something away.
        loses: bool,
        changes: StoredChanges,
        refused: StoredRefusals,
    }
}

/// Which rows of a plan are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFilter {
    pub kind: Option<RowKind>,
    /// Only rows with something refused.
    pub refused: bool,
    /// Only rows that are planned although something in them is refused.
    pub partly_refused: bool,
    /// Only rows that take something away.
    pub losses: bool,
    /// Part of an address or a name.
    pub search: Option<String>,
}

/// A standing rule: whoever fits shall have what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Absent in a new rule.
    pub id: Option<String>,
    pub when: Condition,
    pub then: RuleWishes,
}

/// Who fits a rule: everybody for whom all that is named holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Condition {
    /// Compared without case.
    pub department: Option<String>,
    /// Compared without case.
    pub title: Option<String>,
    /// The part of the address behind the @.
    pub email_domain: Option<String>,
    /// Name or id of a licence that the person has.
    pub licence: Option<String>,
}

impl Condition {
    /// Whether anything is asked of a person.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rule gives and takes; names as in lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleWishes {
    pub add_licences: Vec<String>,
    pub remove_licences: Vec<String>,
    pub sites: Vec<RuleSite>,
}

/// What a rule wants on a meeting site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSite {
    pub site: String,
    /// All session types the person shall have; absent: as they are.
    pub session_types: Option<Vec<String>>,
    /// Values by the code's name; an empty value clears.
    pub tracking_codes: std::collections::BTreeMap<String, String>,
}

macro_rules! words {
    ($name:ty { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(format!("unknown {} {text:?}", stringify!($name))) }
            }
        }
        platform::text_column!($name);
    };
}
pub(crate) use words;

words!(Source { File => "file", People => "people", Rules => "rules", Api => "api", Undo => "undo" });
words!(PlanState { Working => "working", Ready => "ready", Failed => "failed", Applied => "applied" });
words!(RowKind { Create => "create", Change => "change", Unchanged => "unchanged", Refused => "refused" });
