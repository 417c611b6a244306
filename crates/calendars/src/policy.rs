//! What counts when a calendar cannot be read: the host decides per calendar, and the default is to be closed.

use std::{fmt, str::FromStr, time::Duration};

use platform::{Instant, text_column};

/// How old what is known may be before a calendar counts as unreadable. Even with notifications every calendar is
/// asked every quarter of an hour, so that two rounds in a row must have failed.
pub(crate) const FRESH: Duration = Duration::from_secs(35 * 60);

/// The longest time for which old knowledge may be trusted: a week.
pub(crate) const MOST_MINUTES: u32 = 7 * 24 * 60;

/// What to do with a calendar that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenUnreadable {
    /// Nobody can book: every time counts as busy.
    #[default]
    Closed,
    /// What was read last still counts for this many minutes after it was read, never for fewer than 35; then as
    /// `Closed`.
    LastKnown { minutes: u32 },
    /// What was read last keeps counting, however old it is; unknown times are free.
    Open,
}

impl WhenUnreadable {
    /// Whether what was read at `read_at` still counts.
    pub fn trusts(self, read_at: Option<Instant>, now: Instant) -> bool {
        let Some(read_at) = read_at else { return self == Self::Open };
        let age = now.since(read_at);
        match self {
            Self::Closed => age <= FRESH,
            Self::LastKnown { minutes } => age <= FRESH.max(Duration::from_secs(u64::from(minutes) * 60)),
            Self::Open => true,
        }
    }
}

impl fmt::Display for WhenUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::LastKnown { minutes } => write!(f, "last_known:{minutes}"),
            Self::Open => f.write_str("open"),
        }
    }
}

impl FromStr for WhenUnreadable {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minutes = text.strip_prefix("last_known:").and_then(|minutes| minutes.parse().ok());
        match (text, minutes) {
            ("closed", _) => Ok(Self::Closed),
            ("open", _) => Ok(Self::Open),
            (_, Some(minutes)) if (1..=MOST_MINUTES).contains(&minutes) => Ok(Self::LastKnown { minutes }),
            _ => Err(format!("unknown policy {text:?}")),
        }
    }
}

text_column!(WhenUnreadable);

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    #[test]
    fn what_was_never_read_is_trusted_only_when_open() {
        let now = Instant::from_micros(0);
        let policies =
            [WhenUnreadable::Closed, WhenUnreadable::LastKnown { minutes: 90 }, WhenUnreadable::Open];
        assert_eq!(policies.map(|policy| policy.trusts(None, now)), [false, false, true]);
    }

    #[test]
    fn old_knowledge_ends_when_the_host_said() {
        let read = Instant::from_micros(0);
        let trusted = |policy: WhenUnreadable, age| policy.trusts(Some(read), read.after(minutes(age)));
        assert!(trusted(WhenUnreadable::Closed, 35) && !trusted(WhenUnreadable::Closed, 36));
        let known = WhenUnreadable::LastKnown { minutes: 90 };
        assert!(trusted(known, 90) && !trusted(known, 91));
        // A time shorter than the usual age of knowledge would close a calendar that is read well.
        assert!(trusted(WhenUnreadable::LastKnown { minutes: 1 }, 20));
        assert!(trusted(WhenUnreadable::Open, 100_000));
    }

    #[test]
    fn policies_are_stored_as_they_are_read() {
        for text in ["closed", "open", "last_known:90"] {
            assert_eq!(text.parse::<WhenUnreadable>().unwrap().to_string(), text);
        }
        for text in ["", "last_known:", "last_known:0", "last_known:10081", "last_known:-1", "OPEN"] {
            assert!(text.parse::<WhenUnreadable>().is_err(), "{text}");
        }
    }
}
