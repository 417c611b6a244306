//! What is sealed in a booking: the token of the visitor's link, and what only participants of its meeting may see.

use platform::{Hub, Result, bug, id::OrganizationId, keys, random::fingerprint};
use secrecy::{ExposeSecret, SecretString};
use vault::{Place, Sealed};

use super::{Booking, BookingId, MeetingSecrets, store};

const MANAGE_TOKEN: &str = "manage_token";
const MEETING_SECRETS: &str = "meeting_secrets";

/// The booking behind a visitor's link; a wrong link leads nowhere, whatever is wrong with it.
pub(crate) async fn by_manage_token(hub: &Hub, token: &str) -> Result<Option<Booking>> {
    store::by_manage_hash(hub, fingerprint(token)).await
}

/// The token in the visitor's link.
pub(crate) async fn manage_token(hub: &Hub, booking: &Booking) -> Result<String> {
    let key = (booking.organization_id, booking.id);
    Ok(open(hub, key, MANAGE_TOKEN, &booking.manage_token).await?.expose_secret().to_owned())
}

/// The absolute address of the page on which the visitor sees, moves and cancels the booking.
pub(crate) async fn manage_link(hub: &Hub, booking: &Booking) -> Result<String> {
    Ok(hub.settings().url(&format!("/booking/{}", manage_token(hub, booking).await?)))
}

/// A new link's token, as its fingerprint and in the sealed form that is stored.
pub(super) async fn seal_manage_token(
    hub: &Hub,
    key: (OrganizationId, BookingId),
    token: &str,
) -> Result<(String, String)> {
    Ok((fingerprint(token), seal(hub, key, MANAGE_TOKEN, token.to_owned()).await?))
}

/// What the participants of the meeting need beyond its link.
pub(crate) async fn meeting_secrets(hub: &Hub, booking: &Booking) -> Result<MeetingSecrets> {
    let Some(sealed) = &booking.meeting_secrets else { return Ok(MeetingSecrets::default()) };
    let text = open(hub, (booking.organization_id, booking.id), MEETING_SECRETS, sealed).await?;
    serde_json::from_str(text.expose_secret())
        .map_err(|error| bug("a meeting's sealed data have another shape").because(error))
}

/// Seals what participants need, for [`super::set_meeting`].
pub(crate) async fn seal_meeting_secrets(
    hub: &Hub,
    key: (OrganizationId, BookingId),
    secrets: &MeetingSecrets,
) -> Result<String> {
    let text = serde_json::to_string(secrets)
        .map_err(|error| bug("a meeting's data cannot be written").because(error))?;
    seal(hub, key, MEETING_SECRETS, text).await
}

async fn seal(
    hub: &Hub,
    (organization, booking): (OrganizationId, BookingId),
    column: &str,
    text: String,
) -> Result<String> {
    let (organization, row) = (organization.to_string(), booking.to_string());
    let place = Place { organization: &organization, table: "booking", column, row: &row };
    Ok(keys::seal(hub, &place, &SecretString::from(text)).await?.as_str().to_owned())
}

async fn open(
    hub: &Hub,
    (organization, booking): (OrganizationId, BookingId),
    column: &str,
    sealed: &str,
) -> Result<SecretString> {
    let (organization, row) = (organization.to_string(), booking.to_string());
    let place = Place { organization: &organization, table: "booking", column, row: &row };
    keys::open(hub, &place, &Sealed::parse(sealed)?).await
}
