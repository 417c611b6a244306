//! Subscriptions to changes (Graph, "subscription resource type", "change notifications for Outlook resources").

use std::time::Duration;

use jiff::Timestamp;
use oauth::{ApiError, ApiKind, read_json};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Graph;
use super::moment::zulu;

/// How long a subscription to events may live: Graph allows under 10,080 minutes; read back what was granted, and renew
/// at half of it.
pub const LONGEST_SUBSCRIPTION: Duration = Duration::from_mins(10_070);

/// A subscription to be made.
///
/// While the call waits, Graph posts `?validationToken=…` to both addresses and wants the token back as plain text
/// within ten seconds; otherwise the call fails ([`is_unreachable`]).
#[derive(Debug, Clone)]
pub struct NewSubscription<'a> {
    /// Such as [`events_resource`].
    pub resource: &'a str,
    /// Such as `created,updated,deleted`.
    pub change_type: &'a str,
    pub notification_url: &'a str,
    /// Cannot be added later; best on the same host.
    pub lifecycle_url: Option<&'a str>,
    /// Comes back with every notification; at most 128 characters.
    pub client_state: &'a SecretString,
    pub expires: Timestamp,
}

/// A subscription as Graph keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub id: String,
    #[serde(default)]
    pub resource: String,
    /// May be earlier or later than asked for; absent when it could not be read.
    #[serde(rename = "expirationDateTime", default, deserialize_with = "instant")]
    pub expires: Option<Timestamp>,
    pub notification_url: Option<String>,
}

/// The resource name of a calendar's events, the default calendar's without an id.
///
/// The documentation names the default calendar; others are accepted in practice and may be refused.
pub fn events_resource(calendar_id: Option<&str>) -> String {
    let Some(id) = calendar_id else { return "me/events".to_owned() };
    let mut path = "me/calendars/".to_owned();
    for letter in id.chars() {
        match letter {
            '/' => path.push_str("%2F"),
            '+' => path.push_str("%2B"),
            '%' => path.push_str("%25"),
            letter => path.push(letter),
        }
    }
    path + "/events"
}

/// Whether a subscription was refused because Graph could not reach the notification address or did not like its
/// answer: poll instead. The documented sentences are the only sign; the code is a general one.
pub fn is_unreachable(error: &ApiError) -> bool {
    let code = error.code.as_deref().unwrap_or_default().to_lowercase();
    let message = error.message.to_lowercase();
    error.kind == ApiKind::Invalid && (code.contains("validation") || message.contains("validation"))
}

impl Graph {
    /// Subscribes; needs the right to read the resource. Over the quota of 1,000 a mailbox the answer is *forbidden*.
    pub async fn create_subscription(
        &self,
        token: &SecretString,
        new: &NewSubscription<'_>,
    ) -> Result<Subscription, ApiError> {
        read_json(&self.send(self.subscribing(token, new), token).await?)
    }

    /// Lists this app's subscriptions: the only way to see that one has silently gone.
    pub async fn list_subscriptions(&self, token: &SecretString) -> Result<Vec<Subscription>, ApiError> {
        self.list(self.url(&["subscriptions"]), token).await
    }

    /// Renews, which also reauthorizes; not found means gone: subscribe anew and read what was missed.
    pub async fn renew_subscription(
        &self,
        token: &SecretString,
        id: &str,
        expires: Timestamp,
    ) -> Result<Subscription, ApiError> {
        let request = self.request(Method::PATCH, self.url(&["subscriptions", id]), token);
        let request = request.json(&json!({ "expirationDateTime": zulu(expires) }));
        read_json(&self.send(request, token).await?)
    }

    /// Answers `reauthorizationRequired` without a new end. Graph wants not both this and a renewal in ten minutes.
    pub async fn reauthorize_subscription(&self, token: &SecretString, id: &str) -> Result<(), ApiError> {
        let url = self.url(&["subscriptions", id, "reauthorize"]);
        // Without a body the front door wants to be told its length.
        let request = self.request(Method::POST, url, token).header("Content-Length", "0");
        self.send(request, token).await.map(drop)
    }

    /// Ends a subscription, or finds it gone already.
    pub async fn delete_subscription(&self, token: &SecretString, id: &str) -> Result<(), ApiError> {
        self.delete(self.url(&["subscriptions", id]), token).await
    }

    fn subscribing(&self, token: &SecretString, new: &NewSubscription<'_>) -> RequestBuilder {
        let mut body = json!({
            "resource": new.resource,
            "changeType": new.change_type,
            "notificationUrl": new.notification_url,
            "clientState": new.client_state.expose_secret(),
            "expirationDateTime": zulu(new.expires),
        });
        if let Some(url) = new.lifecycle_url {
            body["lifecycleNotificationUrl"] = json!(url);
        }
        self.request(Method::POST, self.url(&["subscriptions"]), token).json(&body)
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use oauth::Answer;
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::graph::error::api_error;
    use crate::graph::testing::{body, graph};

    #[test]
    fn a_subscription_is_asked_for_exactly_and_keeps_its_secret() {
        let new = NewSubscription {
            resource: &events_resource(None),
            change_type: "created,updated,deleted",
            notification_url: "https://s.example/hooks/microsoft/calendars",
            lifecycle_url: Some("https://s.example/hooks/microsoft/lifecycle"),
            client_state: &"s3cret".into(),
            expires: "2026-11-27T10:00:00.25Z".parse().unwrap(),
        };
        let request = graph().subscribing(&"token".into(), &new).build().unwrap();
        assert_eq!(request.url().path(), "/v1.0/subscriptions");
        assert!(request.headers()["Prefer"].to_str().unwrap().contains("ImmutableId"));
        assert_eq!(
            body(&request),
            json!({
                "resource": "me/events",
                "changeType": "created,updated,deleted",
                "notificationUrl": "https://s.example/hooks/microsoft/calendars",
                "lifecycleNotificationUrl": "https://s.example/hooks/microsoft/lifecycle",
                "clientState": "s3cret",
                "expirationDateTime": "2026-11-27T10:00:00Z",
            })
        );
        assert!(!format!("{new:?}").contains("s3cret"));
    }

    #[test]
    fn a_calendar_id_stays_one_segment_of_the_resource() {
        assert_eq!(events_resource(Some("AAM/k-A_==")), "me/calendars/AAM%2Fk-A_==/events");
    }

    #[test]
    fn the_granted_end_is_read_back() {
        let read = |json: Value| serde_json::from_value::<Subscription>(json).unwrap();
        let granted = read(json!({ "id": "s", "expirationDateTime": "2026-11-27T10:00:00.0000000Z" }));
        assert_eq!(granted.expires, "2026-11-27T10:00:00Z".parse().ok());
        assert_eq!(read(json!({ "id": "s", "expirationDateTime": "later" })).expires, None);
    }

    #[test]
    fn an_unreachable_address_is_told_from_other_refusals() {
        let refused = |status: u16, code: &str, message: &str| {
            let body = json!({ "error": { "code": code, "message": message } }).to_string();
            let status = StatusCode::from_u16(status).unwrap();
            is_unreachable(&api_error(&Answer { status, headers: HeaderMap::new(), body: body.into() }, None))
        };
        assert!(refused(400, "InvalidRequest", "Subscription validation request timed out."));
        assert!(refused(400, "ValidationError", ""));
        assert!(!refused(400, "InvalidRequest", "Unsupported resource."));
        assert!(!refused(503, "serviceNotAvailable", "validation"));
    }
}
