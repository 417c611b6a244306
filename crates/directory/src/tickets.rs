//! Session tickets of the Meetings XML API: made from an access token, sealed, one for each connection and site, renewed
//! before their ninety minutes are over, revoked when nobody needs them.

use connections::CallError;
use platform::{Hub, Result};
use webex::SessionTicket;

use crate::gate::Asker;

/// A ticket that is good for some minutes more.
pub(crate) async fn hold(_hub: &Hub, _asker: Asker, _site: &str) -> Result<SessionTicket, CallError> {
    Err(CallError::Own(platform::bug("not built yet")))
}

/// The site refused this ticket before its time: it is not handed out again.
pub(crate) async fn distrust(
    _hub: &Hub,
    _asker: Asker,
    _site: &str,
    _ticket: &SessionTicket,
) -> Result<(), CallError> {
    Ok(())
}

/// Round: revokes tickets that no run needs, that are about to end, or whose connection was removed.
pub(crate) async fn end_unused(_hub: Hub) -> Result<()> {
    Ok(())
}
