//! How changes in Outlook reach us: the operator's decision, and what follows from the server's own address.

use std::sync::{Arc, OnceLock};

use platform::Hub;
use url::{Host, Url};

/// Whether Microsoft is asked to tell us of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notifications {
    /// Where the server's public address looks reachable from outside.
    #[default]
    Auto,
    On,
    Off,
}

/// What the operator decides about this room.
#[derive(Clone, Copy, Debug, Default)]
pub struct CalendarSettings {
    pub notifications: Notifications,
}

#[derive(Default)]
struct Configured(OnceLock<Arc<CalendarSettings>>);

/// Hands this room its section of the configuration; called once while wiring.
pub fn configure(hub: &Hub, settings: CalendarSettings) {
    // A second call would come from a second wiring of the same hub, which does not exist.
    let _ = hub.memory::<Configured>().0.set(Arc::new(settings));
}

/// Whether subscriptions are kept; otherwise calendars are asked every so often.
pub(crate) fn notifications(hub: &Hub) -> bool {
    let settings = hub.memory::<Configured>().0.get().map(|settings| **settings).unwrap_or_default();
    match settings.notifications {
        Notifications::On => true,
        Notifications::Off => false,
        Notifications::Auto => is_reachable(&hub.settings().public_url),
    }
}

/// Microsoft calls only `https` addresses that the public internet knows (Graph, "Receive change notifications through
/// webhooks").
fn is_reachable(url: &Url) -> bool {
    let public = match url.host() {
        Some(Host::Domain(name)) => {
            let local = [".local", ".localhost", ".internal", ".test", ".lan"];
            name.contains('.') && !local.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(ip)) => !ip.is_loopback() && !ip.is_private() && !ip.is_link_local(),
        Some(Host::Ipv6(ip)) => !ip.is_loopback() && !ip.is_unique_local() && !ip.is_unicast_link_local(),
        None => false,
    };
    public && url.scheme() == "https"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_addresses_are_reachable() {
        let reachable = |url: &str| is_reachable(&url.parse().unwrap());
        assert!(reachable("https://switchboard.library.example"));
        assert!(reachable("https://203.0.113.7:8443"));
        for url in [
            "http://switchboard.library.example",
            "https://localhost",
            "https://desk",
            "https://127.0.0.1",
            "https://192.168.1.7",
            "https://[::1]",
            "https://desk.internal",
        ] {
            assert!(!reachable(url), "{url}");
        }
    }
}
