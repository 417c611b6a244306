//! Option fields of a meeting: known names, checked types, echoed as they were sent.

use serde_json::{Map, Value, json};

use crate::webex::refusal::Refusal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Flag,
    Number,
    Text(usize),
    List(usize),
    Object,
}

/// Names and types of the MeetingCreate object in Webex's OpenAPI description.
const OPTIONS: [(&str, Kind); 35] = [
    ("agenda", Kind::Text(1300)),
    ("enabledAutoRecordMeeting", Kind::Flag),
    ("allowAnyUserToBeCoHost", Kind::Flag),
    ("allowFirstUserToBeCoHost", Kind::Flag),
    ("allowAuthenticatedDevices", Kind::Flag),
    ("enabledJoinBeforeHost", Kind::Flag),
    ("enableConnectAudioBeforeHost", Kind::Flag),
    ("joinBeforeHostMinutes", Kind::Number),
    ("excludePassword", Kind::Flag),
    ("publicMeeting", Kind::Flag),
    ("reminderTime", Kind::Number),
    ("unlockedMeetingJoinSecurity", Kind::Text(32)),
    ("sessionTypeId", Kind::Number),
    ("scheduledType", Kind::Text(32)),
    ("enabledWebcastView", Kind::Flag),
    ("panelistPassword", Kind::Text(64)),
    ("enableAutomaticLock", Kind::Flag),
    ("automaticLockMinutes", Kind::Number),
    ("meetingOptions", Kind::Object),
    ("attendeePrivileges", Kind::Object),
    ("registration", Kind::Object),
    ("simultaneousInterpretation", Kind::Object),
    ("enabledBreakoutSessions", Kind::Flag),
    ("breakoutSessions", Kind::List(100)),
    ("trackingCodes", Kind::List(10)),
    ("audioConnectionOptions", Kind::Object),
    ("requireAttendeeLogin", Kind::Flag),
    ("restrictToInvitees", Kind::Flag),
    ("enabledLiveStream", Kind::Flag),
    ("liveStream", Kind::Object),
    ("enabledAudioWatermark", Kind::Flag),
    ("enabledVisualWatermark", Kind::Flag),
    ("visualWatermarkOpacity", Kind::Number),
    ("roomId", Kind::Text(256)),
    ("templateId", Kind::Text(256)),
];

const ENUMS: [(&str, &[&str]); 2] = [
    ("scheduledType", &["meeting", "webinar", "personalRoomMeeting"]),
    ("unlockedMeetingJoinSecurity", &["allowJoin", "allowJoinWithLobby", "blockFromJoin"]),
];

/// What a new meeting has where its creator said nothing.
pub(super) fn defaults() -> Map<String, Value> {
    let defaults = json!({
        "scheduledType": "meeting",
        "enabledAutoRecordMeeting": false,
        "allowAnyUserToBeCoHost": false,
        "allowFirstUserToBeCoHost": false,
        "allowAuthenticatedDevices": false,
        "enabledJoinBeforeHost": false,
        "enableConnectAudioBeforeHost": false,
        "joinBeforeHostMinutes": 0,
        "excludePassword": false,
        "publicMeeting": false,
        "enableAutomaticLock": false,
        "unlockedMeetingJoinSecurity": "allowJoinWithLobby",
        "enabledBreakoutSessions": false,
        "enabledWebcastView": false,
    });
    match defaults {
        Value::Object(defaults) => defaults,
        _ => Map::new(),
    }
}

/// Writes the known fields of a body into the options; null takes one away, unknown names are ignored.
pub(super) fn apply(options: &mut Map<String, Value>, body: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, kind) in OPTIONS {
        match body.get(name) {
            None => {}
            Some(Value::Null) => drop(options.remove(name)),
            Some(value) if fits(value, kind) && allowed(name, value) => {
                options.insert(name.to_owned(), value.clone());
            }
            Some(_) => return Err(Refusal::invalid(&format!("Parameter '{name}' is invalid."))),
        }
    }
    let minutes = options.get("joinBeforeHostMinutes").and_then(Value::as_u64).unwrap_or_default();
    if ![0, 5, 10, 15, 30, 45, 60].contains(&minutes) {
        return Err(Refusal::invalid("Parameter 'joinBeforeHostMinutes' is invalid."));
    }
    let webinar = options.get("scheduledType") == Some(&json!("webinar"));
    if webinar && !options.contains_key("sessionTypeId") {
        return Err(Refusal::invalid("Parameter 'sessionTypeId' is required for a webinar."));
    }
    // 3 is the session type "Pro meeting" of every site.
    options.entry("sessionTypeId").or_insert_with(|| json!(3));
    Ok(())
}

fn fits(value: &Value, kind: Kind) -> bool {
    match (kind, value) {
        (Kind::Flag, Value::Bool(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Object, Value::Object(_)) => true,
        (Kind::Text(most), Value::String(text)) => text.chars().count() <= most,
        (Kind::List(most), Value::Array(items)) => items.len() <= most,
        _ => false,
    }
}

fn allowed(name: &str, value: &Value) -> bool {
    let values = ENUMS.iter().find(|entry| entry.0 == name).map(|entry| entry.1);
    values.is_none_or(|values| value.as_str().is_some_and(|text| values.contains(&text)))
}
