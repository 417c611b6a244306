//! A plan as a JSON document, in pieces, so that no plan is too large to be downloaded:
//!
//! ```json
//! {"format": "switchboard-plan/1", "id": "…", "name": "…", "source": "file", "state": "ready", "created_by": "…",
//!  "created_at": "…", "counts": {…}, "stock": [{…}],
//!  "rows": [{"number": 1, "row": 2, "person_id": "…", "email": "…", "name": "…", "kind": "change", "loses": false,
//!            "changes": [{"field": "department", "now": "…", "then": "…"}], "refused": [{"what": "…", "why": "…"}]}]}
//! ```
//!
//! Sent back, it names the plan that it was made from by its `id`; what is applied is the plan as it is stored.

use futures_util::stream::{self, BoxStream, StreamExt};
use platform::{Hub, Result, error::invalid_field, id::OrganizationId};
use serde::Deserialize;
use serde_json::json;

use super::{
    model::{Plan, PlanId, PlanRow, RowFilter},
    store,
};

/// What the document says it is.
const FORMAT: &str = "switchboard-plan/1";
/// How many rows one piece holds.
const PAGE: i64 = 500;

/// How far the document is written.
enum At {
    Head(Box<Plan>),
    After(i64),
    End,
}

/// The document in pieces.
pub(super) async fn write(
    hub: &Hub,
    organization: OrganizationId,
    id: PlanId,
) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
    let plan = store::get(hub, organization, id).await?;
    let start = (hub.clone(), organization, id, At::Head(Box::new(plan)));
    let pieces = stream::try_unfold(start, |(hub, organization, id, at)| async move {
        let (piece, next) = match at {
            At::Head(plan) => (head(&plan), At::After(0)),
            At::After(number) => {
                let found = store::rows(&hub, (organization, id), RowFilter::default(), number, PAGE).await?;
                let next = found.last().map_or(At::End, |row| At::After(row.number));
                (lines(&found, number == 0), next)
            }
            At::End => return Ok(None),
        };
        Ok(Some((piece.into_bytes(), (hub, organization, id, next))))
    });
    Ok(pieces.boxed())
}

/// Everything before the rows.
fn head(plan: &Plan) -> String {
    let stock: Vec<_> = plan.stock.0.values().collect();
    let head = json!({
        "format": FORMAT, "id": plan.id, "name": plan.name, "source": plan.source, "state": plan.state,
        "created_by": plan.created_by, "created_at": plan.created_at, "counts": plan.counts, "stock": stock,
    });
    let text = head.to_string();
    format!("{},\"rows\":[", text.strip_suffix('}').unwrap_or(&text))
}

fn lines(rows: &[PlanRow], is_first: bool) -> String {
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text.push_str(if is_first && index == 0 { "\n" } else { ",\n" });
        text.push_str(&line(row).to_string());
    }
    if rows.is_empty() {
        text.push_str("]}\n");
    }
    text
}

fn line(row: &PlanRow) -> serde_json::Value {
    json!({
        "number": row.number, "row": row.file_row, "person_id": row.person_id, "email": row.email,
        "name": row.name, "kind": row.kind, "loses": row.loses, "changes": row.changes.0, "refused": row.refused.0,
    })
}

/// The plan that a document was made from.
pub(super) fn id_of(document: &[u8]) -> Result<PlanId> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
        id: PlanId,
    }
    const WHY: &str = "This is not a plan as Switchboard writes it. Download the plan again, or give its id.";
    let head: Head =
        serde_json::from_slice(document).map_err(|error| invalid_field("plan", WHY).because(error))?;
    if head.format == FORMAT { Ok(head.id) } else { Err(invalid_field("plan", WHY)) }
}
