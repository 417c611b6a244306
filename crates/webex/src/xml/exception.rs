//! What the XML API's exception ids mean for the caller (Webex Meetings XML API reference, "Exception codes").

use std::time::Duration;

use oauth::{ApiError, ApiKind};

/// "Fail to forward request": the envelope could not be read.
pub const MALFORMED: &str = "000000";
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

/// Whether the fault lies in the request itself: Webex could not read it, or it could not even be written. The same request
/// fares no better another time.
pub fn is_our_fault(error: &ApiError) -> bool {
    error.kind == ApiKind::Bug && (error.status.is_none() || error.code.as_deref() == Some(MALFORMED))
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
        MALFORMED => ApiKind::Bug,
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

    /// Every id that Cisco's documents, recorded answers or kept clients name, and what it means here.
    const KNOWN: [(&str, ApiKind); 19] = [
        ("000000", ApiKind::Bug),
        ("000001", ApiKind::Forbidden),
        ("000015", ApiKind::NotFound),
        ("000035", ApiKind::Passing { retry_after: None }),
        ("000045", ApiKind::Passing { retry_after: Some(MINUTE) }),
        ("030001", ApiKind::NotFound),
        ("030002", ApiKind::Forbidden),
        ("030004", ApiKind::Conflict),
        ("030005", ApiKind::Conflict),
        ("030047", ApiKind::TokenRejected),
        ("030048", ApiKind::TokenRejected),
        ("060001", ApiKind::NotFound),
        ("060019", ApiKind::NotFound),
        ("060021", ApiKind::Forbidden),
        ("060026", ApiKind::Invalid),
        ("999999", ApiKind::Invalid),
        // Known as an id below others only, and by its name only.
        ("AS0001", ApiKind::Invalid),
        ("exceededSiteHostLimit", ApiKind::Invalid),
        ("", ApiKind::Invalid),
    ];

    #[test]
    fn ids_decide_and_sentences_do_not() {
        for (id, kind) in KNOWN {
            for sentence in ["", "Not a valid session ticket", "API Rate Limit Reach"] {
                let error = error(id, sentence);
                assert_eq!((error.kind, error.status), (kind, Some(200)), "{id}");
                assert_eq!(error.code.unwrap_or_default(), id);
            }
        }
    }

    #[test]
    fn a_ticket_is_renewed_a_minute_waited_and_a_wrong_request_given_up_for_one_id_each() {
        for (id, _) in KNOWN {
            let error = error(id, "x");
            assert_eq!(is_ticket_refused(&error), id == "030047", "{id}");
            assert_eq!(is_xml_throttled(&error), id == "000045", "{id}");
            assert_eq!(is_our_fault(&error), id == "000000", "{id}");
        }
    }

    #[test]
    fn an_odd_answer_is_no_wrong_request_and_one_that_could_not_be_written_is() {
        let odd = ApiError::bug(reqwest::StatusCode::OK, "x");
        assert!(!is_our_fault(&odd));
        assert!(is_our_fault(&ApiError { status: None, ..odd }));
        assert!(is_our_fault(&oauth::Refusal::bug("x").into()));
        assert!(!is_our_fault(&oauth::Refusal::passing("x").into()));
    }
}
