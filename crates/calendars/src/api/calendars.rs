//! Calendars.

use axum::{
    Extension,
    extract::{Path, Query, State},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result,
    api::{Cursor, Json, List, Problem},
    error::invalid_field,
    id::{AccountId, OrganizationId},
    not_found,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    CalendarLink, CalendarLinkId, WhenUnreadable, choice,
    policy::MOST_MINUTES,
    reading,
    store::{self, Choice, LinkFilter},
    subscriptions::{self, Subscription},
};

const TAG: &str = "Calendars";

/// What counts when a calendar cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PolicyBody {
    /// Every time counts as busy.
    Closed,
    /// What was read last counts for `last_known_minutes` after it was read, and for 35 minutes at least; then as `closed`.
    LastKnown,
    /// What was read last counts, however old it is.
    Open,
}

/// A calendar of a connected mailbox, and how its reading stands.
#[derive(Serialize, ToSchema)]
#[schema(as = CalendarBody)]
pub(super) struct CalendarBody {
    #[schema(value_type = String, format = Uuid)]
    id: CalendarLinkId,
    #[schema(value_type = String, format = Uuid)]
    account_id: AccountId,
    #[schema(value_type = String, format = Uuid)]
    connection_id: connections::ConnectionId,
    name: String,
    /// Who shares it, when it is not the account's own.
    shared_by: Option<String>,
    is_default: bool,
    /// Whether entries can be written into it.
    is_writable: bool,
    /// Whether what stands in it makes its host busy.
    makes_busy: bool,
    /// Whether the host's bookings are written into it; at most one calendar of an account.
    receives_bookings: bool,
    when_unreadable: PolicyBody,
    last_known_minutes: Option<u32>,
    /// When it was last read to the end; absent until then, and while it is not used.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Instant>,
    /// Until when its busy times are known.
    #[schema(value_type = Option<String>, format = DateTime)]
    known_until: Option<Instant>,
    /// What is known is older than it should be.
    is_stale: bool,
    /// Why it cannot be read at the moment, in words.
    trouble: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    trouble_since: Option<Instant>,
    /// Until when Microsoft tells of changes; absent where the calendar is asked every minute instead.
    #[schema(value_type = Option<String>, format = DateTime)]
    notified_until: Option<Instant>,
}

impl CalendarBody {
    fn new(link: CalendarLink, subscription: Option<&Subscription>, now: Instant) -> Self {
        let (when_unreadable, last_known_minutes) = match link.policy {
            WhenUnreadable::Closed => (PolicyBody::Closed, None),
            WhenUnreadable::LastKnown { minutes } => (PolicyBody::LastKnown, Some(minutes)),
            WhenUnreadable::Open => (PolicyBody::Open, None),
        };
        let alive = subscription.filter(|subscription| subscription.is_alive(now));
        Self {
            is_stale: link.is_used() && link.is_stale(now),
            id: link.id,
            account_id: link.account_id,
            connection_id: link.connection_id,
            name: link.name,
            shared_by: link.owner,
            is_default: link.is_default,
            is_writable: link.can_edit,
            makes_busy: link.makes_busy,
            receives_bookings: link.receives,
            when_unreadable,
            last_known_minutes,
            read_at: link.read_at,
            known_until: link.window_until,
            trouble: link.trouble,
            trouble_since: link.trouble_since,
            notified_until: alive.and_then(|subscription| subscription.expires_at),
        }
    }
}

/// What a calendar is used for.
#[derive(Deserialize, ToSchema)]
pub(super) struct CalendarChoice {
    makes_busy: bool,
    /// When true, no other calendar of the account receives bookings any more.
    receives_bookings: bool,
    when_unreadable: PolicyBody,
    /// From 1 to 10080, of which fewer than 35 count as 35; needed with `last_known`.
    #[serde(default)]
    last_known_minutes: Option<u32>,
}

impl CalendarChoice {
    fn read(&self) -> Result<Choice> {
        let policy = match (self.when_unreadable, self.last_known_minutes) {
            (PolicyBody::Closed, _) => WhenUnreadable::Closed,
            (PolicyBody::Open, _) => WhenUnreadable::Open,
            (PolicyBody::LastKnown, Some(minutes)) if (1..=MOST_MINUTES).contains(&minutes) => {
                WhenUnreadable::LastKnown { minutes }
            }
            (PolicyBody::LastKnown, _) => {
                return Err(invalid_field(
                    "last_known_minutes",
                    format!("A number from 1 to {MOST_MINUTES}."),
                ));
            }
        };
        Ok(Choice { makes_busy: self.makes_busy, receives: self.receives_bookings, policy })
    }
}

/// Which calendars are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only calendars of this account.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<AccountId>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many items at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

fn organization(actor: &Actor) -> Result<OrganizationId> {
    actor.organization().ok_or_else(|| not_found("calendar"))
}

fn parse(id: &str) -> Result<CalendarLinkId> {
    id.parse().map_err(|_| not_found("calendar"))
}

async fn body(hub: &Hub, link: CalendarLink) -> Result<CalendarBody> {
    let links = [link];
    let subscriptions = subscriptions::of_links(hub, links[0].organization_id, &links).await?;
    let [link] = links;
    Ok(CalendarBody::new(link, subscriptions.first(), hub.now()))
}

/// Lists the calendars of connected mailboxes with their health.
#[utoipa::path(get, path = "/api/v1/calendars", tag = TAG, operation_id = "list_calendars", params(ListQuery),
    security(("api_key" = ["connections:read"])),
    responses((status = 200, body = List<CalendarBody>), (status = "4XX", body = Problem)))]
pub(super) async fn list_calendars(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<CalendarBody>>> {
    let organization = organization(&actor)?;
    let cursor = Cursor { after: query.after, limit: query.limit };
    let filter = LinkFilter {
        account: query.account_id,
        after: cursor.after.clone(),
        limit: cursor.limit() + 1,
        ..LinkFilter::default()
    };
    let links = store::list(&hub, organization, &filter).await?;
    let subscriptions = subscriptions::of_links(&hub, organization, &links).await?;
    let body = |link: CalendarLink| {
        let subscription = subscriptions.iter().find(|known| known.link_id == link.id);
        CalendarBody::new(link, subscription, hub.now())
    };
    let bodies = links.into_iter().map(body).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body: &CalendarBody| body.id.to_string())))
}

/// Reads one calendar's settings and health.
#[utoipa::path(get, path = "/api/v1/calendars/{id}", tag = TAG, operation_id = "get_calendar",
    params(("id" = uuid::Uuid, Path, description = "the calendar's id")), security(("api_key" = ["connections:read"])),
    responses((status = 200, body = CalendarBody), (status = "4XX", body = Problem)))]
pub(super) async fn get_calendar(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<CalendarBody>> {
    let link = store::get(&hub, organization(&actor)?, parse(&id)?).await?;
    Ok(Json(body(&hub, link).await?))
}

/// Decides what a calendar is used for.
///
/// Entries that were written before stay where they are.
#[utoipa::path(put, path = "/api/v1/calendars/{id}", tag = TAG, operation_id = "update_calendar",
    params(("id" = uuid::Uuid, Path, description = "the calendar's id")), request_body = CalendarChoice,
    security(("api_key" = ["connections:write"])),
    responses((status = 200, body = CalendarBody), (status = "4XX", body = Problem)))]
pub(super) async fn update_calendar(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(choice): Json<CalendarChoice>,
) -> Result<Json<CalendarBody>> {
    let link = store::get(&hub, organization(&actor)?, parse(&id)?).await?;
    let place = (link.organization_id, link.account_id);
    choice::choose(&hub, &actor, place, &[(link.id, choice.read()?)]).await?;
    let link = store::get(&hub, link.organization_id, link.id).await?;
    Ok(Json(body(&hub, link).await?))
}

/// Has one calendar read soon.
///
/// It happens in the background; `read_at` tells when it is done, `trouble` why it is not.
#[utoipa::path(post, path = "/api/v1/calendars/{id}/readings", tag = TAG, operation_id = "read_calendar",
    params(("id" = uuid::Uuid, Path, description = "the calendar's id")), security(("api_key" = ["connections:write"])),
    responses((status = 202), (status = "4XX", body = Problem)))]
pub(super) async fn read_calendar(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    let link = store::get(&hub, organization(&actor)?, parse(&id)?).await?;
    let mut tx = hub.db().begin().await?;
    reading::soon(&hub, &mut tx, link.organization_id, link.id).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(StatusCode::ACCEPTED)
}
