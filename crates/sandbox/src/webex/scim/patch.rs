//! Operations of a SCIM PATCH (RFC 7644 §3.5.2) on the attributes that people have here.

use serde::Deserialize;
use serde_json::Value;

use crate::webex::people::Account;
use crate::webex::scim::{ENTERPRISE, Failure};

#[derive(Deserialize)]
pub(super) struct Operation {
    op: String,
    path: Option<String>,
    #[serde(default)]
    value: Value,
}

/// Applies one operation; a mistake leaves the account to be thrown away.
pub(super) fn apply(account: &mut Account, operation: &Operation) -> Result<(), Failure> {
    let remove = match operation.op.to_lowercase().as_str() {
        "add" | "replace" => false,
        "remove" => true,
        _ => return Err(Failure::invalid("'op' must be add, replace or remove.")),
    };
    match (&operation.path, &operation.value) {
        (Some(path), _) if remove => set(account, path, &Value::Null),
        (Some(path), value) => set(account, path, value),
        (None, Value::Object(values)) if !remove => {
            values.iter().try_for_each(|(path, value)| set(account, path, value))
        }
        (None, _) => Err(Failure::invalid("'path' is missing.")),
    }
}

fn set(account: &mut Account, path: &str, value: &Value) -> Result<(), Failure> {
    if let (Value::Object(inner), "name" | ENTERPRISE) = (value, path) {
        let separator = if path == "name" { "." } else { ":" };
        return inner
            .iter()
            .try_for_each(|(name, value)| set(account, &format!("{path}{separator}{name}"), value));
    }
    let department = format!("{ENTERPRISE}:department");
    let profile = &mut account.profile;
    match path {
        "name.givenName" => profile.first_name = text(value)?,
        "name.familyName" => profile.last_name = text(value)?,
        "nickName" => profile.nick_name = text(value)?,
        "title" => profile.title = text(value)?,
        _ if path == department => profile.department = text(value)?,
        "displayName" => profile.display_name = needed(value)?,
        "timezone" => account.timezone = needed(value)?,
        "active" => account.login_enabled = flag(value)?,
        "userName" => account.email = address(&needed(value)?)?,
        "emails" => account.email = address(&needed(&primary(value)["value"])?)?,
        "phoneNumbers" => profile.phone_numbers = value.as_array().cloned().unwrap_or_default(),
        _ => return Err(Failure::invalid(&format!("The attribute '{path}' cannot be changed here."))),
    }
    Ok(())
}

fn primary(value: &Value) -> &Value {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|entry| entry["primary"] == true).or(all.first()).unwrap_or(value)
}

fn text(value: &Value) -> Result<Option<String>, Failure> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        _ => Err(Failure::invalid("A text is expected.")),
    }
}

fn needed(value: &Value) -> Result<String, Failure> {
    text(value)?.ok_or_else(|| Failure::invalid("The attribute cannot be empty."))
}

fn flag(value: &Value) -> Result<bool, Failure> {
    match value.as_str().map(str::to_lowercase).as_deref() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => value.as_bool().ok_or_else(|| Failure::invalid("true or false is expected.")),
    }
}

fn address(text: &str) -> Result<String, Failure> {
    if text.split('@').filter(|part| !part.is_empty()).count() == 2 {
        Ok(text.to_lowercase())
    } else {
        Err(Failure::invalid("The address is not valid."))
    }
}
