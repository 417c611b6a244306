//! Change notifications and lifecycle notifications, handed to the courier (Graph "changeNotification").

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::events::Event;
use super::subscriptions::Subscription;
use super::zone::write_instant;
use crate::courier::Parcel;
use crate::seed::Person;
use crate::world::{World, lock};

/// What happened to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Updated,
    Deleted,
}

impl Change {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// Tells everybody who watches the calendar. A date taken out of a series is an update of the series.
pub(super) fn tell(world: &World, person: &Person, event: &Event, change: Change) {
    let switches = world.switches();
    if !switches.graph_notifications {
        return;
    }
    let now = world.clock.now();
    let change = match (change, event.is_member()) {
        (Change::Deleted, true) => Change::Updated,
        (change, _) => change,
    };
    let tenant = world.core().organization.id().to_string();
    let watching: Vec<Subscription> = {
        let state = lock(&world.graph);
        let watches = |known: &&Subscription| {
            known.mailbox.eq_ignore_ascii_case(&person.email)
                && known.expires > now
                && known.wants(change.name())
                && known.calendar.as_ref().is_none_or(|id| *id == event.calendar_id)
        };
        state.subscriptions.iter().filter(watches).cloned().collect()
    };
    for known in watching {
        let id = event.told_id(known.immutable_ids);
        let path = format!("Users/{}/Events/{id}", person.entra_id());
        let mut item = envelope(&known, &tenant);
        item["changeType"] = change.name().into();
        item["resource"] = path.clone().into();
        item["resourceData"] = json!({
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": format!("W/\"{}\"", event.change_key),
            "id": id,
        });
        for _ in 0..switches.graph_notification_copies {
            let parcel = (known.url.clone(), item.clone());
            send(world, now, switches.graph_notification_delay_seconds, &known, parcel);
        }
    }
}

/// Sends a lifecycle event to one subscription, or to all of them; says to how many.
pub(crate) fn lifecycle(world: &World, event: &str, subscription: Option<&str>) -> usize {
    let now = world.clock.now();
    let tenant = world.core().organization.id().to_string();
    let meant: Vec<Subscription> = {
        let mut state = lock(&world.graph);
        let is_meant = |known: &Subscription| {
            known.expires > now && subscription.is_none_or(|id| known.id.eq_ignore_ascii_case(id))
        };
        let meant = state.subscriptions.iter().filter(|known| is_meant(known)).cloned().collect();
        if event == "subscriptionRemoved" {
            state.subscriptions.retain(|known| !is_meant(known));
        }
        meant
    };
    for known in &meant {
        let Some(url) = known.lifecycle_url.clone() else { continue };
        let mut item = envelope(known, &tenant);
        item["lifecycleEvent"] = event.into();
        send(world, now, 0, known, (url, item));
    }
    meant.len()
}

fn envelope(known: &Subscription, tenant: &str) -> Value {
    json!({
        "subscriptionId": known.id,
        "subscriptionExpirationDateTime": write_instant(known.expires),
        "clientState": known.client_state,
        "tenantId": tenant,
    })
}

fn send(world: &World, now: Timestamp, delay: i64, known: &Subscription, (url, item): (Url, Value)) {
    let parcel = Parcel {
        source: "graph",
        subscription: known.id.clone(),
        url,
        headers: Vec::new(),
        body: json!({"value": [item]}),
    };
    world.courier.take(now, delay, parcel);
}
