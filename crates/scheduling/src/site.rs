//! The name under which an organization's booking pages are found.

use platform::{Hub, Result, db::is_unique_violation, id::OrganizationId};

use crate::appointment_type::slug_of;

/// The organization behind `/book/{slug}`.
pub(crate) async fn organization_at(hub: &Hub, slug: &str) -> Result<Option<OrganizationId>> {
    let text = "SELECT organization_id FROM booking_site WHERE slug = $1";
    let row: Option<(OrganizationId,)> = hub.db().sql(text).bind(slug.to_owned()).maybe(hub.db()).await?;
    Ok(row.map(|(organization,)| organization))
}

/// The organization's name in addresses; made of its name when first needed.
pub async fn slug(hub: &Hub, organization: OrganizationId) -> Result<String> {
    let known = "SELECT slug FROM booking_site WHERE organization_id = $1";
    if let Some((slug,)) = hub.db().sql(known).bind(organization).maybe::<(String,)>(hub.db()).await? {
        return Ok(slug);
    }
    let name = slug_of(&accounts::organization(hub, organization).await?.name);
    for attempt in 1..=100 {
        let slug = if attempt == 1 { name.clone() } else { format!("{name}-{attempt}") };
        let text = "INSERT INTO booking_site (organization_id, slug) VALUES ($1, $2) \
                    ON CONFLICT (organization_id) DO NOTHING";
        match hub.db().sql(text).bind(organization).bind(slug).execute(hub.db()).await {
            Ok(_) => break,
            Err(error) if is_unique_violation(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let row: (String,) = hub.db().sql(known).bind(organization).one(hub.db()).await?;
    Ok(row.0)
}
