//! What a mail says, sealed while it waits: it may hold a link that lets somebody in.

use platform::{
    Hub, Result, bug,
    id::OrganizationId,
    keys::{self, SealedColumn},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use vault::{Place, Sealed};

use crate::{CalendarPart, Language, MailId};

/// Every column of this room that holds sealed values.
pub const SEALED: &[SealedColumn] = &[SealedColumn { table: "mail", column: "body" }];

/// The two forms of the same letter, and whatever else the message is put together from.
#[derive(Serialize, Deserialize)]
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) html: String,
    // Mails written before these existed have none of them.
    #[serde(default)]
    pub(crate) language: Language,
    #[serde(default)]
    pub(crate) calendar: Option<CalendarPart>,
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
    #[serde(default)]
    pub(crate) from_name: Option<String>,
}

impl Body {
    /// Sealed for the row of this mail only.
    pub(crate) async fn seal(&self, hub: &Hub, organization: OrganizationId, mail: MailId) -> Result<String> {
        let json = serde_json::to_string(self).map_err(|error| bug("a mail's text").because(error))?;
        let (organization, row) = (organization.to_string(), mail.to_string());
        let sealed = keys::seal(hub, &place(&organization, &row), &SecretString::from(json)).await?;
        Ok(sealed.as_str().to_owned())
    }

    /// Opens what [`Body::seal`] made for this mail.
    pub(crate) async fn open(
        hub: &Hub,
        organization: OrganizationId,
        mail: MailId,
        sealed: String,
    ) -> Result<Self> {
        let (organization, row) = (organization.to_string(), mail.to_string());
        let json = keys::open(hub, &place(&organization, &row), &Sealed::parse(sealed)?).await?;
        serde_json::from_str(json.expose_secret()).map_err(|_| bug("a sealed mail has another shape"))
    }
}

fn place<'a>(organization: &'a str, row: &'a str) -> Place<'a> {
    Place { organization, table: "mail", column: "body", row }
}
