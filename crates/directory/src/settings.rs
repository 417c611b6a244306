//! How an organization's directory stands: when it was read, through which connection, and what its administrators
//! decided about plans.

use connections::{Connection, ConnectionId, Provider};
use platform::{Actor, Error, Fault, Hub, Instant, Result, id::OrganizationId, record};

use crate::plan::PlanRules;

/// Without another decision, a plan that takes something from more than so many percent of the people it is about waits
/// until somebody confirms that this is meant.
pub(crate) const USUAL_MOST_LOSSES: i64 = 10;
/// Who holds this may change people: the scope that tells an administrator's connection from others.
const ADMINISTRATORS: &str = "spark-admin:people_write";

record! {
    /// The directory as stored.
    #[derive(Clone, Debug)]
    pub(crate) struct Directory {
        organization_id: OrganizationId,
        /// Through which it was last read.
        connection_id: Option<ConnectionId>,
        /// Webex's id of the organization that was read, and its name.
        provider_org: Option<String>,
        provider_org_name: Option<String>,
        /// The last complete reading; 0 where there was none.
        generation: i64,
        read_at: Option<Instant>,
        /// How many people it found.
        people: i64,
        /// What a reading under way does (`people`, `licences`, `sites`); none while none is under way.
        phase: Option<String>,
        /// Where it goes on.
        next_page: Option<String>,
        /// How many people it has found so far.
        found: i64,
        started_at: Option<Instant>,
        /// Somebody reads until then.
        reading_until: Option<Instant>,
        /// When it is read next.
        due_at: Option<Instant>,
        /// Failed readings in a row.
        failures: i64,
        /// Why it cannot be read, in words.
        trouble: Option<String>,
        trouble_since: Option<Instant>,
        rules: PlanRules,
        /// In percent.
        most_losses: i64,
        /// Whether a second administrator has to approve a plan before it is applied.
        needs_approval: bool,
    }
}

/// Every column of [`Directory`], for SELECT.
macro_rules! columns {
    () => {
        "organization_id, connection_id, provider_org, provider_org_name, generation, read_at, people, phase, next_page, \
         found, started_at, reading_until, due_at, failures, trouble, trouble_since, rules, most_losses, needs_approval"
    };
}
pub(crate) use columns;

/// The organization's directory; nothing where it was never asked for.
pub(crate) async fn find(hub: &Hub, organization: OrganizationId) -> Result<Option<Directory>> {
    const TEXT: &str = concat!("SELECT ", columns!(), " FROM directory WHERE organization_id = $1");
    Ok(hub.db().sql(TEXT).bind(organization).maybe(hub.db()).await?)
}

/// The directory that was read to the end at least once.
///
/// # Errors
/// A conflict that says to read it first.
pub(crate) async fn known(hub: &Hub, organization: OrganizationId) -> Result<Directory> {
    find(hub, organization).await?.filter(|directory| directory.generation > 0).ok_or_else(|| {
        platform::conflict(
            "The organization has not been read yet. Open Directory and press “Read now”, then try again.",
        )
    })
}

/// The connection of an administrator through which people are read and changed.
///
/// # Errors
/// Says who has to connect what.
pub(crate) async fn administrator(hub: &Hub, organization: OrganizationId) -> Result<Connection> {
    let found = connections::with_scope(hub, organization, Provider::Webex, ADMINISTRATORS).await?;
    found.ok_or_else(|| {
        Error::new(
            Fault::AskPerson,
            "No Webex administrator is connected. A full administrator of the Webex organization has to connect an \
             integration with the purpose “Directory” under Connections.",
        )
    })
}

/// What an administrator decides about plans.
pub(crate) async fn set(
    _hub: &Hub,
    _actor: &Actor,
    _rules: PlanRules,
    _most_losses: i64,
    _needs_approval: bool,
) -> Result<()> {
    Err(platform::bug("not built yet"))
}
