//! Rows of a reading: who reads, how far they are, and what a complete one leaves.

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId};
use webex::License;

use super::LEASE;
use crate::{settings::Directory, sites};

/// Takes the organization for one reader; false while somebody else has it.
pub(super) async fn take(hub: &Hub, organization: OrganizationId) -> Result<bool> {
    let now = hub.now();
    let taken = hub
        .db()
        .sql(
            "UPDATE directory SET reading_until = $2 WHERE organization_id = $1 \
             AND (reading_until IS NULL OR reading_until < $3)",
        )
        .bind(organization)
        .bind(now.after(LEASE))
        .bind(now)
        .execute(hub.db())
        .await?;
    Ok(taken == 1)
}

/// Organizations whose reading is due and under nobody's hands.
pub(super) async fn due(hub: &Hub) -> Result<Vec<OrganizationId>> {
    let text = "SELECT organization_id FROM directory WHERE due_at <= $1 \
                AND (reading_until IS NULL OR reading_until < $1) ORDER BY due_at LIMIT 100";
    let found: Vec<(OrganizationId,)> = hub.db().sql(text).bind(hub.now()).all(hub.db()).await?;
    Ok(found.into_iter().map(|(organization,)| organization).collect())
}

/// It is due now. Answers the other organization that is accepted by this, if there was one.
pub(super) async fn ask_now(hub: &Hub, tx: &mut Tx, organization: OrganizationId) -> Result<Option<String>> {
    let text = "SELECT other_org FROM directory WHERE organization_id = $1";
    let (other,): (Option<String>,) = tx.sql(text).bind(organization).one(&mut *tx).await?;
    tx.sql(
        "UPDATE directory SET due_at = $2, failures = 0, provider_org = COALESCE(other_org, provider_org), \
         other_org = NULL WHERE organization_id = $1",
    )
    .bind(organization)
    .bind(hub.now())
    .execute(tx)
    .await?;
    Ok(other)
}

/// What a reading begins with.
pub(super) struct Beginning {
    pub(super) org: String,
    pub(super) org_name: Option<String>,
    pub(super) first_page: String,
}

/// Begins anew. Whoever an unfinished reading found before counts as of the last complete one, so that they go unless they
/// are found again. False when somebody else reads by now.
pub(super) async fn begin(hub: &Hub, directory: &Directory, beginning: &Beginning) -> Result<bool> {
    let mut tx = hub.db().begin().await?;
    let begun = tx
        .sql(
            "UPDATE directory SET phase = 'people', next_page = $3, found = 0, started_at = $4, connection_id = $5, \
             provider_org = $6, provider_org_name = $7 WHERE organization_id = $1 AND reading_until = $2",
        )
        .bind(directory.organization_id)
        .bind(directory.reading_until)
        .bind(beginning.first_page.clone())
        .bind(hub.now())
        .bind(directory.connection_id)
        .bind(beginning.org.clone())
        .bind(beginning.org_name.clone())
        .execute(&mut tx)
        .await?;
    for text in [
        "UPDATE directory_person SET generation = $2 WHERE organization_id = $1 AND generation > $2",
        "UPDATE directory_site SET generation = $2 WHERE organization_id = $1 AND generation > $2",
    ] {
        tx.sql(text).bind(directory.organization_id).bind(directory.generation).execute(&mut tx).await?;
    }
    if begun == 1 {
        tx.commit().await?;
    }
    Ok(begun == 1)
}

/// The phases of a reading, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    People,
    Licences,
    Sites,
}

impl Phase {
    pub(super) fn of(directory: &Directory) -> Option<Self> {
        match directory.phase.as_deref()? {
            "people" => Some(Self::People),
            "licences" => Some(Self::Licences),
            "sites" => Some(Self::Sites),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Licences => "licences",
            Self::Sites => "sites",
        }
    }
}

/// Where the reading goes on, and how many people more it has found. False when somebody else reads by now: then the step
/// is not to be committed.
pub(super) async fn go_on_at(
    tx: &mut Tx,
    directory: &Directory,
    phase: Phase,
    next: Option<&str>,
    found: usize,
) -> Result<bool> {
    let went_on = tx
        .sql(
            "UPDATE directory SET phase = $3, next_page = $4, found = found + $5 \
             WHERE organization_id = $1 AND reading_until = $2",
        )
        .bind(directory.organization_id)
        .bind(directory.reading_until)
        .bind(phase.as_str().to_owned())
        .bind(next.map(str::to_owned))
        .bind(i64::try_from(found).unwrap_or(i64::MAX))
        .execute(tx)
        .await?;
    Ok(went_on == 1)
}

/// Replaces the licences by these.
pub(super) async fn put_licences(
    tx: &mut Tx,
    directory: &Directory,
    licences: &[License],
    now: Instant,
) -> Result<()> {
    let organization = directory.organization_id;
    tx.sql("DELETE FROM directory_licence WHERE organization_id = $1")
        .bind(organization)
        .execute(&mut *tx)
        .await?;
    for licence in licences.iter().filter(|licence| !licence.id.is_empty()) {
        let site = licence.site_url.as_deref().map(str::to_lowercase).filter(|site| !site.is_empty());
        tx.sql(
            "INSERT INTO directory_licence (organization_id, id, name, site, subscription, total, consumed, read_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, id) DO NOTHING",
        )
        .bind(organization)
        .bind(licence.id.clone())
        .bind(licence.name.clone())
        .bind(site)
        .bind(licence.subscription_id.clone().filter(|subscription| !subscription.is_empty()))
        .bind(licence.total_units.filter(|total| *total >= 0))
        .bind(licence.consumed_units.or(licence.consumed_by_users).unwrap_or(0))
        .bind(now)
        .execute(&mut *tx)
        .await?;
    }
    let named: Vec<&str> = licences.iter().filter_map(|licence| licence.site_url.as_deref()).collect();
    sites::heard_of(tx, organization, directory.generation + 1, named.into_iter()).await
}

/// The site after this one that the reading has heard of.
pub(super) async fn next_site(hub: &Hub, directory: &Directory, after: &str) -> Result<Option<String>> {
    let text = "SELECT site FROM directory_site WHERE organization_id = $1 AND generation > $2 AND site > $3 \
                ORDER BY site LIMIT 1";
    let found: Option<(String,)> = hub
        .db()
        .sql(text)
        .bind(directory.organization_id)
        .bind(directory.generation)
        .bind(after.to_owned())
        .maybe(hub.db())
        .await?;
    Ok(found.map(|(site,)| site))
}

/// The reading is complete: who and what it did not find is gone. False when somebody else reads by now.
pub(super) async fn complete(hub: &Hub, directory: &Directory, due_at: Instant) -> Result<bool> {
    let (organization, now) = (directory.organization_id, hub.now());
    let mut tx = hub.db().begin().await?;
    let completed = tx
        .sql(
            "UPDATE directory SET generation = $3 + 1, read_at = $4, due_at = $5, phase = NULL, next_page = NULL, \
             reading_until = NULL, failures = 0, trouble = NULL, trouble_since = NULL, other_org = NULL, \
             people = (SELECT COUNT(*) FROM directory_person AS person WHERE person.organization_id = $1 \
             AND person.generation > $3) \
             WHERE organization_id = $1 AND reading_until = $2 AND generation = $3",
        )
        .bind(organization)
        .bind(directory.reading_until)
        .bind(directory.generation)
        .bind(now)
        .bind(due_at)
        .execute(&mut tx)
        .await?;
    if completed != 1 {
        return Ok(false);
    }
    for text in [
        "DELETE FROM directory_person WHERE organization_id = $1 AND generation <= $2",
        "DELETE FROM directory_site WHERE organization_id = $1 AND generation <= $2",
    ] {
        tx.sql(text).bind(organization).bind(directory.generation).execute(&mut tx).await?;
    }
    tx.sql(
        "DELETE FROM directory_membership WHERE organization_id = $1 AND NOT EXISTS (SELECT 1 FROM directory_person AS person \
         WHERE person.organization_id = directory_membership.organization_id \
         AND person.id = directory_membership.person_id)",
    )
    .bind(organization)
    .execute(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}
