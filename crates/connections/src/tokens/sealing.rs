//! Where a connection's tokens are sealed for.

use platform::{Hub, Result, id::OrganizationId, keys};
use secrecy::SecretString;
use vault::{Place, Sealed};

use crate::ConnectionId;

/// The two sealed columns of a connection.
pub(crate) const ACCESS: &str = "access_token";
pub(crate) const REFRESH: &str = "refresh_token";

/// Seals a token for this connection's column.
pub(crate) async fn seal_token(
    hub: &Hub,
    key: (OrganizationId, ConnectionId),
    column: &'static str,
    token: &SecretString,
) -> Result<String> {
    let (organization, row) = (key.0.to_string(), key.1.to_string());
    let place = Place { organization: &organization, table: "connection", column, row: &row };
    Ok(keys::seal(hub, &place, token).await?.as_str().to_owned())
}

/// Opens a token of this connection's column.
pub(crate) async fn open_token(
    hub: &Hub,
    key: (OrganizationId, ConnectionId),
    column: &'static str,
    sealed: &str,
) -> Result<SecretString> {
    let (organization, row) = (key.0.to_string(), key.1.to_string());
    let place = Place { organization: &organization, table: "connection", column, row: &row };
    keys::open(hub, &place, &Sealed::parse(sealed)?).await
}
