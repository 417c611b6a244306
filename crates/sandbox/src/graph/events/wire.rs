//! What Graph answers about an event.

use serde_json::{Map, Value, json};

use super::Event;
use crate::graph::ask::{Ask, EXPANDED_PROPERTIES, HIDDEN_PROPERTIES};
use crate::graph::zone::write_instant;
use crate::seed::Person;

const PREVIEW: usize = 255;

/// What an event has where its maker said nothing.
pub(super) fn defaults(is_all_day: bool) -> Map<String, Value> {
    let fields = json!({
        "subject": "",
        "body": {"contentType": "html", "content": ""},
        "importance": "normal",
        "sensitivity": "normal",
        "showAs": if is_all_day { "free" } else { "busy" },
        "isReminderOn": true,
        "reminderMinutesBeforeStart": if is_all_day { 1_080 } else { 15 },
        "responseRequested": true,
        "allowNewTimeProposals": true,
        "hideAttendees": false,
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"},
        "locations": [],
        "attendees": [],
        "categories": [],
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The event as JSON, with its extended properties for filters and, when expanded, for the client.
pub(super) fn json(event: &Event, ask: &Ask, owner: &Person, base: &str) -> Value {
    let mut answer = json!({
        "@odata.etag": etag(event),
        "id": event.shown_id(ask.preferences.immutable_ids),
        "createdDateTime": write_instant(event.created),
        "lastModifiedDateTime": write_instant(event.modified),
        "changeKey": event.change_key,
        "transactionId": event.transaction.as_ref().map(|(_, id)| id),
        "originalStartTimeZone": event.start.zone.name,
        "originalEndTimeZone": event.end.zone.name,
        "iCalUId": event.uid,
        "uid": event.uid,
        "hasAttachments": false,
        "bodyPreview": preview(&event.fields["body"]),
        "isAllDay": event.is_all_day,
        "isCancelled": false,
        "isOrganizer": true,
        "isDraft": false,
        "seriesMasterId": master_id(event, ask),
        "recurrence": event.recurrence.as_ref().map(|pattern| pattern.json(&event.start.zone.name)),
        "type": kind(event),
        "webLink": format!("{base}/owa/?itemid={}&exvsurl=1&path=/calendar/item", event.id),
        "onlineMeetingUrl": null,
        "onlineMeeting": join_url(event, ask, base).map(|url| json!({"joinUrl": url})),
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "start": event.start.json(ask.preferences.zone.as_ref(), event.is_all_day),
        "end": event.end.json(ask.preferences.zone.as_ref(), event.is_all_day),
        "organizer": {"emailAddress": {"name": owner.display_name(), "address": owner.email}},
        HIDDEN_PROPERTIES: event.properties.iter().map(property).collect::<Vec<_>>(),
    });
    if let Some(answer) = answer.as_object_mut() {
        answer.extend(event.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        let stored = with_join_block(event.fields["body"].clone(), join_url(event, ask, base));
        answer.insert("body".to_owned(), body(&stored, ask.preferences.text_bodies));
        if let Some(expanded) = expanded(event, ask) {
            answer.insert(EXPANDED_PROPERTIES.to_owned(), expanded);
        }
        add_series(answer, event, ask, owner, base);
    }
    answer
}

/// Reduces the JSON to what a delta query tells: occurrences come bare (microsoft-graph-docs issue 7632).
pub(super) fn for_delta(event: &Event, answer: &mut Map<String, Value>) {
    answer.remove(HIDDEN_PROPERTIES);
    answer.remove(EXPANDED_PROPERTIES);
    if kind(event) == "occurrence" {
        answer.retain(|name, _| {
            matches!(name.as_str(), "@odata.etag" | "id" | "type" | "seriesMasterId" | "start" | "end")
        });
    }
}

fn kind(event: &Event) -> &'static str {
    match (&event.member, &event.recurrence) {
        (Some(member), _) if member.is_exception => "exception",
        (Some(_), _) => "occurrence",
        (None, Some(_)) => "seriesMaster",
        (None, None) => "singleInstance",
    }
}

fn master_id<'a>(event: &'a Event, ask: &Ask) -> Option<&'a str> {
    let member = event.member.as_ref()?;
    Some(if ask.preferences.immutable_ids { &member.master_immutable } else { &member.master })
}

/// What only series and their members have; cancelled dates and exceptions only where they are asked for.
fn add_series(answer: &mut Map<String, Value>, event: &Event, ask: &Ask, owner: &Person, base: &str) {
    if let Some(member) = &event.member {
        answer.insert("originalStart".to_owned(), json!(member.original.instant().map(write_instant)));
        answer.insert("occurrenceId".to_owned(), json!(format!("OID.{}.{}", member.master, member.date)));
    }
    if event.recurrence.is_none() {
        return;
    }
    let selected = ask.options.select.iter().flatten();
    if selected.into_iter().any(|name| name.eq_ignore_ascii_case("cancelledOccurrences")) {
        let id = event.shown_id(ask.preferences.immutable_ids);
        let dates = event.cancelled_dates().map(|date| format!("OID.{id}.{date}"));
        answer.insert("cancelledOccurrences".to_owned(), json!(dates.collect::<Vec<_>>()));
    }
    let expand = ask.options.expand.as_deref().unwrap_or_default().to_ascii_lowercase();
    if expand.contains("exceptionoccurrences") {
        let changed: Vec<Value> =
            event.changed_members().map(|member| json(member, ask, owner, base)).collect();
        answer.insert("exceptionOccurrences".to_owned(), json!(changed));
    }
}

/// The version an `If-Match` header names.
pub(super) fn etag(event: &Event) -> String {
    format!("W/\"{}\"", event.change_key)
}

fn property((id, value): &(String, String)) -> Value {
    json!({"id": id, "value": value})
}

/// The extended properties that `$expand` filtered; absent when none is left.
fn expanded(event: &Event, ask: &Ask) -> Option<Value> {
    let filter = ask.options.expanded_properties()?;
    let found: Vec<Value> =
        event.properties.iter().map(property).filter(|property| filter.holds(property)).collect();
    (!found.is_empty()).then(|| json!(found))
}

/// The join link, once it is there.
fn join_url(event: &Event, ask: &Ask, base: &str) -> Option<String> {
    event.online_since.filter(|since| *since <= ask.joinable_since)?;
    let thread = &event.uid.to_lowercase()[event.uid.len().saturating_sub(40)..];
    Some(format!("{base}/l/meetup-join/19%3ameeting_{thread}%40thread.v2/0"))
}

/// Teams appends a block with the link to the body; a client that edits the body keeps it.
fn with_join_block(mut stored: Value, url: Option<String>) -> Value {
    let content = stored["content"].as_str().unwrap_or_default();
    if let Some(url) = url.filter(|_| !content.contains("/l/meetup-join/")) {
        let content = if stored["contentType"] == "html" { content.to_owned() } else { escaped(content) };
        let block =
            format!("<div>Microsoft Teams meeting<br><a href=\"{url}\">Join the meeting now</a></div>");
        stored = json!({"contentType": "html", "content": format!("{content}{block}")});
    }
    stored
}

/// Bodies come back as an HTML document, whatever was sent, unless text is preferred.
fn body(stored: &Value, as_text: bool) -> Value {
    let content = stored["content"].as_str().unwrap_or_default();
    let is_html = stored["contentType"] == "html";
    if as_text {
        let text = if is_html { text_of(content) } else { content.to_owned() };
        return json!({"contentType": "text", "content": text});
    }
    if content.is_empty() {
        return json!({"contentType": "html", "content": ""});
    }
    let inner = if is_html {
        content.to_owned()
    } else {
        format!("<div class=\"PlainText\">{}</div>", escaped(content))
    };
    let head = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";
    json!({
        "contentType": "html",
        "content": format!("<html>\r\n<head>\r\n{head}\r\n</head>\r\n<body>\r\n{inner}\r\n</body>\r\n</html>\r\n"),
    })
}

fn preview(stored: &Value) -> String {
    let content = stored["content"].as_str().unwrap_or_default();
    let text = if stored["contentType"] == "html" { text_of(content) } else { content.to_owned() };
    text.chars().take(PREVIEW).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>\n")
}

/// The readable part of some HTML: tags away, the usual entities back.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if inside => {}
            _ => text.push(letter),
        }
    }
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_wrapped_or_as_text() {
        let html = json!({"contentType": "html", "content": "<p>Bring <b>books</b> &amp; tea</p>"});
        assert!(body(&html, false)["content"].as_str().unwrap().starts_with("<html>"));
        assert_eq!(body(&html, true)["content"], "Bring books & tea");
        assert_eq!(preview(&html), "Bring books & tea");
        let text = json!({"contentType": "text", "content": "a < b"});
        assert!(body(&text, false)["content"].as_str().unwrap().contains("a &lt; b"));
    }
}
