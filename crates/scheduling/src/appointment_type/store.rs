//! The statements about appointment types and their hosts.

use platform::{
    Hub, Instant, Result,
    db::{On, Tx},
    id::{AccountId, OrganizationId},
    not_found,
};

use super::{AppointmentType, TypeHost, TypeId};

macro_rules! columns {
    () => {
        "organization_id, id, slug, name, description, mode, durations, places, before_buffer, after_buffer, step, \
         min_notice, max_advance, cap_per_day, cap_per_week, questions, cancel_cutoff, reminders, follow_up, \
         title_template, agenda_template, outlook_changes, private_key, active, version, created_by, created_at, \
         updated_at"
    };
}

pub(crate) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: TypeId,
) -> Result<Option<AppointmentType>> {
    let text =
        concat!("SELECT ", columns!(), " FROM appointment_type WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(text).bind(organization).bind(id).maybe(on).await?)
}

/// The type with this id, or a "not found" for the asker.
pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: TypeId) -> Result<AppointmentType> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("appointment type"))
}

pub(crate) async fn find_by_slug(
    hub: &Hub,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<AppointmentType>> {
    let text =
        concat!("SELECT ", columns!(), " FROM appointment_type WHERE organization_id = $1 AND slug = $2");
    Ok(hub.db().sql(text).bind(organization).bind(slug.to_owned()).maybe(hub.db()).await?)
}

/// The organization's types by name; with `host`, only those this account hosts or made.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    host: Option<AccountId>,
) -> Result<Vec<AppointmentType>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM appointment_type WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR created_by = $2 OR id IN \
         (SELECT type_id FROM appointment_host WHERE organization_id = $1 AND account_id = $2)) \
         ORDER BY name, id LIMIT 500"
    );
    Ok(hub.db().sql(text).bind(organization).bind(host).all(hub.db()).await?)
}

/// The type's hosts in their order.
pub(crate) async fn hosts(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: TypeId,
) -> Result<Vec<TypeHost>> {
    let text = "SELECT account_id, position, assigned_at FROM appointment_host \
                WHERE organization_id = $1 AND type_id = $2 ORDER BY position, account_id";
    Ok(hub.db().sql(text).bind(organization).bind(id).all(on).await?)
}

pub(crate) async fn insert(tx: &mut Tx, it: &AppointmentType) -> Result<()> {
    let text = concat!(
        "INSERT INTO appointment_type (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $23, $24, $25, $26, $27, $28)"
    );
    let statement =
        tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.slug.clone()).bind(it.name.clone());
    let statement = statement.bind(it.description.clone()).bind(it.mode).bind(it.durations.clone());
    let statement =
        statement.bind(it.places.clone()).bind(it.before_buffer).bind(it.after_buffer).bind(it.step);
    let statement =
        statement.bind(it.min_notice).bind(it.max_advance).bind(it.cap_per_day).bind(it.cap_per_week);
    let statement = statement.bind(it.questions.clone()).bind(it.cancel_cutoff).bind(it.reminders.clone());
    let statement =
        statement.bind(it.follow_up).bind(it.title_template.clone()).bind(it.agenda_template.clone());
    let statement = statement.bind(it.outlook_changes).bind(it.private_key.clone()).bind(it.active);
    let statement = statement.bind(it.version).bind(it.created_by).bind(it.created_at).bind(it.updated_at);
    statement.execute(tx).await?;
    Ok(())
}

/// Writes everything but id, maker and hosts, and raises the version.
pub(crate) async fn update(tx: &mut Tx, it: &AppointmentType) -> Result<()> {
    let text = "UPDATE appointment_type SET slug = $3, name = $4, description = $5, mode = $6, durations = $7, \
                places = $8, before_buffer = $9, after_buffer = $10, step = $11, min_notice = $12, max_advance = $13, \
                cap_per_day = $14, cap_per_week = $15, questions = $16, cancel_cutoff = $17, reminders = $18, \
                follow_up = $19, title_template = $20, agenda_template = $21, outlook_changes = $22, \
                private_key = $23, active = $24, version = version + 1, updated_at = $25 \
                WHERE organization_id = $1 AND id = $2";
    let statement =
        tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.slug.clone()).bind(it.name.clone());
    let statement = statement.bind(it.description.clone()).bind(it.mode).bind(it.durations.clone());
    let statement =
        statement.bind(it.places.clone()).bind(it.before_buffer).bind(it.after_buffer).bind(it.step);
    let statement =
        statement.bind(it.min_notice).bind(it.max_advance).bind(it.cap_per_day).bind(it.cap_per_week);
    let statement = statement.bind(it.questions.clone()).bind(it.cancel_cutoff).bind(it.reminders.clone());
    let statement =
        statement.bind(it.follow_up).bind(it.title_template.clone()).bind(it.agenda_template.clone());
    let statement = statement.bind(it.outlook_changes).bind(it.private_key.clone()).bind(it.active);
    statement.bind(it.updated_at).execute(tx).await?;
    Ok(())
}

pub(crate) async fn set_active(
    tx: &mut Tx,
    (organization, id): (OrganizationId, TypeId),
    active: bool,
    now: Instant,
) -> Result<()> {
    let text = "UPDATE appointment_type SET active = $3, version = version + 1, updated_at = $4 \
                WHERE organization_id = $1 AND id = $2";
    tx.sql(text).bind(organization).bind(id).bind(active).bind(now).execute(&mut *tx).await?;
    Ok(())
}

/// Whether nobody has changed the type since `version` was read; holds it until the transaction ends.
pub(crate) async fn version_matches(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TypeId,
    version: i64,
) -> Result<bool> {
    let text = "UPDATE appointment_type SET version = version WHERE organization_id = $1 AND id = $2 AND version = $3";
    Ok(tx.sql(text).bind(organization).bind(id).bind(version).execute(&mut *tx).await? == 1)
}

/// Makes these accounts the type's hosts, in this order; whoever stays keeps their turn.
pub(crate) async fn set_hosts(
    hub: &Hub,
    tx: &mut Tx,
    (organization, id): (OrganizationId, TypeId),
    accounts: &[AccountId],
) -> Result<()> {
    for host in hosts(hub, &mut *tx, organization, id).await? {
        if !accounts.contains(&host.account_id) {
            tx.sql("DELETE FROM appointment_host WHERE organization_id = $1 AND type_id = $2 AND account_id = $3")
                .bind(organization)
                .bind(id)
                .bind(host.account_id)
                .execute(&mut *tx)
                .await?;
        }
    }
    for (position, account) in (0_i64..).zip(accounts) {
        tx.sql(
            "INSERT INTO appointment_host (organization_id, type_id, account_id, position, assigned_at) \
             VALUES ($1, $2, $3, $4, 0) ON CONFLICT (organization_id, type_id, account_id) \
             DO UPDATE SET position = excluded.position",
        )
        .bind(organization)
        .bind(id)
        .bind(*account)
        .bind(position)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Waits until no other transaction counts this host's bookings of the type; the turn stays where it is.
pub(crate) async fn keep_turn(
    tx: &mut Tx,
    (organization, id): (OrganizationId, TypeId),
    account: AccountId,
) -> Result<()> {
    let text = "UPDATE appointment_host SET assigned_at = assigned_at \
                WHERE organization_id = $1 AND type_id = $2 AND account_id = $3";
    tx.sql(text).bind(organization).bind(id).bind(account).execute(&mut *tx).await?;
    Ok(())
}

/// Notes that a booking falls to this host. Bookings of one type and host pass here one at a time, so that what is
/// counted afterwards (caps) is complete. False when the account no longer hosts the type.
pub(crate) async fn take_turn(
    tx: &mut Tx,
    (organization, id): (OrganizationId, TypeId),
    account: AccountId,
    now: Instant,
) -> Result<bool> {
    let text = "UPDATE appointment_host SET assigned_at = $4 \
                WHERE organization_id = $1 AND type_id = $2 AND account_id = $3";
    let touched = tx.sql(text).bind(organization).bind(id).bind(account).bind(now).execute(&mut *tx).await?;
    Ok(touched == 1)
}
