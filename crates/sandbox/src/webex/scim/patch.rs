//! Operations of a SCIM PATCH (RFC 7644 §3.5.2) on the attributes that people have here.

use serde::Deserialize;
use serde_json::Value;

use crate::webex::people::Account;
use crate::webex::scim::{DEPARTMENT, ENTERPRISE, Failure, roles};

const LONGEST_TEXT: usize = 1_024;
const LONGEST_ADDRESS: usize = 320;
const MOST_ENTRIES: usize = 20;
/// What people keep of a telephone number and of a postal address.
const NUMBER: [&str; 3] = ["value", "type", "primary"];
const PLACE: [&str; 6] = ["type", "streetAddress", "locality", "region", "postalCode", "country"];

#[derive(Deserialize)]
pub(super) struct Operation {
    op: String,
    path: Option<String>,
    #[serde(default)]
    value: Value,
}

/// Applies one operation; a mistake leaves the account to be thrown away.
pub(super) fn apply(account: &mut Account, operation: &Operation) -> Result<(), Failure> {
    let op = operation.op.to_lowercase();
    if !["add", "replace", "remove"].contains(&op.as_str()) {
        return Err(Failure::invalid("'op' must be add, replace or remove."));
    }
    match (&operation.path, &operation.value) {
        (Some(path), _) if op == "remove" => set(account, path, &Value::Null),
        (Some(path), value) => put(account, &op, path, value),
        (None, Value::Object(values)) if op != "remove" => {
            values.iter().try_for_each(|(path, value)| put(account, &op, path, value))
        }
        (None, _) => Err(Failure::invalid("'path' is missing.")),
    }
}

/// Roles are added to those that are there; everything else is replaced, whatever the operation is called.
fn put(account: &mut Account, op: &str, path: &str, value: &Value) -> Result<(), Failure> {
    if path != "roles" || op != "add" {
        return set(account, path, value);
    }
    for role in roles::read(value)? {
        if !account.roles.contains(&role) {
            account.roles.push(role);
        }
    }
    Ok(())
}

/// Sets one attribute; null takes it away where somebody can be without it.
pub(super) fn set(account: &mut Account, path: &str, value: &Value) -> Result<(), Failure> {
    if let (Value::Object(inner), "name" | ENTERPRISE) = (value, path) {
        let separator = if path == "name" { "." } else { ":" };
        return inner
            .iter()
            .try_for_each(|(name, value)| set(account, &format!("{path}{separator}{name}"), value));
    }
    let profile = &mut account.profile;
    match path {
        "name.givenName" => profile.first_name = text(value)?,
        "name.familyName" => profile.last_name = text(value)?,
        "nickName" => profile.nick_name = text(value)?,
        "title" => profile.title = text(value)?,
        DEPARTMENT => profile.department = text(value)?,
        "displayName" => profile.display_name = needed(value)?,
        "timezone" => account.timezone = needed(value)?,
        "active" => account.login_enabled = flag(value)?,
        "userName" => account.email = address(&needed(value)?)?,
        "emails" => account.email = address(&needed(&primary(value)["value"])?)?,
        "phoneNumbers" => profile.phone_numbers = kept(value, &NUMBER)?,
        "addresses" => profile.addresses = kept(value, &PLACE)?,
        "roles" => account.roles = roles::read(value)?,
        _ => return Err(Failure::invalid(&format!("The attribute '{path}' cannot be changed here."))),
    }
    Ok(())
}

fn primary(value: &Value) -> &Value {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|entry| entry["primary"] == true).or(all.first()).unwrap_or(value)
}

/// The same objects with no more than these attributes.
fn kept(value: &Value, names: &[&str]) -> Result<Vec<Value>, Failure> {
    let mut all = list(value)?;
    for entry in all.iter_mut().filter_map(Value::as_object_mut) {
        entry.retain(|name, _| names.contains(&name.as_str()));
    }
    Ok(all)
}

/// Objects; one alone counts as a list of one.
pub(super) fn list(value: &Value) -> Result<Vec<Value>, Failure> {
    let all = match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    if all.len() <= MOST_ENTRIES && all.iter().all(Value::is_object) {
        Ok(all)
    } else {
        Err(Failure::invalid(&format!("A list of at most {MOST_ENTRIES} objects is expected.")))
    }
}

pub(super) fn text(value: &Value) -> Result<Option<String>, Failure> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.len() <= LONGEST_TEXT => {
            Ok(Some(text.clone()).filter(|text| !text.is_empty()))
        }
        _ => Err(Failure::invalid(&format!("A text of at most {LONGEST_TEXT} bytes is expected."))),
    }
}

pub(super) fn needed(value: &Value) -> Result<String, Failure> {
    text(value)?.ok_or_else(|| Failure::invalid("The attribute cannot be empty."))
}

fn flag(value: &Value) -> Result<bool, Failure> {
    match value.as_str().map(str::to_lowercase).as_deref() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => value.as_bool().ok_or_else(|| Failure::invalid("true or false is expected.")),
    }
}

pub(super) fn address(text: &str) -> Result<String, Failure> {
    let parts = text.split('@').filter(|part| !part.is_empty()).count();
    if parts == 2 && text.len() <= LONGEST_ADDRESS {
        Ok(text.to_lowercase())
    } else {
        Err(Failure::invalid("The address is not valid."))
    }
}
