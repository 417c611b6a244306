//! What Graph posts to a notification address (Graph, "change notifications", "lifecycle notifications").
//!
//! Anybody can post there: believe nothing before [`Notification::is_authentic`], and even then only look, never act on
//! the words.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// More than Graph bundles; the rest of a longer post is not read.
const MOST: usize = 1_000;

/// One post.
#[derive(Debug, Clone)]
pub struct Notifications(pub Vec<Notification>);

/// One entry of a post. Several, equal ones and unordered ones for one change are normal.
#[derive(Debug, Clone)]
pub struct Notification {
    pub subscription_id: String,
    client_state: Option<SecretString>,
    pub notice: Notice,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Changed {
        change: ItemChange,
        /// The event, where Graph names it; it may be an id of the changeable kind.
        item_id: Option<String>,
    },
    Lifecycle(Lifecycle),
    /// Neither of what is documented.
    Other,
}

/// What happened to an event. A new one is often told as created and updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemChange {
    Created,
    Updated,
    Deleted,
}

/// What happened to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Renew or reauthorize it.
    ReauthorizationRequired,
    /// Subscribe anew, then read what was missed.
    SubscriptionRemoved,
    /// Read what was missed.
    Missed,
}

impl Notifications {
    /// Reads a post; entries without a subscription are left out. None when it is no such post at all.
    pub fn read(body: &[u8]) -> Option<Self> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let entries = json["value"].as_array()?.iter().take(MOST);
        Some(Self(entries.filter_map(Notification::read).collect()))
    }
}

impl Notification {
    fn read(entry: &Value) -> Option<Self> {
        let subscription_id = entry["subscriptionId"].as_str().filter(|id| !id.is_empty())?.to_owned();
        let client_state = entry["clientState"].as_str().map(SecretString::from);
        Some(Self { subscription_id, client_state, notice: notice(entry) })
    }

    /// Whether it carries the secret that its subscription was made with; compared in constant time.
    pub fn is_authentic(&self, client_state: &SecretString) -> bool {
        self.client_state().is_some_and(|state| {
            let expected = client_state.expose_secret().as_bytes();
            aws_lc_rs::constant_time::verify_slices_are_equal(state.as_bytes(), expected).is_ok()
        })
    }

    /// The secret it carries, for those who keep only a fingerprint of theirs.
    pub fn client_state(&self) -> Option<&str> {
        self.client_state.as_ref().map(ExposeSecret::expose_secret)
    }
}

fn notice(entry: &Value) -> Notice {
    let is =
        |name: &str, word: &str| entry[name].as_str().is_some_and(|text| text.eq_ignore_ascii_case(word));
    let lifecycle = [
        ("reauthorizationRequired", Lifecycle::ReauthorizationRequired),
        ("subscriptionRemoved", Lifecycle::SubscriptionRemoved),
        ("missed", Lifecycle::Missed),
    ];
    if !entry["lifecycleEvent"].is_null() {
        let known = lifecycle.into_iter().find(|(word, _)| is("lifecycleEvent", word));
        return known.map_or(Notice::Other, |(_, event)| Notice::Lifecycle(event));
    }
    let changes = [
        ("created", ItemChange::Created),
        ("updated", ItemChange::Updated),
        ("deleted", ItemChange::Deleted),
    ];
    let item_id = entry["resourceData"]["id"].as_str().map(str::to_owned);
    let known = changes.into_iter().find(|(word, _)| is("changeType", word));
    known.map_or(Notice::Other, |(_, change)| Notice::Changed { change, item_id })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Value) -> Vec<Notification> {
        Notifications::read(json.to_string().as_bytes()).unwrap().0
    }

    #[test]
    fn one_post_may_hold_changes_and_lifecycle_events_of_several_subscriptions() {
        let found = read(&json!({ "value": [
            { "subscriptionId": "s-1", "clientState": "x", "changeType": "updated", "resource": "Users/u/Events/e",
              "resourceData": { "@odata.type": "#Microsoft.Graph.Event", "id": "e" } },
            { "subscriptionId": "s-2", "clientState": "y", "lifecycleEvent": "missed", "changeType": "updated" },
            { "subscriptionId": "s-3", "lifecycleEvent": "subscriptionRemoved" },
            { "subscriptionId": "s-4", "lifecycleEvent": "ReauthorizationRequired" },
            { "subscriptionId": "s-5", "lifecycleEvent": "brandNew" },
            { "changeType": "created" },
            7,
        ] }));
        let changed = Notice::Changed { change: ItemChange::Updated, item_id: Some("e".to_owned()) };
        let notices: Vec<Notice> = found.iter().map(|one| one.notice.clone()).collect();
        assert_eq!(
            notices,
            [
                changed,
                Notice::Lifecycle(Lifecycle::Missed),
                Notice::Lifecycle(Lifecycle::SubscriptionRemoved),
                Notice::Lifecycle(Lifecycle::ReauthorizationRequired),
                Notice::Other,
            ]
        );
    }

    #[test]
    fn only_the_right_secret_is_believed_and_none_is_printed() {
        let found = read(&json!({ "value": [
            { "subscriptionId": "s", "clientState": "s3cret", "changeType": "created" },
            { "subscriptionId": "s", "changeType": "deleted" },
        ] }));
        assert!(found[0].is_authentic(&"s3cret".into()) && !found[0].is_authentic(&"s3creT".into()));
        assert!(!found[1].is_authentic(&"".into()));
        assert!(!format!("{found:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_no_post_of_graphs_is_nothing() {
        for body in ["", "{}", "[]", r#"{"value":7}"#, r#"{"value":["#, "\u{0}"] {
            assert!(Notifications::read(body.as_bytes()).is_none(), "{body}");
        }
        assert!(read(&json!({ "value": [] })).is_empty());
        let many =
            json!({ "value": vec![json!({ "subscriptionId": "s", "changeType": "created" }); MOST + 1] });
        assert_eq!(read(&many).len(), MOST);
    }
}
