//! Adding and removing client secrets, without a moment in which none works.

use platform::{Actor, Hub, Result, conflict, keys, web::Checked};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    Integration, IntegrationId, NewSecret, Secret, SecretId, SecretPlace,
    change::{enqueue_check, organization, record},
    check,
    input::checked_secret,
    store,
};

/// Adds a secret: the first one is current, a second one is next. A third one asks to remove one first.
pub(crate) async fn add_secret(
    hub: &Hub,
    actor: &Actor,
    id: IntegrationId,
    new: NewSecret,
) -> Result<Integration> {
    let integration = store::get(hub, organization(actor)?, id).await?;
    let mut checked = Checked::default();
    let secret = checked_secret(&mut checked, &new);
    checked.finish()?;
    let known = store::secrets(hub, integration.organization_id, id).await?;
    let place = match known.as_slice() {
        [one] if one.place == SecretPlace::Current => SecretPlace::Next,
        [] | [_] => SecretPlace::Current,
        _ => {
            return Err(conflict(
                "There are two secrets already. Remove the one that is no longer used, then add the new one.",
            ));
        }
    };
    let sealed = seal(hub, &integration, secret, place).await?;
    let mut tx = hub.db().begin().await?;
    let details = json!({ "hint": sealed.hint, "place": place, "expires_on": sealed.expires_on });
    store::insert_secret(&mut tx, sealed).await?;
    record(hub, &mut tx, actor, &integration, "integration.secret_added", details).await?;
    tx.commit().await?;
    check::check_saved(hub, integration.organization_id, id).await
}

/// Removes a secret; the remaining one becomes current.
pub(crate) async fn remove_secret(
    hub: &Hub,
    actor: &Actor,
    id: IntegrationId,
    secret: SecretId,
) -> Result<()> {
    let integration = store::get(hub, organization(actor)?, id).await?;
    let mut tx = hub.db().begin().await?;
    let removed = tx
        .sql("DELETE FROM integration_secret WHERE organization_id = $1 AND integration_id = $2 AND id = $3")
        .bind(integration.organization_id)
        .bind(id)
        .bind(secret)
        .execute(&mut tx)
        .await?;
    if removed == 0 {
        return Err(platform::not_found("secret"));
    }
    tx.sql(
        "UPDATE integration_secret SET place = 'current' WHERE organization_id = $1 AND integration_id = $2",
    )
    .bind(integration.organization_id)
    .bind(id)
    .execute(&mut tx)
    .await?;
    record(hub, &mut tx, actor, &integration, "integration.secret_removed", json!({ "secret": secret }))
        .await?;
    enqueue_check(hub, &mut tx, &integration, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

pub(super) async fn seal(
    hub: &Hub,
    integration: &Integration,
    new: NewSecret,
    place: SecretPlace,
) -> Result<Secret> {
    let id = SecretId::new(hub);
    let (organization, row) = (integration.organization_id.to_string(), id.to_string());
    let sealed = keys::seal(hub, &Secret::sealed_place(&organization, &row), &new.value).await?;
    Ok(Secret {
        organization_id: integration.organization_id,
        id,
        integration_id: integration.id,
        place,
        sealed: sealed.as_str().to_owned(),
        hint: new.value.expose_secret().chars().take(3).collect(),
        expires_on: new.expires_on,
        warned_days: None,
        verdict: None,
        created_at: hub.now(),
    })
}
