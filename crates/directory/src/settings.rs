//! How an organization's directory stands: when it was read, through which connection, and what its administrators
//! decided about plans.

use connections::{Connection, ConnectionId, Provider, Purpose};
use platform::{
    Actor, Error, Fault, Hub, Instant, Result,
    audit::{self, Act},
    db::Tx,
    id::OrganizationId,
    record,
};
use serde_json::json;

use crate::plan::PlanRules;

/// Without another decision, a plan that takes something from more than so many percent of the people it is about waits
/// until somebody confirms that this is meant.
pub(crate) const USUAL_MOST_LOSSES: i64 = 10;
/// Who holds this may change people: the scope that tells an administrator's connection from others.
const ADMINISTRATORS: (Purpose, &str) = (Purpose::Directory, "spark-admin:people_write");

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
        /// The organization to which the connected administrator belongs instead, until somebody accepts it.
        other_org: Option<String>,
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
        "organization_id, connection_id, provider_org, provider_org_name, other_org, generation, read_at, people, phase, next_page, \
         found, started_at, reading_until, due_at, failures, trouble, trouble_since, rules, most_losses, \
         needs_approval"
    };
}

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

/// What an administrator decides about plans. The share of losses is in percent.
pub(crate) async fn set(
    hub: &Hub,
    actor: &Actor,
    rules: PlanRules,
    most_losses: i64,
    needs_approval: bool,
) -> Result<()> {
    let organization = actor
        .organization()
        .ok_or_else(|| platform::sign_in("Sign in to change the directory's settings."))?;
    if !(0..=100).contains(&most_losses) {
        return Err(platform::error::invalid_field(
            "most_losses",
            "Write a share between 0 and 100 percent.",
        ));
    }
    let before = find(hub, organization).await?;
    if before.as_ref().is_some_and(|it| it.needs_approval) && actor.person().is_none() {
        return Err(platform::forbidden(
            "Plans need a second administrator here, so only an administrator who is signed in can change this.",
        ));
    }
    let mut tx = hub.db().begin().await?;
    ensure(&mut tx, organization).await?;
    let told = |rules: &PlanRules, most_losses: i64, needs_approval: bool| {
        json!({
            "create": rules.create,
            "synchronized": rules.synchronized,
            "most_losses": most_losses,
            "needs_approval": needs_approval,
        })
    };
    let details = json!({
        "before": before.map(|it| told(&it.rules, it.most_losses, it.needs_approval)),
        "after": told(&rules, most_losses, needs_approval),
    });
    tx.sql(
        "UPDATE directory SET rules = $2, most_losses = $3, needs_approval = $4 WHERE organization_id = $1",
    )
    .bind(organization)
    .bind(rules)
    .bind(most_losses)
    .bind(needs_approval)
    .execute(&mut tx)
    .await?;
    let act = Act {
        action: "directory.settings_changed",
        subject: "directory",
        subject_id: organization.to_string(),
        details,
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes the organization's row, with the usual decisions, where there is none.
pub(crate) async fn ensure(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    tx.sql(
        "INSERT INTO directory (organization_id, generation, people, found, failures, rules, most_losses, needs_approval) \
         VALUES ($1, 0, 0, 0, 0, $2, $3, $4) ON CONFLICT (organization_id) DO NOTHING",
    )
    .bind(organization)
    .bind(PlanRules::default())
    .bind(USUAL_MOST_LOSSES)
    .bind(false)
    .execute(tx)
    .await?;
    Ok(())
}
