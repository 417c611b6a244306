//! The sandbox's own time: the machine's, moved by an offset, or standing still for repeatable tests.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A clock that tests and the control interface can move; everything that expires asks this one.
#[derive(Debug)]
pub struct Clock(Mutex<Setting>);

#[derive(Debug)]
struct Setting {
    fixed: Option<Timestamp>,
    offset: SignedDuration,
}

impl Clock {
    /// A clock that runs with the machine, or stands at `fixed` until it is advanced.
    pub fn new(fixed: Option<Timestamp>) -> Self {
        Self(Mutex::new(Setting { fixed, offset: SignedDuration::ZERO }))
    }

    /// The sandbox's current instant (UTC).
    pub fn now(&self) -> Timestamp {
        let setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let start = setting.fixed.unwrap_or_else(machine_time);
        start.saturating_add(setting.offset).unwrap_or(start)
    }

    /// Moves the clock by whole seconds, also backwards; positions outside the calendar are ignored.
    pub fn advance(&self, seconds: i64) {
        let mut setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(offset) = setting.offset.checked_add(SignedDuration::from_secs(seconds)) {
            setting.offset = offset;
        }
    }

    /// Lets the clock stand still at an instant, or run with the machine again (`None`); forgets the offset.
    pub fn set(&self, fixed: Option<Timestamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Setting { fixed, offset: SignedDuration::ZERO };
    }

    /// Whether the clock stands still, and how many seconds it was moved.
    pub fn setting(&self) -> (bool, i64) {
        let setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (setting.fixed.is_some(), setting.offset.as_secs())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the machine's clock")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}
