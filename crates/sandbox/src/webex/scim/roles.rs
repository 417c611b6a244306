//! Roles as SCIM names them: `id_full_admin` and the like.

use serde_json::{Value, json};

use crate::webex::directory::{role_by_id, role_id};
use crate::webex::ids;
use crate::webex::scim::Failure;
use crate::webex::scim::patch::list;

/// The names of the roles that are given.
pub(super) fn read(value: &Value) -> Result<Vec<String>, Failure> {
    list(value)?.iter().map(role).collect()
}

fn role(given: &Value) -> Result<String, Failure> {
    let name = given["value"].as_str().and_then(|value| role_by_id(&ids::encode("ROLE", value)));
    name.map(str::to_owned).ok_or_else(|| Failure::invalid("A role is not known."))
}

pub(super) fn written(names: &[String]) -> Vec<Value> {
    let role = |name: &String| {
        let value = ids::decode("ROLE", &role_id(name));
        json!({"value": value, "type": "cirole", "display": name})
    };
    names.iter().map(role).collect()
}
