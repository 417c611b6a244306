//! A person with every field that Webex sent, because a change sends all of them back.

use base64::{Engine, alphabet, engine};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What PUT /people takes; a field that is left out is lost there (Webex People API, "Update a Person").
const WRITABLE: [&str; 19] = [
    "emails",
    "phoneNumbers",
    "extension",
    "locationId",
    "displayName",
    "firstName",
    "lastName",
    "nickName",
    "avatar",
    "orgId",
    "roles",
    "licenses",
    "department",
    "manager",
    "managerId",
    "title",
    "addresses",
    "siteUrls",
    "loginEnabled",
];

/// Ids are unpadded; copies with padding circulate.
const ID: engine::GeneralPurpose = engine::GeneralPurpose::new(
    &alphabet::STANDARD,
    engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent),
);

/// Not Webex's: marks a record that was read with calling data.
const CALLING_DATA: &str = "callingData";

/// A person as an administrator reads them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonRecord(pub Map<String, Value>);

impl PersonRecord {
    /// The person's id.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The address that names the account, as Webex spells it.
    pub fn email(&self) -> &str {
        self.list("emails").first().copied().unwrap_or_default()
    }

    /// A text field by Webex's name, unless it is absent or empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// A list of texts by Webex's name.
    pub fn list(&self, field: &str) -> Vec<&str> {
        let values = self.0.get(field).and_then(Value::as_array);
        values.map(|values| values.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// A truth by Webex's name; Webex's own examples print some as text.
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.0.get(field)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// An instant by Webex's name.
    pub fn instant(&self, field: &str) -> Option<Timestamp> {
        self.text(field)?.parse().ok()
    }

    /// The work number, as far as there is one: the only kind that can be written.
    pub fn work_number(&self) -> Option<&str> {
        let numbers = self.0.get("phoneNumbers")?.as_array()?;
        numbers.iter().find(|number| number["type"] == "work")?["value"].as_str()
    }

    /// Every work number.
    pub fn work_numbers(&self) -> Vec<&str> {
        let numbers = self.0.get("phoneNumbers").and_then(Value::as_array).into_iter().flatten();
        let work = numbers.filter(|number| number["type"] == "work");
        work.filter_map(|number| number["value"].as_str()).collect()
    }

    /// Every number, of whatever kind. Extensions stand there too (`work_extension`), and are none.
    pub fn numbers(&self) -> Vec<&str> {
        let numbers = self.0.get("phoneNumbers").and_then(Value::as_array).into_iter().flatten();
        let whole = numbers.filter(|number| number["type"] != "work_extension");
        whole.filter_map(|number| number["value"].as_str()).collect()
    }

    /// The number that is marked as the main one (`primary`), or else the work number.
    pub fn main_number(&self) -> Option<&str> {
        let numbers = self.0.get("phoneNumbers").and_then(Value::as_array)?;
        let marked = numbers.iter().find(|number| number["primary"] == true);
        marked.and_then(|number| number["value"].as_str()).or_else(|| self.work_number())
    }

    /// Marks a record that was read with calling data (Webex People API, `callingData`).
    pub(super) fn with_calling_data(mut self) -> Self {
        self.0.insert(CALLING_DATA.to_owned(), Value::Bool(true));
        self
    }

    /// Every field as Webex sent it.
    pub fn as_sent(mut self) -> Map<String, Value> {
        self.0.remove(CALLING_DATA);
        self.0
    }

    /// Whether it was read with calling data. Otherwise it does not tell whether there is an extension, and perhaps not
    /// every number.
    pub fn has_calling_data(&self) -> bool {
        self.flag(CALLING_DATA) == Some(true)
    }

    /// Whether it was shown to an administrator. Nobody else is told the licences, or who may sign in: these are not empty
    /// then but unknown.
    pub fn is_for_administrators(&self) -> bool {
        let told = ["licenses", "loginEnabled", "roles", "invitePending"];
        told.iter().any(|field| self.0.contains_key(*field))
    }

    /// Whether the person's own roles let them change people (Webex People API: full and user administrators); nothing
    /// where the roles are not shown or not all of them are known here.
    pub fn may_change_people(&self) -> Option<bool> {
        self.0.get("roles")?.as_array()?;
        let mut answer = Some(false);
        for role in self.list("roles") {
            match role_name(role).as_deref() {
                Some("id_full_admin" | "id_user_admin") => return Some(true),
                Some("id_readonly_admin" | "id_device_admin") => {}
                _ => answer = None,
            }
        }
        answer
    }

    /// What to send with PUT so that nothing is lost: every writable field that is there. Of the telephone numbers only
    /// work numbers can be written.
    pub fn for_update(&self) -> Self {
        let known = |(field, value): (&String, &Value)| {
            let writable = WRITABLE.contains(&field.as_str()) && !value.is_null();
            writable.then(|| (field.clone(), value.clone()))
        };
        let mut body: Map<String, Value> = self.0.iter().filter_map(known).collect();
        if let Some(Value::Array(numbers)) = body.get_mut("phoneNumbers") {
            numbers.retain(|number| number["type"] == "work");
            for number in numbers.iter_mut() {
                let value = number["value"].take();
                *number = serde_json::json!({"type": "work", "value": value});
            }
            if numbers.is_empty() {
                body.remove("phoneNumbers");
            }
        }
        // Read as text, it is sent as the truth that PUT takes.
        match self.flag("loginEnabled") {
            Some(flag) => drop(body.insert("loginEnabled".to_owned(), Value::Bool(flag))),
            None => drop(body.remove("loginEnabled")),
        }
        Self(body)
    }
}

/// The inner name of a role's id: `ciscospark://us/ROLE/id_full_admin`.
fn role_name(id: &str) -> Option<String> {
    let text = String::from_utf8(ID.decode(id).ok()?).ok()?;
    let (_, name) = text.strip_prefix("ciscospark://")?.split_once("/ROLE/")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(value: Value) -> PersonRecord {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_update_keeps_what_it_does_not_know_of() {
        let read = person(json!({
            "id": "x", "emails": ["Ada@l.example"], "displayName": "Ada", "avatar": "https://a.example/1",
            "status": "active", "created": "2020-01-01T00:00:00.000Z", "title": null, "loginEnabled": "true",
            "phoneNumbers": [{"type": "mobile", "value": "+49 1"}, {"type": "work", "value": "+49 2", "primary": true}],
        }));
        let expected = json!({
            "emails": ["Ada@l.example"], "displayName": "Ada", "avatar": "https://a.example/1", "loginEnabled": true,
            "phoneNumbers": [{"type": "work", "value": "+49 2"}],
        });
        assert_eq!(serde_json::to_value(read.for_update()).unwrap(), expected);
        assert_eq!((read.work_number(), read.flag("loginEnabled")), (Some("+49 2"), Some(true)));
    }

    #[test]
    fn a_record_tells_whether_it_was_read_with_calling_data_and_sends_nothing_of_it() {
        let listed = person(json!({"id": "x", "displayName": "Ada"}));
        assert!(!listed.has_calling_data());
        let read = listed.with_calling_data();
        assert!(read.has_calling_data());
        assert_eq!(serde_json::to_value(read.for_update()).unwrap(), json!({"displayName": "Ada"}));
        let unclear = person(json!({"loginEnabled": "perhaps"}));
        assert_eq!(unclear.for_update(), PersonRecord::default());
    }

    #[test]
    fn roles_tell_who_may_change_people() {
        let id = |name: &str| ID.encode(format!("ciscospark://us/ROLE/{name}"));
        assert_eq!(id("id_full_admin"), "Y2lzY29zcGFyazovL3VzL1JPTEUvaWRfZnVsbF9hZG1pbg==");
        let may = |roles: &[String]| person(json!({ "roles": roles })).may_change_people();
        assert_eq!(may(&["Y2lzY29zcGFyazovL3VzL1JPTEUvaWRfZnVsbF9hZG1pbg".to_owned()]), Some(true));
        assert_eq!(may(&[id("id_readonly_admin"), id("id_user_admin")]), Some(true));
        assert_eq!(may(&[id("id_readonly_admin")]), Some(false));
        assert_eq!(may(&[]), Some(false));
        assert_eq!(may(&[id("96abc2aa-3dcc-11e5-a152-fe34819cdc9a")]), None);
        assert_eq!(may(&["odd".to_owned(), id("id_readonly_admin")]), None);
        assert_eq!(person(json!({})).may_change_people(), None);
    }

    #[test]
    fn what_is_absent_is_absent() {
        let bare = person(json!({"id": "x", "phoneNumbers": "odd", "licenses": null}));
        assert_eq!((bare.email(), bare.text("title"), bare.list("licenses").len()), ("", None, 0));
        assert_eq!(
            (bare.work_number(), bare.flag("invitePending"), bare.instant("created")),
            (None, None, None)
        );
    }
}
