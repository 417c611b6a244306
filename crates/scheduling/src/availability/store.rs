//! The statements about hours.

use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
};

use super::{Availability, AvailabilityInput, Overrides, Weekly};
use crate::ids::Accounts;

macro_rules! columns {
    () => {
        "organization_id, account_id, time_zone, weekly, overrides, email_hidden, version, updated_at"
    };
}

/// The hours that these accounts have set; who has set none is missing.
pub(crate) async fn of_accounts(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<Availability>> {
    let text = hub.db().pick(
        concat!("SELECT ", columns!(), " FROM availability WHERE organization_id = $1 AND account_id IN (SELECT value FROM json_each($2))"),
        concat!("SELECT ", columns!(), " FROM availability WHERE organization_id = $1 AND account_id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))"),
    );
    let accounts = Accounts(accounts.to_vec());
    Ok(hub.db().sql(text).bind(organization).bind(accounts).all(hub.db()).await?)
}

/// Writes hours that were read as `input.version`; `None` when somebody was faster.
pub(super) async fn put(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    input: &AvailabilityInput,
    now: Instant,
) -> Result<Option<Availability>> {
    let text = concat!(
        "INSERT INTO availability (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, 1, $7) ON CONFLICT (organization_id, account_id) DO UPDATE SET \
         time_zone = excluded.time_zone, weekly = excluded.weekly, overrides = excluded.overrides, \
         email_hidden = excluded.email_hidden, version = availability.version + 1, updated_at = excluded.updated_at \
         WHERE availability.version = $8 RETURNING ",
        columns!()
    );
    let written: Option<Availability> = tx
        .sql(text)
        .bind(organization)
        .bind(account)
        .bind(input.time_zone.clone())
        .bind(Weekly(input.weekly.clone()))
        .bind(Overrides(input.overrides.clone()))
        .bind(input.email_hidden)
        .bind(now)
        .bind(input.version)
        .returning(&mut *tx)
        .await?;
    Ok(written)
}
