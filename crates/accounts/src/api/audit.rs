//! The audit trail in the API.

use axum::{
    Extension,
    extract::{Query, State},
};
use platform::{
    Actor, Hub, Result,
    api::{Cursor, Json, List, Problem},
    audit::{self, AuditEntry, AuditFilter},
};
use serde::Deserialize;

use super::organization;

/// Which page of which entries is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The kind of thing: `integration`, `connection`, `account`, `api_key`.
    subject: Option<String>,
    subject_id: Option<String>,
    /// The `next` of the page before; absent for the first page.
    after: Option<String>,
    /// How many entries at most; 1 to 200, 50 when absent.
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/audit", tag = "Audit", summary = "Read the audit trail",
    description = "Who did what to what, when and from where; newest first. Needs the scope audit:read.",
    params(AuditQuery),
    responses(
        (status = 200, body = List<AuditEntry>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["audit:read"]))
)]
pub(crate) async fn list_audit_entries(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<List<AuditEntry>>> {
    let cursor = Cursor { after: query.after, limit: query.limit };
    let filter = AuditFilter { subject: query.subject, subject_id: query.subject_id };
    let organization = organization(&actor)?;
    let rows = audit::list(&hub, organization, &filter, cursor.after.as_deref(), cursor.limit() + 1).await?;
    Ok(Json(List::from_rows(rows, &cursor, |entry| entry.id.clone())))
}
