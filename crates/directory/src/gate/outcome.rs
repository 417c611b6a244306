//! What a provider's answer means for the pace.

use oauth::{ApiError, ApiKind};
use pace::{Micros, Outcome};
use webex::is_xml_throttled;

/// What the XML API's windows last (Webex Meetings XML API, exception 000045).
const XML_PAUSE: Micros = 60_000_000;
/// A longer pause is not believed: it would stop everything for a slip of the provider's.
const LONGEST_PAUSE: Micros = 600_000_000;

/// Sorts an answer, or the lack of one.
pub(super) fn of(error: Option<&ApiError>) -> Outcome {
    let Some(error) = error else { return Outcome::Accepted };
    let named = match error.kind {
        ApiKind::Passing { retry_after } => retry_after,
        _ => None,
    };
    let named = named.map(|pause| Micros::try_from(pause.as_micros()).unwrap_or(Micros::MAX));
    let retry_after = named.map(|pause| pause.min(LONGEST_PAUSE));
    match error.status {
        _ if is_xml_throttled(error) => Outcome::Throttled { retry_after: retry_after.or(Some(XML_PAUSE)) },
        Some(429) => Outcome::Throttled { retry_after },
        None | Some(500..) => Outcome::Failed,
        Some(_) => Outcome::Accepted,
    }
}

/// The same for a request that Webex counts with those of another API.
pub(super) fn of_another_api(error: Option<&ApiError>) -> Outcome {
    match of(error) {
        Outcome::Accepted => Outcome::Elsewhere,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(status: Option<u16>, code: Option<&str>, retry_after: Option<u64>) -> ApiError {
        let retry_after = retry_after.map(Duration::from_secs);
        let kind = ApiKind::Passing { retry_after };
        ApiError { kind, status, code: code.map(str::to_owned), message: String::new(), correlation: None }
    }

    #[test]
    fn only_too_many_is_too_many() {
        let sort = |status, code, pause| of(Some(&error(status, code, pause)));
        assert_eq!(of(None), Outcome::Accepted);
        assert_eq!(sort(Some(429), None, Some(2)), Outcome::Throttled { retry_after: Some(2_000_000) });
        assert_eq!(sort(Some(429), None, None), Outcome::Throttled { retry_after: None });
        assert_eq!(
            sort(Some(200), Some("000045"), None),
            Outcome::Throttled { retry_after: Some(XML_PAUSE) }
        );
        assert_eq!(sort(Some(503), None, None), Outcome::Failed);
        assert_eq!(of_another_api(None), Outcome::Elsewhere);
        assert_eq!(of_another_api(Some(&error(Some(503), None, None))), Outcome::Failed);
        assert_eq!(sort(None, None, None), Outcome::Failed);
        assert_eq!(sort(Some(404), None, None), Outcome::Accepted);
        assert_eq!(sort(Some(423), None, Some(5)), Outcome::Accepted);
        assert_eq!(sort(Some(200), Some("030001"), None), Outcome::Accepted);
    }

    #[test]
    fn nobody_is_closed_out_for_a_day() {
        let Outcome::Throttled { retry_after } = of(Some(&error(Some(429), None, Some(86_400)))) else {
            panic!("not throttled")
        };
        assert_eq!(retry_after, Some(LONGEST_PAUSE));
    }
}
