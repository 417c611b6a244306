//! What the XML API's exception ids mean for the caller (Webex Meetings XML API reference, "Exception codes").

use std::time::Duration;

use oauth::{ApiError, ApiKind};

/// No record matches; of a list this says that it is empty.
pub const NO_RECORD: &str = "000015";
/// "API Rate Limit Reach": the caller's minute is used up.
pub const THROTTLED: &str = "000045";
/// "Not a valid session ticket": expired, revoked, or never one.
pub const TICKET_REFUSED: &str = "030047";

/// Windows of the XML API's throttle are a minute long.
const MINUTE: Duration = Duration::from_secs(60);

/// Whether the session ticket is no longer accepted: a new one is needed, and the operation was not done.
pub fn is_ticket_refused(error: &ApiError) -> bool {
    error.code.as_deref() == Some(TICKET_REFUSED)
}

/// Whether the XML API asks to wait a minute.
pub fn is_xml_throttled(error: &ApiError) -> bool {
    error.code.as_deref() == Some(THROTTLED)
}

/// An exception as the error that the rooms above know.
pub(crate) fn error(code: &str, message: &str) -> ApiError {
    let kind = match code {
        // The access token or the ticket made from it.
        TICKET_REFUSED | "030048" => ApiKind::TokenRejected,
        "000001" | "030002" | "060021" => ApiKind::Forbidden,
        NO_RECORD | "030001" | "060001" | "060019" => ApiKind::NotFound,
        "030004" | "030005" => ApiKind::Conflict,
        THROTTLED => ApiKind::Passing { retry_after: Some(MINUTE) },
        "000035" => ApiKind::Passing { retry_after: None },
        "000000" => ApiKind::Bug,
        _ => ApiKind::Invalid,
    };
    ApiError {
        kind,
        status: Some(200),
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: message.to_owned(),
        correlation: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_decide_and_sentences_do_not() {
        assert_eq!(error("000045", "x").kind, ApiKind::Passing { retry_after: Some(MINUTE) });
        assert_eq!(error("000001", "x").kind, ApiKind::Forbidden);
        assert_eq!(error("030001", "x").kind, ApiKind::NotFound);
        assert_eq!(error("999999", "x").kind, ApiKind::Invalid);
        assert!(is_ticket_refused(&error("030047", "x")) && !is_ticket_refused(&error("030048", "x")));
        assert_eq!(error("", "x").code, None);
    }
}
