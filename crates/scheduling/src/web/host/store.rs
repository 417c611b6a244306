//! What the pages ask the database beyond what the room's verbs know.

use platform::{
    Hub, Instant, Result,
    id::{AccountId, OrganizationId},
    record,
};

use crate::{
    booking::{BookingId, BookingState},
    steps::StepState,
};

record! {
    /// The state of one step of one booking.
    pub(super) struct StepRow {
        booking_id: BookingId,
        state: StepState,
    }
}

/// The steps of all bookings of a host that begin in a span.
pub(super) async fn steps_between(
    hub: &Hub,
    (organization, host): (OrganizationId, AccountId),
    (from, to): (Instant, Instant),
) -> Result<Vec<StepRow>> {
    let text = "SELECT step.booking_id, step.state FROM booking_step step JOIN booking_host host \
                ON host.organization_id = step.organization_id AND host.booking_id = step.booking_id \
                WHERE host.organization_id = $1 AND host.account_id = $2 AND host.starts_at >= $3 \
                AND host.starts_at < $4";
    Ok(hub.db().sql(text).bind(organization).bind(host).bind(from).bind(to).all(hub.db()).await?)
}

/// Which part of the list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Coming,
    Past,
    Cancelled,
}

/// The list that is asked for.
pub(super) struct Wanted {
    pub(super) host: Option<AccountId>,
    pub(super) part: Part,
    /// Part of a visitor's name or address.
    pub(super) search: String,
    pub(super) skip: i64,
    pub(super) limit: i64,
}

record! {
    /// The id of a booking.
    pub(super) struct Found {
        id: BookingId,
    }
}

/// The ids of the bookings in the list: coming ones by their start, the others latest first.
pub(super) async fn listed(
    hub: &Hub,
    organization: OrganizationId,
    wanted: &Wanted,
) -> Result<Vec<BookingId>> {
    let (state, is_past) = match wanted.part {
        Part::Coming => (BookingState::Confirmed, false),
        Part::Past => (BookingState::Confirmed, true),
        Part::Cancelled => (BookingState::Cancelled, false),
    };
    let name = hub.db().pick("json_extract(visitor, '$.name')", "CAST(visitor AS jsonb) ->> 'name'");
    let time = match wanted.part {
        Part::Coming => "AND ends_at > $4 ",
        Part::Past => "AND ends_at <= $4 ",
        Part::Cancelled => "AND $4 > 0 ",
    };
    let order = if is_past || state == BookingState::Cancelled { "DESC" } else { "ASC" };
    let text = format!(
        "SELECT id FROM booking WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id IN \
         (SELECT booking_id FROM booking_host WHERE organization_id = $1 AND account_id = $2)) \
         AND state = $3 {time}\
         AND ($5 = '' OR visitor_email LIKE $5 ESCAPE '!' OR LOWER({name}) LIKE $5 ESCAPE '!') \
         ORDER BY starts_at {order}, id {order} LIMIT $6 OFFSET $7"
    );
    let statement = hub.db().sql(platform::db::built(text)).bind(organization).bind(wanted.host).bind(state);
    let statement = statement.bind(hub.now()).bind(pattern(&wanted.search));
    let found: Vec<Found> = statement.bind(wanted.limit).bind(wanted.skip).all(hub.db()).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// The text anywhere, its own wildcards taken literally.
fn pattern(search: &str) -> String {
    let search = search.trim().to_lowercase();
    if search.is_empty() {
        return String::new();
    }
    let literal: String = search
        .chars()
        .flat_map(|it| if matches!(it, '%' | '_' | '!') { vec!['!', it] } else { vec![it] })
        .collect();
    format!("%{literal}%")
}

record! {
    /// How many coming bookings of a host need a person.
    struct Needy {
        proposals: i64,
        failed: i64,
    }
}

/// How many coming bookings of a host wait for a decision, and how many have a step that a person must mend.
pub(super) async fn needing(
    hub: &Hub,
    (organization, host): (OrganizationId, AccountId),
) -> Result<(i64, i64)> {
    let text = "SELECT COUNT(CASE WHEN b.proposal IS NOT NULL THEN 1 END) AS proposals, \
                COUNT(CASE WHEN EXISTS (SELECT 1 FROM booking_step s WHERE s.organization_id = b.organization_id \
                AND s.booking_id = b.id AND s.state = 'failed') THEN 1 END) AS failed \
                FROM booking_host h JOIN booking b ON b.organization_id = h.organization_id AND b.id = h.booking_id \
                WHERE h.organization_id = $1 AND h.account_id = $2 AND h.is_active AND h.starts_at > $3";
    let row: Needy = hub.db().sql(text).bind(organization).bind(host).bind(hub.now()).one(hub.db()).await?;
    Ok((row.proposals, row.failed))
}
