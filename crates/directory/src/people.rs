//! The people who were read: searched, filtered, taken over from what a change answered.

use platform::{Hub, Instant, Result, db::Tx, id::OrganizationId, record};
use webex::PersonRecord;

record! {
    /// A person as lists show them.
    #[derive(Clone, Debug)]
    pub(crate) struct Listed {
        id: String,
        email_key: String,
        sort_key: String,
        department: String,
        /// Ids, divided by blanks.
        licences: String,
        /// Host names, divided by blanks.
        sites: String,
        is_active: bool,
        is_pending: bool,
        /// JSON as Webex sent it (`webex::PersonRecord`).
        record: String,
        read_at: Instant,
    }
}

/// Which people are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeopleFilter {
    /// Part of a name or an address.
    pub(crate) search: Option<String>,
    /// A licence's id.
    pub(crate) licence: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) site: Option<String>,
    /// `active`, `inactive` or `pending`.
    pub(crate) status: Option<String>,
    /// Those after this person, in the order of names.
    pub(crate) after: Option<(String, String)>,
    pub(crate) limit: i64,
}

/// People in the order of their names.
pub(crate) async fn list(
    _hub: &Hub,
    _organization: OrganizationId,
    _filter: &PeopleFilter,
) -> Result<Vec<Listed>> {
    Err(platform::bug("not built yet"))
}

/// How many people fit.
pub(crate) async fn count(_hub: &Hub, _organization: OrganizationId, _filter: &PeopleFilter) -> Result<i64> {
    Err(platform::bug("not built yet"))
}

/// The person with this id, as last read.
pub(crate) async fn find(_hub: &Hub, _organization: OrganizationId, _id: &str) -> Result<Option<Listed>> {
    Err(platform::bug("not built yet"))
}

/// The departments that people are in, in the order of the alphabet.
pub(crate) async fn departments(_hub: &Hub, _organization: OrganizationId) -> Result<Vec<String>> {
    Err(platform::bug("not built yet"))
}

/// Keeps a person as a change has left them.
pub(crate) async fn take_over(
    _hub: &Hub,
    _tx: &mut Tx,
    _organization: OrganizationId,
    _record: &PersonRecord,
) -> Result<()> {
    Err(platform::bug("not built yet"))
}
