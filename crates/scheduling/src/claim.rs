//! Claims on hosts' time, buffers included. The database lets no two claims of one host overlap (migration 0008), so
//! whoever gets a claim has the time, on however many servers; the others see that it is taken.

use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::{AccountId, OrganizationId},
    ids, record,
};
use uuid::Uuid;

use crate::ids::Accounts;

ids! {
    /// One claim.
    ClaimId,
}

/// What a claim stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Hold(Uuid),
    Booking(Uuid),
}

impl Owner {
    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::Hold(id) => ("hold", id),
            Self::Booking(id) => ("booking", id),
        }
    }
}

/// The claimed time, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: Instant,
    pub end: Instant,
}

/// Tries to take a host's time for `owner`; false when something else has it.
pub(crate) async fn take(
    hub: &Hub,
    tx: &mut Tx,
    (organization, account): (OrganizationId, AccountId),
    span: Span,
    (owner, expires_at): (Owner, Option<Instant>),
) -> Result<bool> {
    forget_expired(hub, tx, (organization, account), span).await?;
    let (kind, id) = owner.parts();
    let text = "INSERT INTO claim (organization_id, id, account_id, starts_at, ends_at, owner_kind, owner_id, expires_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id";
    let taken: Option<(ClaimId,)> = tx
        .sql(text)
        .bind(organization)
        .bind(ClaimId::new(hub))
        .bind(account)
        .bind(span.start)
        .bind(span.end)
        .bind(kind.to_owned())
        .bind(id.to_string())
        .bind(expires_at)
        .returning(&mut *tx)
        .await?;
    Ok(taken.is_some())
}

/// Holds that have run out make room for whoever comes now.
async fn forget_expired(
    hub: &Hub,
    tx: &mut Tx,
    (organization, account): (OrganizationId, AccountId),
    span: Span,
) -> Result<()> {
    let text = "DELETE FROM claim WHERE organization_id = $1 AND account_id = $2 AND expires_at <= $3 \
                AND starts_at < $5 AND ends_at > $4";
    let statement = tx.sql(text).bind(organization).bind(account).bind(hub.now());
    statement.bind(span.start).bind(span.end).execute(&mut *tx).await?;
    Ok(())
}

/// Turns a living hold's claims into a booking's, for good; answers how many there were.
pub(crate) async fn hand_over(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    (hold, booking): (Uuid, Uuid),
) -> Result<u64> {
    let text = "UPDATE claim SET owner_kind = 'booking', owner_id = $3, expires_at = NULL \
                WHERE organization_id = $1 AND owner_id = $2 AND expires_at > $4";
    let statement = tx.sql(text).bind(organization).bind(hold.to_string()).bind(booking.to_string());
    Ok(statement.bind(hub.now()).execute(&mut *tx).await?)
}

/// Gives the time back.
pub(crate) async fn release(tx: &mut Tx, organization: OrganizationId, owner: Owner) -> Result<()> {
    let (_, id) = owner.parts();
    let text = "DELETE FROM claim WHERE organization_id = $1 AND owner_id = $2";
    tx.sql(text).bind(organization).bind(id.to_string()).execute(&mut *tx).await?;
    Ok(())
}

record! {
    /// A claim as others see it.
    #[derive(Clone, Debug)]
    pub(crate) struct Claimed {
        account_id: AccountId,
        starts_at: Instant,
        ends_at: Instant,
        owner_kind: String,
        owner_id: String,
    }
}

/// The living claims on these hosts that meet a span, without those of `except`.
pub(crate) async fn living(
    hub: &Hub,
    organization: OrganizationId,
    accounts: &[AccountId],
    span: Span,
    except: &[String],
) -> Result<Vec<Claimed>> {
    let text = hub.db().pick(
        "SELECT account_id, starts_at, ends_at, owner_kind, owner_id FROM claim WHERE organization_id = $1 \
         AND account_id IN (SELECT value FROM json_each($2)) AND ends_at > $3 AND starts_at < $4 \
         AND (expires_at IS NULL OR expires_at > $5)",
        "SELECT account_id, starts_at, ends_at, owner_kind, owner_id FROM claim WHERE organization_id = $1 \
         AND account_id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb))) AND ends_at > $3 AND starts_at < $4 \
         AND (expires_at IS NULL OR expires_at > $5)",
    );
    let statement = hub.db().sql(text).bind(organization).bind(Accounts(accounts.to_vec()));
    let mut claims: Vec<Claimed> =
        statement.bind(span.start).bind(span.end).bind(hub.now()).all(hub.db()).await?;
    claims.retain(|claim| !except.contains(&claim.owner_id));
    Ok(claims)
}

/// Deletes what ran out long ago and nobody asked for since.
pub(crate) async fn sweep(hub: &Hub) -> Result<()> {
    let text = "DELETE FROM claim WHERE expires_at <= $1";
    hub.db().sql(text).bind(hub.now()).execute(hub.db()).await?;
    Ok(())
}
