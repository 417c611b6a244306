//! Time zones by their IANA name, from the tz database compiled into this program.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone with this IANA name, such as `Europe/Berlin`; upper and lower case do not matter.
pub fn zone(name: &str) -> Option<TimeZone> {
    BUNDLED.get(name).ok().filter(|zone| !zone.is_unknown())
}
