//! The readable page of the OpenAPI document: every operation and every type, as HTML without script.

mod schema;
#[cfg(test)]
mod tests;

use askama::Template;
use serde_json::Value;

use self::schema::{Field, Kinds, Type, fields_of, kinds_of, list, text};
use crate::web::{Page, Shell};

/// Methods in the order in which a reader expects them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page that explains the API.
#[derive(Template)]
#[template(path = "api.html")]
pub struct ApiPage {
    shell: Shell,
    title: String,
    description: String,
    groups: Vec<Group>,
    types: Vec<Type>,
}

/// The operations of one tag.
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: &'static str,
    path: String,
    summary: String,
    description: String,
    access: Access,
    parameters: Vec<Field>,
    body: Option<Body>,
    responses: Vec<Answer>,
}

/// What a caller needs.
enum Access {
    Open,
    AnyKey,
    Scopes(Vec<String>),
}

struct Body {
    kinds: Kinds,
    fields: Vec<Field>,
}

struct Answer {
    status: String,
    description: String,
    kinds: Kinds,
}

/// Shows an OpenAPI 3.1 document; what the document lacks is left out.
pub fn page(shell: Shell, document: &Value) -> Page<ApiPage> {
    Page(ApiPage {
        shell,
        title: text(&document["info"]["title"]),
        description: text(&document["info"]["description"]),
        groups: groups(document),
        types: schema::types(document),
    })
}

/// Groups by tag: first in the order the document declares, then in the order of appearance.
fn groups(document: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = list(&document["tags"])
        .map(|tag| Group {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: Vec::new(),
        })
        .collect();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(value) = item.get(method) else { continue };
            let tag = value["tags"][0].as_str().unwrap_or("Other");
            let operation = operation(document, method, path, item, value);
            if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                group.operations.push(operation);
            } else {
                let name = tag.to_owned();
                groups.push(Group { name, description: String::new(), operations: vec![operation] });
            }
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn operation(document: &Value, method: &'static str, path: &str, item: &Value, value: &Value) -> Operation {
    let named = value["operationId"].as_str().map(str::to_owned);
    let summary = value["summary"].as_str().unwrap_or(path).to_owned();
    Operation {
        id: named.unwrap_or_else(|| format!("{method}{}", path.replace(['/', '{', '}'], "-"))),
        method,
        path: path.to_owned(),
        summary,
        description: text(&value["description"]),
        access: access(document, value),
        parameters: list(&item["parameters"]).chain(list(&value["parameters"])).map(parameter).collect(),
        body: body(document, &value["requestBody"]),
        responses: value["responses"].as_object().into_iter().flatten().map(answer).collect(),
    }
}

/// The operation's own requirement, else the document's.
fn access(document: &Value, operation: &Value) -> Access {
    let requirements = operation.get("security").unwrap_or(&document["security"]);
    let Some(requirement) = list(requirements).find_map(Value::as_object) else { return Access::Open };
    let scopes: Vec<String> = requirement.values().flat_map(list).map(text).collect();
    match (requirement.is_empty(), scopes.is_empty()) {
        (true, _) => Access::Open,
        (false, true) => Access::AnyKey,
        (false, false) => Access::Scopes(scopes),
    }
}

fn parameter(value: &Value) -> Field {
    let place = text(&value["in"]);
    Field {
        name: text(&value["name"]),
        kinds: kinds_of(&value["schema"]),
        required: value["required"] == true,
        description: text(&value["description"]),
        place,
    }
}

fn body(document: &Value, value: &Value) -> Option<Body> {
    let schema = content(value)?;
    Some(Body { kinds: kinds_of(schema), fields: fields_of(document, schema) })
}

fn answer((status, value): (&String, &Value)) -> Answer {
    let kinds = content(value).map(kinds_of).unwrap_or_default();
    Answer { status: status.clone(), description: text(&value["description"]), kinds }
}

/// The schema of the first media type; ours have one each.
fn content(value: &Value) -> Option<&Value> {
    value["content"].as_object()?.values().next()?.get("schema")
}
