//! Making and changing appointment types. Administrators may touch all of them; hosts those they made or host.

use platform::{
    Actor, Error, Fault, Hub, Result, Role,
    actor::Who,
    audit,
    audit::Act,
    conflict,
    db::{Tx, is_unique_violation},
    error::invalid_field,
    forbidden,
    id::{AccountId, OrganizationId},
    not_found,
};
use serde_json::json;

use super::{
    AppointmentType, HostMode, Minutes, OutlookChanges, Places, Questions, TypeId, TypeInput, store,
};

/// Makes a type and answers its id.
pub(crate) async fn create(hub: &Hub, actor: &Actor, input: TypeInput) -> Result<TypeId> {
    let organization = actor.organization().ok_or_else(|| not_found("organization"))?;
    let input = input.check()?;
    check_hosts(hub, actor, organization, (&input.hosts, &[])).await?;
    let hosts = input.hosts.clone();
    let mut it = blank(hub, organization, maker(actor, &hosts));
    input.apply(&mut it, || hub.random().token());
    let mut tx = hub.db().begin().await?;
    store::insert(&mut tx, &it).await.map_err(taken)?;
    store::set_hosts(hub, &mut tx, (organization, it.id), &hosts).await?;
    note(hub, &mut tx, actor, ("appointment_type.created", &it)).await?;
    tx.commit().await?;
    Ok(it.id)
}

/// Changes a type that was read as `version`; what is booked already stays as it is.
pub(crate) async fn edit(hub: &Hub, actor: &Actor, id: TypeId, version: i64, input: TypeInput) -> Result<()> {
    let (mut it, hosts) = changeable(hub, actor, id).await?;
    let input = input.check()?;
    check_hosts(hub, actor, it.organization_id, (&input.hosts, &hosts)).await?;
    let is_alone = actor.person().is_none_or(|person| hosts.iter().all(|host| *host == person.account));
    if input.mode != it.mode && !is_alone && !actor.has_role(Role::Administrator) {
        return Err(invalid_field("mode", "Only an administrator can change how several hosts share this."));
    }
    let hosts = input.hosts.clone();
    input.apply(&mut it, || hub.random().token());
    it.updated_at = hub.now();
    let mut tx = hub.db().begin().await?;
    if !store::version_matches(&mut tx, it.organization_id, id, version).await? {
        return Err(conflict(
            "Somebody else changed this appointment type in the meantime. Open it again and make your change there.",
        ));
    }
    store::update(&mut tx, &it).await.map_err(taken)?;
    store::set_hosts(hub, &mut tx, (it.organization_id, id), &hosts).await?;
    note(hub, &mut tx, actor, ("appointment_type.changed", &it)).await?;
    tx.commit().await?;
    Ok(())
}

/// Offers the type, or stops offering it; what is booked stays booked.
pub(crate) async fn set_active(hub: &Hub, actor: &Actor, id: TypeId, active: bool) -> Result<()> {
    let (it, _) = changeable(hub, actor, id).await?;
    let mut tx = hub.db().begin().await?;
    store::set_active(&mut tx, (it.organization_id, id), active, hub.now()).await?;
    let action = if active { "appointment_type.opened" } else { "appointment_type.closed" };
    note(hub, &mut tx, actor, (action, &it)).await?;
    tx.commit().await?;
    Ok(())
}

/// The type with its hosts, if this actor may change it.
async fn changeable(hub: &Hub, actor: &Actor, id: TypeId) -> Result<(AppointmentType, Vec<AccountId>)> {
    let organization = actor.organization().ok_or_else(|| not_found("appointment type"))?;
    let it = store::get(hub, organization, id).await?;
    let hosts = store::hosts(hub, hub.db(), organization, id).await?;
    let hosts: Vec<AccountId> = hosts.into_iter().map(|host| host.account_id).collect();
    let own = |person: &platform::actor::Person| {
        let has_made_it = it.created_by == person.account && person.roles.contains(&Role::Host);
        has_made_it || hosts.contains(&person.account)
    };
    if actor.has_role(Role::Administrator) || actor.person().is_none_or(own) {
        return Ok((it, hosts));
    }
    Err(forbidden("Only its hosts and administrators can change this appointment type."))
}

/// Hosts are living accounts with the role. Who is no administrator can put only themselves into a type or take only
/// themselves out of it.
async fn check_hosts(
    hub: &Hub,
    actor: &Actor,
    organization: OrganizationId,
    (wanted, present): (&[AccountId], &[AccountId]),
) -> Result<()> {
    let new: Vec<AccountId> = wanted.iter().filter(|host| !present.contains(host)).copied().collect();
    let known = accounts::accounts_with(hub, organization, &new).await?;
    let is_host = |host: &AccountId| {
        let account = known.iter().find(|account| account.id == *host);
        account.is_some_and(|account| account.is_active() && account.has(Role::Host))
    };
    if !new.iter().all(is_host) {
        return Err(invalid_field("hosts", "One of these accounts is not (or no longer) a host."));
    }
    let Some(person) = actor.person().filter(|_| !actor.has_role(Role::Administrator)) else { return Ok(()) };
    let others = |hosts: &[AccountId]| -> Vec<AccountId> {
        let mut others: Vec<AccountId> =
            hosts.iter().filter(|host| **host != person.account).copied().collect();
        others.sort_unstable();
        others
    };
    if others(wanted) == others(present) {
        return Ok(());
    }
    Err(invalid_field("hosts", "Only an administrator can add or remove other people as hosts."))
}

fn maker(actor: &Actor, hosts: &[AccountId]) -> AccountId {
    let person = actor.person().map(|person| person.account);
    person.or(hosts.first().copied()).unwrap_or(AccountId(uuid::Uuid::nil()))
}

fn blank(hub: &Hub, organization: OrganizationId, created_by: AccountId) -> AppointmentType {
    AppointmentType {
        organization_id: organization,
        id: TypeId::new(hub),
        slug: String::new(),
        name: String::new(),
        description: String::new(),
        mode: HostMode::One,
        durations: Minutes::default(),
        places: Places::default(),
        before_buffer: 0,
        after_buffer: 0,
        step: 30,
        min_notice: 0,
        max_advance: None,
        cap_per_day: None,
        cap_per_week: None,
        questions: Questions::default(),
        cancel_cutoff: 0,
        reminders: Minutes::default(),
        follow_up: None,
        title_template: String::new(),
        agenda_template: String::new(),
        outlook_changes: OutlookChanges::Follow,
        private_key: None,
        active: true,
        version: 1,
        created_by,
        created_at: hub.now(),
        updated_at: hub.now(),
    }
}

fn taken(error: Error) -> Error {
    let is_taken =
        error.source.as_ref().and_then(|source| source.downcast_ref()).is_some_and(is_unique_violation);
    if is_taken && error.fault != Fault::NotFound {
        return invalid_field(
            "slug",
            "Another appointment type has this address already. Choose another one.",
        );
    }
    error
}

async fn note(
    hub: &Hub,
    tx: &mut Tx,
    actor: &Actor,
    (action, it): (&'static str, &AppointmentType),
) -> Result<()> {
    let details = json!({ "name": it.name, "slug": it.slug });
    let act = Act { action, subject: "appointment_type", subject_id: it.id.to_string(), details };
    match actor.who {
        Who::Anyone => Ok(()),
        _ => audit::record(hub, tx, actor, act).await,
    }
}
