//! Outlook calendars.

use calendars::{CalendarSettings, Notifications};
use serde::{Deserialize, Serialize};

/// Calendars.
#[derive(Clone, Debug, confique::Config, Serialize)]
pub struct Calendars {
    /// Whether Microsoft is asked to tell us of changes: `on`, `off`, or `auto`: where `server.public_url` is an `https`
    /// address that the internet can reach. Without it every calendar is asked once a minute.
    #[config(env = "SWITCHBOARD_CALENDARS_NOTIFICATIONS", default = "auto")]
    pub notifications: CalendarNotifications,
}

/// Whether Microsoft is asked to tell us of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CalendarNotifications {
    Auto,
    On,
    Off,
}

impl Calendars {
    /// This section as the calendars room takes it.
    pub fn settings(&self) -> CalendarSettings {
        CalendarSettings {
            notifications: match self.notifications {
                CalendarNotifications::Auto => Notifications::Auto,
                CalendarNotifications::On => Notifications::On,
                CalendarNotifications::Off => Notifications::Off,
            },
        }
    }
}
