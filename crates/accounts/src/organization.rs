//! Organizations: the tenants.

use platform::{
    Hub, Instant, Result, db::Tx, error::invalid_field, id::OrganizationId, keys, record, web::Checked,
};

use crate::zone;

record! {
    /// A library, a university, a company.
    #[derive(Clone, Debug)]
    pub struct Organization {
        id: OrganizationId,
        name: String,
        /// The IANA name of the zone new accounts start with.
        time_zone: String,
        created_at: Instant,
    }
}

/// Creates an organization; the time zone is an IANA name.
pub async fn create_organization(hub: &Hub, name: &str, time_zone: &str) -> Result<OrganizationId> {
    let mut checked = Checked::default();
    let name = checked.text("name", name, 100);
    let time_zone = checked.value("time_zone", zone::parse(time_zone)).unwrap_or_default();
    checked.finish()?;
    let mut tx = hub.db().begin().await?;
    let id = insert(hub, &mut tx, &name, &time_zone).await?;
    tx.commit().await?;
    Ok(id)
}

pub(crate) async fn insert(hub: &Hub, tx: &mut Tx, name: &str, time_zone: &str) -> Result<OrganizationId> {
    let id = OrganizationId::new(hub);
    tx.sql("INSERT INTO organization (id, name, time_zone, created_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(name.to_owned())
        .bind(time_zone.to_owned())
        .bind(hub.now())
        .execute(&mut *tx)
        .await?;
    keys::create(hub, tx, id).await?;
    Ok(id)
}

/// Every organization, oldest first.
pub async fn organizations(hub: &Hub) -> Result<Vec<Organization>> {
    let sql = "SELECT id, name, time_zone, created_at FROM organization ORDER BY id LIMIT 1000";
    Ok(hub.db().sql(sql).all(hub.db()).await?)
}

/// The organization with this name or id; with `None` the only one there is.
pub async fn find_organization(hub: &Hub, name_or_id: Option<&str>) -> Result<Organization> {
    let all = organizations(hub).await?;
    let mut fitting = all
        .into_iter()
        .filter(|it| name_or_id.is_none_or(|text| it.name == text || it.id.to_string() == text));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(platform::not_found("organization")),
        _ => {
            Err(invalid_field("organization", "Several organizations fit; give the id of the one you mean."))
        }
    }
}

/// The organization with this id.
pub async fn get(hub: &Hub, id: OrganizationId) -> Result<Organization> {
    let sql = "SELECT id, name, time_zone, created_at FROM organization WHERE id = $1";
    let row = hub.db().sql(sql).bind(id).maybe(hub.db()).await?;
    row.ok_or_else(|| platform::not_found("organization"))
}

/// Lets one transaction at a time change who administers the organization.
pub(crate) async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<()> {
    tx.sql("UPDATE organization SET name = name WHERE id = $1").bind(id).execute(&mut *tx).await?;
    Ok(())
}
