//! Registering and changing integrations. Every change is checked at the provider at once.

use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    bug,
    coherence::Announcement,
    conflict,
    db::Tx,
    id::OrganizationId,
    jobs::{self, NewJob},
    web::Checked,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    Integration, IntegrationId, SecretPlace,
    change_secrets::seal,
    check,
    input::{checked_client_id, checked_purposes, checked_secret, checked_tenant},
    store,
};
use crate::{Provider, purpose::PurposeScopes};

/// A new integration as typed in.
pub(crate) struct NewIntegration {
    pub provider: Provider,
    pub name: String,
    pub client_id: String,
    pub tenant: String,
    pub purposes: PurposeScopes,
    pub secret: NewSecret,
}

/// A client secret as typed in.
pub(crate) struct NewSecret {
    pub value: SecretString,
    pub expires_on: Option<Instant>,
}

/// What an editor changes; `version` is the one they saw.
pub(crate) struct Edit {
    pub version: i64,
    pub name: String,
    pub client_id: String,
    pub tenant: String,
    pub purposes: PurposeScopes,
}

/// Saves a new integration with its secret and checks both.
pub(crate) async fn create(hub: &Hub, actor: &Actor, new: NewIntegration) -> Result<Integration> {
    let organization = organization(actor)?;
    let mut checked = Checked::default();
    let integration = Integration {
        name: checked.text("name", &new.name, 80),
        client_id: checked_client_id(&mut checked, &new.client_id),
        tenant: checked_tenant(&mut checked, new.provider, &new.tenant),
        purposes: checked_purposes(&mut checked, new.provider, new.purposes),
        changed_by: actor_name(actor),
        ..blank(hub, organization, new.provider)
    };
    let secret = checked_secret(&mut checked, &new.secret);
    checked.finish()?;
    let sealed = seal(hub, &integration, secret, SecretPlace::Current).await?;
    let mut tx = hub.db().begin().await?;
    store::insert(&mut tx, &integration).await?;
    store::insert_secret(&mut tx, sealed).await?;
    record(
        hub,
        &mut tx,
        actor,
        &integration,
        "integration.created",
        json!({ "client_id": integration.client_id }),
    )
    .await?;
    tx.commit().await?;
    check::check_saved(hub, organization, integration.id).await
}

/// The marked integration that holds pasted personal Webex tokens.
pub(crate) async fn create_trial(
    hub: &Hub,
    organization: OrganizationId,
    purposes: PurposeScopes,
) -> Result<Integration> {
    let integration = Integration {
        name: "Trial with a personal Webex token".into(),
        client_id: "none".into(),
        purposes,
        is_trial: true,
        changed_by: "Switchboard".into(),
        ..blank(hub, organization, Provider::Webex)
    };
    let mut tx = hub.db().begin().await?;
    store::insert(&mut tx, &integration).await?;
    record(
        hub,
        &mut tx,
        &Actor::system(organization),
        &integration,
        "integration.created",
        json!({ "trial": true }),
    )
    .await?;
    tx.commit().await?;
    Ok(integration)
}

fn blank(hub: &Hub, organization: OrganizationId, provider: Provider) -> Integration {
    let now = hub.now();
    Integration {
        organization_id: organization,
        id: IntegrationId::new(hub),
        provider,
        name: String::new(),
        client_id: String::new(),
        tenant: String::new(),
        purposes: PurposeScopes::default(),
        is_trial: false,
        enabled: true,
        version: 1,
        verdict: None,
        checked_at: None,
        registered_at: now,
        trouble: None,
        trouble_since: None,
        trouble_until: None,
        changed_by: String::new(),
        created_at: now,
        updated_at: now,
    }
}

/// Saves an edit unless somebody else saved one in the meantime, and checks it.
pub(crate) async fn edit(hub: &Hub, actor: &Actor, id: IntegrationId, edit: Edit) -> Result<Integration> {
    let organization = organization(actor)?;
    let before = store::get(hub, organization, id).await?;
    let mut checked = Checked::default();
    let mut after = before.clone();
    after.version = edit.version;
    after.name = checked.text("name", &edit.name, 80);
    after.client_id = checked_client_id(&mut checked, &edit.client_id);
    after.tenant = checked_tenant(&mut checked, before.provider, &edit.tenant);
    after.purposes = checked_purposes(&mut checked, before.provider, edit.purposes);
    checked.finish()?;
    if after.client_id != before.client_id {
        after.registered_at = hub.now();
    }
    save(hub, actor, &before, after, "integration.changed").await?;
    check::check_saved(hub, organization, id).await
}

/// Switches an integration on or off for everyone; tokens and everything made with them stay.
pub(crate) async fn set_enabled(hub: &Hub, actor: &Actor, id: IntegrationId, enabled: bool) -> Result<()> {
    let before = store::get(hub, organization(actor)?, id).await?;
    let mut after = before.clone();
    after.enabled = enabled;
    let action = if enabled { "integration.enabled" } else { "integration.disabled" };
    save(hub, actor, &before, after, action).await
}

async fn save(
    hub: &Hub,
    actor: &Actor,
    before: &Integration,
    mut after: Integration,
    action: &str,
) -> Result<()> {
    after.changed_by = actor_name(actor);
    after.updated_at = hub.now();
    let mut tx = hub.db().begin().await?;
    if !store::update(&mut tx, &after).await? {
        return Err(conflict(format!(
            "{} changed this integration in the meantime. Your values are kept; compare them with the present ones, then save again.",
            before.changed_by
        )));
    }
    record(hub, &mut tx, actor, &after, action, differences(before, &after)).await?;
    let announced = announce(hub, &mut tx, after.id).await?;
    tx.commit().await?;
    hub.coherence().settle(hub.db(), announced).await
}

pub(super) async fn enqueue_check(
    hub: &Hub,
    tx: &mut Tx,
    integration: &Integration,
    run_at: Instant,
) -> Result<()> {
    let job = NewJob {
        organization: integration.organization_id,
        kind: check::CHECK_JOB,
        dedupe: Some(integration.id.to_string()),
        payload: jobs::payload(&integration.id),
        run_at,
    };
    jobs::enqueue(hub, tx, job).await
}

async fn announce(hub: &Hub, tx: &mut Tx, id: IntegrationId) -> Result<Announcement> {
    hub.coherence().announce(tx, format!("integration:{id}")).await
}

pub(super) async fn record(
    hub: &Hub,
    tx: &mut Tx,
    actor: &Actor,
    integration: &Integration,
    action: &str,
    details: Value,
) -> Result<()> {
    let act = Act { action, subject: "integration", subject_id: integration.id.to_string(), details };
    audit::record(hub, tx, actor, act).await
}

fn differences(before: &Integration, after: &Integration) -> Value {
    let pairs = [
        ("name", json!(before.name), json!(after.name)),
        ("client_id", json!(before.client_id), json!(after.client_id)),
        ("tenant", json!(before.tenant), json!(after.tenant)),
        ("purposes", json!(before.purposes), json!(after.purposes)),
        ("enabled", json!(before.enabled), json!(after.enabled)),
    ];
    pairs
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(field, was, is)| (field.to_owned(), json!([was, is])))
        .collect()
}

pub(super) fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| bug("an integration is changed by an actor without an organization"))
}

fn actor_name(actor: &Actor) -> String {
    match &actor.who {
        platform::actor::Who::Person(person) => person.name.clone(),
        platform::actor::Who::Key(key) => format!("API key {}", key.name),
        _ => "Switchboard".into(),
    }
}
