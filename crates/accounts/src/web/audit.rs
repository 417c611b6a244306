//! Admin → Audit trail.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    api::{Cursor, List},
    audit::{self, AuditEntry, AuditFilter},
    web::{Page, Shell},
};
use serde::Deserialize;
use serde_json::Value;

use super::person;

/// The kinds of things that acts are about.
const SUBJECTS: [(&str, &str); 14] = [
    ("", "Everything"),
    ("account", "Accounts"),
    ("api_key", "API keys"),
    ("appointment_type", "Appointment types"),
    ("booking", "Bookings"),
    ("calendar", "Calendars"),
    ("connection", "Connections"),
    ("directory", "Directory: settings and reading"),
    ("plan", "Directory: plans"),
    ("run", "Directory: runs"),
    ("person", "Directory: people changed"),
    ("integration", "Integrations"),
    ("keys", "Encryption keys"),
    ("mail", "Mail"),
];

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    shell: Shell,
    entries: Vec<AuditLine>,
    subjects: [(&'static str, &'static str); 14],
    subject: String,
    subject_id: String,
    /// The address of the next page.
    next: Option<String>,
}

struct AuditLine {
    entry: AuditEntry,
    action: String,
    /// The kind of thing and the end of its id, which differs where the beginning is the same.
    about: String,
    details: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditQuery {
    subject: String,
    subject_id: String,
    after: Option<String>,
}

pub(super) async fn show_audit(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Query(query): Query<AuditQuery>,
) -> Result<impl IntoResponse> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = AuditFilter { subject: given(&query.subject), subject_id: given(&query.subject_id) };
    let cursor = Cursor { after: query.after.clone(), limit: Some(100) };
    let organization = person(&actor)?.organization;
    let rows = audit::list(&hub, organization, &filter, query.after.as_deref(), cursor.limit() + 1).await?;
    let list = List::from_rows(rows, &cursor, |entry| entry.id.clone());
    Ok(Page(AuditPage {
        shell,
        next: list.next.map(|after| address(&query, &after)),
        entries: list.items.into_iter().map(line).collect(),
        subjects: SUBJECTS,
        subject: query.subject,
        subject_id: query.subject_id,
    }))
}

fn address(query: &AuditQuery, after: &str) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        [("subject", query.subject.as_str()), ("subject_id", &query.subject_id), ("after", after)]
    {
        if !value.is_empty() {
            pairs.append_pair(name, value);
        }
    }
    format!("/admin/audit?{}", pairs.finish())
}

fn line(entry: AuditEntry) -> AuditLine {
    let subject = entry.subject.replace('_', " ");
    let end: String = entry.subject_id.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
    AuditLine {
        action: entry.action.replace('.', ": ").replace('_', " "),
        about: format!("{subject} …{end}"),
        details: in_words(&entry.details),
        entry,
    }
}

/// `roles: administrator, host; email: ada@…` from the stored JSON.
fn in_words(details: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str(details) else { return String::new() };
    let said = fields.iter().filter(|(_, value)| !value.is_null());
    let words: Vec<String> =
        said.map(|(name, value)| format!("{}: {}", name.replace('_', " "), plain(value))).collect();
    words.join("; ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn details_are_read_as_words() {
        let json =
            r#"{"email":"ada@library.example","roles":["administrator","host"],"expires_at":null,"times":3}"#;
        assert_eq!(in_words(json), "email: ada@library.example; roles: administrator, host; times: 3");
        assert_eq!(in_words("null"), "");
        assert_eq!(in_words("{"), "");
    }
}
