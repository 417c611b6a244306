//! The statements about bookings.

use platform::{
    Hub, Instant, Result,
    db::{On, Tx},
    id::{AccountId, OrganizationId},
    not_found,
};

use super::{Booking, BookingId, BookingState, Meeting, Proposal};
use crate::appointment_type::TypeId;

macro_rules! columns {
    () => {
        "organization_id, id, type_id, type_name, state, starts_at, ends_at, place, visitor, visitor_email, answers, \
         hosts, wish, sequence, manage_token, meeting, meeting_secrets, proposal, cancelled_at, cancelled_by, \
         cancel_reason, created_at, updated_at"
    };
}

/// Which bookings are asked for, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct BookingFilter {
    pub host: Option<AccountId>,
    pub type_id: Option<TypeId>,
    pub state: Option<BookingState>,
    pub email: Option<String>,
    pub from: Option<Instant>,
    pub to: Option<Instant>,
    /// Only those after this id.
    pub after: Option<BookingId>,
    pub limit: i64,
}

pub(crate) async fn find(
    hub: &Hub,
    on: impl Into<On<'_>>,
    organization: OrganizationId,
    id: BookingId,
) -> Result<Option<Booking>> {
    let text = concat!("SELECT ", columns!(), " FROM booking WHERE organization_id = $1 AND id = $2");
    Ok(hub.db().sql(text).bind(organization).bind(id).maybe(on).await?)
}

/// The booking with this id, or a "not found" for the asker.
pub(crate) async fn get(hub: &Hub, organization: OrganizationId, id: BookingId) -> Result<Booking> {
    find(hub, hub.db(), organization, id).await?.ok_or_else(|| not_found("booking"))
}

pub(super) async fn by_manage_hash(hub: &Hub, hash: String) -> Result<Option<Booking>> {
    let text = concat!("SELECT ", columns!(), " FROM booking WHERE manage_hash = $1");
    Ok(hub.db().sql(text).bind(hash).maybe(hub.db()).await?)
}

/// Bookings by their ids, which is the order in which they were made.
pub(crate) async fn list(
    hub: &Hub,
    organization: OrganizationId,
    filter: &BookingFilter,
) -> Result<Vec<Booking>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM booking WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id IN \
         (SELECT booking_id FROM booking_host WHERE organization_id = $1 AND account_id = $2)) \
         AND (CAST($3 AS TEXT) IS NULL OR type_id = $3) AND (CAST($4 AS TEXT) IS NULL OR state = $4) \
         AND (CAST($5 AS TEXT) IS NULL OR visitor_email = $5) AND (CAST($6 AS BIGINT) IS NULL OR ends_at > $6) \
         AND (CAST($7 AS BIGINT) IS NULL OR starts_at < $7) AND (CAST($8 AS TEXT) IS NULL OR id > $8) \
         ORDER BY id LIMIT $9"
    );
    let statement =
        hub.db().sql(text).bind(organization).bind(filter.host).bind(filter.type_id).bind(filter.state);
    let statement = statement.bind(filter.email.as_ref().map(|email| email.to_lowercase())).bind(filter.from);
    Ok(statement.bind(filter.to).bind(filter.after).bind(filter.limit).all(hub.db()).await?)
}

/// A host's bookings that meet `[from, to)`, by their start; cancelled ones only when asked for.
pub(crate) async fn hosted_between(
    hub: &Hub,
    (organization, host): (OrganizationId, AccountId),
    (from, to): (Instant, Instant),
    with_cancelled: bool,
) -> Result<Vec<Booking>> {
    let text = concat!(
        "SELECT ",
        columns!(),
        " FROM booking WHERE organization_id = $1 AND id IN \
         (SELECT booking_id FROM booking_host WHERE organization_id = $1 AND account_id = $2 \
         AND starts_at > $6 AND starts_at < $4) \
         AND ends_at > $3 AND ($5 OR state = 'confirmed') ORDER BY starts_at, id LIMIT 1000"
    );
    let statement = hub.db().sql(text).bind(organization).bind(host).bind(from).bind(to);
    // No booking is longer than a day, so none that began earlier can reach into the span.
    let earliest = from.before(std::time::Duration::from_secs(2 * 86_400));
    Ok(statement.bind(with_cancelled).bind(earliest).all(hub.db()).await?)
}

pub(super) async fn insert(tx: &mut Tx, it: &Booking, manage_hash: String) -> Result<()> {
    let text = "INSERT INTO booking (organization_id, id, type_id, type_name, state, starts_at, ends_at, place, visitor, \
                visitor_email, answers, hosts, wish, sequence, manage_hash, manage_token, created_at, updated_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let statement =
        tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.type_id).bind(it.type_name.clone());
    let statement = statement.bind(it.state).bind(it.starts_at).bind(it.ends_at).bind(it.place.clone());
    let statement =
        statement.bind(it.visitor.clone()).bind(it.visitor_email.clone()).bind(it.answers.clone());
    let statement = statement.bind(it.hosts.clone()).bind(it.wish).bind(it.sequence).bind(manage_hash);
    let statement = statement.bind(it.manage_token.clone()).bind(it.created_at).bind(it.updated_at);
    statement.execute(&mut *tx).await?;
    for (position, host) in (0_i64..).zip(&it.hosts.0) {
        let text = "INSERT INTO booking_host (organization_id, booking_id, account_id, position, starts_at, is_active) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let statement = tx.sql(text).bind(it.organization_id).bind(it.id).bind(*host).bind(position);
        statement.bind(it.starts_at).bind(true).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Holds the booking until the transaction ends and reads it as it is now.
pub(crate) async fn lock(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    id: BookingId,
) -> Result<Booking> {
    tx.sql("UPDATE booking SET wish = wish WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    find(hub, &mut *tx, organization, id).await?.ok_or_else(|| not_found("booking"))
}

/// Writes a booking's times, wish and sequence; what follows from them is the caller's.
pub(crate) async fn settle_times(tx: &mut Tx, it: &Booking) -> Result<()> {
    let text = "UPDATE booking SET starts_at = $3, ends_at = $4, wish = $5, sequence = $6, proposal = $7, \
                updated_at = $8 WHERE organization_id = $1 AND id = $2";
    let statement = tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.starts_at).bind(it.ends_at);
    let statement = statement.bind(it.wish).bind(it.sequence).bind(it.proposal.clone()).bind(it.updated_at);
    statement.execute(&mut *tx).await?;
    let text = "UPDATE booking_host SET starts_at = $3 WHERE organization_id = $1 AND booking_id = $2";
    tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.starts_at).execute(&mut *tx).await?;
    Ok(())
}

/// Writes that a booking is cancelled, by whom and why.
pub(super) async fn set_cancelled(tx: &mut Tx, it: &Booking) -> Result<()> {
    let text = "UPDATE booking SET state = $3, wish = $4, sequence = $5, proposal = NULL, cancelled_at = $6, \
                cancelled_by = $7, cancel_reason = $8, updated_at = $9 WHERE organization_id = $1 AND id = $2";
    let statement =
        tx.sql(text).bind(it.organization_id).bind(it.id).bind(it.state).bind(it.wish).bind(it.sequence);
    let statement =
        statement.bind(it.cancelled_at).bind(it.cancelled_by.clone()).bind(it.cancel_reason.clone());
    statement.bind(it.updated_at).execute(&mut *tx).await?;
    let text = "UPDATE booking_host SET is_active = $3 WHERE organization_id = $1 AND booking_id = $2";
    tx.sql(text).bind(it.organization_id).bind(it.id).bind(false).execute(&mut *tx).await?;
    Ok(())
}

/// Remembers the meeting behind a booking; `secrets` are sealed already.
pub(crate) async fn set_meeting(
    tx: &mut Tx,
    (organization, id): (OrganizationId, BookingId),
    meeting: Option<Meeting>,
    secrets: Option<String>,
) -> Result<()> {
    let text = "UPDATE booking SET meeting = $3, meeting_secrets = $4 WHERE organization_id = $1 AND id = $2";
    let statement = tx.sql(text).bind(organization).bind(id).bind(meeting).bind(secrets);
    statement.execute(&mut *tx).await?;
    Ok(())
}

/// Keeps, or forgets, a change in Outlook that the host decides about.
pub(crate) async fn set_proposal(
    tx: &mut Tx,
    (organization, id): (OrganizationId, BookingId),
    proposal: Option<Proposal>,
    now: Instant,
) -> Result<()> {
    let text = "UPDATE booking SET proposal = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2";
    tx.sql(text).bind(organization).bind(id).bind(proposal).bind(now).execute(&mut *tx).await?;
    Ok(())
}
