//! The rows of calendar links.

use connections::ConnectionId;
use platform::{
    Hub, Instant, Result,
    db::{On, Tx, built},
    id::{AccountId, OrganizationId},
    not_found,
};

use crate::{CalendarLink, CalendarLinkId, WhenUnreadable, link::columns};

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM calendar_link WHERE organization_id = $1 AND ", $rest)
    };
}

/// `$from, …`: places for `count` parameters.
pub(crate) fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The calendar with this id.
pub(crate) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: CalendarLinkId,
) -> Result<Option<CalendarLink>> {
    Ok(hub.db().sql(select!("id = $2")).bind(organization).bind(id).maybe(on).await?)
}

/// The calendar with this id, or a "not found" for the asker.
pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: CalendarLinkId) -> Result<CalendarLink> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("calendar"))
}

/// Which calendars are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct LinkFilter {
    pub(crate) account: Option<AccountId>,
    pub(crate) connection: Option<ConnectionId>,
    /// Only those that make busy or receive bookings.
    pub(crate) used: bool,
    /// Only those after this id.
    pub(crate) after: Option<String>,
    pub(crate) limit: i64,
}

/// Calendars in the order of their ids.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    filter: &LinkFilter,
) -> Result<Vec<CalendarLink>> {
    let text = select!(
        "(CAST($2 AS TEXT) IS NULL OR account_id = $2) AND (CAST($3 AS TEXT) IS NULL OR connection_id = $3) \
         AND (NOT $4 OR makes_busy OR receives) AND (CAST($5 AS TEXT) IS NULL OR id > $5) ORDER BY id LIMIT $6"
    );
    let statement = hub.db().sql(text).bind(organization).bind(filter.account).bind(filter.connection);
    let statement = statement.bind(filter.used).bind(filter.after.clone()).bind(filter.limit);
    Ok(statement.all(hub.db()).await?)
}

/// Every calendar of an account, each mailbox's default calendar first.
pub(crate) async fn of_account(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<CalendarLink>> {
    let filter = LinkFilter { account: Some(account), limit: 500, ..LinkFilter::default() };
    let mut links = list(hub, organization, &filter).await?;
    links.sort_by_key(|link| (link.mailbox.clone(), !link.is_default, link.name.to_lowercase()));
    Ok(links)
}

/// The calendar that receives an account's bookings.
pub(crate) async fn receiving(
    hub: &Hub,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<CalendarLink>> {
    let text = select!("account_id = $2 AND receives");
    Ok(hub.db().sql(text).bind(organization).bind(account).maybe(hub.db()).await?)
}

/// The calendars that make these accounts busy.
pub(crate) async fn making_busy(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<CalendarLink>> {
    const TEXT: &str = concat!(select!("makes_busy AND account_id IN ({})"), " ORDER BY id");
    of_accounts(hub, organization, accounts, TEXT).await
}

/// The calendars that receive these accounts' bookings.
pub(crate) async fn receiving_each(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
) -> Result<Vec<CalendarLink>> {
    const TEXT: &str = concat!(select!("receives AND account_id IN ({})"), " ORDER BY id");
    of_accounts(hub, organization, accounts, TEXT).await
}

async fn of_accounts(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
    text: &'static str,
) -> Result<Vec<CalendarLink>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let text = text.replace("{}", &places(2, accounts.len()));
    let mut statement = hub.db().sql(built(text)).bind(organization);
    for account in accounts {
        statement = statement.bind(*account);
    }
    Ok(statement.all(hub.db()).await?)
}

/// What a host decides about one calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) makes_busy: bool,
    pub(crate) receives: bool,
    pub(crate) policy: WhenUnreadable,
}

/// Writes a host's decision. The calendar is looked at soon: to be read, or to be forgotten.
pub(crate) async fn choose(tx: &mut Tx, link: &CalendarLink, choice: Choice, now: Instant) -> Result<()> {
    tx.sql(
        "UPDATE calendar_link SET makes_busy = $3, receives = $4, policy = $5, due_at = $6 \
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(link.organization_id)
    .bind(link.id)
    .bind(choice.makes_busy)
    .bind(choice.receives)
    .bind(choice.policy)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a calendar and everything that was read of it. Entries of ours stay in Outlook, and their rows here.
pub(crate) async fn forget(tx: &mut Tx, link: &CalendarLink) -> Result<()> {
    let statements = [
        "DELETE FROM calendar_item WHERE organization_id = $1 AND link_id = $2",
        "DELETE FROM calendar_subscription WHERE organization_id = $1 AND link_id = $2",
        "DELETE FROM calendar_link WHERE organization_id = $1 AND id = $2",
    ];
    for statement in statements {
        tx.sql(statement).bind(link.organization_id).bind(link.id).execute(&mut *tx).await?;
    }
    Ok(())
}
