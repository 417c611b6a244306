//! Changing accounts: by administrators, and by the person.

use platform::{
    Actor, Hub, Result, Role,
    actor::Who,
    audit,
    error::invalid_field,
    forbidden,
    id::{AccountId, OrganizationId},
    not_found, sign_in as sign_in_error,
    web::Checked,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Account, account, keep_an_administrator, store};
use crate::{organization, password, session, sign_in::account_act as act, throttle, throttle::Tries, zone};

/// Whether `actor` may change an account with `roles`: administrators are changed by people only, for a key that
/// could make or take over an administrator would be worth more than its scopes say.
pub(crate) fn may_touch(actor: &Actor, roles: &[Role]) -> Result<()> {
    if matches!(actor.who, Who::Key(_)) && roles.contains(&Role::Administrator) {
        return Err(forbidden(
            "An API key cannot make or change administrators. A signed-in administrator does that under Admin → Accounts.",
        ));
    }
    Ok(())
}

/// Applies `change` to one account, unless nobody could administer the organization afterwards.
async fn change(
    hub: &Hub,
    actor: &Actor,
    (organization, id): (OrganizationId, AccountId),
    change: impl FnOnce(&mut Account),
    action: &str,
) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    organization::lock(&mut tx, organization).await?;
    let mut accounts = store::all(&mut tx, organization).await?;
    let found = accounts.iter_mut().find(|account| account.id == id).ok_or_else(|| not_found("account"))?;
    let before = found.clone();
    change(found);
    let after = found.clone();
    may_touch(actor, &before.roles)?;
    may_touch(actor, &after.roles)?;
    if before.roles == after.roles && before.is_active() == after.is_active() {
        return Ok(());
    }
    keep_an_administrator(&before, &accounts)?;
    store::write_roles(&mut tx, organization, id, &after.roles).await?;
    store::write_disabled(&mut tx, (organization, id), after.disabled_at).await?;
    if !after.is_active() {
        session::revoke_all(&mut tx, organization, id, None).await?;
    }
    let details = json!({ "email": after.email, "roles": after.roles, "roles_before": before.roles });
    audit::record_for(hub, &mut tx, organization, actor, act(action, id, details)).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives the account exactly these roles.
pub async fn set_roles(
    hub: &Hub,
    actor: &Actor,
    organization: OrganizationId,
    id: AccountId,
    mut roles: Vec<Role>,
) -> Result<Account> {
    if roles.is_empty() {
        return Err(invalid_field("roles", "Choose at least one role, or disable the account."));
    }
    roles.sort_unstable();
    roles.dedup();
    change(hub, actor, (organization, id), |account| account.roles = roles, "account.roles_changed").await?;
    account(hub, organization, id).await
}

/// Ends the account's sessions and lets it sign in no more; what it made stays.
pub(crate) async fn disable(
    hub: &Hub,
    actor: &Actor,
    organization: OrganizationId,
    id: AccountId,
) -> Result<Account> {
    let now = hub.now();
    let disable = |account: &mut Account| account.disabled_at = account.disabled_at.or(Some(now));
    change(hub, actor, (organization, id), disable, "account.disabled").await?;
    account(hub, organization, id).await
}

/// Lets a disabled account sign in again.
pub(crate) async fn enable(
    hub: &Hub,
    actor: &Actor,
    organization: OrganizationId,
    id: AccountId,
) -> Result<Account> {
    change(hub, actor, (organization, id), |account| account.disabled_at = None, "account.enabled").await?;
    account(hub, organization, id).await
}

/// Changes the person's own name and time zone.
pub(crate) async fn update_profile(hub: &Hub, actor: &Actor, name: &str, time_zone: &str) -> Result<()> {
    let person = actor.person().ok_or_else(|| sign_in_error("Please sign in."))?;
    let mut checked = Checked::default();
    let name = checked.text("name", name, 100);
    let time_zone = checked.value("time_zone", zone::parse(time_zone)).unwrap_or_default();
    checked.finish()?;
    let mut tx = hub.db().begin().await?;
    let details = json!({ "name": name, "time_zone": time_zone });
    store::write_profile(&mut tx, (person.organization, person.account), name, time_zone).await?;
    audit::record(hub, &mut tx, actor, act("account.profile_changed", person.account, details)).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the person's own password and ends all their other sessions.
pub(crate) async fn change_password(
    hub: &Hub,
    actor: &Actor,
    current: SecretString,
    new: SecretString,
) -> Result<()> {
    let person = actor.person().ok_or_else(|| sign_in_error("Please sign in."))?;
    if let Err(message) = password::check(&new, &person.email) {
        return Err(invalid_field("new_password", message));
    }
    let tries = Tries::new(&person.email, actor.origin.ip);
    throttle::admit(hub, &tries).await?;
    let stored = store::credentials(hub, &person.email).await?.and_then(|known| known.password_hash);
    if !password::verify(hub, current, stored).await? {
        return Err(invalid_field("current_password", "This is not your present password."));
    }
    throttle::succeeded(hub, &tries).await?;
    let hash = password::hash(hub, new).await?;
    let key = (person.organization, person.account);
    let mut tx = hub.db().begin().await?;
    store::set_password(&mut tx, key, hash).await?;
    session::revoke_all(&mut tx, key.0, key.1, Some(&person.session)).await?;
    audit::record(hub, &mut tx, actor, act("account.password_changed", person.account, Value::Null)).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a password from the command line and ends all sessions of the account.
pub async fn reset_password(hub: &Hub, email: &str, new: SecretString) -> Result<()> {
    let found = super::find(hub, email).await?.ok_or_else(|| not_found("account"))?;
    password::check(&new, &found.email).map_err(|message| invalid_field("password", message))?;
    let hash = password::hash(hub, new).await?;
    let mut tx = hub.db().begin().await?;
    store::set_password(&mut tx, (found.organization, found.id), hash).await?;
    session::revoke_all(&mut tx, found.organization, found.id, None).await?;
    let actor = Actor::system(found.organization);
    audit::record(hub, &mut tx, &actor, act("account.password_reset", found.id, Value::Null)).await?;
    tx.commit().await?;
    throttle::succeeded(hub, &Tries::new(&found.email, None)).await
}
