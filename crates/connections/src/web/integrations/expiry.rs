//! How long client secrets still live, as a picture and in words.

use platform::Instant;

use super::view;
use crate::integrations::{Secret, SecretPlace};

/// The days that the picture shows; Entra's secrets live at most 24 months.
const DAYS_SHOWN: i64 = 730;
/// From here on administrators are reminded.
const WARN_DAYS: i64 = 60;
const URGENT_DAYS: i64 = 7;
const DAY_SECONDS: i64 = 86_400;

/// The rest of a secret's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expiry {
    pub at: Option<Instant>,
    /// Whole days until then, negative once it is over.
    days: Option<i64>,
}

impl Expiry {
    pub(super) fn new(at: Option<Instant>, now: Instant) -> Self {
        let days = at.map(|at| (at.seconds() - now.seconds()).div_euclid(DAY_SECONDS));
        Self { at, days }
    }

    /// The filled part of a bar of 730 days; none when no date was entered.
    pub(super) fn bar(&self) -> Option<i64> {
        self.days.map(|days| days.clamp(0, DAYS_SHOWN))
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match self.days {
            None => "no expiry date entered".to_owned(),
            Some(..-1) => format!("expired {} days ago", -self.days.unwrap_or_default()),
            Some(-1) => "has expired".to_owned(),
            Some(0) => "expires within a day".to_owned(),
            Some(1) => "expires in 1 day".to_owned(),
            Some(days) => format!("expires in {days} days"),
        }
    }

    /// Whether it is time for a new secret.
    pub(super) fn is_close(&self) -> bool {
        self.days.is_some_and(|days| days < WARN_DAYS)
    }

    /// The badge that goes with it.
    pub(super) fn badge(&self) -> &'static str {
        match self.days {
            Some(..URGENT_DAYS) => "failed",
            Some(..WARN_DAYS) => "attention",
            Some(_) => "ok",
            None => "off",
        }
    }

    /// The colour of its bar.
    pub(super) fn colour(&self) -> &'static str {
        match self.badge() {
            "failed" => "var(--bad)",
            "attention" => "var(--warn)",
            _ => "var(--good)",
        }
    }
}

/// A secret as pages show it; its value is not here.
pub(super) struct SecretView {
    pub secret: Secret,
    pub expiry: Expiry,
}

impl SecretView {
    pub(super) fn new(secret: Secret, now: Instant) -> Self {
        Self { expiry: Expiry::new(secret.expires_on, now), secret }
    }

    pub(super) fn place(&self) -> &'static str {
        match self.secret.place {
            SecretPlace::Current => "Current",
            SecretPlace::Next => "Next",
        }
    }

    pub(super) fn verdict_badge(&self) -> &'static str {
        view::badge(self.secret.verdict.as_ref())
    }

    pub(super) fn place_meaning(&self) -> &'static str {
        match self.secret.place {
            SecretPlace::Current => "in use",
            SecretPlace::Next => "takes over by itself when the current one is refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn after_days(days: u64) -> Expiry {
        let now = Instant::from_micros(1_790_000_000_000_000);
        Expiry::new(Some(now.after(Duration::from_secs(days * 86_400 + 60))), now)
    }

    #[test]
    fn the_picture_grows_with_the_days_and_ends_at_two_years() {
        assert_eq!(after_days(0).bar(), Some(0));
        assert_eq!(after_days(400).bar(), Some(400));
        assert_eq!(after_days(4000).bar(), Some(730));
        assert_eq!(Expiry::new(None, Instant::from_micros(0)).bar(), None);
    }

    #[test]
    fn tone_and_words_follow_the_reminders() {
        let facts = [(400, "ok", false), (60, "ok", false), (59, "attention", true), (6, "failed", true)];
        for (days, badge, is_close) in facts {
            let expiry = after_days(days);
            assert_eq!((expiry.badge(), expiry.is_close()), (badge, is_close), "{days} days");
            assert_eq!(expiry.words(), format!("expires in {days} days"));
        }
        assert_eq!(after_days(0).words(), "expires within a day");
    }

    #[test]
    fn a_secret_that_is_over_says_so() {
        let now = Instant::from_micros(1_790_000_000_000_000);
        let over = |days: u64| Expiry::new(Some(now.before(Duration::from_secs(days * 86_400 - 60))), now);
        assert_eq!((over(1).words().as_str(), over(1).badge()), ("has expired", "failed"));
        assert_eq!((over(3).words().as_str(), over(3).bar()), ("expired 3 days ago", Some(0)));
        let extreme = Expiry::new(Some(Instant::from_micros(i64::MIN)), Instant::from_micros(i64::MAX));
        assert_eq!(extreme.bar(), Some(0));
    }
}
