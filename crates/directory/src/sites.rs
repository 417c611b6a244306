//! Meeting sites: which of the two APIs answers for each, what it offers, and what a person has there.

use connections::CallError;
use platform::{Actor, Hub, Instant, Result, id::OrganizationId, json_column, record};
use serde::{Deserialize, Serialize};
use webex::PersonRecord;

use crate::{
    gate::Asker,
    plan::{Catalog, Change, Membership, SiteFact},
    planning::words,
};

/// Which API answers for a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Rest,
    Xml,
}

words!(Way { Rest => "rest", Xml => "xml" });
json_column!(SiteFact);

record! {
    /// A meeting site as stored.
    #[derive(Clone, Debug)]
    pub(crate) struct Site {
        organization_id: OrganizationId,
        /// Its host name.
        site: String,
        /// What the probe found; nothing where neither answers.
        found_way: Option<Way>,
        /// What an administrator decided; goes before the probe.
        chosen_way: Option<Way>,
        facts: SiteFact,
        /// Of the XML API.
        version: Option<String>,
        /// Why it cannot be read, in words.
        trouble: Option<String>,
        read_at: Option<Instant>,
    }
}

/// The sites by name.
pub(crate) async fn list(_hub: &Hub, _organization: OrganizationId) -> Result<Vec<Site>> {
    Err(platform::bug("not built yet"))
}

/// Everything that wishes can name: licences and sites as last read.
pub(crate) async fn catalog(_hub: &Hub, _organization: OrganizationId) -> Result<Catalog> {
    Err(platform::bug("not built yet"))
}

/// An administrator decides which API is used for a site; nothing: what the probe found.
pub(crate) async fn choose_way(_hub: &Hub, _actor: &Actor, _site: &str, _way: Option<Way>) -> Result<()> {
    Err(platform::bug("not built yet"))
}

/// Asks a site what this person has there.
pub(crate) async fn read_membership(
    _hub: &Hub,
    _asker: Asker,
    _site: &Site,
    _person: &PersonRecord,
) -> Result<Membership, CallError> {
    Err(CallError::Own(platform::bug("not built yet")))
}

/// Changes what this person has on a site, by the site's way; changes of other things are passed over.
pub(crate) async fn write_membership(
    _hub: &Hub,
    _asker: Asker,
    _site: &Site,
    _person: &PersonRecord,
    _changes: &[Change],
) -> Result<(), CallError> {
    Err(CallError::Own(platform::bug("not built yet")))
}

/// Keeps what was read.
pub(crate) async fn remember(
    _hub: &Hub,
    _organization: OrganizationId,
    _person: &str,
    _site: &str,
    _membership: &Membership,
) -> Result<()> {
    Err(platform::bug("not built yet"))
}
