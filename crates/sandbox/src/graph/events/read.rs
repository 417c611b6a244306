//! What a client writes: the body of a POST or PATCH, checked property by property (Graph "event resource type").

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Moment, Recurrence};
use crate::graph::failure::Failure;

const MOST_ATTENDEES: usize = 500;
const MOST_PROPERTIES: usize = 50;
const LONGEST_SUBJECT: usize = 255;
const LONGEST_PROPERTY: usize = 32_768;
const LONGEST_TRANSACTION: usize = 128;

/// What the server alone decides; clients may send it back and it is ignored.
const READ_ONLY: [&str; 27] = [
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "iCalUId",
    "uid",
    "bodyPreview",
    "hasAttachments",
    "isCancelled",
    "isDraft",
    "isOrganizer",
    "organizer",
    "responseStatus",
    "seriesMasterId",
    "type",
    "webLink",
    "onlineMeeting",
    "onlineMeetingUrl",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "occurrenceId",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "multiValueExtendedProperties",
    "attachments",
    "extensions",
];

/// A checked body; absent properties stay as they are.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    pub(super) is_all_day: Option<bool>,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) transaction_id: Option<String>,
    pub(super) properties: Vec<(String, String)>,
    pub(super) fields: Map<String, Value>,
}

impl Changes {
    pub(super) fn read(body: &Map<String, Value>) -> Result<Self, Failure> {
        let mut changes = Self::default();
        for (name, value) in body.iter().filter(|(name, _)| !name.contains('@')) {
            changes.property(name, value)?;
        }
        Ok(changes)
    }

    fn property(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        match name {
            "start" => self.start = Some(Moment::read(value)?),
            "end" => self.end = Some(Moment::read(value)?),
            "isAllDay" | "recurrence" if value.is_null() => {}
            "isAllDay" => self.is_all_day = Some(value.as_bool().ok_or_else(|| wrong(name))?),
            "transactionId" => self.transaction_id = transaction_id(value)?,
            "singleValueExtendedProperties" => self.properties = extended_properties(value)?,
            "recurrence" => self.recurrence = Some(Recurrence::read(value)?),
            name if READ_ONLY.contains(&name) => {}
            name => {
                let kind = kind(name).ok_or_else(|| unknown(name))?;
                if let Some(value) = kind.check(name, value)? {
                    self.fields.insert(name.to_owned(), value);
                }
            }
        }
        Ok(())
    }
}

/// The rule of a writable property.
enum Kind {
    Subject,
    Body,
    Flag,
    Minutes,
    OneOf(&'static [&'static str]),
    Texts,
    Place,
    Places,
    Attendees,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "subject" => Kind::Subject,
        "body" => Kind::Body,
        "isReminderOn"
        | "isOnlineMeeting"
        | "responseRequested"
        | "allowNewTimeProposals"
        | "hideAttendees" => Kind::Flag,
        "reminderMinutesBeforeStart" => Kind::Minutes,
        "importance" => Kind::OneOf(&["low", "normal", "high"]),
        "sensitivity" => Kind::OneOf(&["normal", "personal", "private", "confidential"]),
        "showAs" => Kind::OneOf(&["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]),
        "onlineMeetingProvider" => {
            Kind::OneOf(&["unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"])
        }
        "categories" => Kind::Texts,
        "location" => Kind::Place,
        "locations" => Kind::Places,
        "attendees" => Kind::Attendees,
        _ => return None,
    })
}

impl Kind {
    /// The value to keep; `None` where null means "leave it".
    fn check(&self, name: &str, value: &Value) -> Result<Option<Value>, Failure> {
        if value.is_null() {
            return Ok(None);
        }
        let fits = match self {
            Self::Subject | Self::OneOf(_) => value.is_string(),
            Self::Flag => flag(value).is_some(),
            Self::Minutes => value.is_i64(),
            Self::Body | Self::Place => value.is_object(),
            Self::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::Places | Self::Attendees => {
                value.as_array().is_some_and(|items| items.iter().all(Value::is_object))
            }
        };
        if !fits {
            return Err(wrong(name));
        }
        self.kept(name, value).map(Some)
    }

    fn kept(&self, name: &str, value: &Value) -> Result<Value, Failure> {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Ok(match self {
            Self::OneOf(allowed) => {
                let known = allowed
                    .iter()
                    .find(|known| value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(known)));
                json!(known.ok_or_else(|| wrong(name))?)
            }
            Self::Subject => {
                json!(value.as_str().unwrap_or_default().chars().take(LONGEST_SUBJECT).collect::<String>())
            }
            Self::Body => {
                let kind = if text("contentType").eq_ignore_ascii_case("html") { "html" } else { "text" };
                json!({"contentType": kind, "content": text("content")})
            }
            Self::Place => place(value),
            Self::Places => value.as_array().into_iter().flatten().map(place).collect(),
            Self::Attendees => attendees(value)?,
            Self::Flag => json!(flag(value)),
            Self::Minutes | Self::Texts => value.clone(),
        })
    }
}

/// A truth value; the O365 library writes some of them as text, and Graph takes it.
fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok())
}

fn place(value: &Value) -> Value {
    let name = value["displayName"].as_str().unwrap_or_default();
    let mut place = json!({
        "displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private",
    });
    for optional in ["locationUri", "locationEmailAddress", "address", "coordinates", "locationType"] {
        if !value[optional].is_null() {
            place[optional] = value[optional].clone();
        }
    }
    place
}

fn attendees(value: &Value) -> Result<Value, Failure> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    if items.len() > MOST_ATTENDEES {
        return Err(Failure::invalid("ErrorInvalidRequest", "An event can have at most 500 attendees."));
    }
    let attendee = |item: &Value| {
        let address = item["emailAddress"]["address"].as_str().filter(|address| address.contains('@'));
        let address = address.ok_or_else(|| {
            Failure::invalid("ErrorInvalidRecipients", "At least one recipient isn't valid.")
        })?;
        let kind = item["type"].as_str().unwrap_or("required");
        let name = item["emailAddress"]["name"].as_str().unwrap_or(address);
        Ok(json!({
            "type": kind,
            "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": name, "address": address},
        }))
    };
    items.iter().map(attendee).collect()
}

fn transaction_id(value: &Value) -> Result<Option<String>, Failure> {
    match value {
        Value::Null => Ok(None),
        Value::String(id) if id.len() <= LONGEST_TRANSACTION => Ok((!id.is_empty()).then(|| id.clone())),
        _ => Err(wrong("transactionId")),
    }
}

fn extended_properties(value: &Value) -> Result<Vec<(String, String)>, Failure> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) if items.len() <= MOST_PROPERTIES => items,
        _ => return Err(wrong("singleValueExtendedProperties")),
    };
    let property = |item: &Value| {
        let id = item["id"].as_str().filter(|id| is_property_id(id));
        let value = item["value"].as_str().filter(|value| value.len() <= LONGEST_PROPERTY);
        match (id, value) {
            (Some(id), Some(value)) => Ok((id.to_owned(), value.to_owned())),
            _ => Err(Failure::invalid(
                "ErrorInvalidProperty",
                "The extended property id or value is not valid.",
            )),
        }
    };
    items.iter().map(property).collect()
}

/// `String {guid} Name MyProperty`, `Integer {guid} Id 0x8012` or a property tag such as `String 0x4001001E`
/// (Graph "Extended properties overview").
fn is_property_id(id: &str) -> bool {
    let words: Vec<&str> = id.splitn(4, ' ').collect();
    match words.as_slice() {
        [kind, tag] => is_kind(kind) && tag.starts_with("0x"),
        [kind, set, by, name] => {
            let guid = set.strip_prefix('{').and_then(|set| set.strip_suffix('}'));
            is_kind(kind)
                && guid.is_some_and(|guid| guid.parse::<uuid::Uuid>().is_ok())
                && matches!(*by, "Name" | "Id")
                && !name.is_empty()
        }
        _ => false,
    }
}

fn is_kind(kind: &str) -> bool {
    matches!(
        kind,
        "String" | "Integer" | "Boolean" | "SystemTime" | "Double" | "Long" | "Binary" | "CLSID" | "Short"
    )
}

fn wrong(name: &str) -> Failure {
    let message = format!("Cannot convert the literal of property '{name}' to the expected type.");
    Failure::new(StatusCode::BAD_REQUEST, "RequestBodyRead", message)
}

fn unknown(name: &str) -> Failure {
    let name: String = name.chars().take(100).collect();
    let message = format!(
        "The property '{name}' does not exist on type 'microsoft.graph.event'. Make sure to only use property names \
         that are defined by the type."
    );
    Failure::new(StatusCode::BAD_REQUEST, "RequestBodyRead", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &Value) -> Result<Changes, Failure> {
        Changes::read(body.as_object().unwrap())
    }

    #[test]
    fn annotations_nulls_and_read_only_properties_are_accepted() {
        let changes = read(&json!({
            "@odata.type": "#microsoft.graph.event", "transactionId": null, "recurrence": null, "id": "x",
            "subject": "Desk", "showAs": "Free", "attendees": [], "location": {"displayName": "Room 1"},
        }))
        .unwrap();
        assert_eq!(changes.fields["showAs"], "free");
        assert!(changes.transaction_id.is_none() && !changes.fields.contains_key("id"));
    }

    #[test]
    fn wrong_kinds_and_unknown_names_are_refused() {
        for body in [
            json!({"subject": 7}),
            json!({"showAs": "asleep"}),
            json!({"attendees": [{"emailAddress": {"address": "nobody"}}]}),
            json!({"singleValueExtendedProperties": [{"id": "Name", "value": "x"}]}),
            json!({"favourite": true}),
            json!({"start": "2026-01-01"}),
        ] {
            assert_eq!(read(&body).unwrap_err().status, StatusCode::BAD_REQUEST, "{body}");
        }
    }

    #[test]
    fn property_ids_have_three_forms() {
        assert!(is_property_id("String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Booking Id"));
        assert!(is_property_id("Integer {66f5a359-4659-4830-9070-00047ec6ac6e} Id 0x8012"));
        assert!(is_property_id("String 0x4001001E"));
        assert!(!is_property_id("String {not-a-guid} Name X") && !is_property_id(""));
    }
}
