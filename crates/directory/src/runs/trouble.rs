//! What keeps a row from being done, sorted once: who must do what, whether waiting helps, or that it has failed.

use std::{fmt, time::Duration};

use connections::CallError;
use oauth::{ApiError, ApiKind};
use platform::{Error, Fault, Hub, Instant};

/// Tries of a row that passing trouble ends, before it has failed.
const MOST_FAILURES: i64 = 8;
/// Looks for an account that appears late on a site: about a quarter of an hour in all.
const MOST_LOOKS: i64 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
const FIRST_LOOK: Duration = Duration::from_secs(5);
const LONGEST_LOOK: Duration = Duration::from_secs(2 * 60);

/// Where something is changed; each can be closed to the administrator by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Door {
    People,
    Licences,
    /// A meeting site by its host name.
    Site(String),
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::People => f.write_str("people"),
            Self::Licences => f.write_str("licences"),
            Self::Site(site) => write!(f, "what people have on {site}"),
        }
    }
}

/// Why a row did not come to its end, or a part of it not.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A person must act before anything more can be done; says who and what.
    Hold(String),
    /// The provider forbids it: either to this administrator altogether, or for this person.
    Forbidden(ApiError),
    /// A change was forbidden although the administrator seems to have the role: the row is tried once more, after others
    /// have shown whether it is about this person.
    Denied { door: Door, say: String },
    /// It helps to wait.
    Passing { say: String, until: Option<Instant> },
    /// A site does not know the person yet.
    NotYet(String),
    /// It cannot be done, in words.
    Failed(String),
    /// The provider says no.
    Refused(ApiError),
    /// It is not there.
    Missing(ApiError),
    /// The database.
    Own(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.fault {
            Fault::Later(at) | Fault::TooMany(at) => Self::Passing { say: error.say, until: Some(at) },
            Fault::AskPerson | Fault::AppTrouble | Fault::NotFound | Fault::Forbidden => {
                Self::Hold(error.say)
            }
            Fault::Conflict => Self::Failed(error.say),
            _ => Self::Own(error),
        }
    }
}

impl Trouble {
    /// Sorts what a call ended with.
    pub(super) fn of(hub: &Hub, error: CallError) -> Self {
        match error {
            CallError::Own(error) if error.fault == Fault::Bug => {
                // One row that stumbles over a bug must not keep all the others.
                tracing::error!(?error, "a row of a run could not be worked on");
                Self::Passing { say: error.say, until: None }
            }
            CallError::Own(error) => error.into(),
            CallError::Provider(error) => Self::of_provider(error, hub.now()),
        }
    }

    fn of_provider(error: ApiError, now: Instant) -> Self {
        match error.kind {
            ApiKind::TokenRejected => Self::Hold(format!(
                "Webex no longer accepts the connection that changes people. Its administrator has to authorize again \
                 under Connections; then press Resume. Webex said: {error}"
            )),
            ApiKind::Forbidden => Self::Forbidden(error),
            ApiKind::NotFound => Self::Missing(error),
            ApiKind::Conflict | ApiKind::Invalid => Self::Refused(error),
            ApiKind::Passing { retry_after } => Self::Passing {
                say: format!(
                    "Webex did not answer as it should; it is tried again by itself. It said: {error}"
                ),
                until: retry_after.map(|wait| now.after(wait)),
            },
            ApiKind::Bug if webex::is_our_fault(&error) => {
                tracing::error!(?error, "a request for a row of a run is wrong in itself");
                Self::Failed(our_fault(&error))
            }
            ApiKind::Bug => Self::Passing {
                say: format!(
                    "Webex sent an answer that could not be understood; it is tried again by itself. {error}"
                ),
                until: None,
            },
        }
    }

    /// Whether this was the last try of a row that had so many failures before.
    pub(super) fn is_last(&self, failures: i64) -> bool {
        match self {
            Self::NotYet(_) => failures + 1 >= MOST_LOOKS,
            Self::Passing { .. } => failures + 1 >= MOST_FAILURES,
            _ => false,
        }
    }

    /// When a row is tried again that had so many failures before.
    pub(super) fn next_attempt(&self, hub: &Hub, failures: i64) -> Instant {
        let now = hub.now();
        let (first, longest, named) = match self {
            Self::NotYet(_) => (FIRST_LOOK, LONGEST_LOOK, None),
            Self::Passing { until, .. } => (FIRST_PAUSE, LONGEST_PAUSE, *until),
            _ => (FIRST_PAUSE, LONGEST_PAUSE, None),
        };
        let pause = doubled(first, failures).min(longest).mul_f64(hub.random().jitter());
        now.after(pause).max(named.unwrap_or(now))
    }
}

/// The first pause, doubled so often.
pub(super) fn doubled(first: Duration, times: i64) -> Duration {
    first.saturating_mul(1 << u32::try_from(times.clamp(0, 12)).unwrap_or(12))
}

/// Why the administrator's connection is of no use any more.
pub(super) fn lost_role(said: &str) -> String {
    format!(
        "Webex no longer lets the connected administrator change people. A full administrator has to give the role back in \
         Control Hub, or another administrator connects under Connections; then press Resume. Webex said: {said}"
    )
}

/// Changes are forbidden to one row after the other.
pub(super) fn nobody_may(door: &Door, said: &str) -> String {
    format!(
        "Webex forbids one change of {door} after the other. Most likely the connected administrator has lost a role: a full \
         administrator has to give it back in Control Hub (for a meeting site: make them an administrator of that site), or \
         another administrator connects under Connections; then press Resume. If nothing was lost, press Resume all the \
         same: whoever may really not be changed is then reported as failed. {said}"
    )
}

/// A request that is wrong in itself is so every time.
fn our_fault(error: &ApiError) -> String {
    format!(
        "Switchboard asked Webex in a way that is wrong in itself: this is a fault in Switchboard, and trying again does not \
         help. Report it with these words, and make the change in Control Hub until it is mended. If it is about a meeting \
         site, choosing the other way there under Directory and retrying the failed rows can help. {error}"
    )
}

/// A refusal in plain words, with what the provider said (Webex Licenses API, error codes).
pub(super) fn words(error: &ApiError) -> String {
    let plain = match error.code.as_deref() {
        Some("400112") => {
            "There may be no licence of this kind left: free one or buy more, then retry the failed rows."
        }
        Some("700006") => "Webex gives this licence by itself and does not let it be taken away.",
        Some("400404" | "400406" | "400407" | "400413") => {
            "It contradicts another licence of the person: take that one first."
        }
        Some("400408" | "700003" | "700004" | "700005") => "Another licence has to be given first.",
        Some("400411" | "400") => "A calling licence needs a number or a place; give it in Control Hub.",
        Some("400216") => "The organization has no such meeting site.",
        _ => match error.kind {
            ApiKind::Conflict => "It contradicts what Webex has, perhaps in another organization.",
            ApiKind::Forbidden => "Webex does not let it be changed for this person.",
            ApiKind::NotFound => "Webex does not find it.",
            _ => "Webex does not accept it.",
        },
    };
    format!("{plain} Webex said: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double() {
        assert_eq!(doubled(FIRST_PAUSE, 0), Duration::from_secs(15));
        assert_eq!(doubled(FIRST_PAUSE, 3), Duration::from_secs(120));
        assert!(doubled(FIRST_PAUSE, i64::MAX) > LONGEST_PAUSE);
    }

    #[test]
    fn what_is_wrong_in_itself_fails_at_once_and_an_odd_answer_is_tried_again() {
        let sorted = |status: Option<u16>, code: Option<&str>| {
            let (code, message) = (code.map(str::to_owned), "Fail to forward request:null".to_owned());
            let error = ApiError { kind: ApiKind::Bug, status, code, message, correlation: None };
            Trouble::of_provider(error, Instant::from_micros(0))
        };
        for (status, code) in [(Some(200), Some("000000")), (None, None)] {
            let Trouble::Failed(say) = sorted(status, code) else { panic!("{code:?} is tried again") };
            assert!(say.contains("fault in Switchboard") && say.contains("does not help"), "{say}");
            assert!(say.contains("Report it") && say.contains("Fail to forward"), "{say}");
        }
        let odd = sorted(Some(200), None);
        assert!(
            matches!(&odd, Trouble::Passing { say, until: None } if say.contains("tried again by itself"))
        );
    }

    #[test]
    fn passing_trouble_is_tried_eight_times_and_a_late_account_ten_times() {
        let passing = Trouble::Passing { say: String::new(), until: None };
        assert!(!passing.is_last(6) && passing.is_last(7));
        let late = Trouble::NotYet(String::new());
        assert!(!late.is_last(8) && late.is_last(9));
        assert!(!Trouble::Hold(String::new()).is_last(99));
    }
}
